// The throttle in plain TypeScript, for one process: what runs where the native crate does not, and the reference in
// tests. The arithmetic is that of native/src/gcra.rs, where it is explained.

import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Interned } from './interned.ts';
import {
  bucketsFull,
  bucketsMax,
  checkLimit,
  checkQuotaLimit,
  counterId,
  internedBuckets,
  internedMeters,
  type MeterLimit,
  metersFull,
  metersMax,
} from './keys.ts';
import { type Limit, quotaRefused, type Throttle } from './throttle.ts';

const windowNsMax = 2 ** 57;
const damageSlackNs = 60e9;
/** How many days a period may be ahead before a clock must have been wrong: see native/src/meter.rs. */
const aheadDaysMax = 31;

/** One quota, or requests of the last day that any came. */
interface Meter {
  /** The day on which the period began. */
  period: number;
  count: number;
  limit: number;
}

interface Counter {
  /** When the bucket will be full again, in monotonic nanoseconds. */
  tatNs: number;
  /** What brings one token. */
  readonly intervalNs: number;
  /** What fills the empty bucket. */
  readonly windowNs: number;
  held: boolean;
}

/** Counts in this process's memory, with an equal share of each limit. */
export class TwinThrottle implements Throttle {
  readonly kind = 'twin';
  readonly #processes: number;
  readonly #clock: Clock;
  readonly #keys: Interned<Limit>;
  readonly #meterKeys: Interned<MeterLimit>;
  readonly #counters = new Map<string, Counter>();
  /** By name; they stay when they are released, as what was spent stays spent. */
  readonly #meters = new Map<string, Meter>();
  #metered: (Meter | null)[] = [];
  /** By index; `null` is a released index, which limits nothing. */
  #bound: (Counter | null)[] = [];
  #open = true;

