// One connection of a runtime: requests in, replies out, in order. What requests mean is runtime-api's.

import type { Socket } from 'node:net';
import { writeBytes } from '../../../base/direct-write.ts';
import { valueIn } from '../../../base/flat-list.ts';
import { type RequestHandler, type RequestHead, RequestReader } from '../../../base/http1/request-reader.ts';
import type { EnvironmentInvocation } from '../../host/environment.ts';
import { accepted, continues, eventHead, malformed, tooLarge } from './replies.ts';
import type { BodyUse, Delivered, RuntimeApi } from './runtime-api.ts';

/** A payload up to this is copied behind its head: one buffer and one write are cheaper than two. */
const copiedBytesMax = 65_536;

/** Between two requests. */
const nothing: BodyUse = { use: 'next' };

export class RuntimeConnection implements RequestHandler {
  readonly isChannel: boolean;
  readonly #socket: Socket;
  readonly #api: RuntimeApi;
  readonly #reader: RequestReader;
  #use: BodyUse = nothing;
  #isKeptAlive = true;
  #chunks: Buffer[] = [];
  /** Of the body, so far. */
  #bytes = 0;
  #isTooLarge = false;
  /** Replies that wait for the end of what was just read, or for an invocation that they are sent with. */
  #unsent = '';
  #isWaiting = false;
  #isReading = false;

  constructor(socket: Socket, isChannel: boolean, api: RuntimeApi) {
    this.isChannel = isChannel;
    this.#socket = socket;
    this.#api = api;
    this.#reader = new RequestReader(this, api.limits.headBytesMax);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => socket.destroy());
    // Whatever happened to it, it is closed now.
    socket.on('error', () => {});
    socket.on('close', () => {
      const cut = this.#reader.isInBody ? this.#answer : undefined;
      api.onClose(this);
      if (cut !== undefined) api.onTruncated(cut);
    });
  }

  /** What the body under way is the answer of; null: the start's error; undefined: it answers nothing. */
  get #answer(): Delivered | null | undefined {
    const use = this.#use;
    if (use.use === 'stream' || use.use === 'gather') return use.of;
    return use.use === 'init-error' ? null : undefined;
  }

  /** Answers `next`. */
  sendEvent(invocation: EnvironmentInvocation): void {
    this.#isWaiting = false;
    const { payload } = invocation;
    const isText = typeof payload === 'string';
    const bytes = isText ? Buffer.byteLength(payload) : payload.length;
    const head = this.#unsent + eventHead(invocation, bytes);
    this.#unsent = '';
    if (isText) {
      this.#socket.write(head + payload);
    } else if (bytes <= copiedBytesMax) {
      const message = Buffer.allocUnsafe(head.length + bytes);
      message.write(head, 0, 'latin1');
      message.set(payload, head.length);
      writeBytes(this.#socket, message);
    } else {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(payload);
      this.#socket.uncork();
    }
    if (!this.#isKeptAlive) this.#socket.end();
    else this.#reader.release();
    if (!this.#isReading) this.#flush();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#reader.stop();
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#isReading = true;
    this.#reader.push(chunk);
    this.#isReading = false;
    this.#flush();
  }

  /**
   * Replies go out when all that was read is understood. One that was followed by `next` in the same read, as our own
   * clients send them, goes out together with the next invocation: one write and one wake-up less for each.
   */
  #flush(): void {
    if (this.#unsent === '' || this.#isWaiting) return;
    this.#socket.write(this.#unsent, 'latin1');
    this.#unsent = '';
  }

  // What the reader tells.

  onHead(head: RequestHead): void {
    this.#isKeptAlive = head.isKeptAlive;
    this.#chunks = [];
    this.#bytes = 0;
    this.#isTooLarge = false;
    const use = this.#api.route(head, this);
    this.#use = use;
    if (use.use === 'stream') this.#api.onHead(use.of, use.contentType);
    else if (use.use === 'gather' || use.use === 'init-error')
      this.#isTooLarge = (head.contentLength ?? 0) > this.#api.limits.responseBytesMax;
    if (head.expectsContinue) this.#socket.write(continues, 'latin1');
  }

  onData(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const use = this.#use;
    if (use.use === 'stream') this.#handOn(use.of, chunk);
    else if (use.use === 'gather' || use.use === 'init-error') this.#gather(chunk);
  }

  #handOn(of: Delivered, chunk: Buffer): void {
    if (this.#bytes > this.#api.limits.streamedBytesMax) this.#isTooLarge = true;
    else if (!this.#api.onData(of, chunk)) this.#socket.pause();
  }

  #gather(chunk: Buffer): void {
    if (this.#bytes > this.#api.limits.responseBytesMax) this.#isTooLarge = true;
    if (this.#isTooLarge) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  onEnd(trailers: readonly string[]): void {
    const use = this.#use;
    this.#use = nothing;
    switch (use.use) {
      case 'next':
        this.#isWaiting = true;
        this.#reader.hold();
        this.#api.onNext();
        return;
      case 'discard':
        this.#reply(use.reply);
        return;
      case 'stream':
        this.#endStream(use.of, trailers);
        return;
      case 'gather':
        this.#endGathered(use, trailers);
        return;
      case 'init-error':
        this.#reply(this.#isTooLarge ? tooLarge(this.#api.limits.responseBytesMax) : accepted);
        this.#api.onInitError(this.#isTooLarge ? Buffer.alloc(0) : this.#body());
        return;
    }
  }

  #endStream(of: Delivered, trailers: readonly string[]): void {
    this.#reply(this.#isTooLarge ? tooLarge(this.#api.limits.streamedBytesMax) : accepted);
    if (this.#isTooLarge) this.#api.onAnswer(of, Buffer.alloc(0), 'too-large');
    else {
      const error = errorOfTrailers(trailers);
      this.#api.onAnswer(of, error ?? Buffer.alloc(0), error === null ? 'response' : 'error');
    }
  }

  #endGathered({ of, kind }: BodyUse & { use: 'gather' }, trailers: readonly string[]): void {
    this.#reply(this.#isTooLarge ? tooLarge(this.#api.limits.responseBytesMax) : accepted);
    if (this.#isTooLarge) this.#api.onAnswer(of, Buffer.alloc(0), 'too-large');
    else {
      const error = errorOfTrailers(trailers);
      const body = this.#body();
      if (error === null) this.#api.onAnswer(of, body, kind);
      else this.#api.onAnswer(of, error, 'error');
    }
  }

  #body(): Buffer {
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
    this.#chunks = [];
    return body;
  }

  onBad(status: 400 | 431, reason: string): void {
    const cut = this.#answer;
    this.#socket.end(this.#unsent + malformed(status, reason), 'latin1');
    this.#unsent = '';
    if (cut !== undefined) this.#api.onTruncated(cut);
  }

  #reply(text: string): void {
    this.#unsent += text;
    if (this.#isKeptAlive) return;
    this.#socket.end(this.#unsent, 'latin1');
    this.#unsent = '';
    this.#reader.stop();
  }
}

/** A streamed answer that failed half way says so behind its last chunk. @returns the error, or null */
function errorOfTrailers(trailers: readonly string[]): Buffer | null {
  const type = valueIn(trailers, 'lambda-runtime-function-error-type');
  if (type === null) return null;
  const body = Buffer.from(valueIn(trailers, 'lambda-runtime-function-error-body') ?? '', 'base64');
  return body.length > 0 ? body : Buffer.from(JSON.stringify({ errorMessage: '', errorType: type }));
}
