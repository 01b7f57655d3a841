// What the pool asks of a connection and what a connection may ask of its pool. Two kinds exist: lean and undici.

import type { Call } from './call.ts';
import type { Endpoint } from './dial.ts';
import type { UpstreamLimits } from './options.ts';

/** One HTTP/1.1 connection: opened by its first call, and carrying one call at a time. */
export interface Connection {
  /** Monotonic milliseconds after which an idle connection must not be used; set when it is released. */
  idleUntilMs: number;
  /** Sends the call's request and tells the call of the answer. Never calls back before it returns. */
  run(call: Call): void;
  pause(): void;
  resume(): void;
  /** Ends it at once and says nothing more to its call or its pool. */
  drop(): void;
}

/** How a connection was lost under a call: what decides whether the request may be sent again. */
export interface Loss {
  readonly detail: string;
  readonly cause: unknown;
  /** The connection had carried another call before this one. */
  readonly reused: boolean;
  /** Any byte of the answer had arrived. */
  readonly answerBegan: boolean;
  /** Any byte of the request may have reached the server. */
  readonly requestWritten: boolean;
}

/** The pool, as a connection sees it. */
export interface Owner {
  readonly endpoint: Endpoint;
  readonly limits: UpstreamLimits;
  /** The connection is made, and about to carry its first call. */
  connected(connection: Connection): void;
  /** It could not be made; its call is failed next. */
  connectFailed(connection: Connection, detail: string): void;
  /** The connection is free for the next call. */
  release(connection: Connection): void;
  /** The connection is no more; `call` is what it carried, when it was lost under one. */
  gone(connection: Connection, call: Call | null, loss: Loss | null): void;
}
