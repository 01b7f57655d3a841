// One connection: requests in, answers out, one after the other. Owns its socket and knows for how long it has waited
// for what; what is asked and answered is others'.

import type { Socket } from 'node:net';
import { valueIn } from '../../base/flat-list.ts';
import { type RequestHandler, type RequestHead, RequestReader } from '../../base/http1/request-reader.ts';
import { isBodiless } from '../../base/http1/status-line.ts';
import type { AnswerStream } from '../protocol/made-answer.ts';
import { answerHead } from './answer-head.ts';
import { HttpRequest } from './http-request.ts';
import { streamOver } from './socket-stream.ts';

/** What is no request is refused with one of these. */
export type MalformedStatus = 400 | 408 | 417 | 431;

/** What all connections share. */
export interface ConnectionRoom {
  readonly headBytesMax: number;
  readonly keepAliveTimeoutMs: number;
  readonly onRequest: (request: HttpRequest) => void;
  /** The whole answer to what is no request. */
  readonly malformed: (status: MalformedStatus) => string;
  readonly onClose: (connection: Connection) => void;
}

/** What a connection waits for: the head or the body of a request, its answer, or another request. */
export type Waiting = 'head' | 'body' | 'answer' | 'next';

/** How long what a client still sends is thrown away, so that it can read its refusal before the connection ends. */
const lingerMs = 1000;

export class Connection implements RequestHandler {
  waiting: Waiting = 'head';
  /** Since when: a body waits since its head began. Monotonic. */
  sinceMs = performance.now();
  readonly sourceIp: string;
  hasClientEnded = false;
  readonly #socket: Socket;
  readonly #room: ConnectionRoom;
  readonly #reader: RequestReader;
  #request: HttpRequest | null = null;
  #lingering: NodeJS.Timeout | null = null;

  constructor(socket: Socket, room: ConnectionRoom) {
    this.#socket = socket;
    this.#room = room;
    this.#reader = new RequestReader(this, room.headBytesMax);
    this.sourceIp = addressOf(socket);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#onClientEnd());
    socket.on('timeout', () => socket.destroy());
    // Whatever happened to it, it is closed now.
    socket.on('error', () => {});
    socket.once('close', () => this.#onClose());
  }

  /** Nothing of a request has come. */
  get isIdle(): boolean {
    return this.#request === null && !this.#reader.hasRest;
  }

  get isOpen(): boolean {
    return this.#socket.writable;
  }

  destroy(): void {
    this.#reader.stop();
    this.#socket.destroy();
  }

  /** Answers what is no request, where it still can, and ends the connection. */
  refuse(status: MalformedStatus): void {
    this.#reader.stop();
    const isAnswered = this.#request?.isAnswered === true;
    this.#forget();
    if (!isAnswered && this.#socket.writable) this.#socket.write(this.#room.malformed(status));
    this.#socket.destroySoon();
  }

  #read(chunk: Buffer): void {
    if (this.waiting === 'next') this.#wait('head');
    this.#reader.push(chunk);
    this.#pace();
  }

  /** What a client sends ahead waits in its own buffers. */
  #pace(): void {
    if (this.#request?.isComplete === true && this.#reader.hasRest) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #wait(waiting: Waiting): void {
    this.waiting = waiting;
    this.sinceMs = performance.now();
  }

  // What the reader tells.

  onHead(head: RequestHead): void {
    const problem = problemOf(head);
    if (problem !== null) {
      this.refuse(problem);
      return;
    }
    this.#reader.hold();
    this.waiting = 'body';
    this.#request = new HttpRequest(head, this);
    this.#room.onRequest(this.#request);
  }

  onData(chunk: Buffer): void {
    this.#request?.onData(chunk);
  }

  onEnd(): void {
    const request = this.#request;
    if (request === null) return;
    this.#wait('answer');
    request.onEnd();
    if (this.#lingering !== null) this.#end();
  }

  onBad(status: 400 | 431): void {
    this.refuse(status);
  }

  // What requests ask.

  sendContinue(): void {
    if (this.#socket.writable) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
  }

  send(
    request: HttpRequest,
    status: number,
    fields: readonly string[],
    body: string | Uint8Array | null,
    isLast: boolean,
  ): void {
    const isUnread = !request.isComplete;
    const isKept = this.#isKept(request, isLast || isUnread);
    const length = body === null ? 0 : Buffer.byteLength(body);
    const head = answerHead(status, fields, length, isKept, this.#keepAliveSeconds);
    request.isAnswered = true;
    const isHeadAlone = request.head.method === 'HEAD' || isBodiless(status);
    this.#write(head, isHeadAlone ? null : body, length);
    if (isUnread) this.#lingering = setTimeout(() => this.#end(), lingerMs);
    else this.#next(isKept);
  }

  sendStream(request: HttpRequest, status: number, fields: readonly string[], isLast: boolean): AnswerStream {
    const isChunked = !request.head.isVersion10;
    const isKept = this.#isKept(request, isLast || !isChunked || !request.isComplete);
    const framing = isChunked ? 'chunked' : 'end';
    const head = answerHead(status, fields, framing, isKept, this.#keepAliveSeconds);
    request.isAnswered = true;
    this.#socket.write(head, 'latin1');
    return streamOver(this.#socket, isChunked, () => this.#next(isKept));
  }

  get #keepAliveSeconds(): number {
    return Math.floor(this.#room.keepAliveTimeoutMs / 1000);
  }

  #isKept(request: HttpRequest, isLast: boolean): boolean {
    return request.head.isKeptAlive && !isLast && !this.hasClientEnded;
  }

  #write(head: string, body: string | Uint8Array | null, length: number): void {
    // ASCII is copied to the socket as it is, with the head before it.
    if (body === null || (typeof body === 'string' && body.length === length)) {
      this.#socket.write(body === null ? head : head + body, 'latin1');
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, 'latin1');
    this.#socket.write(body);
    this.#socket.uncork();
  }

  /** The request is answered. */
  #next(isKept: boolean): void {
    this.#request = null;
    if (!isKept) {
      this.#end();
      return;
    }
    this.#wait(this.#reader.hasRest ? 'head' : 'next');
    this.#reader.release();
    this.#pace();
  }

  /** Closes the connection when all that was written is on its way. */
  #end(): void {
    this.#reader.stop();
    this.#forget();
    this.#socket.destroySoon();
  }

  /** The request under way, if there is one, is told of its end. */
  #forget(): void {
    if (this.#lingering !== null) clearTimeout(this.#lingering);
    this.#lingering = null;
    const request = this.#request;
    this.#request = null;
    if (request !== null && !request.isComplete) request.onGone();
  }

  /** The client may still read: what it has asked is answered, a half of a request is not. */
  #onClientEnd(): void {
    this.hasClientEnded = true;
    if (this.#reader.isInBody || (this.#request === null && this.#reader.hasRest)) this.refuse(400);
    else if (this.#request === null) this.#socket.destroySoon();
  }

  #onClose(): void {
    this.#reader.stop();
    this.#forget();
    this.#room.onClose(this);
  }
}

/** What nobody can answer, well-formed as it is (RFC 9110, sections 7.2 and 10.1.1). */
function problemOf({ fields, isVersion10, expectsContinue }: RequestHead): 400 | 417 | null {
  if (!isVersion10 && valueIn(fields, 'host') === null) return 400;
  return !expectsContinue && valueIn(fields, 'expect') !== null ? 417 : null;
}

/** IPv4 in its own form. */
function addressOf(socket: Socket): string {
  const address = socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
