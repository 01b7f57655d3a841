// How many calls may be sent twice: a share of recent calls, so that retries never double the load of a pool in trouble.

const slots = 10;
const slotMs = 1_000;
/** A pool that is hardly used may retry as well. */
const retriesMin = 10;

/** Counts the last ten seconds. */
export class RetryBudget {
  percent: number;
  readonly #calls = new Float64Array(slots);
  readonly #retries = new Float64Array(slots);
  #slot = 0;
  #slotEndsMs = Number.NEGATIVE_INFINITY;

  constructor(percent: number) {
    this.percent = percent;
  }

  called(nowMs: number): void {
    if (nowMs >= this.#slotEndsMs) this.#turn(nowMs);
    this.#calls[this.#slot]!++;
  }

  /** Takes one retry from the budget. @returns false when it is used up */
  take(nowMs: number): boolean {
    if (this.percent === 0) return false;
    if (nowMs >= this.#slotEndsMs) this.#turn(nowMs);
    const allowed = Math.max(retriesMin, (sum(this.#calls) * this.percent) / 100);
    if (sum(this.#retries) + 1 > allowed) return false;
    this.#retries[this.#slot]!++;
    return true;
  }

  #turn(nowMs: number): void {
    const passed = Math.min(slots, Math.floor((nowMs - this.#slotEndsMs) / slotMs) + 1);
    for (let i = 0; i < passed; i++) {
      this.#slot = (this.#slot + 1) % slots;
      this.#calls[this.#slot] = 0;
      this.#retries[this.#slot] = 0;
    }
    this.#slotEndsMs = passed < slots ? this.#slotEndsMs + passed * slotMs : nowMs + slotMs;
  }
}

function sum(list: Float64Array): number {
  let total = 0;
  for (let i = 0; i < list.length; i++) total += list[i]!;
  return total;
}
