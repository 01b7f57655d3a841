// What the open-loop generator is told and what it reports; both cross as JSON.

export interface OpenLoopPlan {
  readonly port: number;
  /** The request's bytes as latin1 text. */
  readonly request: string;
  /** Its lines stand, one after the other, where the request says `{each}`. */
  readonly eachFile?: string;
  /** Intended arrivals per second. */
  readonly rateRps: number;
  readonly durationMs: number;
  /** Requests that are all due at the very start, on top of the rate. */
  readonly burst: number;
  /** Keep-alive connections, opened before the first request; one request at a time on each. */
  readonly connections: number;
  /** How long answers are waited for after the last request was due. */
  readonly drainMs: number;
  /** Reports of each request when it was due and when it was answered; default no. */
  readonly keepsTimes?: boolean;
}

export interface OpenLoopReport {
  readonly due: number;
  readonly sent: number;
  readonly answered: number;
  /** Status -> answers. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Status -> answers in each second from the start. */
  readonly perSecond: Readonly<Record<string, readonly number[]>>;
  /** By status. */
  readonly firstAndLast: Readonly<Record<string, FirstAndLast>>;
  /** Kind -> count: connections that closed in mid-request, answers that never came, requests that were never sent. */
  readonly errors: Readonly<Record<string, number>>;
  /** First due to last due, and first sent to last answer. */
  readonly offeredMs: number;
  readonly elapsedMs: number;
  readonly latencyUs: LatencySummary;
  /** The generator's own share of a core; near 1 it was the bottleneck. */
  readonly generatorCpu: number;
  /** null unless the plan wanted them. */
  readonly times: RequestTimes | null;
}

/** When each request was due and answered; request `i` was due at `dueMs[i]`. */
export interface RequestTimes {
  /** The start of the load, on the clock that all processes of a machine share (see `sharedNowMs`). */
  readonly startMs: number;
  /** Whole microseconds from due to the last byte of the answer; -1 = none came. */
  readonly latenciesUs: readonly number[];
}

/** The first and the last answer with one status; milliseconds from the start. */
export interface FirstAndLast {
  readonly firstAnswerMs: number;
  /** Answers of any status that came before. */
  readonly answeredBefore: number;
  readonly lastSentMs: number;
}

/** Microseconds from the intended send time to the last byte of the answer. */
export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
  /** [percentile, microseconds], for the plot. */
  readonly curve: readonly (readonly [number, number])[];
}

/** A line that the generator prints while it runs. */
export interface OpenLoopProgress {
  readonly secondsPast: number;
  readonly answered: number;
}
