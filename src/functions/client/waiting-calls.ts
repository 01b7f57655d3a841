// Calls that wait for a host, in the order they came: so many, so large and so long at most.

import type { ClientCall } from './client-call.ts';
import { lost } from './refusals.ts';

export interface WaitingLimits {
  readonly waitMs: number;
  readonly callsMax: number;
  readonly bytesMax: number;
}

export class WaitingCalls {
  /** Why nobody was reached, as it was told last. */
  problem = '';
  readonly #limits: WaitingLimits;
  #calls: ClientCall[] = [];
  #first = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#calls.length - this.#first;
  }

  /** @returns false when it may not wait: too many do */
  add(call: ClientCall): boolean {
    const bytes = call.invocation!.payload.length;
    if (this.size >= this.#limits.callsMax || this.#bytes + bytes > this.#limits.bytesMax) return false;
    call.waitsUntilMs = performance.now() + this.#limits.waitMs;
    call.waitingBytes = bytes;
    this.#bytes += bytes;
    this.#calls.push(call);
    this.#timer ??= setTimeout(() => this.#expire(), this.#limits.waitMs);
    return true;
  }

  /** The one that has waited longest and that somebody still wants; null = nobody waits. */
  shift(): ClientCall | null {
    while (this.#first < this.#calls.length) {
      const call = this.#calls[this.#first++]!;
      this.#bytes -= call.waitingBytes;
      if (!call.isOver) return call;
    }
    this.#empty();
    return null;
  }

  /** Never from inside `invoke`. */
  loseAll(detail: string): void {
    const calls = this.#calls.slice(this.#first);
    this.#empty();
    setImmediate(() => {
      for (const call of calls) call.end(lost(detail));
    });
  }

  #expire(): void {
    this.#timer = null;
    const nowMs = performance.now();
    const detail = `no function host was reached within ${this.#limits.waitMs} ms: ${this.problem || 'it does not answer'}`;
    const late: ClientCall[] = [];
    for (;;) {
      const call = this.#calls[this.#first];
      if (call === undefined || call.waitsUntilMs > nowMs) break;
      this.#first++;
      this.#bytes -= call.waitingBytes;
      late.push(call);
    }
    const next = this.#calls[this.#first];
    if (next === undefined) this.#empty();
    else this.#timer = setTimeout(() => this.#expire(), next.waitsUntilMs - nowMs + 1);
    for (const call of late) call.end(lost(detail));
  }

  #empty(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#calls = [];
    this.#first = 0;
    this.#bytes = 0;
  }
}
