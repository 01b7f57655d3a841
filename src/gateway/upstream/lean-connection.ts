// The lean client: HTTP/1.1 keep-alive straight on a socket. No stream machinery on the way in (one shared read
// buffer), one write on the way out, no promise, listener or timer per request.

import type { Socket } from 'node:net';
import { unwrittenBytes, writeBytes, writeText } from '../../base/direct-write.ts';
import type { BodySource } from '../../exchange/upstream.ts';
import { BodyWriter } from './body-writer.ts';
import type { Call } from './call.ts';
import type { Connection, Owner } from './connection.ts';
import { type Dialling, dial, textOf } from './dial.ts';
import { bodyLength, isLatin1, requestHead } from './request-head.ts';
import type { AnswerSink } from './response-parser.ts';
import { ResponseParser } from './response-parser.ts';
import { nowMs } from './sweep.ts';

/** All connections of the process read into this: chunks are valid only during the call that delivers them. */
const readBuffer = Buffer.allocUnsafeSlow(65_536);

/** Bodies up to this size are copied behind their head, so that one write carries both. */
const joinedBytesMax = 65_536;

/** How much earlier than a server's `Keep-Alive: timeout` we stop to use a connection. */
const keepAliveMarginMs = 1000;

export class LeanConnection implements Connection, AnswerSink {
  idleUntilMs = 0;
  readonly #owner: Owner;
  readonly #parser: ResponseParser;
  /** null as soon as the connection is made. */
  #dialling: Dialling | null;
  /** null until the connection is made. */
  #socket: Socket | null = null;
  #call: Call | null = null;
  #body: BodyWriter | null = null;
  #dropped = false;
  #reused = false;
  #answerBegan = false;
  #requestWritten = false;
  #error: Error | null = null;

