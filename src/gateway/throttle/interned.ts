// Which index a key has in one handle, and how often it was asked for. Both implementations share it, for buckets and
// for meters.

import { assert } from '../../base/assert.ts';

/** Where an implementation keeps what an index stands for. */
export interface Places<Measure> {
  /** Binds an index (one used before, or the next) to the counter of a key. Throws, and changes nothing, when full. */
  bind(index: number, key: string, measure: Measure): void;
  unbind(index: number): void;
}

interface Entry<Measure> {
  readonly key: string;
  readonly index: number;
  measure: Measure;
  references: number;
}

export interface InternedOptions<Measure> {
  /** The most keys at once. */
  readonly max: number;
  readonly isSame: (a: Measure, b: Measure) => boolean;
  /** Of a handle without room for `key`. */
  readonly full: (key: string) => Error;
  readonly places: Places<Measure>;
}

/** Gives indexes to keys. */
export class Interned<Measure> {
  readonly #options: InternedOptions<Measure>;
  readonly #byKey = new Map<string, Entry<Measure>>();
  readonly #byIndex: (Entry<Measure> | null)[] = [];
  /** Released indexes, used again oldest first and only when all are given out: late requests then meet no stranger. */
  readonly #released: number[] = [];

  constructor(options: InternedOptions<Measure>) {
    this.#options = options;
  }

  intern(key: string, measure: Measure): number {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return this.#add(key, measure);
    if (!this.#options.isSame(entry.measure, measure)) {
      this.#options.places.bind(entry.index, key, measure);
      entry.measure = measure;
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
    this.#options.places.unbind(index);
  }

  #add(key: string, measure: Measure): number {
    const { max, places, full } = this.#options;
    const unused = this.#byIndex.length < max ? this.#byIndex.length : this.#released[0];
    if (unused === undefined) throw full(key);
    places.bind(unused, key, measure);
    if (unused < this.#byIndex.length) this.#released.shift();
    this.#byIndex[unused] = { key, index: unused, measure, references: 1 };
    this.#byKey.set(key, this.#byIndex[unused]);
    return unused;
  }
}
