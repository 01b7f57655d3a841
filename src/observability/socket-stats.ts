// What is counted of WebSocket APIs, as plain data, and how the counts of several processes become one.

import type { SocketTraffic } from '../exchange/recorder.ts';
import { type HistogramStats, mergeHistograms } from './latency-histogram.ts';

/** Counts of the events of one stage, or of one route with detailed metrics; the names are AWS's metrics. */
export interface SocketSeriesStats {
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  /** null: the routes of this stage without detailed metrics, together. */
  readonly routeKey: string | null;
  readonly connects: number;
  readonly disconnects: number;
  readonly messages: number;
  readonly clientErrors: number;
  readonly executionErrors: number;
  readonly integrationErrors: number;
  readonly latency: HistogramStats;
  readonly integrationLatency: HistogramStats;
}

/** What went over the sockets of one stage. */
export interface SocketStageStats extends Readonly<SocketTraffic> {
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
}

export interface SocketStats {
  readonly series: readonly SocketSeriesStats[];
  readonly stages: readonly SocketStageStats[];
}

/** Adds the stats of several processes. The order does not matter to any count. */
export function mergeSocketStats(list: readonly SocketStats[]): SocketStats {
  return {
    series: merged(
      list.flatMap(({ series }) => series),
      (one) => socketSeriesKey(one.apiId, one.stageName, one.routeKey),
      addSeries,
    ),
    stages: merged(
      list.flatMap(({ stages }) => stages),
      (one) => socketSeriesKey(one.apiId, one.stageName, null),
      addStages,
    ),
  };
}

/** What stays of a process that has ended: counts, no connections. */
export function retiredSocketStats({ series, stages }: SocketStats): SocketStats {
  return { series, stages: stages.map((one) => ({ ...one, connections: 0 })) };
}

/** The sum of all series of each stage: AWS's metrics by API and stage, whatever is detailed. */
export function socketStageSeries(series: readonly SocketSeriesStats[]): SocketSeriesStats[] {
  return merged(
    series.map((one) => ({ ...one, routeKey: null })),
    (one) => socketSeriesKey(one.apiId, one.stageName, null),
    addSeries,
  );
}

/** Identity of a series; a re-deployment has the same. */
export const socketSeriesKey = (apiId: string, stageName: string, routeKey: string | null): string =>
  JSON.stringify([apiId, stageName, routeKey]);

function merged<T>(list: readonly T[], keyOf: (one: T) => string, add: (a: T, b: T) => T): T[] {
  const byKey = new Map<string, T>();
  for (const one of list) {
    const key = keyOf(one);
    const other = byKey.get(key);
    byKey.set(key, other === undefined ? one : add(other, one));
  }
  return [...byKey.values()];
}

function addSeries(a: SocketSeriesStats, b: SocketSeriesStats): SocketSeriesStats {
  return {
    ...b,
    connects: a.connects + b.connects,
    disconnects: a.disconnects + b.disconnects,
    messages: a.messages + b.messages,
    clientErrors: a.clientErrors + b.clientErrors,
    executionErrors: a.executionErrors + b.executionErrors,
    integrationErrors: a.integrationErrors + b.integrationErrors,
    latency: mergeHistograms(a.latency, b.latency),
    integrationLatency: mergeHistograms(a.integrationLatency, b.integrationLatency),
  };
}

function addStages(a: SocketStageStats, b: SocketStageStats): SocketStageStats {
  return {
    ...b,
    connections: a.connections + b.connections,
    messagesIn: a.messagesIn + b.messagesIn,
    bytesIn: a.bytesIn + b.bytesIn,
    messagesOut: a.messagesOut + b.messagesOut,
    bytesOut: a.bytesOut + b.bytesOut,
    dropped: a.dropped + b.dropped,
    conflated: a.conflated + b.conflated,
    closedSlow: a.closedSlow + b.closedSlow,
  };
}
