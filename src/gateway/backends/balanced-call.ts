// One call to a pool: a target is chosen, and when that fails before the client has seen anything, once another one.

import type {
  UpstreamCall,
  UpstreamFailure,
  UpstreamHandler,
  UpstreamRequest,
} from '../../exchange/upstream.ts';
import { failureLabel, isIdempotent } from '../upstream/index.ts';
import type { Choice, Cluster } from './cluster.ts';
import { HeldAnswer } from './held-answer.ts';
import type { Carried, Member } from './member.ts';
import type { Way } from './way.ts';

/** Less is not worth a second attempt. */
const retryMsMin = 10;
/** A target on probation is not waited for as long as the call may take, so that another can still answer. */
const probeMsMin = 1_000;
const probeTimesTypical = 8;

export class BalancedCall implements UpstreamCall, UpstreamHandler, Carried {
  readonly #cluster: Cluster;
  readonly #way: Way;
  readonly #request: UpstreamRequest;
  readonly #handler: UpstreamHandler;
  readonly #startedMs: number;
  #member: Member | null = null;
  #attempt: UpstreamCall | null = null;
  #attemptMs = 0;
  #isProbe = false;
  #isJudged = false;
  /** The answer of a probe, kept until it is known to be whole. */
  #held: HeldAnswer | null = null;
  #wasRetried = false;
  #headSeen = false;
  #status = 0;
  #isOver = false;
  #stopWaiting: (() => void) | null = null;

