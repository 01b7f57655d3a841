// Prometheus's text format: what was counted, ready to be scraped. Pure.

import { firewallFamilies } from './firewall-stats.ts';
import { functionFamilies } from './function-families.ts';
import { guardFamilies } from './guard-families.ts';
import { countsUpTo, type HistogramStats, quantileUs } from './latency-histogram.ts';
import { socketFamilies } from './socket-families.ts';
import {
  type FunctionsFigures,
  type ProcessFigures,
  type RecorderStats,
  type SeriesStats,
  stageSeries,
} from './stats.ts';
import type { UpstreamTargetStats } from './upstream-stats.ts';

/** Content-Type of `prometheusText`. */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;
type Kind = 'counter' | 'gauge' | 'histogram';
/** One number of a thing: the end of its family's name, the kind, the help, how it is read. */
export type Figure<T> = readonly [string, Kind, string, (one: T) => number];

/** Upper bounds of the latency buckets, milliseconds; the last finite one is the integration timeout's maximum. */
const boundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 29_000];
const boundsUs = boundsMs.map((ms) => ms * 1000);
const quantiles = [0.5, 0.9, 0.99, 0.999];

/**
 * Renders merged stats. AWS's metrics carry AWS's dimensions: families `sluice_...` have one series for each API and
 * stage; families `sluice_method_...` one for each method whose stage asks for detailed metrics, and are part of
 * the former, so never add the two.
 *
 * @param functions - null where no function host has run
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function prometheusText(stats: RecorderStats, functions: FunctionsFigures | null = null): string {
  const text = new Families();
  const detailed = stats.series.filter((one) => one.httpMethod !== null);
  apiFamilies(text, 'sluice', 'of a stage', stageSeries(stats.series));
  apiFamilies(text, 'sluice_method', 'of a method with detailed metrics', detailed);
  if (stats.sockets !== undefined) socketFamilies(text, stats.sockets);
  if (stats.firewall !== undefined && stats.firewall.length > 0) firewallFamilies(text, stats.firewall);
  text.family(
    'sluice_unlisted_requests_total',
    'counter',
    "Requests in no API's metrics: unknown APIs and bodies above the limit.",
    (add) => add({}, stats.unlisted),
  );
  text.family('sluice_log_lines_total', 'counter', 'Lines written to a log file.', (add) => {
    for (const log of stats.logs) add({ file: log.path }, log.linesWritten);
  });
  text.family(
    'sluice_log_lines_dropped_total',
    'counter',
    'Lines lost because a log file could not be written.',
    (add) => {
      for (const log of stats.logs) add({ file: log.path }, log.linesDropped);
    },
  );
  upstreamFamilies(text, stats.upstreams ?? []);
  processFamilies(text, stats.processes);
  guardFamilies(text, stats.processes);
  if (functions !== null) functionFamilies(text, functions);
  return text.toString();
}

function apiFamilies(text: Families, prefix: string, whose: string, list: readonly SeriesStats[]): void {
  const counters: readonly Figure<SeriesStats>[] = [
    ['requests_total', 'counter', `Requests ${whose} (AWS: Count).`, (one) => one.count],
    [
      '4xx_errors_total',
      'counter',
      `Requests ${whose} answered with a 4XX status (AWS: 4XXError).`,
      (one) => one.errors4xx,
    ],
    [
      '5xx_errors_total',
      'counter',
      `Requests ${whose} answered with a 5XX status (AWS: 5XXError).`,
      (one) => one.errors5xx,
    ],
    [
      'aborted_requests_total',
      'counter',
      `Requests ${whose} whose client went away before the answer.`,
      (one) => one.aborted,
    ],
  ];
  text.families(`${prefix}_`, counters, list, labelsOf);
  const latencies: readonly [string, string, (one: SeriesStats) => HistogramStats][] = [
    [
      'latency_milliseconds',
      `From receiving a request ${whose} to its answer, milliseconds (AWS: Latency).`,
      (one) => one.latency,
    ],
    [
      'integration_latency_milliseconds',
      `From calling the backend for a request ${whose} to its answer, milliseconds (AWS: IntegrationLatency).`,
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

/** A histogram, and quantiles of the same. @param name - ends on `_milliseconds` */
export function latencyFamilies(
  text: Families,
  name: string,
  help: string,
  list: readonly (readonly [Labels, HistogramStats])[],
): void {
  text.histogramFamily(name, help, list);
  text.family(
    name.replace('_milliseconds', '_quantile_milliseconds'),
    'gauge',
    `Quantiles since start, to 1 %. ${help}`,
    (add) => {
      for (const [labels, histogram] of list)
        for (const quantile of quantiles)
          add({ ...labels, quantile: String(quantile) }, quantileUs(histogram, quantile) / 1000);
    },
  );
}

function labelsOf(one: SeriesStats): Labels {
  const labels = { api: one.apiId, api_name: one.apiName, stage: one.stageName };
  return one.httpMethod === null
    ? labels
    : { ...labels, method: one.httpMethod, resource: one.resourcePath ?? '' };
}