  constructor(owner: Owner) {
    this.#owner = owner;
    this.#parser = new ResponseParser(owner.limits.headBytesMax);
    const callback = (count: number): boolean => this.#onRead(count);
    this.#dialling = dial(owner.endpoint, { buffer: readBuffer, callback }, (error, socket) =>
      this.#onDialled(error, socket),
    );
  }

  run(call: Call): void {
    this.#call = call;
    if (this.#socket !== null) this.#write(call, this.#socket);
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  drop(): void {
    this.#dropped = true;
    this.#call = null;
    this.#body = null;
    this.#dialling?.cancel();
    this.#socket?.destroy();
  }

  onHead(status: number, headers: readonly string[], lengthBytes: number | null): boolean {
    return this.#call!.onHead(status, headers, lengthBytes);
  }

  onData(chunk: Uint8Array): boolean {
    return this.#call!.onData(chunk);
  }

  #onDialled(error: Error | null, socket: Socket | null): void {
    this.#dialling = null;
    if (this.#dropped) {
      socket?.destroy();
      return;
    }
    if (socket !== null) {
      this.#take(socket);
      return;
    }
    const call = this.#call!;
    const { label } = this.#owner.endpoint;
    const text = textOf(error!);
    this.#owner.connectFailed(this, text);
    // fail() drops this connection and gives its place back.
    call.fail('connect', 'upstream', `${label}: ${text}`, true, error);
  }

  #take(socket: Socket): void {
    this.#socket = socket;
    this.#owner.connected(this);
    socket.on('drain', () => this.#body?.onDrain());
    socket.on('end', () => this.#onEof());
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => this.#onLost('connection closed'));
    // Sockets that come through a tunnel fill no buffer of ours.
    if (this.#owner.endpoint.tunnelTo !== null) socket.on('data', (chunk) => this.#onChunk(chunk));
    const call = this.#call!;
    this.#write(call, socket);
    if (call.paused) socket.pause();
  }

  /** Copied to where all others read. */
  #onChunk(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#dropped; at += readBuffer.length) {
      const count = chunk.copy(readBuffer, 0, at, at + readBuffer.length);
      if (!this.#onRead(count)) this.#socket?.pause();
    }
  }

  #write(call: Call, socket: Socket): void {
    const { request, source } = call;
    const { body } = request;
    const length = bodyLength(request);
    const head = requestHead(request, call.hostField, this.#owner.endpoint.pathPrefix, length);
    this.#answerBegan = false;
    this.#requestWritten = true;
    this.#parser.begin(request.method === 'HEAD');
    if (!isLatin1(head)) {
      const detail = 'the request line or a field holds characters above latin1';
      call.fail('closed', 'ourselves', `${this.#owner.endpoint.label}: ${detail}`, true);
      return;
    }
    if (body === null) this.#writeText(socket, head);
    else if (source !== null) this.#writeSource(socket, call, source, head);
    else if (body instanceof Uint8Array) this.#writeBytes(socket, head, body);
    // As many bytes as characters: ASCII, which is the same in latin1, so both go as one string.
    else if ((body as string).length === length) this.#writeText(socket, head + body);
    else this.#writeBytes(socket, head, Buffer.from(body as string));
    // A write that fails at once (the peer is known to be gone) has put nothing on the wire.
    if (source === null && socket.errored !== null) this.#requestWritten = false;
  }

  #writeText(socket: Socket, text: string): void {
    writeText(socket, text, !this.#owner.endpoint.secure);
  }

  #writeBytes(socket: Socket, head: string, body: Uint8Array): void {
    if (body.length <= joinedBytesMax) {
      const joined = Buffer.allocUnsafe(head.length + body.length);
      joined.write(head, 0, 'latin1');
      joined.set(body, head.length);
      if (this.#owner.endpoint.secure) socket.write(joined);
      else writeBytes(socket, joined);
      return;
    }
    socket.cork();
    socket.write(head, 'latin1');
    socket.write(body);
    socket.uncork();
  }

  #writeSource(socket: Socket, call: Call, source: BodySource, head: string): void {
    const body = new BodyWriter(call, source, socket);
    this.#body = body;
    // Corked, so that the head and whatever of the body is there already leave together.
    socket.cork();
    socket.write(head, 'latin1');
    try {
      source.start(body);
    } catch (error) {
      call.sourceThrew(error);
    }
    socket.uncork();
  }

  /** @returns false to stop reading */
  #onRead(count: number): boolean {
    if (this.#dropped) return false;
    const call = this.#call;
    if (call === null) {
      // Nobody asked: bytes on an idle connection belong to no answer.
      this.#retire();
      return false;
    }
    this.#answerBegan = true;
    const parser = this.#parser;
    const used = parser.execute(readBuffer, 0, count, this);
    switch (parser.state) {
      case 'done':
        this.#onAnswered(call, used === count);
        return !this.#dropped;
      case 'stopped':
        return false;
      case 'malformed':
        call.fail(
          'malformed',
          'upstream',
          `${this.#owner.endpoint.label}: the answer is not valid HTTP/1.1`,
          call.repeatable && !call.headSeen,
        );
        return false;
      case 'too-large':
        call.fail('too-large', 'upstream', this.#tooLargeText(), false);
        return false;
      default:
        return !call.paused;
    }
  }

  #onAnswered(call: Call, clean: boolean): void {
    const bodySent = call.source === null || call.sourceDone;
    this.#call = null;
    this.#body = null;
    const keepMs = this.#keepMs();
    // Freed before onEnd, so that a call sent from inside it finds the connection.
    if (clean && bodySent && this.#parser.reusable && keepMs > 0 && unwrittenBytes(this.#socket!) === 0) {
      if (call.paused) this.#socket!.resume();
      this.#reused = true;
      this.idleUntilMs = nowMs() + keepMs;
      this.#owner.release(this);
    } else {
      this.#retire();
    }
    call.onEnd();
  }

  #keepMs(): number {
    const { idleTimeoutMs } = this.#owner.limits;
    const seconds = this.#parser.head.keepAliveSeconds;
    return seconds < 0 ? idleTimeoutMs : Math.min(idleTimeoutMs, seconds * 1000 - keepAliveMarginMs);
  }

  #onEof(): void {
    if (this.#dropped) return;
    const call = this.#call;
    if (call !== null) {
      this.#parser.finish();
      if (this.#parser.state === 'done') {
        this.#onAnswered(call, false);
        return;
      }
      if (this.#parser.state === 'malformed') {
        call.fail(
          'malformed',
          'upstream',
          `${this.#owner.endpoint.label}: the answer is not valid HTTP/1.1`,
          call.repeatable && !call.headSeen,
        );
        return;
      }
    }
    this.#onLost('connection closed by the server');
  }

  #onLost(what: string): void {
    if (this.#dropped) return;
    const call = this.#call;
    const detail = this.#error === null ? what : this.#error.message;
    this.drop();
    this.#owner.gone(
      this,
      call,
      call === null
        ? null
        : {
            detail: this.#answerBegan
              ? `${detail} before the end of the answer`
              : `${detail} before any answer`,
            cause: this.#error,
            reused: this.#reused,
            answerBegan: this.#answerBegan,
            requestWritten: this.#requestWritten,
          },
    );
  }

  #retire(): void {
    this.drop();
    this.#owner.gone(this, null, null);
  }

  #tooLargeText(): string {
    return `${this.#owner.endpoint.label}: the answer's head is above ${this.#owner.limits.headBytesMax} bytes`;
  }
}
