// Whether a call that finds no environment free waits for one that is about to be, or has one started for it. A start
// costs a processor a tenth of a second and a process that stays for minutes; a function that takes a millisecond is
// free again before that process has read its first file.

/** Ends that must have been seen before anything is expected of the next. */
const runsMin = 8;
/** A wait that is expected to be longer is one to be shortened by starts. */
const expectedMsMax = 5;
/** Calls that wait for each that runs; more are to be shortened by starts too. */
const waitingMax = 8;
/** And so is a wait that has been longer, whatever was expected of it. */
const ageMsMax = 50;
/** Where nothing begins or ends for so long, nobody waits on. */
const stillMsMax = 50;
/**
 * What a run needs by itself is what the quickest of late needed: what makes others longer is most often that the machine
 * has too much to do, and then more processes would make it worse. Where it is not, the bounds above hold.
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

  /** Whether nothing moves; it may be only that the host itself has not been given time to read what has ended. */
  isStill(nowNs: number): boolean {
    return nowNs - this.#movedNs >= stillMsMax * 1e6;
  }

  /**
   * Whether calls should wait on where things move, and no environment be started for the first of them.
   *
   * @param waiting - how many wait, whom no start is for
   * @param busy - calls that run
   * @param starts - calls that environments which start, or will, have room for
   * @param sinceNs - since when the first of them waits
   */
  waits(waiting: number, busy: number, starts: number, sinceNs: number, nowNs: number): boolean {
    if (this.#runs < runsMin || busy === 0) return false;
    const expectedMs = (waiting * this.#quickMs) / busy;
    const isShort =
      expectedMs <= expectedMsMax && waiting <= busy * waitingMax && nowNs - sinceNs < ageMsMax * 1e6;
    if (isShort) return true;
    // What starts takes the processor from what runs. Of a quick function a few at a time are enough, and before they are
    // there who waits is mostly served.
    const isQuick = this.#quickMs <= expectedMsMax && expectedMs <= ageMsMax;
    return isQuick && starts >= Math.max(1, busy >> 1);
  }
}