  constructor(cluster: Cluster, way: Way, request: UpstreamRequest, handler: UpstreamHandler) {
    this.#cluster = cluster;
    this.#way = way;
    this.#request = request;
    this.#handler = handler;
    this.#startedMs = cluster.now();
    cluster.budget.called(this.#startedMs);
    this.#begin(this.#startedMs);
  }

  abort(): void {
    if (this.#isOver) return;
    const member = this.#member;
    if (member !== null) this.#cluster.outliers.forgotten(member, this.#isProbe);
    this.#attempt?.abort();
    this.#end();
  }

  pause(): void {
    this.#attempt?.pause();
  }

  resume(): void {
    this.#attempt?.resume();
  }

  onHead(status: number, headers: readonly string[], lengthBytes: number | null): void {
    this.#status = status;
    if (this.#held !== null) {
      this.#held.head(status, headers, lengthBytes);
      return;
    }
    this.#headSeen = true;
    // A stream that has begun has done its part; how it ends is between the backend and its client.
    if (this.#request.timeoutCovers === 'head') this.#judge(!isBadStatus(status));
    this.#handler.onHead(status, headers, lengthBytes);
  }

  onData(chunk: Uint8Array): boolean {
    const held = this.#held;
    if (held === null) return this.#handler.onData(chunk);
    if (held.add(chunk)) return true;
    this.#headSeen = true;
    this.#held = null;
    return held.deliver(this.#handler, () => this.#isOver);
  }

  onEnd(): void {
    const held = this.#held;
    const nowMs = this.#cluster.now();
    const isBad = isBadStatus(this.#status);
    this.#judge(!isBad);
    if (!isBad) this.#cluster.took(nowMs - this.#attemptMs);
    if (held !== null && isBad && this.#retry(nowMs, `status ${this.#status}`)) return;
    this.#leave();
    if (held !== null) {
      this.#held = null;
      held.deliver(this.#handler, () => this.#isOver);
      if (this.#isOver) return;
    }
    this.#end();
    this.#handler.onEnd();
  }

  onError(failure: UpstreamFailure): void {
    const member = this.#member!;
    member.countFailure(failureLabel(failure.kind, failure.source, this.#headSeen || this.#status !== 0));
    if (failure.source === 'upstream') this.#judge(false);
    else {
      this.#cluster.outliers.forgotten(member, this.#isProbe);
      this.#isProbe = false;
    }
    const isSafe = failure.retrySafe || (failure.source === 'upstream' && this.#isRepeatable);
    if (isSafe && this.#retry(this.#cluster.now(), failure.detail)) return;
    this.#leave();
    this.#fail(failure);
  }

  onNote(line: string): void {
    this.#handler.onNote?.(line);
  }

  /** The target was taken out of the pool and its time is over. */
  cut(): void {
    if (this.#isOver) return;
    this.#attempt?.abort();
    const { drainMs } = this.#cluster.pool;
    this.onError({
      kind: 'closed',
      source: 'ourselves',
      detail: `target ${this.#member!.key} left the pool "${this.#cluster.name}" and did not end within ${drainMs} ms`,
      retrySafe: this.#isRepeatable,
    });
  }

  get #isRepeatable(): boolean {
    const { body, method } = this.#request;
    const isWhole = body === null || typeof body === 'string' || body instanceof Uint8Array;
    return isWhole && isIdempotent(method);
  }

  /** An answer that may be held, and may be asked for again elsewhere. */
  get #mayProbe(): boolean {
    return (
      this.#isRepeatable &&
      this.#request.timeoutCovers === 'answer' &&
      !this.#wasRetried &&
      this.#cluster.budget.percent > 0
    );
  }

  #begin(nowMs: number): void {
    const choice = this.#cluster.choose(nowMs, null, this.#mayProbe);
    if (choice !== null) this.#send(choice, nowMs);
    else if (!this.#cluster.isPending || !this.#wait()) this.#refuse(this.#cluster.emptiness);
  }

  /** For names that are being looked up. */
  #wait(): boolean {
    const go = (): void => {
      this.#stopWaiting?.();
      this.#stopWaiting = null;
      this.#begin(this.#cluster.now());
    };
    if (!this.#cluster.whenKnown(go)) return false;
    const expire = this.#cluster.after(this.#request.timeoutMs, () => {
      this.#stopWaiting?.();
      this.#stopWaiting = null;
      this.#refuse(`${this.#cluster.emptiness}, after ${this.#request.timeoutMs} ms of looking up its names`);
    });
    this.#stopWaiting = () => {
      expire();
      this.#cluster.forgetWaiting(go);
    };
    return true;
  }

  #send({ member, isProbe, note }: Choice, nowMs: number): void {
    if (note !== null) this.#handler.onNote?.(note);
    this.#member = member;
    this.#isProbe = isProbe;
    this.#attemptMs = nowMs;
    this.#status = 0;
    this.#isJudged = false;
    this.#held = isProbe && this.#mayProbe ? new HeldAnswer() : null;
    member.requests++;
    member.carried.add(this);
    const { proxy } = this.#cluster.pool;
    try {
      // Through a forward proxy the Host field must be the target's; see endpointOfTarget.
      const hostField =
        proxy === null || this.#way.origin.startsWith('https:') ? this.#way.hostField : undefined;
      this.#attempt = this.#cluster
        .connectionsOf(member, this.#way)
        .send(this.#requestNow(nowMs), this, hostField);
    } catch (error) {
      this.#cluster.outliers.forgotten(member, isProbe);
      this.#isProbe = false;
      this.#leave();
      this.#refuse(`pool "${this.#cluster.name}": ${(error as Error).message}`);
    }
  }

  /** The request with the time that is left to it. */
  #requestNow(nowMs: number): UpstreamRequest {
    const request = this.#request;
    const leftMs = Math.max(1, request.timeoutMs - (nowMs - this.#startedMs));
    if (this.#held !== null) {
      const patienceMs = Math.max(probeMsMin, probeTimesTypical * this.#cluster.typicalMs);
      return { ...request, timeoutMs: Math.min(leftMs / 2, patienceMs) };
    }
    return leftMs === request.timeoutMs ? request : { ...request, timeoutMs: leftMs };
  }

  /** @returns false when it must end here */
  #retry(nowMs: number, why: string): boolean {
    const member = this.#member!;
    const { budget } = this.#cluster;
    const leftMs = this.#request.timeoutMs - (nowMs - this.#startedMs);
    if (this.#isOver || this.#wasRetried || this.#headSeen || leftMs < retryMsMin) return false;
    const { body } = this.#request;
    // A body in pieces has been read, in part or whole.
    if (body !== null && typeof body !== 'string' && !(body instanceof Uint8Array)) return false;
    const choice = this.#cluster.choose(nowMs, member, false);
    if (choice === null) return false;
    // Whoever tried a target on our behalf is not made to pay for it.
    if (this.#held === null && !budget.take(nowMs)) {
      if (choice.isProbe) this.#cluster.outliers.forgotten(choice.member, true);
      this.#handler.onNote?.(
        `Not retried, the retry budget of pool "${this.#cluster.name}" is used up: ${why}`,
      );
      return false;
    }
    this.#wasRetried = true;
    member.retries++;
    this.#leave();
    this.#handler.onNote?.(`Retried on target ${choice.member.key} of pool "${this.#cluster.name}": ${why}`);
    this.#send(choice, nowMs);
    return true;
  }

  /** Tells what is to be thought of the target, once for each attempt. */
  #judge(isGood: boolean): void {
    const member = this.#member;
    if (member === null || this.#isJudged) return;
    this.#isJudged = true;
    const nowMs = this.#cluster.now();
    if (isGood) this.#cluster.outliers.succeeded(member, this.#isProbe, nowMs);
    else this.#cluster.outliers.failed(member, this.#isProbe, nowMs);
    this.#isProbe = false;
  }

  /** The target carries this call no more. */
  #leave(): void {
    const member = this.#member;
    if (member === null) return;
    member.carried.delete(this);
    if (member.isDraining && member.outstanding === 0) this.#cluster.drained(member);
    this.#member = null;
    this.#attempt = null;
  }

  #end(): void {
    this.#isOver = true;
    this.#leave();
    this.#stopWaiting?.();
    this.#stopWaiting = null;
  }

  /** Never from inside `send`. */
  #refuse(detail: string): void {
    process.nextTick(() => {
      if (!this.#isOver) this.#fail({ kind: 'connect', source: 'ourselves', detail, retrySafe: true });
    });
  }

  #fail(failure: UpstreamFailure): void {
    this.#end();
    this.#handler.onError(failure);
  }
}

/** What a gateway says when what is behind it does not answer. */
const isBadStatus = (status: number): boolean => status >= 502 && status <= 504;
