// An invocation's way through the host: name, permission, content, concurrency, environment, result.

import { newRequestId } from '../../base/ids.ts';
import type {
  Invocation,
  InvocationCall,
  InvocationHandler,
  InvocationResult,
  InvokedBy,
} from '../functions.ts';
import { type Catalogue, Target } from './catalogue.ts';
import type { EnvironmentResult } from './environment.ts';
import type { Fleet } from './fleet.ts';
import type { Concurrency } from './function-state.ts';
import { payloadRefusal, responseTooLarge } from './payload.ts';
import { decide } from './permission.ts';
import type { VersionPool } from './pool.ts';
import { accessDenied, accountConcurrencyReached, type Refusal, refused, serviceFailed } from './refusal.ts';
import { Run, type RunEnds, type RunInput } from './run.ts';

/** Invocations that are not waited for. */
export interface EventSink {
  accept(
    invocation: Invocation,
    target: Target,
    requestId: string,
    onDone: (refusal: Refusal | null) => void,
  ): void;
  /** An invocation has ended: one more may begin. */
  onCapacity(): void;
}

export interface InvokerOptions {
  readonly catalogue: Catalogue;
  readonly concurrency: Concurrency;
  readonly fleet: Fleet;
  readonly events: EventSink;
  readonly random: () => number;
  readonly log: (line: string) => void;
}

const nothing = new Uint8Array(0);
const hostEnds = serviceFailed('The function host is ending and takes no more invocations');

export class Invoker implements RunEnds {
  readonly #catalogue: Catalogue;
  readonly #concurrency: Concurrency;
  readonly #fleet: Fleet;
  readonly #events: EventSink;
  readonly #random: () => number;
  readonly #log: (line: string) => void;
  /** While `invoke` is on the stack, results wait. */
  #isInside = false;

  constructor(options: InvokerOptions) {
    this.#catalogue = options.catalogue;
    this.#concurrency = options.concurrency;
    this.#fleet = options.fleet;
    this.#events = options.events;
    this.#random = options.random;
    this.#log = options.log;
  }

