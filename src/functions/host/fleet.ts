// All environments of the host: how many there may be, which of them ends for another, and when nobody needs them.

import { type Clock, createWallTime } from '../../base/clock.ts';
import type { Alarm, Timers } from './alarm.ts';
import type { Environments } from './environment.ts';
import type { FunctionState } from './function-state.ts';
import type { FunctionHostLimits } from './limits.ts';
import { Slot, type VersionPool } from './pool.ts';

export interface FleetOptions {
  readonly environments: Environments;
  readonly limits: Pick<FunctionHostLimits, 'environmentsMax' | 'idleMs'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly alarm: Alarm;
  readonly log: (line: string) => void;
}

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
  /** Those that have environments. */
  readonly #pools = new Set<VersionPool>();
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

  /** Whether one more environment may be started, if need be in the place of an idle one. */
  hasRoom(): boolean {
    if (this.isClosing || this.#ending.size >= this.#endingMax) return false;
    if (this.#live.size < this.#environmentsMax) return true;
    for (const pool of this.#pools) if (pool.idle > 0) return true;
    return false;
  }

  /** Ends the environment that was used longest ago, if that is needed for another. @returns false when all are busy */
  makeRoom(): boolean {
    if (this.isClosing || this.#ending.size >= this.#endingMax) return false;
    if (this.#live.size < this.#environmentsMax) return true;
    let oldest: VersionPool | null = null;
    for (const pool of this.#pools)
      if (pool.idleSinceMs < (oldest?.idleSinceMs ?? Number.POSITIVE_INFINITY)) oldest = pool;
    if (oldest === null || !oldest.endOldest()) return false;
    this.evicted++;
    return true;
  }

  start(pool: VersionPool): void {
    pool.state.coldStarts++;
    const id = `${process.pid}-${++this.#count}`;
    const environment = this.#options.environments.start({ id, ...pool.spec });
    this.#live.add(new Slot(environment, pool, this));
    this.#pools.add(pool);
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
    if (this.#live.size + this.#ending.size === 0) for (const tell of this.#whenGone.splice(0)) tell();
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
    if (this.#live.size + this.#ending.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenGone.push(resolve));
  }
}
