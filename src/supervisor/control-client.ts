// The asking side of a control socket.

import { connect, type Socket } from 'node:net';
import { shortSocketPath } from '../base/socket-path.ts';
import { encodeFrame, FrameReader } from './frame.ts';
import type { Reply } from './protocol.ts';

/** The peer is gone: it ended, or was ended, before it replied. */
export class PeerGoneError extends Error {
  override readonly name = 'PeerGoneError';
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

type ArgumentOf<T> = T extends [infer A, unknown] ? A : never;
type ResultOf<T> = T extends [unknown, infer R] ? R : never;

export class ControlClient<P> {
  /** Resolves when the peer has ended or the connection was ended by us. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** @throws (rejects) with the socket's error: ENOENT and ECONNREFUSED mean that nobody lives there */
  static async connect<P>(socketPath: string): Promise<ControlClient<P>> {
    const short = shortSocketPath(socketPath);
    try {
      const socket = await new Promise<Socket>((resolve, reject) => {
        const attempt = connect(short.path, () => resolve(attempt));
        attempt.once('error', reject);
      });
      return new ControlClient<P>(socket);
    } finally {
      short.release();
    }
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      try {
        for (const message of reader.push(chunk)) this.#settle(message as Reply);
      } catch {
        socket.destroy();
      }
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const waiting of this.#waiting.values())
          waiting.reject(new PeerGoneError('the process has ended'));
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /**
   * Asks, and waits for the reply.
   * @throws (rejects) Error with the peer's reason, PeerGoneError, or an Error after `timeoutMs`
   */
  call<V extends keyof P & string>(
    verb: V,
    argument: ArgumentOf<P[V]>,
    timeoutMs: number,
  ): Promise<ResultOf<P[V]>> {
    if (this.#socket.destroyed) return Promise.reject(new PeerGoneError('the process has ended'));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`no reply to "${verb}" within ${timeoutMs} ms`));
      }, timeoutMs);
      this.#waiting.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result as ResultOf<P[V]>);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#socket.write(encodeFrame({ id, verb, argument }));
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  end(): void {
    this.#socket.destroy();
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return; // it came after its time-out
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting.reject(new Error(reply.error));
    else waiting.resolve(reply.result);
  }
}
