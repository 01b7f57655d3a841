import assert from 'node:assert/strict';
import test from 'node:test';
import { build } from 'hdr-histogram-js';
import {
  bucketHighest,
  bucketLowest,
  bucketOf,
  countsUpTo,
  LatencyHistogram,
  latencyUsMax,
  quantileUs,
} from '../../src/observability/latency-histogram.ts';
import { createRecorder } from '../../src/observability/process-recorder.ts';
import {
  emptyStats,
  mergeStats,
  type RecorderStats,
  retiredStats,
  type SeriesStats,
} from '../../src/observability/stats.ts';
import fc from '../support/properties.ts';
import { answered, description, startedNs } from './fixture.ts';

const latencyUs = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: latencyUsMax }));

function histogramOf(list: readonly number[]) {
  const histogram = new LatencyHistogram();
  for (const us of list) histogram.recordNs(us * 1000);
  return histogram.stats();
}

test('latency histogram: its buckets are those of hdr-histogram-js at two significant digits', () => {
  const hdr = build({
    highestTrackableValue: latencyUsMax,
    numberOfSignificantValueDigits: 2,
    autoResize: false,
  });
  const layout = hdr as unknown as {
    countsArrayIndex(value: number): number;
    valueFromIndex(index: number): number;
  };
  fc.assert(
    fc.property(latencyUs, (us) => {
      assert.equal(bucketOf(us), layout.countsArrayIndex(us));
      assert.equal(bucketLowest(bucketOf(us)), layout.valueFromIndex(bucketOf(us)));
      assert.ok(bucketLowest(bucketOf(us)) <= us && us <= bucketHighest(bucketOf(us)));
    }),
  );
  assert.equal(bucketHighest(bucketOf(latencyUsMax)), latencyUsMax);
});

test('latency histogram: its quantiles are those of hdr-histogram-js', () => {
  fc.assert(
    fc.property(fc.array(latencyUs, { minLength: 1 }), (list) => {
      const hdr = build({ highestTrackableValue: latencyUsMax, numberOfSignificantValueDigits: 2 });
      for (const us of list) hdr.recordValue(us);
      const ours = histogramOf(list);
      for (const quantile of [0.5, 0.9, 0.99, 0.999])
        assert.equal(
          quantileUs(ours, quantile),
          Math.min(Math.max(...list), hdr.getValueAtPercentile(quantile * 100)),
        );
    }),
  );
});

test('latency histogram: what is below zero or above the maximum counts at the bounds, and nothing has no quantile', () => {
  const histogram = new LatencyHistogram();
  histogram.recordNs(-5);
  histogram.recordNs(1e15);
  assert.deepEqual(histogram.stats(), {
    count: 2,
    sumUs: latencyUsMax,
    maxUs: latencyUsMax,
    buckets: [0, 1, bucketOf(latencyUsMax), 1],
  });
  assert.equal(quantileUs({ count: 0, sumUs: 0, maxUs: 0, buckets: [] }, 0.99), Number.NaN);
});

test('latency histogram: the counts up to a bound rise and hold every value well below it', () => {
  fc.assert(
    fc.property(fc.array(latencyUs), (list) => {
      const bounds = [500, 1_000, 10_000, 1_000_000];
      const counts = countsUpTo(histogramOf(list), bounds);
      for (let i = 0; i < bounds.length; i++) {
        assert.ok(counts[i]! <= list.filter((us) => us <= bounds[i]!).length);
        assert.ok(counts[i]! >= list.filter((us) => us < bounds[i]! * (1 - 1 / 128)).length);
      }
    }),
  );
});

const request = fc.record({
  stageName: fc.constantFrom('prod', 'test'),
  resourcePath: fc.constantFrom('/a', '/b'),
  detailedMetrics: fc.boolean(),
  status: fc.constantFrom(200, 404, 500),
  latencyUs,
  process: fc.integer({ min: 0, max: 2 }),
});

const sorted = (stats: RecorderStats): SeriesStats[] =>
  stats.series
    .filter((one) => one.count > 0)
    .sort((a, b) =>
      JSON.stringify([a.stageName, a.resourcePath]) < JSON.stringify([b.stageName, b.resourcePath]) ? -1 : 1,
    );

test('stats: the merged counts of several processes are those of one process that saw everything', () => {
  fc.assert(
    fc.property(fc.array(request), (requests) => {
      const whole = createRecorder({ logsDir: null });
      const parts = [0, 1, 2].map(() => createRecorder({ logsDir: null }));
      for (const { stageName, resourcePath, detailedMetrics, status, latencyUs, process } of requests)
        for (const recorder of [whole, parts[process]!]) {
          const route = recorder.route({ ...description, stageName, resourcePath, detailedMetrics });
          const exchange = answered(route);
          exchange.responseStatus = status;
          exchange.endedNs = startedNs + latencyUs * 1000;
          route.finished(exchange);
        }
      const merged = mergeStats(parts.map((part) => part.stats(null)));
      assert.deepEqual(sorted(merged), sorted(whole.stats(null)));
    }),
  );
});

test('stats: aborted requests, lost lines and unlisted requests of several processes are added', () => {
  const part = (aborted: number, linesDropped: number, unlisted: number) => {
    const recorder = createRecorder({ logsDir: null });
    recorder.route(description);
    const stats = recorder.stats(null);
    return {
      ...stats,
      series: stats.series.map((one) => ({ ...one, aborted })),
      logs: [{ path: 'a.log', linesWritten: 10 * linesDropped, linesDropped }],
      unlisted,
    };
  };
  const { series, logs, unlisted } = mergeStats([part(1, 2, 3), part(4, 5, 6)]);
  assert.equal(series[0]!.aborted, 5);
  assert.deepEqual(logs, [{ path: 'a.log', linesWritten: 70, linesDropped: 7 }]);
  assert.equal(unlisted, 9);
});

test('stats: a retired process leaves its counts and takes its state away', () => {
  const recorder = createRecorder({ logsDir: null });
  const route = recorder.route(description);
  route.finished(answered(route));
  const figures = {
    process: '1',
    pid: 7,
    startedMs: 0,
    exchangesInFlight: 1,
    connections: 1,
    rssBytes: 1,
    eventLoopLagMs: 1,
    aborted: 0,
    refused: {},
    renderQueueLength: 0,
    throttleKind: 'native',
    snapshotRevision: 1,
  };
  const retired = retiredStats(recorder.stats(figures));
  assert.deepEqual(retired.processes, []);
  const merged = mergeStats([retired, recorder.stats(figures), emptyStats]);
  assert.equal(merged.series[0]!.count, 2);
  assert.deepEqual(merged.processes, [figures]);
});
