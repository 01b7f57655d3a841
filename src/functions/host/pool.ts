// The environments of one version of one function: those that are free, and the invocations that wait for one to start.

import type { PublishedFunctionVersion } from '../../resources/index.ts';
import type { Environment, EnvironmentSpec, InitFailure } from './environment.ts';
import type { Fleet } from './fleet.ts';
import type { FunctionState } from './function-state.ts';
import type { Run } from './run.ts';
import { StartGate } from './start-gate.ts';

/** `taken`: it runs or waits for a start. `failing`: it dies at each start. `full`: no room for one more environment. */
export type Taken = 'taken' | 'failing' | 'full';

export class VersionPool {
  readonly state: FunctionState;
  readonly version: PublishedFunctionVersion;
  readonly spec: Omit<EnvironmentSpec, 'id'>;
  readonly #fleet: Fleet;
  readonly #gate = new StartGate();
  /** Used last at the end, so the first was used longest ago. */
  readonly #idle: Slot[] = [];
  /** Never more than environments that start or will; whichever is free first takes the oldest. */
  readonly #pending: Run[] = [];
  starting = 0;
  /** Starts that wait for their turn. */
  queued = 0;
  busy = 0;
  isRetired = false;
  /** Of the last start, when it failed. */
  initFailure: Uint8Array | null = null;

  constructor(spec: Omit<EnvironmentSpec, 'id'>, state: FunctionState, fleet: Fleet) {
    this.spec = spec;
    this.version = spec.version;
    this.state = state;
    this.#fleet = fleet;
  }

  get idle(): number {
    return this.#idle.length;
  }

  get isEmpty(): boolean {
    return this.starting + this.queued === 0 && this.busy === 0 && this.#idle.length === 0;
  }

  /** When its environment that was used longest ago was used; infinite when none is free. Wall time. */
  get idleSinceMs(): number {
    return this.#idle[0]?.idleSinceMs ?? Number.POSITIVE_INFINITY;
  }

