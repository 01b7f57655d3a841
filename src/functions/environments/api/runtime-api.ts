// The Lambda Runtime API (2018-06-01) of one environment: which calls are right when, and what they mean. Owns the
// connections of its runtime; knows nothing of processes.
// @see AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes"

import { createServer, type Server, type Socket } from 'node:net';
import { valueIn } from '../../../base/flat-list.ts';
import type { RequestHead } from '../../../base/http1/request-reader.ts';
import type { EnvironmentInvocation } from '../../host/environment.ts';
import type { EnvironmentLimits } from '../limits.ts';
import type { AnswerKind, RuntimeLink, RuntimeListener } from '../runtime-link.ts';
import {
  invalidRequestId,
  invalidTransition,
  methodNotAllowed,
  notFound,
  type RuntimeState,
} from './replies.ts';
import { RuntimeConnection } from './runtime-connection.ts';

/** An invocation that the runtime was handed. */
export interface Delivered {
  readonly invocation: EnvironmentInvocation;
  state: RuntimeState;
  /** The connection on which its answer comes, while it is handed on. */
  stream: RuntimeConnection | null;
}

/** What is to be done with the body of a request: a connection asks, and does. */
export type BodyUse =
  | { readonly use: 'discard'; readonly reply: string }
  | { readonly use: 'init-error' }
  | { readonly use: 'gather'; readonly of: Delivered; readonly kind: 'response' | 'error' }
  | { readonly use: 'stream'; readonly of: Delivered; readonly contentType: string }
  | { readonly use: 'next' };

const root = '/2018-06-01/runtime/';
const invocations = `${root}invocation/`;

export class RuntimeApi implements RuntimeLink {
  readonly limits: EnvironmentLimits;
  readonly #listener: RuntimeListener;
  /** Invocations that the runtime may have at once. */
  readonly #concurrency: number;
  readonly #connections = new Set<RuntimeConnection>();
  #server: Server | null = null;
  #start: 'Started' | 'InitError' | 'done' = 'Started';
  /** By request id. */
  readonly #running = new Map<string, Delivered>();
  /** What was answered last: a runtime that answers it again is told what is wrong with that. */
  #last: Delivered | null = null;
  /** Connections that wait for one invocation each. */
  readonly #waiting: RuntimeConnection[] = [];
  /** Came while the runtime had not asked for them yet. */
  readonly #queued: EnvironmentInvocation[] = [];

  constructor(listener: RuntimeListener, limits: EnvironmentLimits, concurrency: number) {
    this.#listener = listener;
    this.limits = limits;
    this.#concurrency = concurrency;
  }

