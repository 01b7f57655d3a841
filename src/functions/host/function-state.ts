// What the host keeps of one function from one published state to the next: how much of it runs, and what is counted.

import { assert } from '../../base/assert.ts';
import type { Refusal } from './refusal.ts';
import { accountConcurrencyReached, reservedConcurrencyReached } from './refusal.ts';
import { durationBoundsMs } from './stats.ts';

export class FunctionState {
  readonly name: string;
  /** null: takes from what the account has unreserved. */
  reservedConcurrency: number | null = null;
  concurrent = 0;
  concurrentMax = 0;
  invocations = 0;
  errors = 0;
  throttles = 0;
  durationMsTotal = 0;
  durationMsMax = 0;
  readonly durationBuckets: number[] = new Array(durationBoundsMs.length + 1).fill(0);
  coldStarts = 0;
  initFailures = 0;
  eventsQueued = 0;
  eventsRetried = 0;
  eventsDropped = 0;

  constructor(name: string) {
    this.name = name;
  }

  countDuration(durationMs: number): void {
    this.durationMsTotal += durationMs;
    if (durationMs > this.durationMsMax) this.durationMsMax = durationMs;
    let bucket = 0;
    while (bucket < durationBoundsMs.length && durationMs > durationBoundsMs[bucket]!) bucket++;
    this.durationBuckets[bucket]!++;
  }
}

/** The account's concurrency, shared out: what functions have reserved, and one pool for all others. */
export class Concurrency {
  readonly #accountMax: number;
  #unreservedMax: number;
  #unreserved = 0;
  #all = 0;

  constructor(accountMax: number) {
    this.#accountMax = accountMax;
    this.#unreservedMax = accountMax;
  }

  /** Invocations under way. */
  get all(): number {
    return this.#all;
  }

  /** @param states - of all functions served, and of others that still run */
  adopt(states: Iterable<FunctionState>): void {
    let reserved = 0;
    this.#unreserved = 0;
    for (const state of states) {
      if (state.reservedConcurrency === null) this.#unreserved += state.concurrent;
      else reserved += state.reservedConcurrency;
    }
    this.#unreservedMax = Math.max(0, this.#accountMax - reserved);
  }

  /** Why not one more now; null: one more may begin. */
  refusalOf(state: FunctionState): Refusal | null {
    const { reservedConcurrency } = state;
    if (reservedConcurrency !== null && state.concurrent >= reservedConcurrency)
      return reservedConcurrencyReached;
    const isUnreservedFull = reservedConcurrency === null && this.#unreserved >= this.#unreservedMax;
    // Functions may have reserved more than there is.
    return isUnreservedFull || this.#all >= this.#accountMax ? accountConcurrencyReached : null;
  }

  take(state: FunctionState): void {
    this.#all++;
    if (state.reservedConcurrency === null) this.#unreserved++;
    if (++state.concurrent > state.concurrentMax) state.concurrentMax = state.concurrent;
  }

  giveBack(state: FunctionState): void {
    assert(state.concurrent > 0, 'what is given back was taken');
    this.#all--;
    if (state.reservedConcurrency === null) this.#unreserved--;
    state.concurrent--;
  }
}
