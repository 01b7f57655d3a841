// What the host tells of itself: plain data, for metrics and `sluice functions list`. Counters only grow.

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
