// The environments of one version of one function: those that are free, and the invocations that wait for one to start.

import type { PublishedFunctionVersion } from '../../resources/index.ts';
import type { Environment, EnvironmentSpec, InitFailure } from './environment.ts';
import type { Fleet } from './fleet.ts';
import type { FunctionState } from './function-state.ts';
import { Patience } from './patience.ts';
import type { Run } from './run.ts';
import { StartGate } from './start-gate.ts';

/** `taken`: it runs, or waits for an environment. `failing`: it dies at each start. `full`: no room for one more environment. */
export type Taken = 'taken' | 'failing' | 'full';

export class VersionPool {
  readonly state: FunctionState;
  readonly version: PublishedFunctionVersion;
  readonly spec: Omit<EnvironmentSpec, 'id'>;
  readonly #fleet: Fleet;
  readonly #gate = new StartGate();
  readonly #patience = new Patience();
  /** Invocations at once in one environment. */
  readonly #concurrency: number;
  /** Used last at the end, so the first was used longest ago. */
  readonly #idle: Slot[] = [];
  /** Those that run something and have room for more. */
  readonly #open = new Set<Slot>();
  /**
   * Whichever environment has room first takes the oldest. As many of them as find room in the starts have those started
   * for them; those behind wait for one that runs something now.
   */
  readonly #pending: Run[] = [];
  starting = 0;
  /** Starts that wait for their turn. */
  queued = 0;
  /** Environments that run something. */
  busy = 0;
  #running = 0;
  isRetired = false;
  /** Of the last start, when it failed. */
  initFailure: Uint8Array | null = null;

  constructor(spec: Omit<EnvironmentSpec, 'id'>, state: FunctionState, fleet: Fleet) {
    this.spec = spec;
    this.version = spec.version;
    this.#concurrency = spec.version.concurrencyPerEnvironment;
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

  /** Starts under way or to come. */
  get #starts(): number {
    return this.starting + this.queued;
  }

