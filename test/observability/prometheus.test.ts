import assert from 'node:assert/strict';
import test from 'node:test';
import { createRecorder } from '../../src/observability/process-recorder.ts';
import { prometheusText } from '../../src/observability/prometheus.ts';
import { emptyStats } from '../../src/observability/stats.ts';
import { answered, description, startedNs } from './fixture.ts';

interface Sample {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly value: number;
}

/** A strict parser of the text format: HELP, then TYPE, then the family's samples, and nothing else. */
function parse(text: string): Sample[] {
  const samples: Sample[] = [];
  const seen = new Set<string>();
  let family = '';
  let kind = '';
  assert.ok(text === '' || text.endsWith('\n'));
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (comment?.[1] === 'HELP') {
      family = comment[2]!;
      assert.ok(!seen.has(family), `family ${family} comes twice`);
      seen.add(family);
      kind = '';
      continue;
    }
    if (comment?.[1] === 'TYPE') {
      assert.equal(comment[2], family);
      kind = comment[3]!;
      assert.match(kind, /^(counter|gauge|histogram)$/);
      continue;
    }
    const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|[0-9.e+-]+)$/.exec(line);
    assert.ok(match !== null, `not a sample: ${line}`);
    const [, name, labelText = '', value] = match;
    assert.equal(kind === 'histogram' ? name!.replace(/_(bucket|sum|count)$/, '') : name, family);
    const labels: Record<string, string> = {};
    const rest = labelText.replaceAll(
      /([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/g,
      (_, label: string, quoted: string) => {
        assert.ok(!(label in labels));
        labels[label] = quoted.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
        return '';
      },
    );
    assert.equal(rest, '', `labels of ${line}`);
    const identity = `${name}${JSON.stringify(labels)}`;
    assert.ok(!seen.has(identity), `sample ${identity} comes twice`);
    seen.add(identity);
    samples.push({ name: name!, labels, value: Number(value!.replace('Inf', 'Infinity')) });
  }
  return samples;
}

const figures = {
  process: '1',
  pid: 77,
  startedMs: 1_500,
  exchangesInFlight: 3,
  connections: 4,
  rssBytes: 1e8,
  eventLoopLagMs: 1.25,
  aborted: 5,
  refused: { 'head too large': 6, 'no "host"': 7 },
  renderQueueLength: 8,
  throttleKind: 'native',
  snapshotRevision: 9,
};

function stats() {
  const recorder = createRecorder({ logsDir: null });
  const apiName = 'The "Pets"\\API\nof A';
  const plain = recorder.route({ ...description, apiName });
  const detailed = recorder.route({ ...description, apiName, detailedMetrics: true, httpMethod: 'POST' });
  [1, 2, 3, 4].forEach((ms, i) => {
    const exchange = answered(i === 3 ? detailed : plain);
    exchange.endedNs = startedNs + ms * 1e6;
    exchange.responseStatus = [200, 404, 500, 200][i]!;
    exchange.route.recorder.finished(exchange);
  });
  recorder.unlisted.finished();
  return { ...recorder.stats(figures), logs: [{ path: '/l/a.log', linesWritten: 10, linesDropped: 2 }] };
}

test("Prometheus text: AWS's metrics have one series for each stage, detailed methods have families of their own", () => {
  const samples = parse(prometheusText(stats()));
  const stage = { api: 'a1b2c3d4e5', api_name: 'The "Pets"\\API\nof A', stage: 'prod' };
  const method = { ...stage, method: 'POST', resource: '/pets/{petId}' };
  const values = (name: string) =>
    samples.filter((one) => one.name === name).map(({ labels, value }) => ({ labels, value }));
  assert.deepEqual(values('sluice_requests_total'), [{ labels: stage, value: 4 }]);
  assert.deepEqual(values('sluice_4xx_errors_total'), [{ labels: stage, value: 1 }]);
  assert.deepEqual(values('sluice_5xx_errors_total'), [{ labels: stage, value: 1 }]);
  assert.deepEqual(values('sluice_method_requests_total'), [{ labels: method, value: 1 }]);
  assert.deepEqual(values('sluice_latency_milliseconds_count'), [{ labels: stage, value: 4 }]);
  assert.deepEqual(values('sluice_latency_milliseconds_sum'), [{ labels: stage, value: 10 }]);
  assert.deepEqual(values('sluice_method_latency_milliseconds_sum'), [{ labels: method, value: 4 }]);
  assert.deepEqual(values('sluice_integration_latency_milliseconds_sum'), [{ labels: stage, value: 40 }]);
  assert.deepEqual(values('sluice_latency_quantile_milliseconds'), [
    { labels: { ...stage, quantile: '0.5' }, value: 2.007 },
    { labels: { ...stage, quantile: '0.9' }, value: 4 },
    { labels: { ...stage, quantile: '0.99' }, value: 4 },
    { labels: { ...stage, quantile: '0.999' }, value: 4 },
  ]);
  const buckets = samples.filter((one) => one.name === 'sluice_latency_milliseconds_bucket');
  assert.deepEqual(Object.fromEntries(buckets.map((one) => [one.labels.le, one.value])), {
    '0.5': 0,
    '1': 0,
    '2.5': 2,
    '5': 4,
    '10': 4,
    '25': 4,
    '50': 4,
    '100': 4,
    '250': 4,
    '500': 4,
    '1000': 4,
    '2500': 4,
    '5000': 4,
    '10000': 4,
    '29000': 4,
    '+Inf': 4,
  });
});

test('Prometheus text: processes, refusals and log files are told with their labels', () => {
  const samples = parse(prometheusText(stats())).filter((one) => !('api' in one.labels));
  assert.deepEqual(
    samples.map(({ name, labels, value }) => [name, ...Object.values(labels), value]),
    [
      ['sluice_unlisted_requests_total', 1],
      ['sluice_log_lines_total', '/l/a.log', 10],
      ['sluice_log_lines_dropped_total', '/l/a.log', 2],
      ['sluice_process_start_time_seconds', '1', 1.5],
      ['sluice_process_requests_in_flight', '1', 3],
      ['sluice_process_connections', '1', 4],
      ['sluice_process_resident_memory_bytes', '1', 1e8],
      ['sluice_process_event_loop_lag_milliseconds', '1', 1.25],
      ['sluice_process_aborted_total', '1', 5],
      ['sluice_process_render_queue_length', '1', 8],
      ['sluice_process_snapshot_revision', '1', 9],
      ['sluice_process_refused_total', '1', 'head too large', 6],
      ['sluice_process_refused_total', '1', 'no "host"', 7],
      ['sluice_process_throttle_info', '1', 'native', 1],
    ],
  );
});

test('Prometheus text: before the first deployment there is a text, too', () => {
  assert.deepEqual(parse(prometheusText(emptyStats)), [
    { name: 'sluice_unlisted_requests_total', labels: {}, value: 0 },
  ]);
});
