// A map that forgets what was not used for longest. A plain Map whose first entry is deleted for each new one would do it
// too, but the places of the deleted ones stay until V8 makes the table anew, and looking for the first entry walks over
// them: 14.5 us an entry at 20,000 entries, where this takes 0.5.

export interface AgeingMapOptions<K, V> {
  /** At most so many entries are kept; at least half as many of those used last are. */
  readonly entriesMax: number;
  /** The same for the sum of their sizes. An entry that is larger than half of it is not kept at all. */
  readonly sizeMax: number;
  readonly sizeOf: (key: K, value: V) => number;
}

/**
 * Two generations: entries are set in the younger one, and what is read in the elder one moves over to it. When the younger
 * one holds half of what may be kept, it becomes the elder one, and the elder one is forgotten as a whole.
 */
export class AgeingMap<K, V> {
  readonly #options: AgeingMapOptions<K, V>;
  #young = new Map<K, V>();
  #elder = new Map<K, V>();
  #youngSize = 0;

  constructor(options: AgeingMapOptions<K, V>) {
    this.#options = options;
  }

  /** Entries that are kept. */
  get size(): number {
    return this.#young.size + this.#elder.size;
  }

  get(key: K): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined || this.#elder.size === 0) return value;
    const known = this.#elder.get(key);
    if (known !== undefined) this.set(key, known);
    return known;
  }

  set(key: K, value: V): void {
    this.delete(key);
    const size = this.#options.sizeOf(key, value);
    const { entriesMax, sizeMax } = this.#options;
    if (size > sizeMax / 2) return;
    if (this.#young.size >= entriesMax / 2 || this.#youngSize + size > sizeMax / 2) {
      this.#elder = this.#young;
      this.#young = new Map();
      this.#youngSize = 0;
    }
    this.#young.set(key, value);
    this.#youngSize += size;
  }

  delete(key: K): void {
    const value = this.#young.get(key);
    if (value === undefined) {
      this.#elder.delete(key);
      return;
    }
    this.#young.delete(key);
    this.#youngSize -= this.#options.sizeOf(key, value);
  }
}
