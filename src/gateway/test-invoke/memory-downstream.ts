// The client of a test invocation: no socket, an answer that is kept whole.

import { fieldsOf, type HeaderBlock } from '../../base/header-field.ts';
import type { Downstream } from '../../exchange/downstream.ts';

export interface MemoryAnswer {
  readonly status: number;
  /** Flat name, value list. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/**
 * Implements Downstream. What is cut in the middle was not seen by anybody yet, so that there is still time for another
 * answer: `onCut` is to send it.
 */
export class MemoryDownstream implements Downstream {
  readonly upgrade = null;
  // What AWS's own test requests seem to come from.
  readonly tls = true;
  readonly connection = null;
  readonly localPort = 443;
  /** The body is handed to the exchange by the first phase. */
  readonly body = null;
  readonly #isHead: boolean;
  readonly #onAnswer: (answer: MemoryAnswer) => void;
  readonly #onCut: () => void;
  #isOver = false;
  #isCut = false;
  #isAborted = false;
  #status = 0;
  #headers: readonly string[] = [];
  #chunks: Buffer[] = [];
  readonly #abortCallbacks: (() => void)[] = [];

  /** @param onCut - called at most once */
  constructor(isHead: boolean, onAnswer: (answer: MemoryAnswer) => void, onCut: () => void) {
    this.#isHead = isHead;
    this.#onAnswer = onAnswer;
    this.#onCut = onCut;
  }

  get aborted(): boolean {
    return this.#isAborted;
  }

  remoteAddress(): string {
    return 'test-invoke-source-ip';
  }

  send(status: number, headers: HeaderBlock, body: string | Uint8Array | null): void {
    this.begin(status, headers);
    if (body !== null) this.write(typeof body === 'string' ? Buffer.from(body) : body);
    this.end();
  }

  begin(status: number, headers: HeaderBlock): void {
    this.#status = status;
    this.#headers = fieldsOf(headers);
    this.#chunks = [];
  }

  write(chunk: Uint8Array): boolean {
    // The memory of a chunk is the sender's. Its sum is the integration's limit.
    if (!this.#isOver && !this.#isHead) this.#chunks.push(Buffer.from(chunk));
    return true;
  }

  onDrain(): void {}

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onAnswer({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) });
  }

  destroy(): void {
    if (this.#isOver || this.#isCut) return;
    this.#isCut = true;
    this.#onCut();
  }

  onAbort(callback: () => void): void {
    if (this.#isAborted) callback();
    else this.#abortCallbacks.push(callback);
  }

  /** Nobody waits for the answer any more: what is under way is given up. */
  abort(): void {
    this.#isOver = true;
    this.#isAborted = true;
    for (const callback of this.#abortCallbacks.splice(0)) callback();
  }
}
