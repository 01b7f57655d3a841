// Prometheus's families of WebSocket APIs: of each stage, and of each route that asks for detailed metrics.

import type { HistogramStats } from './latency-histogram.ts';
import { type Families, type Figure, type Labels, latencyFamilies } from './prometheus.ts';
import {
  type SocketSeriesStats,
  type SocketStageStats,
  type SocketStats,
  socketStageSeries,
} from './socket-stats.ts';

/**
 * The names in brackets are AWS's. Families `sluice_websocket_route_...` are part of those without `route`: never add
 * the two.
 */
export function socketFamilies(text: Families, { series, stages }: SocketStats): void {
  trafficFamilies(text, stages);
  eventFamilies(text, 'sluice_websocket', 'of a stage', socketStageSeries(series));
  const detailed = series.filter(({ routeKey }) => routeKey !== null);
  eventFamilies(text, 'sluice_websocket_route', 'of a route with detailed metrics', detailed);
  text.family(
    'sluice_websocket_route_messages_total',
    'counter',
    'Messages of clients to a route with detailed metrics.',
    (add) => {
      for (const one of detailed) add(labelsOf(one), one.messages);
    },
  );
}

function labelsOf(one: SocketSeriesStats | SocketStageStats): Labels {
  const labels = { api: one.apiId, api_name: one.apiName, stage: one.stageName };
  return 'routeKey' in one && one.routeKey !== null ? { ...labels, route: one.routeKey } : labels;
}

function trafficFamilies(text: Families, stages: readonly SocketStageStats[]): void {
  const byLabel: readonly [
    string,
    string,
    string,
    readonly (readonly [string, (one: SocketStageStats) => number])[],
  ][] = [
    [
      'messages_total',
      'direction',
      'Messages from clients and to them (AWS: MessageCount).',
      [
        ['in', (one) => one.messagesIn],
        ['out', (one) => one.messagesOut],
      ],
    ],
    [
      'bytes_total',
      'direction',
      'Bytes of messages from clients and to them.',
      [
        ['in', (one) => one.bytesIn],
        ['out', (one) => one.bytesOut],
      ],
    ],
    [
      'slow_reader_total',
      'outcome',
      'What became of clients that read too slowly: messages dropped or replaced by newer ones, connections closed.',
      [
        ['dropped', (one) => one.dropped],
        ['conflated', (one) => one.conflated],
        ['closed', (one) => one.closedSlow],
      ],
    ],
  ];
  text.family('sluice_websocket_connections', 'gauge', 'Open connections of a stage.', (add) => {
    for (const one of stages) add(labelsOf(one), one.connections);
  });
  for (const [name, label, help, values] of byLabel)
    text.family(`sluice_websocket_${name}`, 'counter', help, (add) => {
      for (const one of stages)
        for (const [value, read] of values) add({ ...labelsOf(one), [label]: value }, read(one));
    });
}

function eventFamilies(
  text: Families,
  prefix: string,
  whose: string,
  list: readonly SocketSeriesStats[],
): void {
  const counters: readonly Figure<SocketSeriesStats>[] = [
    ['connects_total', 'counter', `Handshakes ${whose} (AWS: ConnectCount).`, (one) => one.connects],
    ['disconnects_total', 'counter', `$disconnect events ${whose}.`, (one) => one.disconnects],
    [
      'client_errors_total',
      'counter',
      `Events ${whose} refused before the integration (AWS: ClientError).`,
      (one) => one.clientErrors,
    ],
    [
      'execution_errors_total',
      'counter',
      `Events ${whose} whose integration could not be called (AWS: ExecutionError).`,
      (one) => one.executionErrors,
    ],
    [
      'integration_errors_total',
      'counter',
      `Events ${whose} whose integration answered with an error (AWS: IntegrationError).`,
      (one) => one.integrationErrors,
    ],
  ];
  text.families(`${prefix}_`, counters, list, labelsOf);
  const latencies: readonly [string, string, (one: SocketSeriesStats) => HistogramStats][] = [
    ['latency_milliseconds', `From an event ${whose} to its answer, milliseconds.`, (one) => one.latency],
    [
      'integration_latency_milliseconds',
      `From calling the backend for an event ${whose} to its answer, milliseconds (AWS: IntegrationLatency).`,
      (one) => one.integrationLatency,
    ],
  ];
  for (const [name, help, read] of latencies)
    latencyFamilies(
      text,
      `${prefix}_${name}`,
      help,
      list.map((one) => [labelsOf(one), read(one)]),
    );
}
