// A streamed answer on its way into uWS: the head waits for the first bytes, and bytes that the socket does not take
// wait until it does. With a known length it uses tryEnd, which keeps nothing; otherwise chunked writes, which uWS keeps.

import type { UwsResponse } from './uws-types.ts';

/** Told of what happens after a call has returned. */
export interface StreamEvents {
  /** There is room again after a `write` that returned false. */
  streamDrained(): void;
  /** uWS has the whole answer: its response object is dead. */
  streamOver(): void;
}

export class AnswerStream {
  isHeadSent: boolean;
  readonly #response: UwsResponse;
  readonly #head: string | Uint8Array;
  readonly #lengthBytes: number | null;
  /** Content-Length is told; else the body goes out chunked even if the length is known. */
  readonly #isAnnounced: boolean;
  readonly #events: StreamEvents;
  #bytesGiven: number;
  #waiting: Uint8Array[];
  #isBlocked: boolean;
  #isListening: boolean;
  #isOver: boolean;

  constructor(
    response: UwsResponse,
    head: string | Uint8Array,
    lengthBytes: number | null,
    canAnnounce: boolean,
    events: StreamEvents,
  ) {
    this.isHeadSent = false;
    this.#response = response;
    this.#head = head;
    this.#lengthBytes = lengthBytes;
    this.#isAnnounced = canAnnounce && lengthBytes !== null;
    this.#events = events;
    this.#bytesGiven = 0;
    this.#waiting = [];
    this.#isBlocked = false;
    this.#isListening = false;
    this.#isOver = false;
  }

  /** False when the chunk would pass the announced length. */
  hasRoomFor(chunkBytes: number): boolean {
    return this.#lengthBytes === null || this.#bytesGiven + chunkBytes <= this.#lengthBytes;
  }

  /** Fewer bytes were written than announced. */
  get isShort(): boolean {
    return this.#lengthBytes !== null && this.#bytesGiven < this.#lengthBytes;
  }

  /** Copies what the socket does not take. @returns false on backpressure */
  write(chunk: Uint8Array): boolean {
    return this.#put(chunk, true);
  }

  /** As `write`, for bytes that the caller leaves alone until the end. */
  writeKept(chunk: Uint8Array): boolean {
    return this.#put(chunk, false);
  }

  /** All bytes were written. What is announced is over when the last byte is taken, the rest now. */
  end(mustClose: boolean): void {
    if (this.#isOver || (this.#isAnnounced && this.#lengthBytes !== 0)) return;
    this.#sendHead();
    this.#isOver = true;
    this.#events.streamOver();
    this.#response.end(undefined, mustClose);
  }

  #put(chunk: Uint8Array, mustCopy: boolean): boolean {
    this.#sendHead();
    this.#bytesGiven += chunk.length;
    if (!this.#isAnnounced) {
      const flowing = this.#response.write(chunk);
      if (!flowing) this.#awaitDrain();
      return flowing;
    }
    const rest = this.#isBlocked ? chunk : this.#push(chunk);
    if (rest === null) return true;
    this.#waiting.push(mustCopy ? Buffer.from(rest) : rest);
    this.#awaitDrain();
    return false;
  }

  /** @returns what the socket did not take, or null when it took all */
  #push(chunk: Uint8Array): Uint8Array | null {
    const response = this.#response;
    const before = response.getWriteOffset();
    const [flowing, isComplete] = response.tryEnd(chunk, this.#lengthBytes!);
    if (isComplete) {
      this.#isOver = true;
      this.#events.streamOver();
      return null;
    }
    return flowing ? null : chunk.subarray(response.getWriteOffset() - before);
  }

  #awaitDrain(): void {
    this.#isBlocked = true;
    if (this.#isListening) return;
    this.#isListening = true;
    this.#response.onWritable(() => this.#writable());
  }

  #writable(): boolean {
    while (this.#waiting.length > 0) {
      const rest = this.#push(this.#waiting[0]!);
      if (rest !== null) {
        this.#waiting[0] = rest;
        return false;
      }
      this.#waiting.shift();
    }
    this.#isBlocked = false;
    this.#events.streamDrained();
    return true;
  }

  #sendHead(): void {
    if (this.isHeadSent) return;
    this.isHeadSent = true;
    this.#response.writeStatus(this.#head);
  }
}
