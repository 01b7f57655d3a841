// One call, from `invoke` to its end: what it waits for, and how fast its answer may come.

import type {
  Invocation,
  InvocationCall,
  InvocationHandler,
  InvocationResult,
  InvocationType,
} from '../functions.ts';

/**
 * Bytes of a streamed answer that may be under way to a reader: two socket buffers. A reader who pauses holds at most
 * these and the chunk that crossed the line.
 */
export const windowBytes = 256 * 1024;

/** Where a call was sent. */
export interface CallConnection {
  abort(call: ClientCall): void;
  credit(call: ClientCall, bytes: number): void;
}

export class ClientCall implements InvocationCall {
  readonly type: InvocationType;
  /** null once it was sent: its payload need not be kept. */
  invocation: Invocation | null;
  /** On its connection; 0 = not sent. */
  id = 0;
  /** Monotonic milliseconds after which it waits no longer. */
  waitsUntilMs = 0;
  waitingBytes = 0;
  connection: CallConnection | null = null;
  readonly #onBug: (error: unknown) => void;
  #handler: InvocationHandler | null;
  #isPaused = false;
  /** Came during a pause. */
  #held: Uint8Array[] | null = null;
  #heldResult: InvocationResult | null = null;
  /** Read, and not yet granted anew. */
  #readBytes = 0;

  constructor(invocation: Invocation, handler: InvocationHandler, onBug: (error: unknown) => void) {
    this.invocation = invocation;
    this.type = invocation.type;
    this.#handler = handler;
    this.#onBug = onBug;
  }

  /** Nobody waits for it any more. */
  get isOver(): boolean {
    return this.#handler === null;
  }

  abort(): void {
    if (this.#handler === null) return;
    this.#forget();
    this.connection?.abort(this);
    this.connection = null;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    // Not from inside: who resumes may stand in the middle of something, of `onData` itself too.
    if (this.#held !== null || this.#heldResult !== null) setImmediate(() => this.#handOn());
    else this.#grant();
  }

  head(contentType: string): void {
    try {
      this.#handler?.onHead(contentType);
    } catch (error) {
      this.#failed(error);
    }
  }

  data(chunk: Uint8Array): void {
    if (this.#handler === null) return;
    if (this.#isPaused || this.#held !== null) {
      this.#held ??= [];
      this.#held.push(chunk);
    } else this.#handOver(this.#handler, chunk);
  }

  end(result: InvocationResult): void {
    if (this.#handler === null) return;
    this.connection = null;
    if (this.#isPaused || this.#held !== null) this.#heldResult = result;
    else this.#finish(this.#handler, result);
  }

  /** Hands on what came during a pause, until the next one. */
  #handOn(): void {
    const held = this.#held ?? [];
    let at = 0;
    while (at < held.length && !this.#isPaused && this.#handler !== null)
      this.#handOver(this.#handler, held[at++]!);
    if (this.#handler === null) return;
    this.#held = at < held.length ? held.slice(at) : null;
    if (this.#isPaused) return;
    if (this.#heldResult !== null) this.#finish(this.#handler, this.#heldResult);
    else this.#grant();
  }

  #handOver(handler: InvocationHandler, chunk: Uint8Array): void {
    this.#readBytes += chunk.length;
    try {
      if (!handler.onData(chunk)) this.#isPaused = true;
    } catch (error) {
      this.#failed(error);
    }
    this.#grant();
  }

  /** Not for each chunk: half a window at a time keeps the stream flowing. */
  #grant(): void {
    if (this.#isPaused || this.#readBytes < windowBytes / 2) return;
    this.connection?.credit(this, this.#readBytes);
    this.#readBytes = 0;
  }

  #finish(handler: InvocationHandler, result: InvocationResult): void {
    this.#forget();
    try {
      handler.onEnd(result);
    } catch (error) {
      this.#onBug(error);
    }
  }

  /** The bug is told; the call is over, and others go on. */
  #failed(error: unknown): void {
    this.abort();
    this.#onBug(error);
  }

  #forget(): void {
    this.#handler = null;
    this.invocation = null;
    this.#held = null;
    this.#heldResult = null;
  }
}
