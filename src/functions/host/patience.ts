// Whether a call that finds no environment free waits for one that is about to be, or has one started for it. A start
// costs a processor a tenth of a second and a process that stays for minutes; a function that takes a millisecond is
// free again before that process has read its first file.

/** Ends that must have been seen before anything is expected of the next. */
const runsMin = 8;
/** Nobody waits when he would have to for longer than this, as far as can be told. */
const expectedMsMax = 5;
/** Calls that wait for each environment that runs. Their wait is bounded by `expectedMsMax` too. */
const waitingMax = 4;
/** Whatever was expected: who has waited for so long has one started. */
const ageMsMax = 50;
/** Where nothing begins or ends for so many times that duration, within these bounds, nobody waits on. */
const stillFactor = 4;
const stillMsMin = 20;
const stillMsMax = 50;
/**
 * What a run needs by itself is what the quickest of late needed: what makes others longer is most often that the machine
 * has too much to do, and then more processes would make it worse. Where it is not, `stillFactor` and `ageMsMax` hold.
 */
const longerWeight = 1 / 256;

export class Patience {
  #runs = 0;
  /** Infinite before the first. */
  #quickMs = Number.POSITIVE_INFINITY;
  /** When a run began or ended last. Monotonic nanoseconds. */
  #movedNs = 0;

  onBegin(nowNs: number): void {
    this.#movedNs = nowNs;
  }

  onEnd(durationMs: number, nowNs: number): void {
    this.#movedNs = nowNs;
    this.#runs++;
    if (durationMs <= this.#quickMs) this.#quickMs = durationMs;
    else this.#quickMs += (durationMs - this.#quickMs) * longerWeight;
  }

  /**
   * Whether calls should wait on.
   *
   * @param waiting - how many wait, whom no start is for
   * @param busy - environments that run something
   * @param sinceNs - since when the first of them waits
   */
  waits(waiting: number, busy: number, sinceNs: number, nowNs: number): boolean {
    if (this.#runs < runsMin || busy === 0 || waiting > busy * waitingMax) return false;
    if ((waiting * this.#quickMs) / busy > expectedMsMax || nowNs - sinceNs >= ageMsMax * 1e6) return false;
    const stillMs = Math.min(Math.max(stillMsMin, stillFactor * this.#quickMs), stillMsMax);
    return nowNs - this.#movedNs < stillMs * 1e6;
  }
}
