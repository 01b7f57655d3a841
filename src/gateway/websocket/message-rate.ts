// The rate of one connection's messages: a token bucket on one number.

import type { WebSocketSettings } from '../../resources/index.ts';

export class MessageRate {
  /** Theoretical arrival time, monotonic nanoseconds: see throttle/twin.ts. */
  #tatNs = 0;

  /** @returns false, and takes nothing, when it is used up */
  take({ messagesPerSecond, messageBurst }: WebSocketSettings, nowNs: number): boolean {
    const intervalNs = 1e9 / messagesPerSecond;
    const nextNs = Math.max(this.#tatNs, nowNs) + intervalNs;
    if (nextNs - nowNs > intervalNs * messageBurst) return false;
    this.#tatNs = nextNs;
    return true;
  }
}