  /** @returns `127.0.0.1:port`, for AWS_LAMBDA_RUNTIME_API */
  listen(): Promise<string> {
    const server = createServer({ noDelay: true }, (socket) => this.#accept(socket, false));
    server.maxConnections = this.limits.connectionsMax + this.#concurrency - 1;
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

  deliver(invocation: EnvironmentInvocation): void {
    const connection = this.#waiting.shift();
    if (connection === undefined) {
      this.#queued.push(invocation);
      return;
    }
    // One at a time, only the answer of the one that runs is known.
    if (this.#concurrency === 1) this.#last = null;
    this.#running.set(invocation.requestId, { invocation, state: 'Running', stream: null });
    connection.sendEvent(invocation);
  }

  forget(invocation: EnvironmentInvocation): void {
    this.resume(invocation);
    this.#running.delete(invocation.requestId);
    const at = this.#queued.indexOf(invocation);
    if (at >= 0) this.#queued.splice(at, 1);
  }

  resume(invocation: EnvironmentInvocation): void {
    this.#running.get(invocation.requestId)?.stream?.resume();
  }

  close(): void {
    this.#server?.close();
    this.#server = null;
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
    this.#waiting.length = 0;
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
    const requestId = target.slice(invocations.length, slash);
    const of =
      this.#running.get(requestId) ??
      (this.#last?.invocation.requestId === requestId ? this.#last : undefined);
    if (of === undefined) return { use: 'discard', reply: invalidRequestId };
    return act === 'response' ? this.#response(of, head, connection) : this.#error(of);
  }

  #next(connection: RuntimeConnection): BodyUse {
    const refusedFrom = this.#stateAgainstNext();
    if (refusedFrom !== null) return { use: 'discard', reply: invalidTransition(refusedFrom, 'Ready') };
    this.#start = 'done';
    if (this.#last !== null) this.#last.state = 'Ready';
    this.#waiting.push(connection);
    return { use: 'next' };
  }

  /** The state from which the runtime may not ask for one more; null: it may. */
  #stateAgainstNext(): RuntimeState | null {
    if (this.#start === 'InitError') return 'InitError';
    if (this.#running.size + this.#waiting.length < this.#concurrency) return null;
    // One that asked before has lost its connection and does not know, or is one too many.
    const before = this.#waiting.shift();
    if (before === undefined) return this.#running.values().next().value!.state;
    before.destroy();
    return null;
  }

  /** The request for the next invocation is read to its end. */
  onNext(): void {
    const queued = this.#queued.shift();
    if (queued === undefined) this.#listener.onNext();
    else this.deliver(queued);
  }

  #initError(): BodyUse {
    if (this.#start !== 'Started') {
      const from = this.#start === 'InitError' ? 'InitError' : this.#stateNow();
      return { use: 'discard', reply: invalidTransition(from, 'InitError') };
    }
    this.#start = 'InitError';
    return { use: 'init-error' };
  }

  /** After the start. */
  #stateNow(): RuntimeState {
    const running = this.#running.values().next().value;
    return running?.state ?? this.#last?.state ?? 'Ready';
  }

  #response(of: Delivered, head: RequestHead, connection: RuntimeConnection): BodyUse {
    if (of.state !== 'Running')
      return { use: 'discard', reply: invalidTransition(of.state, 'InvocationResponse') };
    of.state = 'InvocationResponse';
    const contentType = valueIn(head.fields, 'content-type') ?? 'application/octet-stream';
    if (!of.invocation.isStreamed) return { use: 'gather', of, kind: 'response' };
    of.stream = connection;
    return { use: 'stream', of, contentType };
  }

  #error(of: Delivered): BodyUse {
    if (of.state !== 'Running')
      return { use: 'discard', reply: invalidTransition(of.state, 'InvocationErrorResponse') };
    of.state = 'InvocationErrorResponse';
    return { use: 'gather', of, kind: 'error' };
  }

  onHead({ invocation }: Delivered, contentType: string): void {
    if (this.#isWanted(invocation)) this.#listener.onHead(invocation, contentType);
  }

  onData({ invocation }: Delivered, chunk: Buffer): boolean {
    return !this.#isWanted(invocation) || this.#listener.onData(invocation, chunk);
  }

  onAnswer(of: Delivered, payload: Buffer, kind: AnswerKind): void {
    of.state = 'ResponseSent';
    of.stream = null;
    if (!this.#running.delete(of.invocation.requestId)) return;
    this.#last = of;
    this.#listener.onAnswer(of.invocation, payload, kind);
  }

  /** @param payload - empty: it was too long */
  onInitError(payload: Buffer): void {
    this.#listener.onInitError(payload);
  }

  /** @param of - null: the error of a start */
  onTruncated(of: Delivered | null): void {
    if (of === null || this.#isWanted(of.invocation)) this.#listener.onTruncated(of?.invocation ?? null);
  }

  /** It may have run out of time in the middle of its answer. */
  #isWanted({ requestId }: EnvironmentInvocation): boolean {
    return this.#running.has(requestId);
  }

  onClose(connection: RuntimeConnection): void {
    this.#connections.delete(connection);
    const at = this.#waiting.indexOf(connection);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (connection.isChannel) this.#listener.onChannelEnd();
  }
}
