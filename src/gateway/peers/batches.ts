// Messages between two processes of a data folder: all that one turn of the event loop has to say, as one batch, in one
// write.
//
//   u32 length of what follows, big-endian | msgpack: [call, body, call, body ...]

import type { Socket } from 'node:net';
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false });
const headBytes = 4;
/** Longer than any batch: a batch ends soon after `batchBytes`, and no message is longer than some megabytes. */
export const frameBytesMax = 64 * 1024 * 1024;
/** What has gathered so much does not wait for the end of the turn. */
const batchBytes = 1024 * 1024;
/** Of a message beside its texts and bytes: an estimate, for bounds. */
const messageOverheadBytes = 32;

/** Numbers, texts, bytes and lists of these. Bytes must not change until the batch is written. */
export type Body = readonly unknown[];

export class BatchWriter {
  readonly #socket: Socket;
  #batch: unknown[] = [];
  #bytes = 0;
  #isScheduled = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the kernel has not taken yet. */
  get queuedBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  add(call: number, body: unknown): void {
    this.#batch.push(call, body);
    this.#bytes += messageOverheadBytes + sizeOf(body);
    if (this.#bytes > batchBytes) this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  /** Hands everything to the socket now. */
  flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#bytes = 0;
    if (!this.#socket.writable) return;
    const packed = packr.pack(batch);
    const head = Buffer.allocUnsafe(headBytes);
    head.writeUInt32BE(packed.length);
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(packed);
    this.#socket.uncork();
  }
}

function sizeOf(body: unknown): number {
  if (typeof body === 'string') return body.length;
  if (body instanceof Uint8Array) return body.byteLength;
  if (!Array.isArray(body)) return 0;
  let bytes = 0;
  for (const one of body) bytes += sizeOf(one) + 1;
  return bytes;
}

/** Told of each message. Bytes in it are views of what was received: who keeps them copies them. */
export type OnMessage = (call: number, body: unknown) => void;

/** Cuts a stream of chunks into batches. */
export class BatchReader {
  readonly #onMessage: OnMessage;
  readonly #head = Buffer.alloc(headBytes);
  #headFilled = 0;
  /** The batch that is being gathered. */
  #frame: Buffer | null = null;
  #filled = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  /** @throws Error when the stream is not made of batches */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame !== null) {
        const copied = chunk.copy(this.#frame, this.#filled, at);
        this.#filled += copied;
        at += copied;
        if (this.#filled < this.#frame.length) return;
        const frame = this.#frame;
        this.#frame = null;
        this.#tell(frame);
        continue;
      }
      const headCopied = chunk.copy(this.#head, this.#headFilled, at);
      this.#headFilled += headCopied;
      at += headCopied;
      if (this.#headFilled < headBytes) return;
      this.#headFilled = 0;
      const length = this.#head.readUInt32BE(0);
      if (length === 0 || length > frameBytesMax)
        throw new Error(`a batch of ${length} bytes; expected 1 to ${frameBytesMax}`);
      if (chunk.length - at >= length) {
        this.#tell(chunk.subarray(at, at + length));
        at += length;
      } else {
        this.#frame = Buffer.allocUnsafe(length);
        this.#filled = 0;
      }
    }
  }

  #tell(frame: Buffer): void {
    const batch: unknown = packr.unpack(frame);
    if (!Array.isArray(batch) || batch.length % 2 !== 0) throw new Error('not a batch');
    for (let i = 0; i < batch.length; i += 2) {
      const call: unknown = batch[i];
      if (typeof call !== 'number') throw new Error('a message without a number');
      this.#onMessage(call, batch[i + 1]);
    }
  }
}