  invoke(invocation: Invocation, handler: InvocationHandler): InvocationCall {
    const requestId = newRequestId();
    if (this.#fleet.isClosing) return this.#later(handler, refused(requestId, hostEnds));
    const target = this.#catalogue.resolve(invocation.functionName, invocation.qualifier);
    if (!(target instanceof Target)) return this.#later(handler, refused(requestId, target));
    const refusal = this.#permissionRefusal(target, invocation.by) ?? payloadRefusal(invocation);
    if (refusal !== null) return this.#later(handler, refused(requestId, refusal));
    switch (invocation.type) {
      case 'RequestResponse':
        return this.#run(invocation, target, requestId, handler);
      case 'Event':
        return this.#queue(invocation, target, requestId, handler);
      case 'DryRun':
        return this.#later(handler, doneWithout(requestId, target.pick(this.#random)));
    }
  }

  /** Whether a run in this pool could begin now. */
  hasCapacity(pool: VersionPool): boolean {
    return this.#concurrency.refusalOf(pool.state) === null && pool.canTake(this.#fleet.nowMs());
  }

  /** Begins a run for which `hasCapacity` has just said yes. */
  begin(
    input: RunInput,
    target: Target,
    pool: VersionPool,
    requestId: string,
    handler: InvocationHandler,
  ): boolean {
    return this.#start(new Run(input, requestId, target.invokedArn, pool, true, handler, this)) === 'taken';
  }

  /** Ends everything now. @param detail - why, for the logs of who waits */
  loseAll(detail: string): void {
    for (const pool of this.#fleet.pools) for (const run of pool.takePending()) this.#lose(run, detail);
    for (const { runs } of [...this.#fleet.slots]) for (const run of [...runs]) this.#lose(run, detail);
    this.#fleet.endAll();
  }

  onRunEnded(run: Run, result: EnvironmentResult): void {
    const { state } = run.pool;
    const nowNs = this.#fleet.nowNs();
    state.countDuration((nowNs - run.beganNs) / 1e6);
    run.slot!.free(run, result.isReusable, nowNs);
    this.#concurrency.giveBack(state);
    const tooLarge = run.isStreamed ? null : responseTooLarge(result.payload);
    this.#tellDone(
      run,
      tooLarge === null ? result.functionError : 'Unhandled',
      tooLarge ?? result.payload,
      result.logTail,
    );
  }

  onRunFailed(run: Run, payload: Uint8Array): void {
    this.#concurrency.giveBack(run.pool.state);
    this.#tellDone(run, 'Unhandled', payload, null);
  }

  onRunGivenUp(run: Run): void {
    const { state, initFailure } = run.pool;
    this.#concurrency.giveBack(state);
    if (initFailure !== null && !run.isEvent) this.#tellDone(run, 'Unhandled', initFailure, null);
    else {
      state.invocations--;
      state.throttles++;
      this.#tell(run, refused(run.requestId, accountConcurrencyReached));
      this.#events.onCapacity();
    }
  }

  #tellDone(
    run: Run,
    functionError: EnvironmentResult['functionError'],
    payload: Uint8Array,
    logTail: string | null,
  ): void {
    if (functionError !== null) run.pool.state.errors++;
    this.#tell(run, doneOf(run, functionError, payload, logTail));
    this.#events.onCapacity();
  }

  #permissionRefusal(target: Target, by: InvokedBy): Refusal | null {
    // An identity was allowed by its own policies before it came here.
    if (by.kind === 'identity') return null;
    const { policy, policyArn } = target;
    const decision = policy === null ? 'none' : decide(policy, policyArn, by, this.#fleet.nowMs());
    return decision === 'allow' ? null : accessDenied(by.service, target.invokedArn, decision === 'deny');
  }

  #run(
    invocation: Invocation,
    target: Target,
    requestId: string,
    handler: InvocationHandler,
  ): InvocationCall {
    const { state } = target;
    const refusal = this.#concurrency.refusalOf(state);
    if (refusal !== null) return this.#throttle(target, requestId, handler, refusal);
    const pool = target.pick(this.#random);
    const run = new Run(invocation, requestId, target.invokedArn, pool, false, handler, this);
    const taken = this.#start(run);
    if (taken === 'taken') return run;
    if (taken === 'full') return this.#throttle(target, requestId, handler, accountConcurrencyReached);
    state.invocations++;
    state.errors++;
    return this.#later(handler, doneOf(run, 'Unhandled', pool.initFailure ?? nothing, null));
  }

  #start(run: Run): 'taken' | 'failing' | 'full' {
    const { state } = run.pool;
    const wasInside = this.#isInside;
    this.#concurrency.take(state);
    this.#isInside = true;
    const taken = run.pool.take(run, this.#fleet.nowNs());
    this.#isInside = wasInside;
    if (taken === 'taken') state.invocations++;
    else this.#concurrency.giveBack(state);
    return taken;
  }

  #queue(
    invocation: Invocation,
    target: Target,
    requestId: string,
    handler: InvocationHandler,
  ): InvocationCall {
    const call = new Waiting(handler);
    const result = doneWithout(requestId, target.pick(this.#random));
    this.#events.accept(invocation, target, requestId, (refusal) => {
      if (refusal?.status === 429) target.state.throttles++;
      this.#tell(call, refusal === null ? result : refused(requestId, refusal));
    });
    return call;
  }

  #throttle(target: Target, requestId: string, handler: InvocationHandler, refusal: Refusal): InvocationCall {
    target.state.throttles++;
    return this.#later(handler, refused(requestId, refusal));
  }

  #lose(run: Run, detail: string): void {
    if (run.isOver) return;
    run.end();
    run.slot?.free(run, false, this.#fleet.nowNs());
    this.#concurrency.giveBack(run.pool.state);
    this.#tell(run, { outcome: 'lost', detail });
  }

  #later(handler: InvocationHandler, result: InvocationResult): InvocationCall {
    const call = new Waiting(handler);
    queueMicrotask(() => this.#tell(call, result));
    return call;
  }

  /** Who waits is told once; what goes wrong there is not the host's. */
  #tell(call: { handler: InvocationHandler | null }, result: InvocationResult): void {
    if (this.#isInside) {
      queueMicrotask(() => this.#tell(call, result));
      return;
    }
    const { handler } = call;
    call.handler = null;
    try {
      handler?.onEnd(result);
    } catch (error) {
      this.#log(
        `Cannot tell the result of an invocation: ${error instanceof Error ? error.stack : String(error)}`,
      );
    }
  }
}

const doneOf = (
  run: Run,
  functionError: EnvironmentResult['functionError'],
  payload: Uint8Array,
  logTail: string | null,
): InvocationResult => ({
  outcome: 'done',
  requestId: run.requestId,
  executedVersion: run.pool.version.version,
  functionError,
  payload,
  logTail,
});

const doneWithout = (requestId: string, pool: VersionPool): InvocationResult => ({
  outcome: 'done',
  requestId,
  executedVersion: pool.version.version,
  functionError: null,
  payload: nothing,
  logTail: null,
});

/** A call that no environment has: it is refused, tried or queued. */
class Waiting implements InvocationCall {
  handler: InvocationHandler | null;

  constructor(handler: InvocationHandler) {
    this.handler = handler;
  }

  abort(): void {
    this.handler = null;
  }

  resume(): void {}
}
