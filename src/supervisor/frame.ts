// Messages on a byte stream: four bytes of length, then MessagePack.

import { Packr } from 'msgpackr';

/** Larger than the statistics of thousands of methods; a peer that announces more is not one of ours. */
export const frameBytesMax = 64 * 1024 * 1024;
const headBytes = 4;
const packr = new Packr({ useRecords: false });

/** One message as it goes on the wire. */
export function encodeFrame(message: unknown): Buffer {
  const body = packr.pack(message);
  const frame = Buffer.allocUnsafe(headBytes + body.length);
  frame.writeUInt32BE(body.length, 0);
  body.copy(frame, headBytes);
  return frame;
}

/** Cuts a stream of chunks into messages. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * @returns the messages that this chunk completes
   * @throws when a frame is larger than `frameBytesMax` or is not MessagePack: the stream is then lost
   */
  push(chunk: Uint8Array): unknown[] {
    this.#pending = this.#pending.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#pending, chunk]);
    const messages: unknown[] = [];
    let at = 0;
    while (this.#pending.length - at >= headBytes) {
      const length = this.#pending.readUInt32BE(at);
      if (length > frameBytesMax)
        throw new Error(`a control message of ${length} bytes is above ${frameBytesMax}`);
      const end = at + headBytes + length;
      if (this.#pending.length < end) break;
      messages.push(packr.unpack(this.#pending.subarray(at + headBytes, end)));
      at = end;
    }
    this.#pending = this.#pending.subarray(at);
    return messages;
  }
}