/** Backends: the origins of URIs (label `pool` empty), and the targets of pools. */
function upstreamFamilies(text: Families, list: readonly UpstreamTargetStats[]): void {
  const labels = (one: UpstreamTargetStats): Labels => ({ pool: one.pool ?? '', target: one.target });
  const figures: readonly Figure<UpstreamTargetStats>[] = [
    ['requests_total', 'counter', 'Calls to a backend, retries included.', (one) => one.requests],
    ['retries_total', 'counter', 'Calls sent once more, because they failed here.', (one) => one.retries],
    ['ejections_total', 'counter', 'How often a target was left alone for a while.', (one) => one.ejections],
    ['breaker_opened_total', 'counter', 'How often a circuit breaker opened.', (one) => one.breakerOpened],
    ['breaker_open', 'gauge', 'Data planes whose circuit breaker is not closed.', (one) => one.breakerOpen],
    ['healthy', 'gauge', 'Data planes that send calls to it.', (one) => one.healthy],
    ['outstanding', 'gauge', 'Calls under way or waiting for a connection.', (one) => one.outstanding],
    ['connections', 'gauge', 'Connections to a backend.', (one) => one.connections],
  ];
  text.families('sluice_upstream_', figures, list, labels);
  text.family('sluice_upstream_failures_total', 'counter', 'Failed calls to a backend, by kind.', (add) => {
    for (const one of list)
      for (const [kind, count] of Object.entries(one.failures)) add({ ...labels(one), kind }, count);
  });
}

function processFamilies(text: Families, processes: readonly ProcessFigures[]): void {
  const simple: readonly Figure<ProcessFigures>[] = [
    [
      'start_time_seconds',
      'gauge',
      'When the process started, seconds since the Unix epoch.',
      (p) => p.startedMs / 1000,
    ],
    ['requests_in_flight', 'gauge', 'Requests that have begun and not ended.', (p) => p.exchangesInFlight],
    ['connections', 'gauge', 'Open client connections.', (p) => p.connections],
    ['resident_memory_bytes', 'gauge', 'Resident memory, bytes.', (p) => p.rssBytes],
    [
      'event_loop_lag_milliseconds',
      'gauge',
      'Lag of the event loop, 99th percentile, milliseconds.',
      (p) => p.eventLoopLagMs,
    ],
    ['aborted_total', 'counter', 'Requests whose client went away before the answer.', (p) => p.aborted],
    [
      'render_queue_length',
      'gauge',
      'Templates waiting for the rendering threads.',
      (p) => p.renderQueueLength,
    ],
    [
      'snapshot_revision',
      'gauge',
      'Revision of the published state that is served.',
      (p) => p.snapshotRevision,
    ],
  ];
  text.families('sluice_process_', simple, processes, ({ process }) => ({ process }));
  text.family(
    'sluice_process_refused_total',
    'counter',
    'Requests refused before any API saw them, by reason.',
    (add) => {
      for (const figures of processes)
        for (const [reason, count] of Object.entries(figures.refused))
          add({ process: figures.process, reason }, count);
    },
  );
  text.family(
    'sluice_process_throttle_info',
    'gauge',
    'Always 1; the label says which token buckets are in use.',
    (add) => {
      for (const figures of processes) add({ process: figures.process, kind: figures.throttleKind }, 1);
    },
  );
}

/** Gathers families; each is written once, with its HELP and TYPE, and left out when it has no sample. */
export class Families {
  #text = '';

  family(
    name: string,
    kind: Kind,
    help: string,
    fill: (add: (labels: Labels, value: number) => void) => void,
  ): void {
    let samples = '';
    fill((labels, value) => {
      samples += sample(name, labels, value);
    });
    this.#add(name, kind, help, samples);
  }

  /** A family for each figure, with a sample of each thing. @param prefix - what the names begin with */
  families<T>(
    prefix: string,
    figures: readonly Figure<T>[],
    list: readonly T[],
    labelsOf: (one: T) => Labels,
  ): void {
    for (const [name, kind, help, read] of figures)
      this.family(prefix + name, kind, help, (add) => {
        for (const one of list) add(labelsOf(one), read(one));
      });
  }

  histogramFamily(name: string, help: string, list: readonly (readonly [Labels, HistogramStats])[]): void {
    let samples = '';
    for (const [labels, histogram] of list) {
      countsUpTo(histogram, boundsUs).forEach((count, i) => {
        samples += sample(`${name}_bucket`, { ...labels, le: String(boundsMs[i]) }, count);
      });
      samples += sample(`${name}_bucket`, { ...labels, le: '+Inf' }, histogram.count);
      samples += sample(`${name}_sum`, labels, histogram.sumUs / 1000);
      samples += sample(`${name}_count`, labels, histogram.count);
    }
    this.#add(name, 'histogram', help, samples);
  }

  /** Histograms whose counts are of each bucket alone; the last one has no upper bound. */
  bucketFamily(
    name: string,
    help: string,
    list: readonly {
      readonly labels: Labels;
      readonly boundsMs: readonly number[];
      readonly counts: readonly number[];
      readonly sumMs: number;
    }[],
  ): void {
    let samples = '';
    for (const { labels, boundsMs: bounds, counts, sumMs } of list) {
      let seen = 0;
      counts.forEach((count, i) => {
        seen += count;
        samples += sample(`${name}_bucket`, { ...labels, le: String(bounds[i] ?? '+Inf') }, seen);
      });
      samples += sample(`${name}_sum`, labels, sumMs);
      samples += sample(`${name}_count`, labels, seen);
    }
    this.#add(name, 'histogram', help, samples);
  }

  toString(): string {
    return this.#text;
  }

  #add(name: string, kind: Kind, help: string, samples: string): void {
    if (samples === '') return;
    const helpText = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    this.#text += `# HELP ${name} ${helpText}\n# TYPE ${name} ${kind}\n${samples}`;
  }
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${labelValue(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${number(value)}\n`;
}

const labelValue = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
