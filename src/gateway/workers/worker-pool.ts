// A piscina pool that is given batches of jobs of any kind, and sees to it that every job ends exactly once, also
// when a job hangs or kills its thread. The only importer of piscina on this side of the crossing.
//
// Piscina never queues for us: as many batches are under way as there are threads, the rest waits in `#queue`, so
// that jobs which wait join the next batch. Each slot stands for one thread that may be busy.

import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import type { Clock } from '../../base/clock.ts';
import { type BatchReply, decodeReply, encodeBatch } from './batch.ts';
import type { PoolJob } from './job-kind.ts';
import type { ThreadData } from './thread.ts';

const require = createRequire(import.meta.url);

export interface WorkerPoolOptions {
  /** At least 1. */
  readonly threads: number;
  /** A job that runs this long should end itself; at half as much again its thread is ended. */
  readonly jobLimitMs: number;
  readonly clock: Clock;
  /**
   * Heap of one thread, in megabytes; a thread that creeps above it is ended and replaced. A last net only: one that
   * overshoots it in a single leap takes the process with it (V8), so templates have limits of their own.
   */
  readonly threadHeapMbMax: number;
  /** The thread's file; tests put hostile ones here. */
  readonly workerFile?: string;
  /** Told after each batch what it cost the event loop. */
  readonly onCrossed?: (loopNs: number, jobsCount: number) => void;
}

/** Counters since the start, for metrics. */
export interface WorkerPoolStats {
  /** Batches that crossed, warm-ups not counted. */
  readonly batches: number;
  readonly jobs: number;
  /** Jobs now waiting for a thread. */
  readonly jobsWaiting: number;
  /** Threads that were ended because a job ran away. */
  readonly threadsEnded: number;
  /** Threads that died by themselves. */
  readonly threadsCrashed: number;
}

/** More jobs than this do not ride in one batch: a reply should not hold up its first job for its last. */
const batchJobsMax = 32;
/** Fewer are not split over idle threads: the event loop pays for every crossing. */
const batchJobsSplit = 16;
/** A thread that has not begun its batch by then will never do so. */
const threadStartMsMax = 10_000;
const restartDelayMs = 1_000;