  canTake(nowMs: number): boolean {
    return (
      this.#idle.length > 0 ||
      (this.#gate.mayStart(this.starting + this.queued, nowMs) && this.#fleet.hasRoom())
    );
  }

  /** Begins a run, or has it wait for an environment that is started for it. */
  take(run: Run, nowNs: number): Taken {
    const slot = this.#idle.pop();
    if (slot !== undefined) {
      slot.begin(run, nowNs);
      return 'taken';
    }
    if (!this.#gate.mayStart(this.starting + this.queued, this.#fleet.wallMs(nowNs)))
      return this.initFailure === null ? 'full' : 'failing';
    if (!this.#fleet.makeRoom()) return 'full';
    this.#pending.push(run);
    this.#fleet.queueStart(this);
    return 'taken';
  }

  /** Whether the first of its queued starts may begin, now that it is its turn. */
  mayStartQueued(nowMs: number): boolean {
    return this.#gate.mayStart(this.starting, nowMs);
  }

  /** It has died too often meanwhile: who waits is told. */
  giveUpQueued(): void {
    this.#fleet.unqueueStarts(this, this.queued);
    for (const run of this.#pending.splice(this.starting)) run.giveUp();
  }

  /** Gives no more work to its environments: free ones end now, others after what they have begun. */
  retire(): void {
    this.isRetired = true;
    while (this.endOldest());
  }

  /** Ends the free environment that was used longest ago. @returns false when none is free */
  endOldest(): boolean {
    const slot = this.#idle.shift();
    slot?.end();
    return slot !== undefined;
  }

  /** What waits for a start, given up. */
  takePending(): Run[] {
    this.#fleet.unqueueStarts(this, this.queued);
    return this.#pending.splice(0);
  }

  onReady(slot: Slot, failure: InitFailure | null): void {
    this.initFailure = failure === null ? null : failure.payload;
    if (failure === null) {
      this.#next(slot, this.#fleet.nowNs());
      return;
    }
    this.state.initFailures++;
    this.#onDeath();
    slot.end();
    if (this.#pending.length > this.starting + this.queued) this.#pending.shift()!.fail(failure.payload);
  }

  /** The run of an environment has ended. */
  onFree(slot: Slot, isReusable: boolean, nowNs: number): void {
    this.busy--;
    if (isReusable) {
      this.#gate.onGoodEnd();
      this.#next(slot, nowNs);
    } else {
      this.#onDeath();
      slot.end();
    }
  }

  onIdleDeath(slot: Slot): void {
    this.#idle.splice(this.#idle.indexOf(slot), 1);
    this.#onDeath();
  }

  #next(slot: Slot, nowNs: number): void {
    const run = this.#pending.shift();
    if (run !== undefined) {
      // One that was used before has taken it: one start less is needed.
      if (this.queued > 0 && this.#pending.length < this.starting + this.queued)
        this.#fleet.unqueueStarts(this, 1);
      slot.begin(run, nowNs);
    } else if (this.isRetired || this.#fleet.isClosing) slot.end();
    else {
      slot.rest(this.#fleet.wallMs(nowNs));
      this.#idle.push(slot);
    }
  }

  #onDeath(): void {
    const wasClosed = this.#gate.isClosed;
    this.#gate.onDeath(this.#fleet.nowMs());
    if (wasClosed || !this.#gate.isClosed || this.#fleet.isClosing) return;
    this.#fleet.log(
      `Environments of function "${this.spec.functionName}" version "${this.version.version}" die one after the other; starts are held back until one invocation ends well`,
    );
  }
}

type SlotState = 'starting' | 'ready' | 'idle' | 'busy' | 'ending' | 'gone';

const exited: Uint8Array = Buffer.from(
  '{"errorMessage":"Error: Runtime exited without providing a reason","errorType":"Runtime.ExitError"}',
);

/** One environment and what it does now. */
export class Slot {
  readonly pool: VersionPool;
  readonly environment: Environment;
  readonly #fleet: Fleet;
  #state: SlotState = 'starting';
  #run: Run | null = null;
  idleSinceMs = 0;

  constructor(environment: Environment, pool: VersionPool, fleet: Fleet) {
    this.environment = environment;
    this.pool = pool;
    this.#fleet = fleet;
    environment.ready.then((failure) => this.#onReady(failure));
    environment.ended.then(() => this.#onEnded());
  }

  get run(): Run | null {
    return this.#run;
  }

  begin(run: Run, nowNs: number): void {
    this.#state = 'busy';
    this.pool.busy++;
    this.#run = run;
    run.slot = this;
    run.begin(this.environment, this.#fleet.wallMs(nowNs) + this.pool.version.timeoutSeconds * 1000, nowNs);
  }

  /** Its run is over. */
  free(isReusable: boolean, nowNs: number): void {
    this.#run = null;
    this.pool.onFree(this, isReusable && this.#state === 'busy', nowNs);
  }

  rest(nowMs: number): void {
    this.#state = 'idle';
    this.idleSinceMs = nowMs;
    this.#fleet.onIdle(nowMs);
  }

  end(): void {
    if (this.#state === 'ending' || this.#state === 'gone') return;
    const wasStarting = this.#state === 'starting';
    if (wasStarting) this.pool.starting--;
    this.#state = 'ending';
    this.#fleet.onEnding(this);
    if (wasStarting) this.#fleet.onStarted(this);
    this.environment.kill();
  }

  #onReady(failure: InitFailure | null): void {
    if (this.#state !== 'starting') return;
    this.#state = 'ready';
    this.pool.starting--;
    this.pool.onReady(this, failure);
    this.#fleet.onStarted(this);
  }

  #onEnded(): void {
    // Why it could not start may be told in the same moment, and then it is the better answer.
    if (this.#state === 'starting') this.#fleet.soon(() => this.#onGone());
    else this.#onGone();
  }

  #onGone(): void {
    if (this.#state === 'starting') this.#onReady({ payload: exited });
    else if (this.#state === 'busy')
      this.#run?.onEnd({ functionError: 'Unhandled', payload: exited, logTail: null, isReusable: false });
    else if (this.#state === 'idle') {
      this.pool.onIdleDeath(this);
      this.end();
    }
    this.#state = 'gone';
    this.#fleet.onGone(this);
  }
}
