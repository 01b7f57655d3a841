import assert from 'node:assert/strict';
import test from 'node:test';
import type { FunctionHostStats, FunctionStats } from '../../src/functions/host/stats.ts';
import {
  emptyFunctionStats,
  mergeFunctionStats,
  retiredFunctionStats,
} from '../../src/observability/function-stats.ts';
import { prometheusText } from '../../src/observability/prometheus.ts';
import { emptyStats } from '../../src/observability/stats.ts';

const functionOf = (functionName: string, changes: Partial<FunctionStats> = {}): FunctionStats => ({
  functionName,
  invocations: 10,
  errors: 2,
  throttles: 3,
  durationMsTotal: 50,
  durationMsMax: 9,
  durationBuckets: [4, 6, ...Array.from({ length: 14 }, () => 0)],
  coldStarts: 1,
  initFailures: 0,
  concurrent: 2,
  concurrentMax: 4,
  reservedConcurrency: 5,
  environments: { starting: 1, idle: 0, busy: 2 },
  rssBytes: 100,
  eventsQueued: 7,
  eventsRetried: 1,
  eventsDropped: 0,
  ...changes,
});

const hostOf = (...functions: FunctionStats[]): FunctionHostStats => ({
  functions,
  concurrent: 2,
  environments: { live: 3, ending: 1, reaped: 5, evicted: 6 },
  events: { queued: 7, queuedBytes: 70, running: 1 },
});

test('functions: of a host that has ended its counts stay, its state goes', () => {
  const merged = mergeFunctionStats(retiredFunctionStats(hostOf(functionOf('a'))), hostOf(functionOf('a')));
  const [a] = merged.functions;
  assert.deepEqual(
    [
      a!.invocations,
      a!.errors,
      a!.throttles,
      a!.durationMsTotal,
      a!.durationBuckets.slice(0, 3),
      a!.coldStarts,
    ],
    [20, 4, 6, 100, [8, 12, 0], 2],
  );
  assert.deepEqual(
    [a!.concurrent, a!.environments, a!.rssBytes, a!.eventsQueued],
    [2, { starting: 1, idle: 0, busy: 2 }, 100, 7],
  );
  assert.deepEqual(merged.environments, { live: 3, ending: 1, reaped: 10, evicted: 12 });
  assert.deepEqual(merged.events, { queued: 7, queuedBytes: 70, running: 1 });
});

test('functions: merging with nothing changes nothing, and functions of either host are told', () => {
  const host = hostOf(functionOf('a'), functionOf('b'));
  assert.deepEqual(mergeFunctionStats(emptyFunctionStats, host), host);
  const names = mergeFunctionStats(host, hostOf(functionOf('b'), functionOf('c'))).functions;
  assert.deepEqual(
    names.map(({ functionName }) => functionName),
    ['a', 'b', 'c'],
  );
});

test('prometheus: functions have families of their own; without a host there is none', () => {
  assert.doesNotMatch(prometheusText(emptyStats), /function/);
  const lines = prometheusText(emptyStats, hostOf(functionOf('a"b'))).split('\n');
  for (const line of [
    'sluice_function_invocations_total{function="a\\"b"} 10',
    'sluice_function_errors_total{function="a\\"b"} 2',
    'sluice_function_throttles_total{function="a\\"b"} 3',
    'sluice_function_cold_starts_total{function="a\\"b"} 1',
    'sluice_function_concurrent_executions{function="a\\"b"} 2',
    'sluice_function_environments{function="a\\"b",state="busy"} 2',
    'sluice_function_async_queue_length{function="a\\"b"} 7',
    '# TYPE sluice_function_duration_milliseconds histogram',
    'sluice_function_duration_milliseconds_bucket{function="a\\"b",le="1"} 4',
    'sluice_function_duration_milliseconds_bucket{function="a\\"b",le="5"} 10',
    'sluice_function_duration_milliseconds_bucket{function="a\\"b",le="+Inf"} 10',
    'sluice_function_duration_milliseconds_sum{function="a\\"b"} 50',
    'sluice_function_duration_milliseconds_count{function="a\\"b"} 10',
  ])
    assert.ok(lines.includes(line), line);
});
