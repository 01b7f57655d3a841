// A queue in the order of a number. Most are added at its end, and taken from its front.

export class SortedQueue<T> {
  readonly #keyOf: (item: T) => number;
  #items: T[] = [];
  #head = 0;

  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  /** After all that have the same number. */
  add(item: T): void {
    const key = this.#keyOf(item);
    let [low, high] = [this.#head, this.#items.length];
    if (low === high || this.#keyOf(this.#items[high - 1]!) <= key) {
      this.#items.push(item);
      return;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keyOf(this.#items[middle]!) <= key) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, item);
  }

  takeFirst(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#head++;
    // Half of it is gone: moving the rest costs each item one move.
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
