// The host's end of the channel: any number of invocations at once, as frames both ways. Streamed answers wait for credit,
// each by itself.

import type { Socket } from 'node:net';
import type { EnvironmentInvocation } from '../../host/environment.ts';
import { FrameReader, FrameWriter } from '../../wire/index.ts';
import { isFieldText } from '../api/replies.ts';
import type { EnvironmentLimits } from '../limits.ts';
import type { AnswerKind, RuntimeLink, RuntimeListener } from '../runtime-link.ts';
import { channelFrame, invokeHead, windowBytes } from './frames.ts';

const nothing = Buffer.alloc(0);
/** Longer than any content type; the function may have written anything. */
const contentTypeBytesMax = 1024;
const contentTypeDefault = 'application/octet-stream';

/** An invocation that the runtime was handed. */
interface ChannelCall {
  readonly invocation: EnvironmentInvocation;
  /** Of a function that streams for a caller who does not want that: as many as `bytes` says, and room for more. */
  gathered: Buffer;
  /** Bytes of its streamed answer so far. */
  bytes: number;
  /** Of them, those that no credit was given for yet. */
  owed: number;
  isPaused: boolean;
  /** Its head was handed on. */
  isBegun: boolean;
  /** Nobody waits for it: what it still streams is read and passed over. */
  isForgotten: boolean;
}

export class RuntimeChannel implements RuntimeLink {
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #listener: RuntimeListener;
  readonly #limits: EnvironmentLimits;
  readonly #calls = new Map<number, ChannelCall>();
  #count = 0;
  readonly #isShared: boolean;
  #isLeaving = false;

