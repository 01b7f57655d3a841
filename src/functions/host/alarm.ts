// One timer for everything in the host that waits: idle environments, events that are due. Calls set no timers.

import type { Clock } from '../../base/clock.ts';

/** Where time comes from besides the clock; tests step it. */
export interface Timers {
  /** @returns cancels it */
  after(delayMs: number, run: () => void): () => void;
  /** After what the event loop has at hand now. */
  soon(run: () => void): void;
}

export const systemTimers: Timers = {
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
  soon: (run) => {
    setImmediate(run);
  },
};

/** Rung at least this often while armed, so that a jump of the wall clock is followed. */
const delayMsMax = 60_000;

export class Alarm {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #onRing: (nowMs: number) => void;
  #atMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;
  #isClosed = false;

  /** @param onRing - looks after what is due, and calls `wakeAt` for what is not */
  constructor(clock: Clock, timers: Timers, onRing: (nowMs: number) => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#onRing = onRing;
  }

  /** Rings then, or earlier. @param atMs - wall time */
  wakeAt(atMs: number): void {
    if (atMs >= this.#atMs || this.#isClosed) return;
    this.#cancel?.();
    this.#atMs = atMs;
    const delayMs = Math.min(Math.max(0, Math.ceil(atMs - this.#clock.nowMs())), delayMsMax);
    this.#cancel = this.#timers.after(delayMs, () => this.#ring());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  #ring(): void {
    this.#atMs = Number.POSITIVE_INFINITY;
    this.#cancel = null;
    this.#onRing(this.#clock.nowMs());
  }
}