  /** Runs for which an environment is started. */
  get #expecting(): number {
    return this.#expectingOf(this.#starts);
  }

  #expectingOf(starts: number): number {
    return Math.min(this.#pending.length, starts * this.#concurrency);
  }

  /** Invocations that what is started will take. */
  get #startedPlaces(): number {
    return this.#starts * this.#concurrency;
  }

  /** Runs for which no environment is started. */
  get #patient(): number {
    return this.#pending.length - this.#expecting;
  }

  canTake(nowMs: number): boolean {
    return (
      this.#idle.length + this.#open.size > 0 ||
      this.#pending.length < this.#startedPlaces ||
      (this.#gate.mayStart(this.#starts, nowMs) && this.#fleet.hasRoom())
    );
  }

  /** Begins a run, or has it wait for an environment: one that will soon be free, or one that is started for it. */
  take(run: Run, nowNs: number): Taken {
    const slot = this.#idle.pop() ?? this.#leastBusy();
    if (slot !== undefined) {
      slot.begin(run, nowNs);
      return 'taken';
    }
    run.waitsSinceNs = nowNs;
    if (this.#pending.length < this.#startedPlaces) {
      this.#pending.push(run);
      return 'taken';
    }
    if (this.#waits(1, 0, run, nowNs)) {
      this.#pending.push(run);
      this.#fleet.lookAfterWaiting(this, nowNs, this.#patience.isStill(nowNs));
      return 'taken';
    }
    const problem = this.#problemOfStart(nowNs);
    if (problem !== null) return problem;
    this.#pending.push(run);
    this.#fleet.queueStart(this);
    return 'taken';
  }

  /** A free one would have been better: each has a processor of its own. */
  #leastBusy(): Slot | undefined {
    let least: Slot | undefined;
    for (const slot of this.#open) if (slot.runs.length < (least?.runs.length ?? Infinity)) least = slot;
    return least;
  }

  /**
   * Whether runs wait on for what is busy, this one the longest of them.
   * @param more - runs besides those that wait so already, @param less - starts that would not be made
   */
  #waits(more: number, less: number, run: Run, nowNs: number): boolean {
    return this.#patience.waits(
      this.#patient + more,
      this.#running,
      (this.#starts - less) * this.#concurrency,
      run.waitsSinceNs,
      nowNs,
    );
  }

  /** Why no environment can be started now; null: there is room for one. */
  #problemOfStart(nowNs: number): 'failing' | 'full' | null {
    if (!this.#gate.mayStart(this.#starts, this.#fleet.wallMs(nowNs)))
      return this.initFailure === null ? 'full' : 'failing';
    return this.#fleet.makeRoom() ? null : 'full';
  }

  /** Starts environments for those who have waited in vain for one to be free. @returns whether others wait on */
  lookAfterWaiting(nowNs: number): boolean {
    while (this.#patient > 0) {
      const run = this.#pending[this.#expecting]!;
      if (!this.#patience.isStill(nowNs) && this.#waits(0, 0, run, nowNs)) return true;
      if (this.#problemOfStart(nowNs) === null) this.#fleet.queueStart(this);
      else {
        this.#pending.splice(this.#expecting, 1);
        run.giveUp();
      }
    }
    return false;
  }

  /** Whether the first of its queued starts may begin, now that it is its turn. */
  mayStartQueued(nowMs: number): boolean {
    return this.#gate.mayStart(this.starting, nowMs);
  }

  /** It has died too often meanwhile: who waits is told. */
  giveUpQueued(): void {
    const lost = this.#expecting - this.#expectingOf(this.starting);
    this.#fleet.unqueueStarts(this, this.queued);
    for (const run of this.#pending.splice(this.#pending.length - lost)) run.giveUp();
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
    const nowNs = this.#fleet.nowNs();
    if (failure === null) {
      this.#next(slot, nowNs);
      return;
    }
    this.state.initFailures++;
    this.#onDeath();
    slot.end();
    const run = this.#pending[this.#expecting];
    if (run === undefined) return;
    if (this.#waits(0, 0, run, nowNs)) this.#fleet.lookAfterWaiting(this, nowNs, false);
    // The oldest are told, as many as it would have taken.
    else
      for (const failed of this.#pending.splice(0, Math.min(this.#patient, this.#concurrency)))
        failed.fail(failure.payload);
  }

  onBegin(slot: Slot, nowNs: number): void {
    if (slot.runs.length === 1) this.busy++;
    this.#running++;
    if (slot.runs.length < this.#concurrency) this.#open.add(slot);
    else this.#open.delete(slot);
    this.#patience.onBegin(nowNs);
  }

  /** A run has ended, and its environment goes on. */
  onFree(slot: Slot, beganNs: number, nowNs: number): void {
    this.#onEnd(slot);
    this.#gate.onGoodEnd();
    this.#patience.onEnd((nowNs - beganNs) / 1e6, nowNs);
    this.#next(slot, nowNs);
  }

  /** A run has ended, and its environment takes no more: it ends with the last that is in it. */
  onSpoiled(slot: Slot, isFirst: boolean, nowNs: number): void {
    this.#onEnd(slot);
    this.#open.delete(slot);
    if (isFirst) this.#onDeath();
    if (slot.runs.length === 0) slot.end();
    this.lookAfterWaiting(nowNs);
  }

  #onEnd(slot: Slot): void {
    this.#running--;
    if (slot.runs.length === 0) this.busy--;
  }

  onIdleDeath(slot: Slot): void {
    this.#idle.splice(this.#idle.indexOf(slot), 1);
    this.#onDeath();
  }

  /** It has room: for those who wait, or else until it is asked. */
  #next(slot: Slot, nowNs: number): void {
    let hasBegun = false;
    while (slot.runs.length < this.#concurrency) {
      const run = this.#pending.shift();
      if (run === undefined) break;
      hasBegun = true;
      slot.begin(run, nowNs);
      this.#unqueueNeedless(nowNs);
    }
    if (hasBegun) return;
    if (slot.runs.length > 0) this.#open.add(slot);
    else {
      this.#open.delete(slot);
      this.#rest(slot, nowNs);
    }
  }

  #rest(slot: Slot, nowNs: number): void {
    if (this.isRetired || this.#fleet.isClosing) slot.end();
    else {
      slot.rest(this.#fleet.wallMs(nowNs));
      this.#idle.push(slot);
    }
  }

  /** One that was used before has taken a run: a start less may be needed. */
  #unqueueNeedless(nowNs: number): void {
    if (this.queued === 0) return;
    const first = this.#expectingOf(this.#starts - 1);
    const run = this.#pending[first];
    if (run === undefined) this.#fleet.unqueueStarts(this, 1);
    else if (this.#waits(this.#expecting - first, 1, run, nowNs)) {
      this.#fleet.unqueueStarts(this, 1);
      this.#fleet.lookAfterWaiting(this, nowNs, false);
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

/** `spoiled`: it takes no more, and ends with the last that runs in it. */
type SlotState = 'starting' | 'ready' | 'idle' | 'busy' | 'spoiled' | 'ending' | 'gone';

const exited: Uint8Array = Buffer.from(
  '{"errorMessage":"Error: Runtime exited without providing a reason","errorType":"Runtime.ExitError"}',
);

/** One environment and what it does now. */
export class Slot {
  readonly pool: VersionPool;
  readonly environment: Environment;
  /** Under way in it. */
  readonly runs: Run[] = [];
  readonly #fleet: Fleet;
  #state: SlotState = 'starting';
  idleSinceMs = 0;

  constructor(environment: Environment, pool: VersionPool, fleet: Fleet) {
    this.environment = environment;
    this.pool = pool;
    this.#fleet = fleet;
    environment.ready.then((failure) => this.#onReady(failure));
    environment.ended.then(() => this.#onEnded());
  }

  begin(run: Run, nowNs: number): void {
    this.#state = 'busy';
    this.runs.push(run);
    this.pool.onBegin(this, nowNs);
    run.slot = this;
    run.begin(this.environment, this.#fleet.wallMs(nowNs) + this.pool.version.timeoutSeconds * 1000, nowNs);
  }

  /** A run is over. @param isReusable - the environment may be given others */
  free(run: Run, isReusable: boolean, nowNs: number): void {
    this.runs.splice(this.runs.indexOf(run), 1);
    if (isReusable && this.#state === 'busy') this.pool.onFree(this, run.beganNs, nowNs);
    else {
      const isFirst = this.#state === 'busy';
      if (isFirst) this.#state = 'spoiled';
      this.pool.onSpoiled(this, isFirst, nowNs);
    }
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
    else if (this.#state === 'idle') {
      this.pool.onIdleDeath(this);
      this.end();
    }
    for (const run of [...this.runs])
      run.onEnd({ functionError: 'Unhandled', payload: exited, logTail: null, isReusable: false });
    this.#state = 'gone';
    this.#fleet.onGone(this);
  }
}
