// What can be done in a worker thread. One file per kind in kinds/, and one line in kinds/index.ts.

/** One kind of job, as the worker thread sees it. */
export interface JobKind {
  /** Names the kind on its way to the worker; unique in the list. */
  readonly name: string;
  /**
   * Does one job. What a job finds wrong with its own data belongs into the result; an exception counts as a bug
   * and reaches the sender as a lost job.
   *
   * @param payload - as {@link PoolJob.payload} gave it, copied: plain data without prototypes of ours
   * @param limitMs - the job should end itself after this long; somewhat later its thread is ended
   * @returns plain data again; a promise only for work that is asynchronous by nature
   */
  run(payload: unknown, limitMs: number): unknown;
}

/** Why a job has no result. `crash` covers all that is not the time limit: thread died, out of memory, pool closed. */
export type LostHow = 'timeout' | 'crash';

/** One job, as its sender sees it. Exactly one of `done` and `lost` is called, once. */
export interface PoolJob {
  /** Name of a {@link JobKind}. */
  readonly kind: string;
  /** What crosses to the worker: numbers, strings, bytes, null and arrays of these. Called again if the job must be repeated. */
  payload(): unknown;
  done(result: unknown): void;
  /** @param detail - for the log */
  lost(how: LostHow, detail: string): void;
}
