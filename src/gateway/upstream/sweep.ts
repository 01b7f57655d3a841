// Coarse time for all calls of one upstream: a walk every few milliseconds instead of a timer per request.
// setTimeout and clearTimeout cost about 0.4 µs a request; a slot in a dense array costs a few nanoseconds, and
// walking 1000 calls takes about 2 µs a tick.

import { processMs } from '../../base/clock.ts';

/** Something with a deadline. `sweepSlot` belongs to the sweep; -1 outside it. */
export interface Expiring {
  deadlineMs: number;
  sweepSlot: number;
  expire(): void;
}

/** Something that holds idle connections and wants to be asked to let old ones go. */
export interface IdleHolder {
  /** @returns false when it holds no connection at all and need not be asked again */
  closeIdleBefore(nowMs: number): boolean;
  close(): void;
}

/** Deadlines are met within one tick and the delay of the event loop; never early. */
const tickMs = 10;
const idleEveryTicks = 25;

/** Monotonic milliseconds, for deadlines. */
export const nowMs = processMs;

/** Watches deadlines of calls and ages of idle connections, with one timer that rests when there is nothing. */
export class Sweep {
  readonly #watched: Expiring[] = [];
  readonly #holders = new Set<IdleHolder>();
  #timer: NodeJS.Timeout | null = null;
  #ticks = 0;

  add(item: Expiring): void {
    item.sweepSlot = this.#watched.push(item) - 1;
    if (this.#timer === null) this.#start();
  }

  /** Takes `item` out; the last one moves into its slot. */
  remove(item: Expiring): void {
    const slot = item.sweepSlot;
    if (slot < 0) return;
    item.sweepSlot = -1;
    const last = this.#watched.pop()!;
    if (last === item) return;
    this.#watched[slot] = last;
    last.sweepSlot = slot;
  }

  hold(holder: IdleHolder): void {
    this.#holders.add(holder);
    if (this.#timer === null) this.#start();
  }

  /** Ends idle connections everywhere. Calls under way keep their deadlines. */
  close(): void {
    for (const holder of this.#holders) holder.close();
  }

  /** One tick. Public for tests, which step it. */
  sweep(now: number): void {
    // Backwards: expire() removes the item, which moves only an item that was already looked at.
    for (let i = this.#watched.length - 1; i >= 0; i--) {
      const item = this.#watched[i];
      if (item !== undefined && item.deadlineMs <= now) item.expire();
    }
    if (++this.#ticks % idleEveryTicks !== 0) return;
    for (const holder of this.#holders) {
      if (!holder.closeIdleBefore(now)) this.#holders.delete(holder);
    }
    if (this.#watched.length === 0 && this.#holders.size === 0) this.#stop();
  }

  #start(): void {
    this.#timer = setInterval(() => this.sweep(nowMs()), tickMs);
    this.#timer.unref();
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