  /**
   * @param socket - one end of a socket pair, whose other end the runtime is born with
   * @param isShared - several invocations at once: those of one turn of the event loop leave in one write
   */
  constructor(socket: Socket, isShared: boolean, listener: RuntimeListener, limits: EnvironmentLimits) {
    this.#isShared = isShared;
    this.#socket = socket;
    this.#writer = new FrameWriter(socket);
    this.#listener = listener;
    this.#limits = limits;
    const reader = new FrameReader((type, call, body) => this.#onFrame(type, call, body));
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        // The function's code has written to it: no frames, or more than it has credit for.
        socket.destroy();
      }
    });
    socket.on('end', () => socket.destroy());
    // Whatever happened to it, it is closed now.
    socket.on('error', () => {});
    socket.on('close', () => this.#onClose());
  }

  deliver(invocation: EnvironmentInvocation): void {
    // Numbers come round after four billion; none is in use so long.
    this.#count = (this.#count + 1) >>> 0;
    this.#calls.set(this.#count, {
      invocation,
      gathered: nothing,
      bytes: 0,
      owed: 0,
      isPaused: false,
      isBegun: false,
      isForgotten: false,
    });
    this.#writer.message(channelFrame.invoke, this.#count, invokeHead(invocation), invocation.payload);
    // What comes later in this turn is for others, and may be the start of a process.
    if (!this.#isShared) this.#writer.flush();
  }

  forget(invocation: EnvironmentInvocation): void {
    for (const [id, call] of this.#calls) {
      if (call.invocation !== invocation) continue;
      call.isForgotten = true;
      call.isPaused = false;
      call.gathered = nothing;
      // It goes on as fast as it is read, and no faster: a handler without end would let nobody else run.
      this.#give(id, call);
      return;
    }
  }

  resume(invocation: EnvironmentInvocation): void {
    for (const [id, call] of this.#calls)
      if (call.invocation === invocation && call.isPaused) {
        call.isPaused = false;
        this.#give(id, call);
      }
  }

  close(): void {
    this.#socket.destroy();
  }

  #onFrame(type: number, id: number, body: Buffer): void {
    switch (type) {
      case channelFrame.ready:
        this.#listener.onNext();
        return;
      case channelFrame.leaving:
        this.#isLeaving = true;
        this.#listener.onLeaving();
        return;
      case channelFrame.initError:
        this.#listener.onInitError(body.length > this.#limits.responseBytesMax ? nothing : Buffer.from(body));
        return;
    }
    const call = this.#calls.get(id);
    // It has run out of time, or nobody knows it.
    if (call !== undefined) this.#onPart(type, id, call, body);
  }

  #onPart(type: number, id: number, call: ChannelCall, body: Buffer): void {
    switch (type) {
      case channelFrame.answer:
        this.#onAnswer(id, call, body);
        break;
      case channelFrame.error:
        this.#end(id, call, body, body.length > this.#limits.responseBytesMax ? 'too-large' : 'error');
        break;
      case channelFrame.tooLong:
        this.#end(id, call, nothing, 'too-large');
        break;
      case channelFrame.head:
        this.#begin(call, contentTypeOf(body));
        break;
      case channelFrame.data:
        this.#onData(id, call, body);
        break;
      case channelFrame.end:
        this.#onEnd(id, call, body);
        break;
      default: // nothing that we know
    }
  }

  #onAnswer(id: number, call: ChannelCall, body: Buffer): void {
    const { invocation } = call;
    if (body.length > this.#bytesMax(call)) this.#end(id, call, nothing, 'too-large');
    else if (!invocation.isStreamed) this.#end(id, call, body, 'response');
    else {
      this.#begin(call, 'application/json');
      if (!call.isForgotten) this.#listener.onData(invocation, body);
      this.#end(id, call, nothing, 'response');
    }
  }

  /** Whatever the function writes, its caller is told one head, first. */
  #begin(call: ChannelCall, contentType: string): void {
    if (!call.invocation.isStreamed || call.isBegun || call.isForgotten) return;
    call.isBegun = true;
    this.#listener.onHead(call.invocation, contentType);
  }

  /** @throws Error when it is sent without credit: what is paused would pile up here */
  #onData(id: number, call: ChannelCall, chunk: Buffer): void {
    if (chunk.length === 0) return;
    call.bytes += chunk.length;
    call.owed += chunk.length;
    if (call.owed > windowBytes) throw new Error('a streamed answer beyond its credit');
    if (call.bytes > this.#bytesMax(call)) call.gathered = nothing;
    else if (!call.isForgotten) this.#handOn(call, chunk);
    if (!call.isPaused && call.owed >= windowBytes / 2) this.#give(id, call);
  }

  #handOn(call: ChannelCall, chunk: Buffer): void {
    if (!call.invocation.isStreamed) {
      if (call.bytes > call.gathered.length)
        call.gathered = Buffer.concat([call.gathered], Math.max(call.bytes, 2 * call.gathered.length));
      chunk.copy(call.gathered, call.bytes - chunk.length);
      return;
    }
    this.#begin(call, contentTypeDefault);
    if (!this.#listener.onData(call.invocation, chunk)) call.isPaused = true;
  }

  #give(id: number, call: ChannelCall): void {
    if (call.owed > 0) this.#writer.number(channelFrame.credit, id, call.owed);
    call.owed = 0;
  }

  #onEnd(id: number, call: ChannelCall, error: Buffer): void {
    if (call.bytes > this.#bytesMax(call)) this.#end(id, call, nothing, 'too-large');
    else if (error.length > 0) this.#end(id, call, error, 'error');
    else {
      this.#begin(call, contentTypeDefault);
      this.#end(id, call, call.gathered.subarray(0, call.bytes), 'response');
    }
  }

  #bytesMax({ invocation }: ChannelCall): number {
    return invocation.isStreamed ? this.#limits.streamedBytesMax : this.#limits.responseBytesMax;
  }

  /** Whoever has answered is ready for the next. */
  #end(id: number, { invocation, isForgotten }: ChannelCall, payload: Buffer, kind: AnswerKind): void {
    this.#calls.delete(id);
    if (isForgotten) return;
    this.#listener.onAnswer(invocation, payload, kind);
    if (!this.#isLeaving) this.#listener.onNext();
  }

  #onClose(): void {
    // First, since the end of the channel is the end of all.
    for (const { invocation, bytes, isForgotten } of this.#calls.values())
      if (bytes > 0 && !isForgotten) this.#listener.onTruncated(invocation);
    this.#listener.onChannelEnd();
  }
}

function contentTypeOf(body: Buffer): string {
  if (body.length > contentTypeBytesMax) return contentTypeDefault;
  const text = body.toString('latin1');
  // A second line would be a header field of the function's.
  return isFieldText(text) ? text : contentTypeDefault;
}
