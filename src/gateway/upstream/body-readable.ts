// A BodySource as the stream that undici asks for.

import { Readable } from 'node:stream';
import type { BodySink, BodySource } from '../../exchange/upstream.ts';
import type { Call } from './call.ts';

/** The sender of the body went away. The call has been told already. */
export class SourceAborted extends Error {}

/** Starts the source when undici first reads; pauses and resumes it with the stream's own buffer. */
export class BodyReadable extends Readable implements BodySink {
  readonly #call: Call;
  readonly #source: BodySource;
  #started = false;

  constructor(call: Call, source: BodySource) {
    super({ highWaterMark: 65_536 });
    this.#call = call;
    this.#source = source;
  }

  override _read(): void {
    if (this.#call.sourceDone) return;
    try {
      if (this.#started) this.#source.resume();
      else {
        this.#started = true;
        this.#source.start(this);
      }
    } catch (error) {
      this.#call.sourceThrew(error);
    }
  }

  onChunk(chunk: Uint8Array): boolean {
    if (this.#call.sourceDone) return false;
    // The chunk is valid only during this call.
    return chunk.length === 0 || this.push(Buffer.from(chunk));
  }

  onEnd(): void {
    if (this.#call.sourceDone) return;
    // The length is checked by undici, which fails the call when it is not the announced one.
    this.#call.sourceDone = true;
    this.push(null);
  }

  onAbort(): void {
    if (this.#call.sourceDone) return;
    this.#call.sourceDone = true;
    this.#call.fail('request-body', 'downstream', 'the sender of the request body went away', false);
    this.destroy(new SourceAborted('the sender of the request body went away'));
  }
}
