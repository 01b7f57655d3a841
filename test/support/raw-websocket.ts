// A WebSocket client on a bare socket: handshakes and frames of every kind, broken ones too, and what comes back.

import net from 'node:net';
import type { TestContext } from 'node:test';

/** One frame of the server's. */
export interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Buffer;
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  readonly isFinal?: boolean;
  readonly isMasked?: boolean;
  /** The three bits that no extension of ours uses, 0 to 7. */
  readonly reserved?: number;
  /** How the length is written; the shortest way when absent. */
  readonly lengthBytes?: 0 | 2 | 8;
  /** What the head says, when it is not the payload's own length. */
  readonly claimed?: number | bigint;
}

/** A client's frame as bytes. */
export function frame(opcode: number, payload: string | Uint8Array = '', options: FrameOptions = {}): Buffer {
  const { isFinal = true, isMasked = true, reserved = 0, claimed } = options;
  const body = Buffer.from(payload as string);
  const length = BigInt(claimed ?? body.length);
  const lengthBytes = options.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(length), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(length, 2);
  if (!isMasked) return Buffer.concat([head, body]);
  const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
  return Buffer.concat([head, mask, body.map((byte, i) => byte ^ mask[i & 3]!)]);
}

/** The body of a closing frame. */
export function closeBody(code: number, reason: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return Buffer.concat([bytes, Buffer.from(reason as string)]);
}

/** The handshake's text. @param fields - lines `Name: value` in place of, or beside, the customary ones */
export function handshakeText(
  target: string,
  fields: readonly string[] = [],
  without: readonly string[] = [],
): string {
  const customary = [
    'Host: localhost',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ].filter((line) => !without.includes(line.slice(0, line.indexOf(':'))));
  return `GET ${target} HTTP/1.1\r\n${[...customary, ...fields].join('\r\n')}\r\n\r\n`;
}

/** What a server answered before any frame. */
export interface Answered {
  readonly status: number;
  /** Status line and fields, as received. */
  readonly head: string;
  /** Lower-case names. */
  readonly fields: Readonly<Record<string, string>>;
  readonly body: string;
}

export class RawSocket {
  readonly socket: net.Socket;
  readonly frames: Frame[] = [];
  isClosed = false;
  #bytes = Buffer.alloc(0);
  #answer: Answered | null = null;
  #changed: () => void = () => {};

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#read();
      this.#changed();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
  }

  write(bytes: string | Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Resolves with what `find` gives, as soon as that is not undefined. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (this.isClosed) throw new Error(`the connection was closed first; got ${this.frames.length} frames`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  answer(): Promise<Answered> {
    return this.until(() => this.#answer ?? undefined);
  }

  /** The next frame that was not taken yet. */
  next(): Promise<Frame> {
    return this.until(() => this.frames.shift());
  }

  /** All frames that came until the end, and the code of the closing one; null without one. */
  async closed(): Promise<{ readonly code: number | null; readonly reason: string }> {
    while (!this.isClosed) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    const last = this.frames.find(({ opcode }) => opcode === opcodes.close);
    if (last === undefined) return { code: null, reason: '' };
    const code = last.payload.length >= 2 ? last.payload.readUInt16BE(0) : 1005;
    return { code, reason: last.payload.subarray(2).toString() };
  }

  #read(): void {
    if (this.#answer === null && !this.#readHead()) return;
    if (this.#answer?.status !== 101) return;
    for (;;) {
      const bytes = this.#bytes;
      if (bytes.length < 2) return;
      const short = bytes[1]! & 0x7f;
      const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (bytes.length < headBytes) return;
      const length =
        short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
      if (bytes.length < headBytes + length) return;
      const payload = Buffer.from(bytes.subarray(headBytes, headBytes + length));
      this.frames.push({ opcode: bytes[0]! & 0x0f, isFinal: (bytes[0]! & 0x80) !== 0, payload });
      this.#bytes = bytes.subarray(headBytes + length);
    }
  }

  /** @returns whether the head is whole, and the body too where there is one */
  #readHead(): boolean {
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = this.#bytes.subarray(0, end).toString('latin1');
    const [line = '', ...lines] = head.split('\r\n');
    const fields = Object.fromEntries(
      lines.map((one) => [
        one.slice(0, one.indexOf(':')).toLowerCase(),
        one.slice(one.indexOf(':') + 1).trim(),
      ]),
    );
    const length = Number(fields['content-length'] ?? 0);
    if (this.#bytes.length < end + 4 + length) return false;
    const body = this.#bytes.subarray(end + 4, end + 4 + length).toString('utf8');
    this.#bytes = this.#bytes.subarray(end + 4 + length);
    this.#answer = { status: Number(line.split(' ')[1]), head, fields, body };
    return true;
  }
}

/** A bare connection, ended with the test. */
export async function connectRaw(t: Pick<TestContext, 'after'>, port: number): Promise<RawSocket> {
  const socket = net.connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return new RawSocket(socket);
}

/** Sends a handshake and gives the connection, whatever was answered. @param url - `ws://127.0.0.1:port/path` */
export async function shakeHands(
  t: Pick<TestContext, 'after'>,
  url: string,
  fields: readonly string[] = [],
  without: readonly string[] = [],
): Promise<RawSocket> {
  const { port, pathname, search } = new URL(url);
  const raw = await connectRaw(t, Number(port));
  raw.write(handshakeText(pathname + search, fields, without));
  return raw;
}

/** An open one. @throws (rejects) when the handshake was refused */
export async function openRaw(
  t: Pick<TestContext, 'after'>,
  url: string,
  fields: readonly string[] = [],
): Promise<RawSocket> {
  const raw = await shakeHands(t, url, fields);
  const { status, head } = await raw.answer();
  if (status !== 101) throw new Error(`refused: ${head}`);
  return raw;
}
