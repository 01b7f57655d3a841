// The Lambda Runtime API (2018-06-01) of one environment: which calls are right when, and what they mean. Owns the
// connections of its runtime; knows nothing of processes.
// @see AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes"

import { createServer, type Server, type Socket } from 'node:net';
import { valueIn } from '../../../base/flat-list.ts';
import type { RequestHead } from '../../../base/http1/request-reader.ts';
import type { EnvironmentInvocation } from '../../host/environment.ts';
import type { EnvironmentLimits } from '../limits.ts';
import {
  invalidRequestId,
  invalidTransition,
  methodNotAllowed,
  notFound,
  type RuntimeState,
} from './replies.ts';
import { RuntimeConnection } from './runtime-connection.ts';

/** Told of what the runtime says. */
export interface RuntimeListener {
  /** It waits for an invocation. */
  onNext(): void;
  onInitError(payload: Buffer): void;
  /** The answer is handed on as it comes. */
  onHead(contentType: string): void;
  onData(chunk: Buffer): boolean;
  /** The whole answer is there. @param error - it is an error */
  onAnswer(payload: Buffer, error: 'response' | 'error' | 'too-large'): void;
  /** Its connection ended in the middle of an answer. */
  onTruncated(): void;
  /** The channel of our own clients ended. */
  onChannelEnd(): void;
}

/** What is to be done with the body of a request: a connection asks, and does. */
export type BodyUse =
  | { readonly use: 'discard'; readonly reply: string }
  | { readonly use: 'gather'; readonly done: (body: Buffer) => void; readonly tooLarge: () => void }
  | { readonly use: 'stream'; readonly contentType: string }
  | { readonly use: 'next' };

const root = '/2018-06-01/runtime/';
const invocations = `${root}invocation/`;

export class RuntimeApi {
  readonly limits: EnvironmentLimits;
  readonly #listener: RuntimeListener;
  readonly #connections = new Set<RuntimeConnection>();
  #server: Server | null = null;
  #state: RuntimeState = 'Started';
  /** The connection that waits for an invocation. */
  #waiting: RuntimeConnection | null = null;
  /** The one whose answer is handed on. */
  #streaming: RuntimeConnection | null = null;
  #current: EnvironmentInvocation | null = null;
  /** Came while the runtime had not asked for it yet. */
  #queued: EnvironmentInvocation | null = null;

  constructor(listener: RuntimeListener, limits: EnvironmentLimits) {
    this.#listener = listener;
    this.limits = limits;
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** @returns `127.0.0.1:port`, for AWS_LAMBDA_RUNTIME_API */
  listen(): Promise<string> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, false));
    server.maxConnections = this.limits.connectionsMax;
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: 0, host: '127.0.0.1' }, () => {
        const address = server.address();
        resolve(`127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`);
      });
    });
  }

  /** Takes one end of a socket pair, whose other end our own client was born with. */
  attach(channel: Socket): void {
    this.#accept(channel, true);
  }

  /** Hands an invocation to the runtime: at once, or as soon as it asks. */
  deliver(invocation: EnvironmentInvocation): void {
    const waiting = this.#waiting;
    if (waiting === null) {
      this.#queued = invocation;
      return;
    }
    this.#waiting = null;
    this.#current = invocation;
    this.#state = 'Running';
    waiting.sendEvent(invocation);
  }

  resume(): void {
    this.#streaming?.resume();
  }

  close(): void {
    this.#server?.close();
    this.#server = null;
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
    this.#waiting = null;
    this.#streaming = null;
  }

  #accept(socket: Socket, isChannel: boolean): void {
    this.#connections.add(new RuntimeConnection(socket, isChannel, this));
  }

  // What connections ask and tell.

  /** A request has begun: what becomes of its body? */
  route(head: RequestHead, connection: RuntimeConnection): BodyUse {
    const { method, target } = head;
    if (!target.startsWith(root)) return { use: 'discard', reply: notFound };
    if (target === `${invocations}next`)
      return method === 'GET' ? this.#next(connection) : { use: 'discard', reply: methodNotAllowed };
    const isInitError = target === `${root}init/error`;
    const slash = target.indexOf('/', invocations.length);
    const act = target.slice(slash + 1);
    const isAnswer = target.startsWith(invocations) && slash > 0 && (act === 'response' || act === 'error');
    if (!isInitError && !isAnswer) return { use: 'discard', reply: notFound };
    if (method !== 'POST') return { use: 'discard', reply: methodNotAllowed };
    if (isInitError) return this.#initError();
    if (target.slice(invocations.length, slash) !== this.#current?.requestId)
      return { use: 'discard', reply: invalidRequestId };
    return act === 'response' ? this.#response(head, connection) : this.#error();
  }

  #next(connection: RuntimeConnection): BodyUse {
    if (this.#state !== 'Started' && this.#state !== 'ResponseSent' && this.#state !== 'Ready')
      return { use: 'discard', reply: invalidTransition(this.#state, 'Ready') };
    // One that asked before has lost its connection and does not know, or is one too many.
    this.#waiting?.destroy();
    this.#waiting = connection;
    this.#state = 'Ready';
    return { use: 'next' };
  }

  /** The request for the next invocation is read to its end. */
  onNext(): void {
    const queued = this.#queued;
    this.#queued = null;
    if (queued !== null) this.deliver(queued);
    else this.#listener.onNext();
  }

  #initError(): BodyUse {
    if (this.#state !== 'Started')
      return { use: 'discard', reply: invalidTransition(this.#state, 'InitError') };
    this.#state = 'InitError';
    const done = (body: Buffer): void => this.#listener.onInitError(body);
    return { use: 'gather', done, tooLarge: () => done(Buffer.alloc(0)) };
  }

  #response(head: RequestHead, connection: RuntimeConnection): BodyUse {
    if (this.#state !== 'Running')
      return { use: 'discard', reply: invalidTransition(this.#state, 'InvocationResponse') };
    this.#state = 'InvocationResponse';
    const contentType = valueIn(head.fields, 'content-type') ?? 'application/octet-stream';
    if (this.#current!.isStreamed) {
      this.#streaming = connection;
      return { use: 'stream', contentType };
    }
    return this.#gather('response');
  }

  #error(): BodyUse {
    if (this.#state !== 'Running')
      return { use: 'discard', reply: invalidTransition(this.#state, 'InvocationErrorResponse') };
    this.#state = 'InvocationErrorResponse';
    return this.#gather('error');
  }

  #gather(kind: 'response' | 'error'): BodyUse {
    return {
      use: 'gather',
      done: (body) => this.onAnswer(body, kind),
      tooLarge: () => this.onAnswer(Buffer.alloc(0), 'too-large'),
    };
  }

  onHead(contentType: string): void {
    this.#listener.onHead(contentType);
  }

  onData(chunk: Buffer): boolean {
    return this.#listener.onData(chunk);
  }

  onAnswer(payload: Buffer, kind: 'response' | 'error' | 'too-large'): void {
    this.#state = 'ResponseSent';
    this.#streaming = null;
    this.#listener.onAnswer(payload, kind);
  }

  onTruncated(): void {
    this.#listener.onTruncated();
  }

  onClose(connection: RuntimeConnection): void {
    this.#connections.delete(connection);
    if (this.#waiting === connection) this.#waiting = null;
    if (this.#streaming === connection) this.#streaming = null;
    if (connection.isChannel) this.#listener.onChannelEnd();
  }
}
