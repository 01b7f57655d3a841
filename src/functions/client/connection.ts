// One connection to a function host, and the calls that are under way on it.

import { connect, type Socket } from 'node:net';
import { shortSocketPath } from '../../base/socket-path.ts';
import {
  commonVersion,
  decodeHello,
  decodeResult,
  encodeHello,
  encodeInvocation,
  FrameReader,
  FrameWriter,
  frameType,
  type Hello,
  versionMax,
  versionMin,
} from '../wire/index.ts';
import { type CallConnection, type ClientCall, windowBytes } from './client-call.ts';
import { tooLarge } from './refusals.ts';

export interface ConnectionHandler {
  /** Calls may be sent. */
  onOpen(connection: Connection): void;
  /** Its host goes away: what is under way ends here, new calls belong on another connection. */
  onGoAway(connection: Connection): void;
  /** It has ended, or could not be had. @param detail - one line for the log */
  onClose(connection: Connection, detail: string): void;
}

const callIdMax = 0xffff_ffff;

export class Connection implements CallConnection {
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #handler: ConnectionHandler;
  readonly #calls = new Map<number, ClientCall>();
  #lastId = 0;
  #isOpen = false;
  #isLeaving = false;
  #problem = '';

  constructor(socketPath: string, handler: ConnectionHandler) {
    this.#handler = handler;
    const short = shortSocketPath(socketPath);
    const socket = connect(short.path);
    this.#socket = socket;
    this.#writer = new FrameWriter(socket);
    const reader = new FrameReader((type, call, body) => this.#onFrame(type, call, body));
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.#break((error as Error).message);
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // How its end is seen depends on what was on its way to it: that tells nobody anything.
      if (this.#problem === '' && !this.#isOpen) this.#problem = error.message;
    });
    socket.once('close', () => {
      short.release();
      this.#closed();
    });
    this.#writer.bytes(
      frameType.hello,
      0,
      encodeHello({ min: versionMin, max: versionMax, pid: process.pid }),
    );
  }

  /** Whether calls may be sent here. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#isLeaving && !this.#socket.destroyed;
  }

  get underWay(): number {
    return this.#calls.size;
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  /** Only while it is open. */
  send(call: ClientCall): void {
    const { invocation } = call;
    if (invocation === null) return; // aborted while it waited
    const id = this.#nextId();
    const head = encodeInvocation(invocation, invocation.isStreamed ? windowBytes : 0);
    if (!this.#writer.message(frameType.invoke, id, head, invocation.payload)) {
      setImmediate(() => call.end(tooLarge()));
      return;
    }
    call.invocation = null;
    call.id = id;
    call.connection = this;
    this.#calls.set(id, call);
  }

  abort(call: ClientCall): void {
    if (!this.#calls.delete(call.id)) return;
    this.#writer.empty(frameType.abort, call.id);
    this.#endWhenLeft();
  }

  credit(call: ClientCall, bytes: number): void {
    this.#writer.number(frameType.credit, call.id, bytes);
  }

  /** At once; what is under way is lost. */
  close(detail: string): void {
    this.#problem = detail;
    this.#socket.destroy();
  }

  #onFrame(type: number, id: number, body: Buffer): void {
    if (id === 0) this.#onConnectionFrame(type, body);
    else {
      const call = this.#calls.get(id);
      if (call !== undefined) this.#onCallFrame(type, call, body); // else it was aborted
    }
  }

  #onCallFrame(type: number, call: ClientCall, body: Buffer): void {
    switch (type) {
      case frameType.head:
        call.head(body.toString('utf8'));
        break;
      case frameType.data:
        call.data(body);
        break;
      case frameType.end: {
        const result = decodeResult(body);
        this.#calls.delete(call.id);
        call.end(result);
        this.#endWhenLeft();
        break;
      }
      default: // of a later version: it does without our understanding
    }
  }

  #onConnectionFrame(type: number, body: Buffer): void {
    if (type === frameType.hello) this.#greeted(decodeHello(body));
    else if (type === frameType.goAway && !this.#isLeaving) {
      this.#isLeaving = true;
      this.#writer.empty(frameType.goAway, 0);
      this.#handler.onGoAway(this);
      this.#endWhenLeft();
    }
  }

  #greeted(hello: Hello): void {
    if (commonVersion(hello) === null) {
      const [theirs, ours] = [`${hello.min} to ${hello.max}`, `${versionMin} to ${versionMax}`];
      this.#break(`the function host (pid ${hello.pid}) speaks versions ${theirs}, this process ${ours}`);
      return;
    }
    this.#isOpen = true;
    this.#handler.onOpen(this);
  }

  #endWhenLeft(): void {
    if (!this.#isLeaving || this.#calls.size > 0) return;
    this.#writer.flush();
    this.#socket.end();
  }

  #break(problem: string): void {
    this.#problem = problem;
    this.#socket.destroy();
  }

  #closed(): void {
    const detail = this.#problem === '' ? 'the function host has ended' : this.#problem;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    // First, so that a call that is made when it hears of its loss goes elsewhere.
    this.#handler.onClose(this, detail);
    for (const call of calls) call.end({ outcome: 'lost', detail: `${detail} during the call` });
  }

  /** Ids come round after 4 billion calls; one that is still under way then is passed over. */
  #nextId(): number {
    do this.#lastId = this.#lastId === callIdMax ? 1 : this.#lastId + 1;
    while (this.#calls.has(this.#lastId));
    return this.#lastId;
  }
}
