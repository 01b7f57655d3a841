// One call on the host's side: what its function says goes out as frames, no faster than they are read.

import type { InvocationCall, InvocationHandler, InvocationResult } from '../functions.ts';

/** Where the frames of a call go. */
export interface CallOutlet {
  head(call: ServerCall, contentType: string): void;
  /** @returns false when the connection itself has much to send; it resumes the call afterwards */
  data(call: ServerCall, chunk: Uint8Array): boolean;
  end(call: ServerCall, result: InvocationResult): void;
}

export class ServerCall implements InvocationHandler {
  readonly id: number;
  readonly #outlet: CallOutlet;
  /** null until `invoke` has returned. */
  #call: InvocationCall | null = null;
  /** Bytes that may be sent; below zero by what was left of the last chunk. */
  #credit: number;
  #isPaused = false;

  constructor(id: number, outlet: CallOutlet, windowBytes: number) {
    this.id = id;
    this.#outlet = outlet;
    this.#credit = windowBytes;
  }

  began(call: InvocationCall): void {
    this.#call = call;
  }

  onHead(contentType: string): void {
    this.#outlet.head(this, contentType);
  }

  onData(chunk: Uint8Array): boolean {
    this.#credit -= chunk.length;
    const mayGoOn = this.#outlet.data(this, chunk) && this.#credit > 0;
    if (!mayGoOn) this.#isPaused = true;
    return mayGoOn;
  }

  onEnd(result: InvocationResult): void {
    this.#outlet.end(this, result);
  }

  /** The reader has read. */
  grant(bytes: number): void {
    this.#credit += bytes;
    this.resume();
  }

  /** Goes on if its reader lets it. */
  resume(): void {
    if (!this.#isPaused || this.#credit <= 0) return;
    this.#isPaused = false;
    this.#call?.resume();
  }

  abort(): void {
    this.#call?.abort();
  }
}
