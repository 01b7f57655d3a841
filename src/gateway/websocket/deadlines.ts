// When connections end by themselves. One timer a second for all of them: what is due is asked, and says when next. A
// message costs nothing here.

import type { WebSocketSettings } from '../../resources/index.ts';

/** When a connection ends by itself, too old or idle for too long: wall time in milliseconds, as all of these. */
export const dueMs = (
  { connectionSecondsMax, idleSecondsMax }: WebSocketSettings,
  connectedAtMs: number,
  lastActiveAtMs: number,
): number => Math.min(connectedAtMs + connectionSecondsMax * 1000, lastActiveAtMs + idleSecondsMax * 1000);

/** @returns the wall time in milliseconds at which to ask again; null when it has ended */
type Ask<T> = (item: T, nowMs: number) => number | null;

export class Deadlines<T> {
  readonly #ask: Ask<T>;
  /** Second -> what is due in it. */
  readonly #due = new Map<number, Set<T>>();
  readonly #timer: NodeJS.Timeout;
  #askedUntil: number;

  constructor(ask: Ask<T>, nowMs = Date.now()) {
    this.#ask = ask;
    this.#askedUntil = Math.floor(nowMs / 1000);
    this.#timer = setInterval(() => this.look(Date.now()), 1000);
    this.#timer.unref();
  }

  /** @param atMs - wall time */
  set(item: T, atMs: number): void {
    const second = Math.max(Math.ceil(atMs / 1000), this.#askedUntil + 1);
    const due = this.#due.get(second);
    if (due === undefined) this.#due.set(second, new Set([item]));
    else due.add(item);
  }

  /** Asks all that are due. */
  look(nowMs: number): void {
    const until = Math.floor(nowMs / 1000);
    // A clock that was set back, or a process that slept: nothing is asked twice, nothing is left out.
    for (const second of [...this.#due.keys()].filter((one) => one <= until).sort((a, b) => a - b)) {
      const due = this.#due.get(second)!;
      this.#due.delete(second);
      this.#askedUntil = Math.max(this.#askedUntil, second);
      for (const item of due) {
        const again = this.#ask(item, nowMs);
        if (again !== null) this.set(item, again);
      }
    }
    this.#askedUntil = Math.max(this.#askedUntil, until);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#due.clear();
  }
}
