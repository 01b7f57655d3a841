// Time and chance of a simulation: a queue of events in virtual time, and random numbers from one seed.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/base/clock.ts';

export class World implements Clock {
  readonly seed: number;
  #state: number;
  #ns = 1_000_000_000;
  #events: { readonly atNs: number; readonly order: number; readonly act: () => void }[] = [];
  #count = 0;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed;
  }

  nowMs(): number {
    return 1_700_000_000_000 + Math.floor(this.#ns / 1e6);
  }

  monotonicNs(): number {
    return this.#ns;
  }

  /** A number from 0 up to, not including, 1. */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)]!;
  }

  /** Lets `act` happen after `delayMs` of virtual time; 0 is the next event, never this one. */
  after(delayMs: number, act: () => void): void {
    this.#events.push({ atNs: this.#ns + delayMs * 1e6, order: this.#count++, act });
  }

  /** Soon: within a few milliseconds, in any order. */
  soon(act: () => void): void {
    this.after(this.between(0, 5), act);
  }

  /** Runs event after event until none is left; promises settle between two events. */
  async run(eventsMax: number): Promise<void> {
    for (let i = 0; i < eventsMax; i++) {
      await nextTurn();
      const next = this.#takeFirst();
      if (next === null) return;
      this.#ns = Math.max(this.#ns, next.atNs);
      next.act();
    }
    throw new Error(`Simulation ${this.seed} does not come to rest within ${eventsMax} events`);
  }

  #takeFirst() {
    let first = 0;
    const events = this.#events;
    if (events.length === 0) return null;
    for (let i = 1; i < events.length; i++) {
      const [a, b] = [events[i]!, events[first]!];
      if (a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order)) first = i;
    }
    return events.splice(first, 1)[0]!;
  }
}