  constructor(processes: number, clock: Clock) {
    assert(Number.isInteger(processes) && processes >= 1, 'processes is a whole number >= 1');
    this.#processes = processes;
    this.#clock = clock;
    this.#keys = internedBuckets({
      bind: (index, key, limit) => this.#bind(index, key, limit),
      unbind: (index) => this.#unbind(index),
    });
    this.#meterKeys = internedMeters({
      bind: (index, name, limit) => this.#bindMeter(index, name, limit),
      unbind: (index) => {
        this.#metered[index] = null;
      },
    });
  }

  bucket(key: string, limit: Limit): number {
    assert(this.#open, 'a closed throttle is not used');
    checkLimit(key, limit);
    return this.#keys.intern(key, limit);
  }

  quota(name: string, limit: number): number {
    assert(this.#open, 'a closed throttle is not used');
    checkQuotaLimit(name, limit);
    return this.#meterKeys.intern(name, limit);
  }

  usage(name: string): number {
    assert(this.#open, 'a closed throttle is not used');
    return this.#meterKeys.intern(name, null);
  }

  take(a: number, b: number, c: number, d: number, nowNs: number): number {
    assert(this.#open && nowNs >= 0, 'take is given a time >= 0 while the throttle is open');
    return this.#decide(a, b, c, d, null, 0, nowNs);
  }

  takeCounted(
    a: number,
    b: number,
    c: number,
    d: number,
    quota: number,
    period: number,
    usage: number,
    day: number,
    nowNs: number,
  ): number {
    assert(
      this.#open && nowNs >= 0 && period >= 0 && day >= 0,
      'takeCounted is given days and a time >= 0 while the throttle is open',
    );
    const counted = this.#meter(usage);
    const refused = this.#decide(a, b, c, d, this.#meter(quota), period, nowNs);
    if (refused === 0 && counted !== null) {
      counted.count = counted.period === day ? counted.count + 1 : 1;
      counted.period = day;
    }
    return refused;
  }

  #decide(
    a: number,
    b: number,
    c: number,
    d: number,
    quota: Meter | null,
    period: number,
    nowNs: number,
  ): number {
    const now = Math.floor(nowNs);
    const first = this.#counter(a);
    const second = this.#counter(b);
    const third = this.#counter(c);
    const fourth = this.#counter(d);
    // A look first, as the crate does it: a refusal then leaves no trace, not even of a token given back.
    if (!admits(first, now)) return 1;
    if (!admits(second, now)) return 2;
    if (quota !== null && !hasLeft(quota, period)) return quotaRefused;
    if (!admits(third, now)) return 3;
    if (!admits(fourth, now)) return 4;
    // From here only a bucket that stands in two positions can refuse.
    if (!takeOne(first, now)) return 1;
    if (!takeOne(second, now)) {
      giveBack(first);
      return 2;
    }
    if (!takeOne(third, now)) {
      giveBack(first);
      giveBack(second);
      return 3;
    }
    if (!takeOne(fourth, now)) {
      giveBack(first);
      giveBack(second);
      giveBack(third);
      return 4;
    }
    if (quota !== null) quota.count++;
    return 0;
  }

  release(index: number): void {
    this.#keys.release(index);
  }

  releaseMeter(index: number): void {
    this.#meterKeys.release(index);
  }

  close(): void {
    this.#open = false;
    this.#bound = [];
    this.#metered = [];
    this.#counters.clear();
    this.#meters.clear();
  }

  #counter(index: number): Counter | null {
    if (index < 0) return null;
    const counter = this.#bound[index];
    assert(counter !== undefined, 'a throttle index comes from bucket()');
    return counter;
  }

  #meter(index: number): Meter | null {
    if (index < 0) return null;
    const meter = this.#metered[index];
    assert(meter, 'a meter index comes from quota() or usage() and was not released');
    return meter;
  }

  #bindMeter(index: number, name: string, limit: MeterLimit): void {
    let meter = this.#meters.get(name);
    if (meter === undefined) {
      if (this.#meters.size >= metersMax) throw metersFull(name);
      meter = { period: 0, count: 0, limit: 0 };
      this.#meters.set(name, meter);
    }
    // Rounded down: all shares together are never more than the whole.
    meter.limit = Math.floor((limit ?? 0) / this.#processes);
    this.#metered[index] = meter;
  }

  #bind(index: number, key: string, limit: Limit): void {
    const id = counterId(key, limit);
    let counter = this.#counters.get(id);
    if (counter === undefined) {
      if (this.#counters.size >= bucketsMax) this.#sweep();
      if (this.#counters.size >= bucketsMax) throw bucketsFull(key);
      counter = newCounter(limit, this.#processes);
      this.#counters.set(id, counter);
    }
    this.#unbind(index);
    counter.held = true;
    this.#bound[index] = counter;
  }

  #unbind(index: number): void {
    const counter = this.#bound[index];
    if (!counter) return;
    counter.held = false;
    this.#bound[index] = null;
  }

  /** Forgets the released counters whose bucket is full, and so as good as new. */
  #sweep(): void {
    const now = this.#clock.monotonicNs();
    for (const [id, counter] of this.#counters) {
      if (!counter.held && counter.tatNs <= now) this.#counters.delete(id);
    }
  }
}

function newCounter({ rateRps, burst }: Limit, processes: number): Counter {
  if (rateRps === 0 || burst === 0) return { tatNs: 0, intervalNs: 1, windowNs: 0, held: false };
  const intervalNs = Math.min(Math.max(Math.ceil(1e9 / (rateRps / processes)), 1), windowNsMax);
  const share = burst < 1 ? burst : Math.max(burst / processes, 1);
  return {
    tatNs: 0,
    intervalNs,
    windowNs: Math.min(Math.floor(share * intervalNs), windowNsMax),
    held: false,
  };
}

/** Whether a request is left; brings the meter into the present period. */
function hasLeft(quota: Meter, period: number): boolean {
  if (quota.period < period) {
    quota.period = period;
    quota.count = 0;
  } else if (quota.period > period + aheadDaysMax) quota.period = period;
  return quota.count < quota.limit;
}

/** Whether a token is there now; repairs a damaged counter. */
function admits(counter: Counter | null, now: number): boolean {
  if (counter === null) return true;
  if (counter.tatNs > now + counter.windowNs + damageSlackNs) {
    counter.tatNs = now + counter.windowNs;
    return false;
  }
  return Math.max(counter.tatNs, now) + counter.intervalNs - now <= counter.windowNs;
}

function takeOne(counter: Counter | null, now: number): boolean {
  if (counter === null) return true;
  if (!admits(counter, now)) return false;
  counter.tatNs = Math.max(counter.tatNs, now) + counter.intervalNs;
  return true;
}

function giveBack(counter: Counter | null): void {
  if (counter !== null) counter.tatNs -= counter.intervalNs;
}
