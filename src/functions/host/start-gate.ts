// How fast a version that keeps dying may be started again. A healthy one starts as many environments as it needs; each
// that dies (while it starts, in an invocation, idle) takes one credit, each good end gives one back. Without credit
// one is tried at a time, ever later: a crash loop costs the machine one start in ten seconds.

const creditMax = 20;
const delayMsMin = 250;
const delayMsMax = 10_000;
/** Without a death for so long, all is forgiven. */
const forgivenMs = 60_000;

export class StartGate {
  #credit = creditMax;
  #delayMs = delayMsMin;
  #notBeforeMs = 0;
  #diedMs = 0;

  /** @param starting - how many environments of this version are starting */
  mayStart(starting: number, nowMs: number): boolean {
    if (this.#credit === creditMax) return true;
    if (nowMs - this.#diedMs >= forgivenMs) {
      this.#forgive();
      return true;
    }
    if (this.#credit > 0) return starting < this.#credit;
    return starting === 0 && nowMs >= this.#notBeforeMs;
  }

  onDeath(nowMs: number): void {
    this.#diedMs = nowMs;
    if (this.#credit > 0) this.#credit--;
    if (this.#credit > 0) return;
    this.#notBeforeMs = nowMs + this.#delayMs;
    this.#delayMs = Math.min(2 * this.#delayMs, delayMsMax);
  }

  /** An invocation ended and its environment goes on. */
  onGoodEnd(): void {
    if (this.#credit === creditMax) return;
    this.#credit++;
    this.#delayMs = delayMsMin;
  }

  /** It has died so often that starts are held back. */
  get isClosed(): boolean {
    return this.#credit === 0;
  }

  #forgive(): void {
    this.#credit = creditMax;
    this.#delayMs = delayMsMin;
  }
}
