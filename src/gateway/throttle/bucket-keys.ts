// Which index a key has in one handle, and how often it was asked for. Both implementations share it.

import { assert } from '../../base/assert.ts';
import type { Limit } from './throttle.ts';

/** The most buckets that may exist at once: in the shared file for `native`, in each process for `twin`. */
export const bucketsMax = 65_536;

/** Where an implementation keeps its counters. */
export interface BucketPlaces {
  /** Binds an index (one used before, or the next) to the counter of an id. Throws, and changes nothing, when full. */
  bind(index: number, id: string, limit: Limit): void;
  unbind(index: number): void;
}

interface Entry {
  readonly key: string;
  readonly index: number;
  limit: Limit;
  references: number;
}

/** Gives indexes to keys. */
export class BucketKeys {
  readonly #places: BucketPlaces;
  readonly #byKey = new Map<string, Entry>();
  readonly #byIndex: (Entry | null)[] = [];
  /** Released indexes, used again oldest first and only when all are given out: late requests then meet no stranger. */
  readonly #released: number[] = [];

  constructor(places: BucketPlaces) {
    this.#places = places;
  }

  bucket(key: string, limit: Limit): number {
    checkLimit(key, limit);
    const entry = this.#byKey.get(key);
    if (entry === undefined) return this.#add(key, limit);
    if (entry.limit.rateRps !== limit.rateRps || entry.limit.burst !== limit.burst) {
      this.#places.bind(entry.index, counterId(key, limit), limit);
      entry.limit = limit;
    }
    entry.references++;
    return entry.index;
  }

  release(index: number): void {
    const entry = this.#byIndex[index];
    assert(entry, 'a throttle bucket is released as often as it was interned');
    if (--entry.references > 0) return;
    this.#byKey.delete(entry.key);
    this.#byIndex[index] = null;
    this.#released.push(index);
    this.#places.unbind(index);
  }

  #add(key: string, limit: Limit): number {
    const unused = this.#byIndex.length < bucketsMax ? this.#byIndex.length : this.#released[0];
    if (unused === undefined) throw tableFull(key);
    this.#places.bind(unused, counterId(key, limit), limit);
    if (unused < this.#byIndex.length) this.#released.shift();
    const entry = { key, index: unused, limit, references: 1 };
    this.#byIndex[unused] = entry;
    this.#byKey.set(key, entry);
    return unused;
  }
}

/** The error of a table without room for `key`. */
export function tableFull(key: string): Error {
  return new Error(
    `Cannot add throttle bucket "${key}": ${bucketsMax} buckets, the maximum, are in use or not yet full again`,
  );
}

/** A counter belongs to a key and a limit, so that no counter is read by the measure of a limit that did not write it. */
function counterId(key: string, limit: Limit): string {
  return `${key}\0${limit.rateRps}\0${limit.burst}`;
}

function checkLimit(key: string, { rateRps, burst }: Limit): void {
  for (const [name, value] of [['rateRps', rateRps] as const, ['burst', burst] as const]) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new RangeError(`Cannot add throttle bucket "${key}": ${name} is ${value}, expected a number >= 0`);
  }
}
