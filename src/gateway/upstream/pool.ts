// The connections of one origin: last used first, a bounded number, a bounded queue, one careful retry.

import type {
  UpstreamCall,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamTarget,
} from '../../exchange/upstream.ts';
import { Call } from './call.ts';
import type { Connection, Loss, Owner } from './connection.ts';
import type { Endpoint } from './dial.ts';
import type { UpstreamLimits } from './options.ts';
import type { IdleHolder, Sweep } from './sweep.ts';
import { nowMs } from './sweep.ts';

/**
 * A pool hands each call to the idle connection used last (the likeliest to be alive, so that a load which falls
 * lets the others age out), opens another below the maximum, or queues the call in order.
 */
export class Pool implements UpstreamTarget, Owner, IdleHolder {
  readonly endpoint: Endpoint;
  readonly limits: UpstreamLimits;
  readonly #sweep: Sweep;
  readonly #open: (owner: Owner) => Connection;
  readonly #idle: Connection[] = [];
  // A Set is a queue that gives up any of its members at once (an aborted call).
  readonly #waiting = new Set<Call>();
  #connectionCount = 0;
  #closed = false;

  constructor(endpoint: Endpoint, limits: UpstreamLimits, sweep: Sweep, open: (owner: Owner) => Connection) {
    this.endpoint = endpoint;
    this.limits = limits;
    this.#sweep = sweep;
    this.#open = open;
  }

  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall {
    const now = nowMs();
    const call = new Call(this, request, handler, now + request.timeoutMs);
    this.#sweep.add(call);
    const connection = this.#takeIdle(now);
    if (connection !== null) {
      call.connection = connection;
      connection.run(call);
    } else if (this.#closed) {
      call.fail('connect', 'ourselves', `${this.endpoint.origin}: the upstream client is closed`, true);
    } else if (this.#connectionCount < this.limits.connectionsMax) {
      this.#openFor(call);
    } else if (this.#waiting.size < this.limits.queuedMax) {
      this.#waiting.add(call);
    } else {
      const { connectionsMax, queuedMax } = this.limits;
      const detail = `${this.endpoint.origin}: all ${connectionsMax} connections are busy and ${queuedMax} calls wait`;
      call.fail('connect', 'ourselves', detail, true);
    }
    return call;
  }

  release(connection: Connection): void {
    const next = this.#takeWaiting();
    if (next !== null) {
      next.connection = connection;
      connection.run(next);
    } else if (this.#closed) {
      connection.drop();
      this.#connectionCount--;
    } else {
      this.#idle.push(connection);
    }
  }

  gone(connection: Connection, call: Call | null, loss: Loss | null): void {
    this.#connectionCount--;
    const slot = this.#idle.indexOf(connection);
    if (slot >= 0) this.#idle.splice(slot, 1);
    if (call !== null && loss !== null) this.#lost(call, loss);
    if (this.#connectionCount >= this.limits.connectionsMax) return;
    const next = this.#takeWaiting();
    if (next !== null) this.#openFor(next);
  }

  /** A call ended, in whatever way: nothing here may refer to it any more. */
  forget(call: Call): void {
    this.#sweep.remove(call);
    if (this.#waiting.size > 0) this.#waiting.delete(call);
  }

  closeIdleBefore(now: number): boolean {
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      if (this.#idle[i]!.idleUntilMs <= now) this.#discard(this.#idle.splice(i, 1)[0]!);
    }
    return this.#connectionCount > 0;
  }

  close(): void {
    this.#closed = true;
    while (this.#idle.length > 0) this.#discard(this.#idle.pop()!);
  }

  // A server that closes an idle connection races with our next request on it (RFC 9112 section 9.3.1, RFC 9110
  // section 9.2.2). We send again, once and on a fresh connection, only when all of this holds: the connection was
  // reused; it ended before any byte of the answer; we still have the whole body; and either the method is
  // idempotent or not a byte of the request was written.
  #lost(call: Call, loss: Loss): void {
    if (call.done) return;
    const unprocessed = !loss.requestWritten && call.source === null;
    const retrySafe = !loss.answerBegan && (unprocessed || call.repeatable);
    if (retrySafe && loss.reused && !call.retried) {
      call.retried = true;
      this.#openFor(call);
      return;
    }
    call.connection = null;
    call.fail('closed', 'upstream', `${this.endpoint.origin}: ${loss.detail}`, retrySafe, loss.cause);
  }

  #openFor(call: Call): void {
    if (this.#connectionCount++ === 0) this.#sweep.hold(this);
    const connection = this.#open(this);
    call.connection = connection;
    connection.run(call);
  }

  #takeIdle(now: number): Connection | null {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return null;
      if (connection.idleUntilMs > now) return connection;
      this.#discard(connection);
    }
  }

  #takeWaiting(): Call | null {
    if (this.#waiting.size === 0) return null;
    const [call] = this.#waiting;
    this.#waiting.delete(call!);
    return call!;
  }

  #discard(connection: Connection): void {
    connection.drop();
    this.#connectionCount--;
  }
}
