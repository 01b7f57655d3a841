// Prometheus's families of functions: one series for each function, and some of the host.

import { durationBoundsMs } from '../functions/host/stats.ts';
import type { Families, Figure } from './prometheus.ts';
import type { FunctionsFigures } from './stats.ts';

type FunctionFigures = FunctionsFigures['functions'][number];

/** The names in brackets are AWS's. */
export function functionFamilies(
  text: Families,
  { functions, environments, events }: FunctionsFigures,
): void {
  const simple: readonly Figure<FunctionFigures>[] = [
    ['invocations_total', 'counter', 'Invocations that ran (AWS: Invocations).', (one) => one.invocations],
    ['errors_total', 'counter', 'Invocations that failed (AWS: Errors).', (one) => one.errors],
    [
      'throttles_total',
      'counter',
      'Invocations refused for want of concurrency (AWS: Throttles).',
      (one) => one.throttles,
    ],
    [
      'cold_starts_total',
      'counter',
      'Invocations that waited for a new environment.',
      (one) => one.coldStarts,
    ],
    ['init_failures_total', 'counter', 'Environments that never became ready.', (one) => one.initFailures],
    [
      'concurrent_executions',
      'gauge',
      'Invocations under way (AWS: ConcurrentExecutions).',
      (one) => one.concurrent,
    ],
    ['resident_memory_bytes', 'gauge', 'Resident memory of its environments, bytes.', (one) => one.rssBytes],
    [
      'async_queue_length',
      'gauge',
      'Asynchronous invocations accepted and not done.',
      (one) => one.eventsQueued,
    ],
    [
      'async_retries_total',
      'counter',
      'Asynchronous invocations tried again after an error.',
      (one) => one.eventsRetried,
    ],
    [
      'async_dropped_total',
      'counter',
      'Asynchronous invocations given up (AWS: AsyncEventsDropped).',
      (one) => one.eventsDropped,
    ],
  ];
  text.families('sluice_function_', simple, functions, ({ functionName }) => ({ function: functionName }));
  text.family('sluice_function_environments', 'gauge', 'Environments, by what they do.', (add) => {
    for (const { functionName, environments: counts } of functions)
      for (const [state, count] of Object.entries(counts)) add({ function: functionName, state }, count);
  });
  text.bucketFamily(
    'sluice_function_duration_milliseconds',
    'How long invocations ran, without the start of an environment, milliseconds (AWS: Duration).',
    functions.map((one) => ({
      labels: { function: one.functionName },
      boundsMs: durationBoundsMs,
      counts: one.durationBuckets,
      sumMs: one.durationMsTotal,
    })),
  );
  const whole: readonly Figure<Pick<FunctionsFigures, 'environments' | 'events'>>[] = [
    [
      'environments_ending',
      'gauge',
      'Environments told to end that have not.',
      (host) => host.environments.ending,
    ],
    [
      'environments_reaped_total',
      'counter',
      'Environments ended because nobody used them.',
      (host) => host.environments.reaped,
    ],
    [
      'environments_evicted_total',
      'counter',
      'Environments ended to make room for others.',
      (host) => host.environments.evicted,
    ],
    [
      'async_queue_bytes',
      'gauge',
      'Payloads of asynchronous invocations that wait, bytes.',
      (host) => host.events.queuedBytes,
    ],
  ];
  text.families('sluice_functions_', whole, [{ environments, events }], () => ({}));
}
