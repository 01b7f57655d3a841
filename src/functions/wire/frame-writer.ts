// Puts frames on a socket: all frames of one turn of the event loop together, in one write of the kernel's.

import type { Socket } from 'node:net';
import { unwrittenBytes, writeBytes } from '../../base/direct-write.ts';
import { frameBytesMax, frameHeadBytes } from './frame.ts';

/** Frames are put together here. Most turns fit into one. */
const bufferBytes = 64 * 1024;
/** Longer bytes are handed to the socket as they are; copying them would cost more than one more piece of a writev. */
const copiedBytesMax = 16 * 1024;
/** A turn that has gathered so much does not wait for its end. */
const turnBytesMax = 1024 * 1024;

export class FrameWriter {
  readonly #socket: Socket;
  #buffer = Buffer.allocUnsafeSlow(bufferBytes);
  /** Where the part begins that is not in `#pieces` yet. */
  #begun = 0;
  #used = 0;
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  #isScheduled = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Bytes that the kernel has not taken yet. */
  get queuedBytes(): number {
    return this.#piecesBytes + (this.#used - this.#begun) + unwrittenBytes(this.#socket);
  }

  /** A frame without a body. */
  empty(type: number, call: number): void {
    this.#room(frameHeadBytes);
    this.#frameHead(type, call, 0);
    this.#wrote();
  }

  /** A frame of one number. */
  number(type: number, call: number, value: number): void {
    this.#room(frameHeadBytes + 4);
    this.#frameHead(type, call, 4);
    this.#used = this.#buffer.writeUInt32BE(value, this.#used);
    this.#wrote();
  }

  /** A frame whose body is copied: the bytes may change afterwards. */
  bytes(type: number, call: number, body: Uint8Array): void {
    if (body.length > copiedBytesMax) {
      this.#room(frameHeadBytes);
      this.#frameHead(type, call, body.length);
      this.#piece(Buffer.from(body));
    } else {
      this.#room(frameHeadBytes + body.length);
      this.#frameHead(type, call, body.length);
      this.#copy(body);
    }
    this.#wrote();
  }

  /**
   * A frame of a head and a payload, of type `invoke` or `end`. Text is encoded once, where it is sent from.
   * @param payload - bytes must not change afterwards
   * @returns false, and nothing is sent, when the frame would be longer than `frameBytesMax`
   */
  message(type: number, call: number, head: Uint8Array, payload: string | Uint8Array): boolean {
    const headBytes = 4 + head.length;
    if (typeof payload === 'string') {
      const bytesMax = payload.length * 3; // of UTF-8
      if (bytesMax > copiedBytesMax) return this.message(type, call, head, Buffer.from(payload, 'utf8'));
      this.#room(frameHeadBytes + headBytes + bytesMax);
      const start = this.#used;
      this.#messageHead(type, call, head, 0);
      const payloadBytes = this.#buffer.write(payload, this.#used, 'utf8');
      this.#used += payloadBytes;
      this.#buffer.writeUInt32BE(this.#used - start - 4, start);
      this.#wrote();
      return true;
    }
    if (5 + headBytes + payload.length > frameBytesMax) return false;
    const isCopied = payload.length <= copiedBytesMax;
    this.#room(frameHeadBytes + headBytes + (isCopied ? payload.length : 0));
    this.#messageHead(type, call, head, payload.length);
    if (isCopied) this.#copy(payload);
    else this.#piece(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength));
    this.#wrote();
    return true;
  }

  /** Hands everything to the socket now. */
  flush(): void {
    this.#endPiece();
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#piecesBytes = 0;
    if (this.#socket.writable) {
      if (pieces.length === 1) writeBytes(this.#socket, pieces[0]!);
      else {
        this.#socket.cork();
        for (const piece of pieces) this.#socket.write(piece);
        this.#socket.uncork();
      }
    }
    // What the kernel has taken at once is free; else the socket still reads from it.
    if (unwrittenBytes(this.#socket) > 0) this.#buffer = Buffer.allocUnsafeSlow(bufferBytes);
    this.#begun = 0;
    this.#used = 0;
  }

  #frameHead(type: number, call: number, bodyBytes: number): void {
    const at = this.#used;
    this.#buffer.writeUInt32BE(5 + bodyBytes, at);
    this.#buffer[at + 4] = type;
    this.#buffer.writeUInt32BE(call, at + 5);
    this.#used = at + frameHeadBytes;
  }

  #messageHead(type: number, call: number, head: Uint8Array, payloadBytes: number): void {
    this.#frameHead(type, call, 4 + head.length + payloadBytes);
    this.#used = this.#buffer.writeUInt32BE(head.length, this.#used);
    this.#copy(head);
  }

  #copy(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Makes sure that so many bytes fit into the buffer. */
  #room(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return;
    this.#endPiece();
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(bufferBytes, bytes));
    this.#begun = 0;
    this.#used = 0;
  }

  /** Puts bytes of their own behind what was written. */
  #piece(bytes: Buffer): void {
    this.#endPiece();
    this.#pieces.push(bytes);
    this.#piecesBytes += bytes.length;
  }

  #endPiece(): void {
    if (this.#used === this.#begun) return;
    this.#pieces.push(this.#buffer.subarray(this.#begun, this.#used));
    this.#piecesBytes += this.#used - this.#begun;
    this.#begun = this.#used;
  }

  #wrote(): void {
    if (this.#piecesBytes > turnBytesMax) this.flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }
}
