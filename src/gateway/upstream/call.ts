// One request under way: guards the handler (each callback in order, none after the last) and owns the deadline.

import type {
  BodySource,
  UpstreamCall,
  UpstreamFailure,
  UpstreamFailureKind,
  UpstreamHandler,
  UpstreamRequest,
} from '../../exchange/upstream.ts';
import type { Connection } from './connection.ts';
import { isIdempotent } from './methods.ts';
import type { Pool } from './pool.ts';
import type { Expiring } from './sweep.ts';

/** A call is made by `Pool.send`, moved by its connection, and ended once by `end`, `fail` or `abort`. */
export class Call implements UpstreamCall, Expiring {
  readonly request: UpstreamRequest;
  /** The request's body when it arrives in pieces. */
  readonly source: BodySource | null;
  deadlineMs: number;
  sweepSlot = -1;
  connection: Connection | null = null;
  /** No callback may follow, except an onError that is already on its way. */
  done = false;
  retried = false;
  /** The answer's head was delivered. */
  headSeen = false;
  /** Set by whoever pumps the body: nothing more will come from the source. */
  sourceDone = false;
  /** A streamed answer has begun: its connection counts apart. */
  isStreaming = false;
  /** The value of the Host field, unless the request brings its own. */
  readonly hostField: string;
  readonly #pool: Pool;
  readonly #handler: UpstreamHandler;
  #aborted = false;
  #paused = false;

  constructor(
    pool: Pool,
    request: UpstreamRequest,
    handler: UpstreamHandler,
    deadlineMs: number,
    hostField: string,
  ) {
    this.#pool = pool;
    this.hostField = hostField;
    this.request = request;
    this.#handler = handler;
    this.deadlineMs = deadlineMs;
    const body = request.body;
    this.source =
      body === null || typeof body === 'string' || body instanceof Uint8Array ? null : (body as BodySource);
  }

  // The caller's side.

  abort(): void {
    this.#aborted = true;
    if (!this.done) this.#finishAndDrop();
  }

  pause(): void {
    if (this.done || this.#paused) return;
    this.#paused = true;
    this.connection?.pause();
  }

  resume(): void {
    if (this.done || !this.#paused) return;
    this.#paused = false;
    this.connection?.resume();
  }

  // The connection's side.

  /** @returns false when the call was ended from inside the handler: the connection must stop at once */
  onHead(status: number, headers: readonly string[], lengthBytes: number | null): boolean {
    this.headSeen = true;
    if (this.request.timeoutCovers === 'head') {
      this.deadlineMs = Number.POSITIVE_INFINITY;
      this.#pool.streaming(this);
    }
    try {
      this.#handler.onHead(status, headers, lengthBytes);
    } catch (error) {
      this.#bug(error);
    }
    return !this.done;
  }

  /** @returns false when the call was ended from inside the handler: the connection must stop at once */
  onData(chunk: Uint8Array): boolean {
    try {
      if (!this.#handler.onData(chunk)) this.pause();
    } catch (error) {
      this.#bug(error);
    }
    return !this.done;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** The answer is complete. The connection was released or dropped by itself before this. */
  onEnd(): void {
    this.#finish();
    try {
      this.#handler.onEnd();
    } catch (error) {
      this.#pool.limits.onBug(error);
    }
  }

  /**
   * Ends the call with a failure, told on the next tick so that no callback comes inside `send`.
   * The connection, if still attached, is dropped.
   */
  fail(
    kind: UpstreamFailureKind,
    source: UpstreamFailure['source'],
    detail: string,
    retrySafe: boolean,
    cause?: unknown,
  ): void {
    if (this.done) return;
    this.#pool.failed(kind, source, this.headSeen);
    this.#finishAndDrop();
    process.nextTick(tell, this, { kind, source, detail, retrySafe, cause } satisfies UpstreamFailure);
  }

  /** Something happened that the answer will not show. */
  note(line: string): void {
    try {
      this.#handler.onNote?.(line);
    } catch (error) {
      this.#pool.limits.onBug(error);
    }
  }

  /** The body's source threw: a bug of whoever made it. */
  sourceThrew(error: unknown): void {
    this.#pool.limits.onBug(error);
    this.fail('request-body', 'ourselves', `the request body's source threw: ${String(error)}`, false, error);
  }

  /** Whether sending the same request again does no harm, were it processed the first time. */
  get repeatable(): boolean {
    return this.source === null && isIdempotent(this.request.method);
  }

  expire(): void {
    const { method, path, timeoutMs } = this.request;
    const missing = this.headSeen ? 'complete answer' : 'answer head';
    const detail = `${method} ${this.#pool.endpoint.label}${pathOf(path)}: no ${missing} within ${timeoutMs} ms${
      this.connection === null ? ', all of them spent waiting for a free connection' : ''
    }`;
    this.fail('timeout', 'upstream', detail, this.repeatable && !this.headSeen);
  }

  tellError(failure: UpstreamFailure): void {
    if (this.#aborted) return;
    try {
      this.#handler.onError(failure);
    } catch (error) {
      this.#pool.limits.onBug(error);
    }
  }

  #bug(error: unknown): void {
    this.#pool.limits.onBug(error);
    this.fail('closed', 'ourselves', `the answer's handler threw: ${String(error)}`, false, error);
  }

  #finish(): void {
    this.done = true;
    this.connection = null;
    this.#pool.forget(this);
    if (this.source === null || this.sourceDone) return;
    this.sourceDone = true;
    try {
      this.source.cancel();
    } catch (error) {
      this.#pool.limits.onBug(error);
    }
  }

  #finishAndDrop(): void {
    const connection = this.connection;
    this.#finish();
    if (connection === null) return;
    connection.drop();
    this.#pool.gone(connection, null, null);
  }
}

function tell(call: Call, failure: UpstreamFailure): void {
  call.tellError(failure);
}

// A query may hold secrets; logs get the path alone.
function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
