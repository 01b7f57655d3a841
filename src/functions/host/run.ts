// One invocation that was let in, until it ends. It is at once what the environment is handed, what the environment
// tells, and what the caller holds: one object for each invocation instead of four.

import type { InvocationCall, InvocationHandler } from '../functions.ts';
import type {
  Environment,
  EnvironmentHandler,
  EnvironmentInvocation,
  EnvironmentResult,
} from './environment.ts';
import type { Slot, VersionPool } from './pool.ts';

/** Who is told that a run has ended. */
export interface RunEnds {
  /** Its environment has told the result. */
  onRunEnded(run: Run, result: EnvironmentResult): void;
  /** It never began: its environment could not be started. @param payload - the error, JSON text */
  onRunFailed(run: Run, payload: Uint8Array): void;
  /** It never began: no environment is started for it after all. */
  onRunGivenUp(run: Run): void;
}

/** What a run takes over from who asked for it. */
export type RunInput = Pick<
  EnvironmentInvocation,
  'payload' | 'clientContext' | 'traceId' | 'isStreamed' | 'wantsLogTail'
>;

export class Run implements InvocationCall, EnvironmentHandler, EnvironmentInvocation {
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  readonly payload: string | Uint8Array;
  readonly clientContext: string | null;
  readonly traceId: string | null;
  readonly isStreamed: boolean;
  readonly wantsLogTail: boolean;
  deadlineMs = 0;

  readonly pool: VersionPool;
  /** Nobody waits for it: it can be tried another time. */
  readonly isEvent: boolean;
  slot: Slot | null = null;
  /** Monotonic nanoseconds when the environment was handed it; 0: it waits for one. */
  beganNs = 0;
  /** Monotonic nanoseconds since when it waits for an environment. */
  waitsSinceNs = 0;
  isOver = false;
  /** null: nobody waits any more. */
  handler: InvocationHandler | null;
  readonly #ends: RunEnds;
  #stream: { resume(): void } | null = null;

  constructor(
    input: RunInput,
    requestId: string,
    invokedFunctionArn: string,
    pool: VersionPool,
    isEvent: boolean,
    handler: InvocationHandler,
    ends: RunEnds,
  ) {
    this.requestId = requestId;
    this.invokedFunctionArn = invokedFunctionArn;
    // An Invoke without a body hands the function an empty object.
    this.payload = input.payload.length === 0 ? '{}' : input.payload;
    this.clientContext = input.clientContext;
    this.traceId = input.traceId;
    this.isStreamed = input.isStreamed;
    this.wantsLogTail = input.wantsLogTail;
    this.pool = pool;
    this.isEvent = isEvent;
    this.handler = handler;
    this.#ends = ends;
  }

  begin(environment: Environment, deadlineMs: number, nowNs: number): void {
    this.deadlineMs = deadlineMs;
    this.beganNs = nowNs;
    const stream = environment.run(this, this);
    if (!this.isOver) this.#stream = stream;
  }

  abort(): void {
    this.handler = null;
    // What was stopped for its caller must go on to its end.
    this.#stream?.resume();
  }

  resume(): void {
    this.#stream?.resume();
  }

  onHead(contentType: string): void {
    if (!this.isOver) this.handler?.onHead(contentType);
  }

  onData(chunk: Uint8Array): boolean {
    return this.isOver || this.handler === null || this.handler.onData(chunk);
  }

  onEnd(result: EnvironmentResult): void {
    if (this.isOver) return;
    this.end();
    this.#ends.onRunEnded(this, result);
  }

  fail(payload: Uint8Array): void {
    if (this.isOver) return;
    this.end();
    this.#ends.onRunFailed(this, payload);
  }

  giveUp(): void {
    if (this.isOver) return;
    this.end();
    this.#ends.onRunGivenUp(this);
  }

  end(): void {
    this.isOver = true;
    this.#stream = null;
  }
}
