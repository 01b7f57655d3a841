// What one process has counted, as plain data, and how the counts of several processes become one.

import type { FunctionHostStats } from '../functions/host/stats.ts';
import type { FirewallRuleCount } from '../resources/index.ts';
import type { AppendFileStats } from './append-file.ts';
import { mergeFirewallStats } from './firewall-stats.ts';
import { type HistogramStats, mergeHistograms } from './latency-histogram.ts';
import { mergeSocketStats, retiredSocketStats, type SocketStats } from './socket-stats.ts';
import { mergeUpstreams, type UpstreamTargetStats, withoutState } from './upstream-stats.ts';

export type { UpstreamFailureLabel, UpstreamTargetStats } from './upstream-stats.ts';

/** Counts of one stage, or of one method with detailed metrics; the names are AWS's metrics. */
export interface SeriesStats {
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  /** null in both: the methods of this stage without detailed metrics, together. */
  readonly httpMethod: string | null;
  readonly resourcePath: string | null;
  readonly count: number;
  readonly errors4xx: number;
  readonly errors5xx: number;
  /** The client went away first. These are in `count` too. */
  readonly aborted: number;
  readonly latency: HistogramStats;
  readonly integrationLatency: HistogramStats;
}

export interface GuardStats {
  /** By reason. */
  readonly refusedConnections: Readonly<Record<string, number>>;
  /** Addresses of which something is remembered. */
  readonly addresses: number;
  /** 0 to 1: the part of ordinary requests that is turned away now. */
  readonly shedShare: number;
}

export interface TlsStats {
  /** Times that certificates, truststores and revocation lists were read. */
  readonly loads: number;
  readonly loadFailures: number;
  /** null while uWebSockets.js speaks TLS by itself. */
  readonly front: {
    readonly handshakeCount: number;
    readonly handshakeFailureCount: number;
    readonly pendingCount: number;
    /** By reason. */
    readonly refusedCertificates: Readonly<Record<string, number>>;
  } | null;
}

/** What the gateway process knows of itself; it hands this in, observability only shows it. */
export interface ProcessFigures {
  /** Label of the process: a small number that its successor takes over, not the pid. */
  readonly process: string;
  readonly pid: number;
  /** Wall time, milliseconds. */
  readonly startedMs: number;
  readonly exchangesInFlight: number;
  readonly connections: number;
  readonly rssBytes: number;
  /** 99th percentile since the last look, milliseconds. */
  readonly eventLoopLagMs: number;
  /** Since the process started: requests whose client went away before the answer. */
  readonly aborted: number;
  /** Since the process started: requests that were refused before any API saw them, by reason. */
  readonly refused: Readonly<Record<string, number>>;
  readonly renderQueueLength: number;
  /** Of the listener's guard. Absent where it is switched off, and in stats of an older process. */
  readonly guard?: GuardStats;
  /** Of TLS. Absent without it, and in stats of an older process. */
  readonly tls?: TlsStats;
  /** Which token buckets are in use, such as `native` or `typescript`. */
  readonly throttleKind: string;
  readonly snapshotRevision: number;
}

/** What the function host tells of the functions and of itself. */
export type FunctionsFigures = FunctionHostStats;

/** All that one process tells; structured-clone, JSON and msgpack friendly. Merged, all that the gateway tells. */
export interface RecorderStats {
  readonly series: readonly SeriesStats[];
  readonly logs: readonly AppendFileStats[];
  /** Backends, the busiest of them: see `upstreamTargetsMax`. Absent in stats of an older process. */
  readonly upstreams?: readonly UpstreamTargetStats[];
  /** WebSocket APIs. Absent in stats of an older process. */
  readonly sockets?: SocketStats;
  /** Rules of web ACLs. Absent in stats of an older process. */
  readonly firewall?: readonly FirewallRuleCount[];
  /** Requests that belong to no API's metrics: unknown APIs, and 413. */
  readonly unlisted: number;
  /** One entry for each live process. */
  readonly processes: readonly ProcessFigures[];
}

export const emptyStats: RecorderStats = Object.freeze({ series: [], logs: [], unlisted: 0, processes: [] });

/** Adds the stats of several processes: what a single process would have counted. The order does not matter to any count. */
export function mergeStats(list: readonly RecorderStats[]): RecorderStats {
  const series = new Map<string, SeriesStats>();
  const logs = new Map<string, AppendFileStats>();
  for (const stats of list) {
    for (const one of stats.series) {
      const key = seriesKey(one.apiId, one.stageName, one.httpMethod, one.resourcePath);
      const other = series.get(key);
      series.set(key, other === undefined ? one : addSeries(other, one));
    }
    for (const log of stats.logs) {
      const other = logs.get(log.path);
      logs.set(log.path, other === undefined ? log : addLogs(other, log));
    }
  }
  return {
    series: [...series.values()],
    logs: [...logs.values()],
    upstreams: mergeUpstreams(list.flatMap((stats) => stats.upstreams ?? [])),
    sockets: mergeSocketStats(list.flatMap((stats) => stats.sockets ?? [])),
    firewall: mergeFirewallStats(list.flatMap((stats) => stats.firewall ?? [])),
    unlisted: list.reduce((sum, stats) => sum + stats.unlisted, 0),
    processes: list.flatMap((stats) => stats.processes),
  };
}

/**
 * What stays of a process that has ended: its counts without its state. The supervisor keeps the sum of these and
 * merges it with the living, so that no counter goes back when a process is replaced.
 */
export function retiredStats(stats: RecorderStats): RecorderStats {
  const upstreams = (stats.upstreams ?? []).map(withoutState);
  const { sockets } = stats;
  return {
    ...stats,
    upstreams,
    ...(sockets === undefined ? {} : { sockets: retiredSocketStats(sockets) }),
    processes: [],
  };
}

/** The sum of all series of each stage: AWS's metrics by API and stage, whatever is detailed. */
export function stageSeries(series: readonly SeriesStats[]): SeriesStats[] {
  const stages = new Map<string, SeriesStats>();
  for (const one of series) {
    const ofStage = { ...one, httpMethod: null, resourcePath: null };
    const key = seriesKey(one.apiId, one.stageName, null, null);
    const other = stages.get(key);
    stages.set(key, other === undefined ? ofStage : addSeries(other, ofStage));
  }
  return [...stages.values()];
}

/** Identity of a series; a re-deployment has the same. */
export function seriesKey(
  apiId: string,
  stageName: string,
  httpMethod: string | null,
  resourcePath: string | null,
): string {
  return JSON.stringify([apiId, stageName, httpMethod, resourcePath]);
}

function addSeries(a: SeriesStats, b: SeriesStats): SeriesStats {
  return {
    ...b,
    count: a.count + b.count,
    errors4xx: a.errors4xx + b.errors4xx,
    errors5xx: a.errors5xx + b.errors5xx,
    aborted: a.aborted + b.aborted,
    latency: mergeHistograms(a.latency, b.latency),
    integrationLatency: mergeHistograms(a.integrationLatency, b.integrationLatency),
  };
}

function addLogs(a: AppendFileStats, b: AppendFileStats): AppendFileStats {
  return {
    path: a.path,
    linesWritten: a.linesWritten + b.linesWritten,
    linesDropped: a.linesDropped + b.linesDropped,
  };
}
