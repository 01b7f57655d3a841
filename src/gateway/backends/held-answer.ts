// The answer of a target on probation, kept from the client until it is whole, or too large to be kept.

import type { UpstreamHandler } from '../../exchange/upstream.ts';

/** No more than what a client of ours must take after it asked for a pause. */
const heldBytesMax = 65_536;

export class HeldAnswer {
  #status = 0;
  #headers: readonly string[] = [];
  #lengthBytes: number | null = null;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  head(status: number, headers: readonly string[], lengthBytes: number | null): void {
    this.#status = status;
    this.#headers = headers;
    this.#lengthBytes = lengthBytes;
  }

  /** @returns false when it was one too many: deliver now, and hold no more */
  add(chunk: Uint8Array): boolean {
    this.#chunks.push(Buffer.from(chunk));
    this.#bytes += chunk.byteLength;
    return this.#bytes <= heldBytesMax;
  }

  /**
   * Hands on what is here.
   * @param isOver - asked between callbacks: the client may have gone
   * @returns false when the handler wants a pause
   */
  deliver(handler: UpstreamHandler, isOver: () => boolean): boolean {
    handler.onHead(this.#status, this.#headers, this.#lengthBytes);
    let wantsMore = true;
    for (const chunk of this.#chunks) {
      if (isOver()) return false;
      if (!handler.onData(chunk)) wantsMore = false;
    }
    return wantsMore;
  }
}
