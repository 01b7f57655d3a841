// All environments of the host: how many there may be, which of them ends for another, and when nobody needs them.

import { type Clock, createWallTime } from '../../base/clock.ts';
import { Alarm, type Timers } from './alarm.ts';
import type { Environments } from './environment.ts';
import type { FunctionState } from './function-state.ts';
import type { FunctionHostLimits } from './limits.ts';
import { Slot, type VersionPool } from './pool.ts';

export interface FleetOptions {
  readonly environments: Environments;
  readonly limits: Pick<FunctionHostLimits, 'environmentsMax' | 'startsMax' | 'idleMs'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly alarm: Alarm;
  readonly log: (line: string) => void;
}

/** Milliseconds for which a start is taken to need a processor. */
const hotMs = 1000;
/** Those who wait for an environment to be free are looked after so often, in milliseconds. */
const waitingLookMs = 10;

export class Fleet {
  readonly log: (line: string) => void;
  /** Monotonic nanoseconds, just read, as wall time in milliseconds. */
  readonly wallMs: (nowNs: number) => number;
  readonly #options: FleetOptions;
  readonly #environmentsMax: number;
  /** Those that were told to end still hold memory; they may not pile up. */
  readonly #endingMax: number;
  readonly #idleMs: number;
  /** Starting, idle and busy. */
  readonly #live = new Set<Slot>();
  readonly #ending = new Set<Slot>();
  /** Those that are starting, with when they began: so long they need a processor. */
  readonly #hot = new Map<Slot, number>();
  /** Those that wait for a turn to start, in turn. */
  readonly #turns = new Set<VersionPool>();
  /** How many starts wait. */
  #queued = 0;
  /** Those that have environments, or will. */
  readonly #pools = new Set<VersionPool>();
  /** Those in which calls wait for an environment to be free. */
  readonly #waitedFor = new Set<VersionPool>();
  /** One for all who wait: calls set no timers. */
  readonly #waitingAlarm: Alarm;
  readonly #whenGone: Array<() => void> = [];
  #count = 0;
  isClosing = false;
  reaped = 0;
  evicted = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#environmentsMax = options.limits.environmentsMax;
    this.#endingMax = Math.max(16, this.#environmentsMax);
    this.#idleMs = options.limits.idleMs;
    this.log = options.log;
    this.wallMs = createWallTime(options.clock);
    this.#waitingAlarm = new Alarm(options.clock, options.timers, () =>
      // Timers ring before what has come meanwhile is read.
      this.soon(() => this.#lookAfterWaiting()),
    );
  }

  get live(): number {
    return this.#live.size;
  }

  get ending(): number {
    return this.#ending.size;
  }

  get slots(): Iterable<Slot> {
    return this.#live;
  }

  /** Resident memory by function. */
  rssBytes(): Map<FunctionState, number> {
    const sums = new Map<FunctionState, number>();
    for (const { environment, pool } of this.#live)
      sums.set(pool.state, (sums.get(pool.state) ?? 0) + environment.rssBytes);
    return sums;
  }

  nowNs(): number {
    return this.#options.clock.monotonicNs();
  }

  nowMs(): number {
    return this.#options.clock.nowMs();
  }

  soon(run: () => void): void {
    this.#options.timers.soon(run);
  }

  get pools(): Iterable<VersionPool> {
    return this.#pools;
  }

  /** Whether one more environment may be started, if need be in the place of an idle one. */
  hasRoom(): boolean {
    if (this.isClosing || this.#ending.size >= this.#endingMax) return false;
    if (this.#live.size + this.#queued < this.#environmentsMax) return true;
    for (const pool of this.#pools) if (pool.idle > 0) return true;
    return false;
  }

  /** Ends the environment that was used longest ago, if that is needed for another. @returns false when all are busy */
  makeRoom(): boolean {
    // Also while the host closes: who waits was let in before.
    if (this.#ending.size >= this.#endingMax) return false;
    if (this.#live.size + this.#queued < this.#environmentsMax) return true;
    let oldest: VersionPool | null = null;
    for (const pool of this.#pools)
      if (pool.idleSinceMs < (oldest?.idleSinceMs ?? Number.POSITIVE_INFINITY)) oldest = pool;
    if (oldest === null || !oldest.endOldest()) return false;
    this.evicted++;
    return true;
  }

  /** Starts an environment as soon as it is its turn. */
  queueStart(pool: VersionPool): void {
    pool.queued++;
    this.#queued++;
    this.#pools.add(pool);
    this.#turns.add(pool);
    this.#startNext();
  }

  /** So many of its queued starts are not needed any more. */
  unqueueStarts(pool: VersionPool, count: number): void {
    pool.queued -= count;
    this.#queued -= count;
    this.#tellIfGone();
  }

  /**
   * Calls wait in this pool for an environment to be free: soon it is looked whether that was right.
   * @param isDoubtful - as soon as what has ended meanwhile was read
   */
  lookAfterWaiting(pool: VersionPool, nowNs: number, isDoubtful: boolean): void {
    this.#waitedFor.add(pool);
    if (isDoubtful) this.soon(() => this.#lookAfterWaiting());
    else this.#waitingAlarm.wakeAt(this.wallMs(nowNs) + waitingLookMs);
  }

  #lookAfterWaiting(): void {
    const nowNs = this.nowNs();
    for (const pool of this.#waitedFor) if (!pool.lookAfterWaiting(nowNs)) this.#waitedFor.delete(pool);
    if (this.#waitedFor.size > 0) this.#waitingAlarm.wakeAt(this.wallMs(nowNs) + waitingLookMs);
  }

  /** A start has ended, well or not. */
  onStarted(slot: Slot): void {
    this.#hot.delete(slot);
    if (slot.pool.queued > 0) this.#turns.add(slot.pool);
    this.#startNext();
  }

  #startNext(): void {
    // Who is started goes to the end of the line, and is met again there.
    for (const pool of this.#turns) {
      if (this.#hot.size >= this.#options.limits.startsMax) return;
      this.#turns.delete(pool);
      if (pool.queued === 0) continue;
      if (pool.mayStartQueued(this.nowMs())) {
        pool.queued--;
        this.#queued--;
        this.#start(pool);
        if (pool.queued > 0) this.#turns.add(pool);
      } else if (pool.starting === 0) pool.giveUpQueued(); // else it is asked again when its start has ended
    }
  }

  #start(pool: VersionPool): void {
    pool.starting++;
    pool.state.coldStarts++;
    const id = `${process.pid}-${++this.#count}`;
    const environment = this.#options.environments.start({ id, ...pool.spec });
    const slot = new Slot(environment, pool, this);
    this.#live.add(slot);
    const nowMs = this.nowMs();
    this.#hot.set(slot, nowMs);
    this.#options.alarm.wakeAt(nowMs + hotMs);
  }

  onIdle(nowMs: number): void {
    this.#options.alarm.wakeAt(nowMs + this.#idleMs);
  }

  onEnding(slot: Slot): void {
    this.#live.delete(slot);
    this.#ending.add(slot);
  }

  onGone(slot: Slot): void {
    this.#live.delete(slot);
    this.#ending.delete(slot);
    if (slot.pool.isEmpty) this.#pools.delete(slot.pool);
    this.#tellIfGone();
  }

  /** Whoever has started for so long waits for something: others may have their turn. */
  cool(nowMs: number): void {
    for (const [slot, beganMs] of this.#hot) {
      if (beganMs + hotMs > nowMs) {
        this.#options.alarm.wakeAt(beganMs + hotMs);
        break;
      }
      this.#hot.delete(slot);
    }
    this.#startNext();
  }

  /** Ends what nobody has used for long. */
  reap(nowMs: number): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const pool of this.#pools) {
      while (pool.idleSinceMs + this.#idleMs <= nowMs) {
        pool.endOldest();
        this.reaped++;
      }
      nextMs = Math.min(nextMs, pool.idleSinceMs + this.#idleMs);
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#options.alarm.wakeAt(nextMs);
  }

  /** Starts none any more, and ends those that are free. */
  beginClosing(): void {
    this.isClosing = true;
    for (const pool of this.#pools) while (pool.endOldest());
  }

  /** Ends all, whatever they do. */
  endAll(): void {
    for (const slot of this.#live) slot.end();
  }

  whenGone(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenGone.push(resolve);
      this.#tellIfGone();
    });
  }

  #tellIfGone(): void {
    if (this.#live.size + this.#ending.size + this.#queued > 0) return;
    for (const tell of this.#whenGone.splice(0)) tell();
  }
}