interface Slot {
  readonly index: number;
  /** Takes the place of an AbortSignal: one per slot instead of one per batch (an AbortController costs 3 us). */
  readonly abort: EventEmitter;
  state: 'starting' | 'free' | 'busy' | 'broken';
  jobs: readonly PoolJob[];
  /** Watchdog: the progress word when it last changed, and when that was. */
  progressSeen: number;
  progressSinceNs: number;
  /** What handing over the batch took. */
  sendMs: number;
  /** The watchdog ended the thread because of its running job. */
  ranAway: boolean;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const ownWorkerFile = fileURLToPath(new URL(`./worker.${extension}`, import.meta.url));

export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #piscina: Piscina;
  readonly #progress: Int32Array<SharedArrayBuffer>;
  readonly #slots: readonly Slot[];
  readonly #hardLimitNs: number;
  #queue: PoolJob[] = [];
  /** Jobs that lost their thread once, perhaps by their own fault: each is repeated alone. */
  readonly #repeats: PoolJob[] = [];
  readonly #repeated = new WeakSet<PoolJob>();
  #watchdog: NodeJS.Timeout | null = null;
  #restart: NodeJS.Timeout | null = null;
  #onIdle: (() => void) | null = null;
  #closed = false;
  #batches = 0;
  #jobs = 0;
  #threadsEnded = 0;
  #threadsCrashed = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#hardLimitNs = options.jobLimitMs * 1.5e6;
    this.#progress = new Int32Array(new SharedArrayBuffer(4 * options.threads));
    // Loaded with the first batch that is worth a thread.
    const { Piscina: PiscinaPool } = require('piscina') as typeof import('piscina');
    this.#piscina = new PiscinaPool({
      filename: options.workerFile ?? ownWorkerFile,
      minThreads: options.threads,
      maxThreads: options.threads,
      recordTiming: false,
      resourceLimits: { maxOldGenerationSizeMb: options.threadHeapMbMax },
      workerData: { progress: this.#progress } satisfies ThreadData,
      // The parent's flags (such as --test) are not the thread's.
      execArgv: [],
    });
    // A thread that dies between batches: piscina replaces it, nothing is lost.
    this.#piscina.on('error', () => this.#threadsCrashed++);
    this.#slots = Array.from({ length: options.threads }, (_, index) => newSlot(index));
    for (const slot of this.#slots) this.#warmUp(slot);
  }

  /** Whether a thread is up: until one is, submitted jobs wait for it. */
  get warm(): boolean {
    return this.#slots.some((slot) => slot.state === 'free' || slot.state === 'busy');
  }

  get stats(): WorkerPoolStats {
    return {
      batches: this.#batches,
      jobs: this.#jobs,
      jobsWaiting: this.#queue.length + this.#repeats.length,
      threadsEnded: this.#threadsEnded,
      threadsCrashed: this.#threadsCrashed,
    };
  }

  /** Takes the jobs; each is told its result in a later turn of the event loop. How many may wait is the sender's to bound. */
  submit(jobs: readonly PoolJob[]): void {
    if (this.#closed) loseAll(jobs, 'the pool is closed');
    else if (this.#slots.every((slot) => slot.state === 'broken')) loseAll(jobs, 'no worker thread starts');
    else {
      for (const job of jobs) this.#queue.push(job);
      this.#dispatch();
    }
  }

  /** Waits for the jobs that were submitted, then ends the threads. Jobs submitted from now on are lost. */
  async close(): Promise<void> {
    this.#closed = true;
    if (!this.#isIdle()) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    if (this.#watchdog !== null) clearInterval(this.#watchdog);
    if (this.#restart !== null) clearTimeout(this.#restart);
    await this.#piscina.destroy();
  }

  #isIdle(): boolean {
    return (
      this.#queue.length + this.#repeats.length === 0 && this.#slots.every((slot) => slot.jobs.length === 0)
    );
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.state !== 'free') continue;
      const jobs = this.#nextBatch();
      if (jobs.length === 0) break;
      this.#run(slot, jobs);
    }
    if (this.#onIdle !== null && this.#isIdle()) this.#onIdle();
  }

  #nextBatch(): readonly PoolJob[] {
    const repeat = this.#repeats.shift();
    if (repeat !== undefined) return [repeat];
    const free = this.#slots.filter((slot) => slot.state === 'free').length;
    const share = Math.max(batchJobsSplit, Math.ceil(this.#queue.length / free));
    const size = Math.min(batchJobsMax, share);
    if (this.#queue.length <= size) {
      const all = this.#queue;
      this.#queue = [];
      return all;
    }
    return this.#queue.splice(0, size);
  }

  #run(slot: Slot, jobs: readonly PoolJob[]): void {
    slot.state = 'busy';
    slot.jobs = jobs;
    this.#batches++;
    this.#jobs += jobs.length;
    this.#watch();
    const begun = performance.now();
    const sent = this.#send(slot);
    slot.sendMs = performance.now() - begun;
    sent.then(
      (reply) => this.#finished(slot, reply),
      (error: unknown) => this.#lost(slot, String(error)),
    );
  }

  /** An empty batch: answered as soon as the slot's thread is up. */
  #warmUp(slot: Slot): void {
    slot.state = 'starting';
    slot.jobs = [];
    this.#watch();
    this.#send(slot).then(
      () => {
        slot.state = 'free';
        this.#dispatch();
      },
      (error: unknown) => this.#startFailed(slot, String(error)),
    );
  }

  async #send(slot: Slot): Promise<Uint8Array> {
    slot.progressSeen = 0;
    slot.progressSinceNs = this.#options.clock.monotonicNs();
    slot.ranAway = false;
    Atomics.store(this.#progress, slot.index, 0);
    const flat: unknown[] = [];
    for (const job of slot.jobs) flat.push(job.kind, job.payload());
    const bytes = encodeBatch({ slotIndex: slot.index, limitMs: this.#options.jobLimitMs, jobs: flat });
    return (await this.#piscina.run(bytes, {
      transferList: [bytes.buffer],
      signal: slot.abort,
    })) as Uint8Array;
  }

  #finished(slot: Slot, bytes: Uint8Array): void {
    const jobs = slot.jobs;
    const { sendMs } = slot;
    slot.jobs = [];
    slot.state = 'free';
    // The next batch goes out first, so that the thread works while this one's results are handed out.
    this.#dispatch();
    const begun = performance.now();
    const reply: BatchReply = decodeReply(bytes);
    for (let i = 0; i < jobs.length; i++) {
      if (reply[2 * i] === 1) jobs[i]!.done(reply[2 * i + 1]);
      else jobs[i]!.lost('crash', String(reply[2 * i + 1]));
    }
    this.#options.onCrossed?.((performance.now() - begun + sendMs) * 1e6, jobs.length);
  }

  /** The slot's thread is gone, or the batch could not be encoded. */
  #lost(slot: Slot, detail: string): void {
    const jobs = slot.jobs;
    const guilty = slot.ranAway ? jobs[slot.progressSeen - 1] : undefined;
    if (slot.ranAway) this.#threadsEnded++;
    else this.#threadsCrashed++;
    for (const job of jobs) {
      if (job === guilty) continue;
      // Nobody knows which job of a batch killed the thread; whoever loses a second one, alone, did.
      if (this.#repeated.has(job)) job.lost('crash', detail);
      else {
        this.#repeated.add(job);
        this.#repeats.push(job);
      }
    }
    guilty?.lost('timeout', `ended after ${this.#options.jobLimitMs} ms`);
    this.#warmUp(slot);
    this.#dispatch();
  }

  #startFailed(slot: Slot, detail: string): void {
    if (this.#closed && this.#isIdle()) return;
    slot.state = 'broken';
    this.#threadsCrashed++;
    if (this.#slots.every((other) => other.state === 'broken')) {
      const waiting = [...this.#repeats.splice(0), ...this.#queue.splice(0)];
      loseAll(waiting, `no worker thread starts: ${detail}`);
      this.#dispatch();
    }
    this.#restart ??= setTimeout(() => {
      this.#restart = null;
      for (const broken of this.#slots) if (broken.state === 'broken') this.#warmUp(broken);
    }, restartDelayMs).unref();
  }

  /** One timer for all batches; it stops by itself when nothing is under way. */
  #watch(): void {
    this.#watchdog ??= setInterval(
      () => this.#lookAround(),
      Math.max(2, this.#options.jobLimitMs / 8),
    ).unref();
  }

  #lookAround(): void {
    const nowNs = this.#options.clock.monotonicNs();
    let underWay = 0;
    for (const slot of this.#slots) {
      if (slot.state !== 'busy' && slot.state !== 'starting') continue;
      underWay++;
      const progress = Atomics.load(this.#progress, slot.index);
      if (progress !== slot.progressSeen) {
        slot.progressSeen = progress;
        slot.progressSinceNs = nowNs;
      } else if (
        nowNs - slot.progressSinceNs >
        (progress === 0 ? threadStartMsMax * 1e6 : this.#hardLimitNs)
      ) {
        slot.ranAway = progress !== 0;
        slot.abort.emit('abort');
      }
    }
    if (underWay === 0 && this.#watchdog !== null) {
      clearInterval(this.#watchdog);
      this.#watchdog = null;
    }
  }
}

function newSlot(index: number): Slot {
  return {
    index,
    abort: new EventEmitter(),
    state: 'starting',
    jobs: [],
    progressSeen: 0,
    progressSinceNs: 0,
    sendMs: 0,
    ranAway: false,
  };
}

function loseAll(jobs: readonly PoolJob[], detail: string): void {
  for (const job of jobs) job.lost('crash', detail);
}
