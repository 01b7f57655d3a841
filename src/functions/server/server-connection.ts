// One caller's process: its connection and the calls that it has under way.

import type { Socket } from 'node:net';
import type { Functions, Invocation, InvocationResult } from '../functions.ts';
import {
  commonVersion,
  decodeHello,
  decodeInvocation,
  encodeHello,
  encodeResult,
  FrameReader,
  FrameWriter,
  frameType,
  versionMax,
  versionMin,
} from '../wire/index.ts';
import { type CallOutlet, ServerCall } from './server-call.ts';

export interface ServerConnectionOptions {
  readonly functions: Functions;
  /** It was asked to go away and has heard: no call follows. */
  readonly onLeft: (connection: ServerConnection) => void;
  readonly onClose: (connection: ServerConnection) => void;
  /** One line: why a connection was given up. */
  readonly log: (line: string) => void;
}

/** Streams of one connection wait while so much of it is unread. */
const queuedBytesMax = 1024 * 1024;
/** Longer chunks are cut, so that frames stay far below their bound. */
const dataBytesMax = 1024 * 1024;
const nothing = new Uint8Array(0);

export class ServerConnection implements CallOutlet {
  readonly #options: ServerConnectionOptions;
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #calls = new Map<number, ServerCall>();
  /** Paused because this connection has too much to send. */
  readonly #blocked = new Set<ServerCall>();
  #isWelcome = false;
  #hasLeft = false;

  constructor(socket: Socket, options: ServerConnectionOptions) {
    this.#options = options;
    this.#socket = socket;
    this.#writer = new FrameWriter(socket);
    const reader = new FrameReader((type, call, body) => this.#onFrame(type, call, body));
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        options.log(`a caller was disconnected: ${(error as Error).message}`);
        socket.destroy();
      }
    });
    socket.on('drain', () => this.#drained());
    socket.on('error', () => socket.destroy()); // a caller that died: nothing to tell anybody
    socket.on('end', () => socket.end());
    socket.once('close', () => this.#closed());
  }

  get underWay(): number {
    return this.#calls.size;
  }

  /** Whether it makes no more calls here. */
  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Asks the caller to make new calls elsewhere, and to end the connection when it has no more under way. */
  goAway(): void {
    this.#writer.empty(frameType.goAway, 0);
    this.#writer.flush();
  }

  /** At once; its calls are aborted. */
  close(): void {
    this.#socket.destroy();
  }

  head(call: ServerCall, contentType: string): void {
    if (this.#calls.has(call.id)) this.#writer.bytes(frameType.head, call.id, Buffer.from(contentType));
  }

  data(call: ServerCall, chunk: Uint8Array): boolean {
    if (!this.#calls.has(call.id)) return true;
    for (let at = 0; at < chunk.length; at += dataBytesMax)
      this.#writer.bytes(frameType.data, call.id, chunk.subarray(at, at + dataBytesMax));
    if (this.#writer.queuedBytes <= queuedBytesMax) return true;
    this.#blocked.add(call);
    this.#writer.flush(); // now: only what the socket holds is told to have drained
    if (!this.#socket.writableNeedDrain) this.#drained();
    return false;
  }

  end(call: ServerCall, result: InvocationResult): void {
    if (!this.#calls.delete(call.id)) return;
    this.#blocked.delete(call);
    const payload = result.outcome === 'done' ? result.payload : nothing;
    if (this.#writer.message(frameType.end, call.id, encodeResult(result), payload)) return;
    const detail = `the function's answer of ${payload.length} bytes is too long to be handed on`;
    this.#writer.message(frameType.end, call.id, encodeResult({ outcome: 'lost', detail }), nothing);
  }

  #onFrame(type: number, id: number, body: Buffer): void {
    switch (type) {
      case frameType.hello:
        this.#greeted(body);
        break;
      case frameType.invoke:
        if (!this.#isWelcome || this.#hasLeft || id === 0 || this.#calls.has(id))
          throw new Error('it called out of turn');
        this.#invoke(id, body);
        break;
      case frameType.credit:
        this.#calls.get(id)?.grant(body.readUInt32BE(0));
        break;
      case frameType.abort:
        this.#abort(id);
        break;
      case frameType.goAway:
        this.#hasLeft = true;
        this.#options.onLeft(this);
        break;
      default: // of a later version: it does without our understanding
    }
  }

  #greeted(body: Buffer): void {
    const hello = decodeHello(body);
    this.#writer.bytes(
      frameType.hello,
      0,
      encodeHello({ min: versionMin, max: versionMax, pid: process.pid }),
    );
    this.#writer.flush();
    this.#isWelcome = commonVersion(hello) !== null;
    if (this.#isWelcome) return;
    const spoken = `it speaks versions ${hello.min} to ${hello.max}, this host ${versionMin} to ${versionMax}`;
    this.#options.log(`process ${hello.pid} cannot call functions: ${spoken}`);
    this.#socket.end();
  }

  #invoke(id: number, body: Buffer): void {
    const { invocation, windowBytes } = decodeInvocation(body);
    const call = new ServerCall(id, this, windowBytes);
    this.#calls.set(id, call);
    try {
      call.began(this.#options.functions.invoke(kept(invocation), call));
    } catch (error) {
      this.#options.log(`a call has met a bug: ${(error as Error).stack}`);
      this.end(call, { outcome: 'lost', detail: 'the function host has met a bug; its log says more' });
    }
  }

  #abort(id: number): void {
    const call = this.#calls.get(id);
    if (call === undefined) return; // its end was on its way
    this.#calls.delete(id);
    this.#blocked.delete(call);
    call.abort();
  }

  #drained(): void {
    const blocked = [...this.#blocked];
    this.#blocked.clear();
    // Not from inside `onData`.
    setImmediate(() => {
      for (const call of blocked) call.resume();
    });
  }

  #closed(): void {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#blocked.clear();
    for (const call of calls) call.abort();
    this.#options.onClose(this);
  }
}

/** What waits in a queue for minutes gets bytes of its own, not a view of all that was received with it. */
const kept = (invocation: Invocation): Invocation =>
  invocation.type === 'Event'
    ? { ...invocation, payload: Buffer.from(invocation.payload as Uint8Array) }
    : invocation;
