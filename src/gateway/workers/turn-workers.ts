// The worker threads of one process as the rest of it sees them: jobs of all kinds that arise in one turn of the event
// loop are looked at together, when it ends, and cross together where that spares the loop more than it costs.
//
//   join() ─ end of turn ─┬─ not worth a crossing ─► done here, one after the other
//                         └─ worth it ─► WorkerPool ─► result in a later turn
//
// How many jobs may wait is bounded by those who send them.

import { availableParallelism } from 'node:os';
import type { Clock } from '../../base/clock.ts';
import { CrossingCost, type Offload } from './job-cost.ts';
import type { PoolJob } from './job-kind.ts';
import { WorkerPool, type WorkerPoolStats } from './worker-pool.ts';

export interface TurnWorkersOptions {
  /** Default `auto`. */
  readonly offload: Offload;
  /** Worker threads; at least 1. They start with the first batch that is worth them. */
  readonly threads: number;
  /** A job in a thread that takes longer ends itself; should it not, the thread is ended. */
  readonly jobTimeoutMs: number;
  readonly clock: Clock;
  /** Heap of one thread in megabytes. Default 256. */
  readonly threadHeapMbMax?: number;
  /** Cores that this process may use; default: what the system says. With one, `auto` sends nothing away. */
  readonly coresAvailable?: number;
  /** The threads' file; tests put hostile ones here. */
  readonly workerFile?: string;
}

/** A job that may be done in either place. Exactly one of `runHere`, `done` and `lost` is called, once. */
export interface TurnJob extends PoolJob {
  /** It crossed already and something was missing there: the batch decision is not for it. */
  readonly isBoundForPool: boolean;
  /** What the event loop is spared when it is done elsewhere, the batch's own share left out; nanoseconds. */
  readonly sparedNs: number;
  /** Does it in the event loop. Never throws. */
  runHere(): void;
}

export class TurnWorkers {
  readonly #options: TurnWorkersOptions;
  readonly #crossing = new CrossingCost();
  #offload: Offload;
  #pool: WorkerPool | null = null;
  /** Jobs of this turn of the event loop. */
  #turn: TurnJob[] = [];

  constructor(options: TurnWorkersOptions) {
    this.#options = options;
    // A thread without a core of its own takes from the event loop what it does for it, and the crossing besides.
    const cores = options.coresAvailable ?? availableParallelism();
    this.#offload = options.offload === 'auto' && cores < 2 ? 'never' : options.offload;
  }

  /** Becomes `never` at the end of their life. */
  get offload(): Offload {
    return this.#offload;
  }

  /** null until the first batch crosses. */
  get stats(): WorkerPoolStats | null {
    return this.#pool?.stats ?? null;
  }

  join(job: TurnJob): void {
    // setImmediate runs after all sockets that were readable in this turn have been served: that is the batch.
    if (this.#turn.push(job) === 1) setImmediate(this.#endTurn);
  }

  /** From now on everything is done in the event loop. */
  retire(): void {
    this.#offload = 'never';
  }

  /** Waits for the jobs that are under way and ends the threads. */
  async close(): Promise<void> {
    this.retire();
    if (this.#turn.length > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    await this.#pool?.close();
  }

  readonly #endTurn = (): void => {
    const jobs = this.#turn;
    this.#turn = [];
    const away = this.#jobsForPool(jobs);
    if (away.length > 0) this.#pool!.submit(away);
    if (away.length === jobs.length) return;
    for (const job of jobs) if (!job.isBoundForPool) job.runHere();
  };

  /** All of the batch, or only those that must. */
  #jobsForPool(jobs: readonly TurnJob[]): readonly TurnJob[] {
    if (!this.#isWorthCrossing(jobs)) return [];
    this.#pool ??= this.#startPool();
    // Starting a thread takes some 100 ms; `auto` does not let anyone wait for that who need not.
    return this.#offload === 'auto' && !this.#pool.warm ? jobs.filter((job) => job.isBoundForPool) : jobs;
  }

  /** The batch decision: what the event loop is spared by sending these jobs away, against one crossing. */
  #isWorthCrossing(jobs: readonly TurnJob[]): boolean {
    if (this.#offload === 'always') return true;
    let sparedNs = 0;
    for (const job of jobs) {
      if (job.isBoundForPool) return true;
      sparedNs += job.sparedNs;
    }
    if (sparedNs > this.#crossing.ns) return true;
    this.#crossing.fade();
    return false;
  }

  #startPool(): WorkerPool {
    const { threads, jobTimeoutMs, clock, threadHeapMbMax, workerFile } = this.#options;
    return new WorkerPool({
      threads,
      jobLimitMs: jobTimeoutMs,
      clock,
      threadHeapMbMax: threadHeapMbMax ?? 256,
      workerFile,
      onCrossed: (loopNs, jobsCount) => this.#crossing.learn(loopNs, jobsCount),
    });
  }
}
