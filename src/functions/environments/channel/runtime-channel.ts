// The host's end of the channel: any number of invocations at once, as frames both ways. Streamed answers wait for credit,
// each by itself.

import type { Socket } from 'node:net';
import type { EnvironmentInvocation } from '../../host/environment.ts';
import { FrameReader, FrameWriter } from '../../wire/index.ts';
import type { EnvironmentLimits } from '../limits.ts';
import type { AnswerKind, RuntimeLink, RuntimeListener } from '../runtime-link.ts';
import { channelFrame, invokeHead, windowBytes } from './frames.ts';

const nothing = Buffer.alloc(0);

/** An invocation that the runtime was handed. */
interface ChannelCall {
  readonly invocation: EnvironmentInvocation;
  /** Of a function that streams for a caller who does not want that. */
  gathered: Buffer[];
  /** Bytes of its streamed answer so far. */
  bytes: number;
  /** Of them, those that no credit was given for yet. */
  owed: number;
  isPaused: boolean;
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
        // The function's code has written to it.
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
    this.#calls.set(this.#count, { invocation, gathered: [], bytes: 0, owed: 0, isPaused: false });
    this.#writer.message(channelFrame.invoke, this.#count, invokeHead(invocation), invocation.payload);
    // What comes later in this turn is for others, and may be the start of a process.
    if (!this.#isShared) this.#writer.flush();
  }

  forget(invocation: EnvironmentInvocation): void {
    for (const [id, call] of this.#calls) {
      if (call.invocation !== invocation) continue;
      this.#calls.delete(id);
      // What it still streams is read and passed over.
      this.#writer.number(channelFrame.credit, id, 0x7fff_ffff);
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
    const { invocation } = call;
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
        if (invocation.isStreamed) this.#listener.onHead(invocation, body.toString('latin1'));
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
      this.#listener.onHead(invocation, 'application/json');
      this.#listener.onData(invocation, body);
      this.#end(id, call, nothing, 'response');
    }
  }

  #onData(id: number, call: ChannelCall, chunk: Buffer): void {
    call.bytes += chunk.length;
    call.owed += chunk.length;
    if (call.bytes > this.#bytesMax(call)) call.gathered = [];
    else if (!call.invocation.isStreamed) call.gathered.push(Buffer.from(chunk));
    else if (!this.#listener.onData(call.invocation, chunk)) call.isPaused = true;
    if (!call.isPaused && call.owed >= windowBytes / 2) this.#give(id, call);
  }

  #give(id: number, call: ChannelCall): void {
    if (call.owed > 0) this.#writer.number(channelFrame.credit, id, call.owed);
    call.owed = 0;
  }

  #onEnd(id: number, call: ChannelCall, error: Buffer): void {
    if (call.bytes > this.#bytesMax(call)) this.#end(id, call, nothing, 'too-large');
    else if (error.length > 0) this.#end(id, call, error, 'error');
    else this.#end(id, call, Buffer.concat(call.gathered), 'response');
  }

  #bytesMax({ invocation }: ChannelCall): number {
    return invocation.isStreamed ? this.#limits.streamedBytesMax : this.#limits.responseBytesMax;
  }

  /** Whoever has answered is ready for the next. */
  #end(id: number, { invocation }: ChannelCall, payload: Buffer, kind: AnswerKind): void {
    this.#calls.delete(id);
    this.#listener.onAnswer(invocation, payload, kind);
    if (!this.#isLeaving) this.#listener.onNext();
  }

  #onClose(): void {
    const cut = [...this.#calls.values()].filter(({ bytes }) => bytes > 0);
    this.#listener.onChannelEnd();
    for (const { invocation } of cut) this.#listener.onTruncated(invocation);
  }
}
