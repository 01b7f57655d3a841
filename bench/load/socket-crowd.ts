// Many WebSocket clients that do nothing but count the frames they get, and one of them that talks.

import { connect, type Socket } from 'node:net';
import { handshakeHead } from './websocket-handshake.ts';

const openingMax = 200;

/** A client's text frame. */
export function textFrame(text: string): Buffer {
  const body = Buffer.from(text);
  const mask = [0x37, 0xfa, 0x21, 0x3d] as const;
  const head =
    body.length < 126
      ? Buffer.from([0x81, 0x80 | body.length, ...mask])
      : Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 0xff, ...mask]);
  return Buffer.concat([head, body.map((byte, i) => byte ^ mask[i & 3]!)]);
}

/** Bytes of a server's frame around a payload. */
export const frameBytes = (payloadBytes: number): number => payloadBytes + (payloadBytes < 126 ? 2 : 4);

export class SocketCrowd {
  readonly #port: number;
  readonly #path: string;
  readonly #sockets: Socket[] = [];
  #bytes = 0;
  /** Frames of numbers that were not larger than the one before. */
  #disordered = 0;
  #wanted = 0;
  #onReached: (() => void) | null = null;

  constructor(port: number, path: string) {
    this.#port = port;
    this.#path = path;
  }

  get count(): number {
    return this.#sockets.length;
  }

  /** All that came so far, since the handshakes. */
  get bytes(): number {
    return this.#bytes;
  }

  get disordered(): number {
    return this.#disordered;
  }

  /** @throws (rejects) when a handshake is refused */
  async openUpTo(count: number): Promise<void> {
    const opening = async (): Promise<void> => {
      while (this.#sockets.length + this.#openingCount < count) {
        this.#openingCount++;
        this.#sockets.push(await this.#open());
        this.#openingCount--;
      }
    };
    await Promise.all(Array.from({ length: openingMax }, opening));
  }

  #openingCount = 0;

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1');
      socket.setNoDelay(true);
      socket.write(handshakeHead(this.#path));
      let head = '';
      socket.on('error', reject);
      const onHead = (chunk: Buffer): void => {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        socket.off('data', onHead);
        if (!head.startsWith('HTTP/1.1 101')) {
          reject(new Error(`a handshake was refused: ${head.slice(0, 200)}`));
          return;
        }
        this.#took(head.length - end - 4);
        const order = new NumberOrder();
        socket.on('data', (chunk) => {
          if (!order.isKeptBy(chunk)) this.#disordered++;
          this.#took(chunk.length);
        });
        resolve(socket);
      };
      socket.on('data', onHead);
    });
  }

  #took(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < this.#wanted || this.#onReached === null) return;
    const reached = this.#onReached;
    this.#onReached = null;
    reached();
  }

  /** @param i - which client */
  say(i: number, frame: Buffer): void {
    this.#sockets[i]!.write(frame);
  }

  /** Resolves when so many bytes have come since the handshakes. @throws (rejects) when they do not */
  async reached(bytes: number, withinMs = 60_000): Promise<void> {
    if (this.#bytes >= bytes) return;
    this.#wanted = bytes;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.#bytes} of ${bytes} bytes came`)), withinMs);
      this.#onReached = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Whether numbers in frames of 64 digits grow, read chunk by chunk; of other frames nothing is said. */
class NumberOrder {
  #last = -1;
  #rest: Buffer = Buffer.alloc(0);

  isKeptBy(chunk: Buffer): boolean {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let isKept = true;
    let at = 0;
    for (; bytes.length - at >= numberFrameBytes; at += numberFrameBytes) {
      if (bytes[at + 1] !== numberDigits || bytes[at + 2] !== zero) return isKept;
      const number = Number(bytes.toString('latin1', at + numberFrameBytes - 9, at + numberFrameBytes));
      // A round begins anew.
      if (number <= this.#last && number >= restartMax) isKept = false;
      this.#last = number;
    }
    this.#rest = bytes.subarray(at);
    return isKept;
  }
}

const numberDigits = 64;
const numberFrameBytes = numberDigits + 2;
const zero = 48;
/** The first number of a client in a round is one of the first. */
const restartMax = 1_000;
