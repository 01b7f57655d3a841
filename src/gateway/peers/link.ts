// One process's way to another: calls go out in order, answers come back in any. What is said before the other has
// answered the dial waits in the socket.

import { connect, type Socket } from 'node:net';
import { shortSocketPath } from '../../base/socket-path.ts';
import { BatchReader, BatchWriter, type Body } from './batches.ts';

/**
 * Why a call has no answer. `gone`: the process does not live, and nothing of it does. `busy`: not sent, the other does
 * not keep up. `timeout` and `lost`: sent, and nobody knows what became of it.
 */
export type CallFailure = 'gone' | 'busy' | 'timeout' | 'lost';

/** Called once. `result` means nothing when there is a failure. */
export type Answered = (result: unknown, failure: CallFailure | null) => void;

export interface LinkLimits {
  /** Bytes that may wait for the other; a call beyond them is refused. */
  readonly queuedBytesMax: number;
  /** A call without an answer for so long cuts the link. */
  readonly callMs: number;
}

export interface LinkEvents {
  /** Its end; once. @param wasOpen - the other had answered, so that it may still live */
  onEnd(link: Link, wasOpen: boolean): void;
}

/** Both say it first, as a message of call 0. */
export const greeting = (number: number): Body => [version, number];
const version = 1;
/** @returns the other's number; null when it speaks another language */
export function greetedBy(body: unknown): number | null {
  if (!Array.isArray(body) || body[0] !== version || !Number.isInteger(body[1])) return null;
  return body[1] as number;
}

interface Pending {
  readonly answered: Answered;
  readonly atMs: number;
}

export class Link {
  readonly number: number;
  readonly #limits: LinkLimits;
  readonly #events: LinkEvents;
  readonly #socket: Socket;
  readonly #writer: BatchWriter;
  readonly #pending = new Map<number, Pending>();
  /** Told once it is known whether the other lives: it does when it has answered the dial. */
  readonly #fate = Promise.withResolvers<boolean>();
  #lastCall = 0;
  #isOpen = false;
  #isOver = false;
  #isCut = false;

  constructor(number: number, ownNumber: number, socketPath: string, limits: LinkLimits, events: LinkEvents) {
    this.number = number;
    this.#limits = limits;
    this.#events = events;
    const short = shortSocketPath(socketPath);
    this.#socket = connect(short.path);
    this.#writer = new BatchWriter(this.#socket);
    this.#writer.add(0, greeting(ownNumber));
    const reader = new BatchReader((call, body) => this.#got(call, body));
    this.#socket.once('connect', () => short.release());
    this.#socket.on('data', (chunk) => {
      try {
        reader.push(chunk);
      } catch {
        this.#socket.destroy();
      }
    });
    this.#socket.on('error', () => {}); // `close` follows
    this.#socket.on('end', () => this.#socket.destroy());
    this.#socket.once('close', () => {
      if (!this.#isOpen) short.release();
      this.#ended();
    });
  }

  /** Resolves when it is known whether the other lives. */
  get lives(): Promise<boolean> {
    return this.#fate.promise;
  }

  /** Asks the other. Bytes of the body must not change before the answer. */
  call(body: Body, answered: Answered): void {
    if (this.#isOver) {
      answered(null, 'lost');
      return;
    }
    if (this.#writer.queuedBytes > this.#limits.queuedBytesMax) {
      answered(null, 'busy');
      return;
    }
    this.#lastCall = this.#lastCall === lastCallMax ? 1 : this.#lastCall + 1;
    this.#pending.set(this.#lastCall, { answered, atMs: performance.now() });
    this.#writer.add(this.#lastCall, body);
  }

  /** Cuts a link whose oldest call has waited for too long. */
  look(nowMs: number): void {
    for (const { atMs } of this.#pending.values()) {
      if (nowMs - atMs > this.#limits.callMs) {
        this.#isCut = true;
        this.#socket.destroy();
      }
      return;
    }
  }

  /** What was said still goes out. */
  close(): void {
    this.#writer.flush();
    this.#socket.end(() => this.#socket.destroy());
  }

  #got(call: number, body: unknown): void {
    if (!this.#isOpen) {
      if (greetedBy(body) !== this.number) throw new Error('another process answers here');
      this.#isOpen = true;
      this.#fate.resolve(true);
      return;
    }
    const number = Math.abs(call);
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    // Negative: the other has failed at it.
    pending?.answered(body, call < 0 ? 'lost' : null);
  }

  #ended(): void {
    this.#isOver = true;
    this.#fate.resolve(false);
    this.#events.onEnd(this, this.#isOpen);
  }

  /** @param lives - whether the other does, now that the link has ended */
  failPending(lives: boolean): void {
    const failure = this.#isCut ? 'timeout' : lives ? 'lost' : 'gone';
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { answered } of pending) answered(null, failure);
  }
}

const lastCallMax = 2 ** 31;
