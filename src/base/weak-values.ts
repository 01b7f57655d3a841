// A map that keeps nothing alive: who is in it is found for as long as somebody else holds it.

/** Text -> object. Entries of objects that are gone leave by themselves, some time later. */
export class WeakValues<V extends object> {
  readonly #values = new Map<string, WeakRef<V>>();
  readonly #gone = new FinalizationRegistry<string>((key) => {
    // Another may have come in its place.
    if (this.#values.get(key)?.deref() === undefined) this.#values.delete(key);
  });

  /** Entries, with those of objects that have gone lately. */
  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key)?.deref();
  }

  set(key: string, value: V): void {
    this.#values.set(key, new WeakRef(value));
    this.#gone.register(value, key);
  }
}
