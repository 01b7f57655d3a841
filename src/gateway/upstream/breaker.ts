// A circuit breaker in front of connecting: an origin that cannot be reached is asked once in a while, not by each call.
//
//   closed -- failures in a row, for long enough --> open -- backoff over --> half-open (one probe)
//     ^                                               ^                          |        |
//     +-------------------- connected ----------------|--------------------------+        |
//                                                     +---- failed, longer backoff -------+

export interface BreakerSettings {
  /** Failures to connect without a success between them, before it opens. 0 = never. */
  readonly failures: number;
  /** And at least so long after the first of them: one moment's trouble of many calls at once opens nothing. */
  readonly overMs: number;
  readonly backoffMs: number;
  /** The backoff doubles with each probe that fails, up to this. */
  readonly backoffMsMax: number;
}

/**
 * The real service has no breaker, so that ours must not be seen in an answer: it opens only where connecting fails
 * again and again, and a server that is back is found after a second at most.
 */
export const connectBreaker: BreakerSettings = {
  failures: 10,
  overMs: 1_000,
  backoffMs: 250,
  backoffMsMax: 1_000,
};

export type BreakerState = 'closed' | 'open' | 'half-open';

/** Told of each attempt to connect; says whether the next may be made. Times are monotonic milliseconds. */
export class Breaker {
  readonly #settings: BreakerSettings;
  #state: BreakerState = 'closed';
  #failures = 0;
  #firstFailedMs = 0;
  #openUntilMs = 0;
  #backoffMs = 0;
  #lastDetail = '';
  /** How often it went from closed to open. */
  openedCount = 0;

  constructor(settings: BreakerSettings) {
    this.#settings = settings;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Whether an attempt would be refused now. */
  refuses(nowMs: number): boolean {
    return this.#state === 'half-open' || (this.#state === 'open' && nowMs < this.#openUntilMs);
  }

  /** Asks for leave to connect; after the backoff the one who is given it is the probe. */
  admits(nowMs: number): boolean {
    if (this.#state === 'closed') return true;
    if (this.refuses(nowMs)) return false;
    this.#state = 'half-open';
    return true;
  }

  succeeded(): void {
    this.#state = 'closed';
    this.#failures = 0;
  }

  failed(nowMs: number, detail: string): void {
    const { failures, overMs, backoffMs, backoffMsMax } = this.#settings;
    this.#lastDetail = detail;
    if (this.#failures++ === 0) this.#firstFailedMs = nowMs;
    if (this.#state === 'half-open') this.#backoffMs = Math.min(backoffMsMax, 2 * this.#backoffMs);
    else if (this.#state === 'open' || failures === 0) return;
    else if (this.#failures < failures || nowMs - this.#firstFailedMs < overMs) return;
    else {
      this.#backoffMs = backoffMs;
      this.openedCount++;
    }
    this.#state = 'open';
    this.#openUntilMs = nowMs + this.#backoffMs;
  }

  /** The probe ended without an answer to its question: the next call asks again. */
  abandoned(): void {
    if (this.#state === 'half-open') this.#state = 'open';
  }

  /** For the log of a call that is refused. */
  get why(): string {
    return `the circuit breaker is open after ${this.#failures} failures to connect, the last: ${this.#lastDetail}`;
  }
}
