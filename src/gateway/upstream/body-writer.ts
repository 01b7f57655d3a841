// Carries a request body that arrives in pieces onto a socket, with the pace of the slower side.

import type { Socket } from 'node:net';
import type { BodySink, BodySource } from '../../exchange/upstream.ts';
import type { Call } from './call.ts';

/** One body: counted against its announced length, or sent in chunks when it has none. */
export class BodyWriter implements BodySink {
  readonly #call: Call;
  readonly #socket: Socket;
  readonly #source: BodySource;
  readonly #lengthBytes: number | null;
  #sentBytes = 0;

  constructor(call: Call, source: BodySource, socket: Socket) {
    this.#call = call;
    this.#source = source;
    this.#socket = socket;
    this.#lengthBytes = source.lengthBytes;
  }

  onChunk(chunk: Uint8Array): boolean {
    if (this.#call.sourceDone) return false;
    if (chunk.length === 0) return true;
    this.#sentBytes += chunk.length;
    if (this.#lengthBytes === null) return this.#socket.write(chunkOf(chunk));
    if (this.#sentBytes > this.#lengthBytes) {
      this.#mismatch();
      return false;
    }
    // The chunk is valid only during this call, and the socket may keep it for longer.
    return this.#socket.write(Buffer.from(chunk));
  }

  onEnd(): void {
    if (this.#call.sourceDone) return;
    if (this.#lengthBytes !== null && this.#sentBytes !== this.#lengthBytes) {
      this.#mismatch();
      return;
    }
    this.#call.sourceDone = true;
    if (this.#lengthBytes === null) this.#socket.write('0\r\n\r\n', 'latin1');
  }

  onAbort(): void {
    if (this.#call.sourceDone) return;
    this.#call.sourceDone = true;
    this.#call.fail('request-body', 'downstream', 'the sender of the request body went away', false);
  }

  /** The socket has room again. */
  onDrain(): void {
    if (!this.#call.sourceDone) this.#source.resume();
  }

  #mismatch(): void {
    const detail = `the request body has ${this.#sentBytes} bytes or more, ${this.#lengthBytes} were announced`;
    this.#call.fail('request-body', 'downstream', detail, false);
  }
}

// Size line, data and line end in one buffer: one copy and one write.
function chunkOf(data: Uint8Array): Buffer {
  const size = `${data.length.toString(16)}\r\n`;
  const framed = Buffer.allocUnsafe(size.length + data.length + 2);
  framed.write(size, 0, 'latin1');
  framed.set(data, size.length);
  framed[framed.length - 2] = 13;
  framed[framed.length - 1] = 10;
  return framed;
}
