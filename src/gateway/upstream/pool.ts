// The connections of one origin: last used first, a bounded number, a bounded queue, one careful retry, and a breaker
// in front of connecting.

import type {
  UpstreamCall,
  UpstreamFailure,
  UpstreamFailureKind,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamTarget,
} from '../../exchange/upstream.ts';
import { Breaker } from './breaker.ts';
import { Call } from './call.ts';
import type { Connection, Loss, Owner } from './connection.ts';
import { Counts } from './counts.ts';
import type { Endpoint } from './dial.ts';
import type { UpstreamLimits } from './options.ts';
import type { IdleHolder, Sweep } from './sweep.ts';
import { nowMs } from './sweep.ts';

/**
 * A pool hands each call to the idle connection used last (the likeliest to be alive, so that a load which falls
 * lets the others age out), opens another below the maximum, or queues the call in order.
 *
 * A streamed answer may hold its connection for hours, so that it counts apart from its head on: neither do streams
 * take the connections of other calls, nor does the maximum of those cap the streams.
 */
export class Pool implements UpstreamTarget, Owner, IdleHolder {
  readonly endpoint: Endpoint;
  readonly limits: UpstreamLimits;
  readonly breaker: Breaker;
  readonly counts = new Counts();
  readonly #sweep: Sweep;
  readonly #open: (owner: Owner) => Connection;
  readonly #idle: Connection[] = [];
  // A Set is a queue that gives up any of its members at once (an aborted call).
  readonly #waiting = new Set<Call>();
  /** Calls that want a stream wait apart, so that a thousand of them fill nobody's queue. */
  readonly #waitingStreams = new Set<Call>();
  #connectionCount = 0;
  #streamCount = 0;
  /** The breaker's question, while it is asked. */
  #probe: Connection | null = null;
  #closed = false;

  constructor(endpoint: Endpoint, limits: UpstreamLimits, sweep: Sweep, open: (owner: Owner) => Connection) {
    this.endpoint = endpoint;
    this.limits = limits;
    this.breaker = new Breaker(limits.breaker);
    this.#sweep = sweep;
    this.#open = open;
  }

  /** Connections that are open or being opened. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** The next call would have to wait, or be refused. */
  get isSaturated(): boolean {
    return this.#idle.length === 0 && !this.#hasRoom();
  }

  /** The breaker would refuse the next call. */
  get isOpen(): boolean {
    return this.breaker.state !== 'closed' && this.#idle.length === 0 && this.breaker.refuses(nowMs());
  }

  send(
    request: UpstreamRequest,
    handler: UpstreamHandler,
    hostField: string = this.endpoint.hostField,
  ): UpstreamCall {
    const now = nowMs();
    const call = new Call(this, request, handler, now + request.timeoutMs, hostField);
    this.counts.requests++;
    this.#sweep.add(call);
    const connection = this.#takeIdle(now);
    if (connection !== null) {
      call.connection = connection;
      connection.run(call);
    } else if (this.#closed) {
      call.fail('connect', 'ourselves', `${this.endpoint.label}: the upstream client is closed`, true);
    } else if (this.#hasRoom()) {
      this.#openFor(call, now);
    } else {
      this.#queue(call);
    }
    return call;
  }

  connected(connection: Connection): void {
    if (connection === this.#probe) this.#probe = null;
    this.breaker.succeeded();
  }

  connectFailed(connection: Connection, detail: string): void {
    if (connection === this.#probe) this.#probe = null;
    this.breaker.failed(nowMs(), detail);
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
    if (connection === this.#probe) {
      this.#probe = null;
      this.breaker.abandoned();
    }
    const slot = this.#idle.indexOf(connection);
    if (slot >= 0) this.#idle.splice(slot, 1);
    if (call !== null && loss !== null) this.#lost(call, loss);
    this.#serveWaiting();
  }

  /** The head of a streamed answer is here: its connection is nobody else's for as long as it likes. */
  streaming(call: Call): void {
    if (call.isStreaming || this.#streamCount >= this.limits.streamsMax) return;
    call.isStreaming = true;
    this.#streamCount++;
    this.#serveWaiting();
  }

  /** A call ended, in whatever way: nothing here may refer to it any more. */
  forget(call: Call): void {
    this.counts.ended++;
    this.#sweep.remove(call);
    if (this.#waiting.size > 0) this.#waiting.delete(call);
    if (this.#waitingStreams.size > 0) this.#waitingStreams.delete(call);
    if (!call.isStreaming) return;
    call.isStreaming = false;
    this.#streamCount--;
    // Its connection was released among the others, which may be as many as there may be.
    if (this.#connectionCount - this.#streamCount > this.limits.connectionsMax && this.#idle.length > 0)
      this.#discard(this.#idle.pop()!);
  }

  /** A call failed; it is forgotten next. */
  failed(kind: UpstreamFailureKind, source: UpstreamFailure['source'], headSeen: boolean): void {
    this.counts.failed(kind, source, headSeen);
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
  // idempotent or not a byte of the request was written. No budget bounds this: each such retry has used up a
  // connection that had carried an answer before, so that there cannot be more of them than of answers.
  #lost(call: Call, loss: Loss): void {
    if (call.done) return;
    const unprocessed = !loss.requestWritten && call.source === null;
    const retrySafe = !loss.answerBegan && (unprocessed || call.repeatable);
    if (retrySafe && loss.reused && !call.retried) {
      call.retried = true;
      this.counts.retries++;
      call.note(`Retried on a fresh connection: ${this.endpoint.label}: ${loss.detail}`);
      this.#openFor(call, nowMs());
      return;
    }
    call.connection = null;
    call.fail('closed', 'upstream', `${this.endpoint.label}: ${loss.detail}`, retrySafe, loss.cause);
  }

  #queue(call: Call): void {
    const { connectionsMax, queuedMax, streamsMax } = this.limits;
    const isStream = call.request.timeoutCovers === 'head';
    const waiting = isStream ? this.#waitingStreams : this.#waiting;
    if (waiting.size < (isStream ? streamsMax : queuedMax)) {
      waiting.add(call);
      return;
    }
    const detail = `${this.endpoint.label}: all ${connectionsMax} connections are busy and ${waiting.size} calls wait`;
    call.fail('connect', 'ourselves', detail, true);
  }

  #openFor(call: Call, now: number): void {
    if (!this.breaker.admits(now)) {
      call.connection = null;
      call.fail('connect', 'ourselves', `${this.endpoint.label}: ${this.breaker.why}`, true);
      return;
    }
    if (this.#connectionCount++ === 0) this.#sweep.hold(this);
    const connection = this.#open(this);
    if (this.breaker.state === 'half-open') this.#probe = connection;
    call.connection = connection;
    connection.run(call);
  }

  #hasRoom(): boolean {
    return this.#connectionCount - this.#streamCount < this.limits.connectionsMax;
  }

  #serveWaiting(): void {
    if (!this.#hasRoom()) return;
    const next = this.#takeWaiting();
    if (next !== null) this.#openFor(next, nowMs());
  }

  #takeIdle(now: number): Connection | null {
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return null;
      if (connection.idleUntilMs > now) return connection;
      this.#discard(connection);
    }
  }

  /** Calls that want a stream let others go first: those end soon. */
  #takeWaiting(): Call | null {
    const waiting = this.#waiting.size > 0 ? this.#waiting : this.#waitingStreams;
    if (waiting.size === 0) return null;
    const [call] = waiting;
    waiting.delete(call!);
    return call!;
  }

  #discard(connection: Connection): void {
    connection.drop();
    this.#connectionCount--;
  }
}
