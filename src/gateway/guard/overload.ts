// How much work must be turned away so that the rest is done in time, judged by how late the event loop is. Pure.

/** Milliseconds between two looks. */
export const lookMs = 50;
/** What is added when it is late: from nothing to nearly everything in half a second. */
const stepUp = 0.1;
/** What is taken away when it is not: slower, so that it does not swing. */
const stepDown = 0.02;
const shareMax = 0.95;

export class Overload {
  /** 0 to 0.95: which part of ordinary requests is turned away. */
  share = 0;
  /** Of the last look, milliseconds. */
  lagMs = 0;
  readonly #lagMaxMs: number;
  #lookedMs: number;
  #wasLate = false;

  /** @param lagMaxMs - 0: nothing is ever turned away */
  constructor(lagMaxMs: number, nowMs: number) {
    this.#lagMaxMs = lagMaxMs;
    this.#lookedMs = nowMs;
  }

  /** To be called every `lookMs`, by a timer: the later it is, the later is everything. */
  look(nowMs: number): void {
    this.lagMs = Math.max(0, nowMs - this.#lookedMs - lookMs);
    this.#lookedMs = nowMs;
    if (this.#lagMaxMs === 0) return;
    const excess = this.lagMs / this.#lagMaxMs;
    const isLate = excess > 1;
    // Once is a pause, of the collector or of the machine, and over when it is seen; twice in a row is too much work.
    if (isLate && this.#wasLate) this.share = Math.min(shareMax, this.share + stepUp * Math.min(3, excess));
    else if (!isLate) this.share = Math.max(0, this.share - stepDown);
    this.#wasLate = isLate;
  }
}
