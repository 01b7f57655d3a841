// What the host tells of itself: plain data, for metrics and `sluice functions list`. Counters only grow.

import type { FunctionState } from './function-state.ts';
import type { VersionPool } from './pool.ts';

/** Upper bounds of the buckets of `durationBuckets`, in milliseconds; the last bucket has none. */
export const durationBoundsMs: readonly number[] = Object.freeze([
  1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000,
]);

export interface FunctionStats {
  readonly functionName: string;
  /** Invocations that ran, or are running; not those that were throttled. */
  readonly invocations: number;
  /** Of them, those that ended with a function error. */
  readonly errors: number;
  readonly throttles: number;
  /** Sum over all that have ended, without the wait for a cold start. */
  readonly durationMsTotal: number;
  readonly durationMsMax: number;
  /** How many ended within each of `durationBoundsMs`, not cumulated. */
  readonly durationBuckets: readonly number[];
  readonly coldStarts: number;
  readonly initFailures: number;
  /** Invocations under way. */
  readonly concurrent: number;
  readonly concurrentMax: number;
  readonly reservedConcurrency: number | null;
  /** Starting: also those that wait for their turn to. */
  readonly environments: { readonly starting: number; readonly idle: number; readonly busy: number };
  /** Resident memory of its environments. */
  readonly rssBytes: number;
  /** Asynchronous invocations accepted and not done yet, those that run included. */
  readonly eventsQueued: number;
  /** Of accepted events: retried after an error, given up. */
  readonly eventsRetried: number;
  readonly eventsDropped: number;
}

export interface FunctionHostStats {
  readonly functions: readonly FunctionStats[];
  readonly concurrent: number;
  readonly environments: {
    /** Starting, idle and busy. */
    readonly live: number;
    /** Told to end and not gone yet. */
    readonly ending: number;
    readonly reaped: number;
    readonly evicted: number;
  };
  readonly events: { readonly queued: number; readonly queuedBytes: number; readonly running: number };
}

/** @param pools - of the versions that are served */
export function functionStats(
  state: FunctionState,
  pools: readonly VersionPool[],
  rssBytes: number,
): FunctionStats {
  const environments = { starting: 0, idle: 0, busy: 0 };
  for (const { starting, queued, idle, busy } of pools) {
    environments.starting += starting + queued;
    environments.idle += idle;
    environments.busy += busy;
  }
  return {
    functionName: state.name,
    invocations: state.invocations,
    errors: state.errors,
    throttles: state.throttles,
    durationMsTotal: state.durationMsTotal,
    durationMsMax: state.durationMsMax,
    durationBuckets: [...state.durationBuckets],
    coldStarts: state.coldStarts,
    initFailures: state.initFailures,
    concurrent: state.concurrent,
    concurrentMax: state.concurrentMax,
    reservedConcurrency: state.reservedConcurrency,
    environments,
    rssBytes,
    eventsQueued: state.eventsQueued,
    eventsRetried: state.eventsRetried,
    eventsDropped: state.eventsDropped,
  };
}
