// One pool, alive: its targets as they are found, what is known of each, and who takes the next call.

import type { Clock } from '../../base/clock.ts';
import type { UpstreamTargetStats } from '../../observability/stats.ts';
import type { HealthCheck, TargetPool } from '../../resources/index.ts';
import { choose } from './choose.ts';
import { Discovery } from './discovery.ts';
import { type Ask, HealthChecker } from './health-checker.ts';
import { type Connections, Member } from './member.ts';
import { Outliers } from './outliers.ts';
import type { NameResolver } from './resolver.ts';
import { RetryBudget } from './retry-budget.ts';
import type { Scheduler } from './scheduler.ts';
import type { Way } from './way.ts';

/** What pools need of the world. */
export interface ClusterTools {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly resolver: NameResolver;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  /** @throws Error with one line when TLS or proxy settings cannot be used */
  readonly connect: (pool: TargetPool, member: Member, way: Way) => Connections;
  readonly askHealth: (pool: TargetPool, check: HealthCheck) => Ask;
}

export interface Choice {
  readonly member: Member;
  /** The target's probation is why it was chosen. */
  readonly isProbe: boolean;
  /** What the log should know; null when nothing is odd. */
  readonly note: string | null;
}

/** Ways to one target whose connections are kept: hosts of https URIs may come from requests. */
const waysMax = 64;
/** Weight of the newest call in the moving average of answer times. */
const newestShare = 0.1;

export class Cluster {
  readonly name: string;
  readonly budget: RetryBudget;
  readonly outliers: Outliers;
  readonly #tools: ClusterTools;
  readonly #discovery: Discovery;
  readonly #members = new Map<string, Member>();
  readonly #draining = new Set<Member>();
  readonly #waiting = new Set<() => void>();
  readonly #candidates: Member[] = [];
  #pool: TargetPool;
  #checker: HealthChecker | null = null;
  #typicalMs = 0;
  #isReady = false;

  constructor(pool: TargetPool, tools: ClusterTools) {
    this.name = pool.name;
    this.#pool = pool;
    this.#tools = tools;
    this.budget = new RetryBudget(pool.retryBudgetPercent);
    this.outliers = new Outliers(
      pool.outlierDetection,
      () => this.#members.values(),
      (member, nowMs) => this.#isAvailable(member, nowMs),
    );
    this.#discovery = new Discovery(tools.resolver, tools.scheduler, () => this.#gather());
    this.#setChecker(pool);
    this.#discovery.follow(pool.targets, pool.proxy !== null);
    this.#isReady = true;
  }

  get pool(): TargetPool {
    return this.#pool;
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.#tools.clock.monotonicNs() / 1e6;
  }

  /** Other settings of the same pool: targets that stay keep their state. */
  adopt(pool: TargetPool): void {
    const before = this.#pool;
    this.#pool = pool;
    this.budget.percent = pool.retryBudgetPercent;
    this.outliers.settings = pool.outlierDetection;
    // Connections are made anew where they would be made otherwise; calls under way keep theirs.
    const isOtherWay =
      before.ca !== pool.ca ||
      before.proxy !== pool.proxy ||
      before.connectionsMax !== pool.connectionsMax ||
      before.queuedMax !== pool.queuedMax;
    if (isOtherWay) for (const member of this.#members.values()) closeConnections(member);
    if (isOtherWay || JSON.stringify(before.healthCheck) !== JSON.stringify(pool.healthCheck))
      this.#setChecker(pool);
    this.#discovery.follow(pool.targets, pool.proxy !== null);
  }

  /** The pool is no more: its targets finish what they have. */
  close(): void {
    this.#discovery.close();
    this.#checker?.close();
    for (const member of [...this.#members.values()]) this.#drain(member);
    this.#wakeWaiting();
  }

  /**
   * @param except - the target that failed already; null for none
   * @param mayProbe - the call can be repeated elsewhere, so it may try a target that is on probation
   * @returns null when there is no (other) target
   */
  choose(nowMs: number, except: Member | null, mayProbe: boolean): Choice | null {
    let skipped = 0;
    let bestPriority = Number.POSITIVE_INFINITY;
    let hasFree = false;
    const candidates = this.#candidates;
    candidates.length = 0;
    for (const member of this.#members.values()) {
      if (member === except) continue;
      if (!this.#isAvailable(member, nowMs)) {
        if (this.#isDue(member, mayProbe, nowMs)) return this.#probe(member);
        skipped++;
        continue;
      }
      if (member.priority > bestPriority) continue;
      const isFree = !isSaturated(member);
      if (member.priority < bestPriority || (isFree && !hasFree)) candidates.length = 0;
      else if (hasFree && !isFree) continue;
      bestPriority = member.priority;
      hasFree = isFree;
      candidates.push(member);
    }
    if (candidates.length > 0)
      return this.#chosen(candidates, nowMs, skipped === 0 ? null : this.#skippedNote(nowMs));
    // The others are known to be bad, the one that failed is not: trying them would cost more than it could win.
    if (except !== null && this.#isAvailable(except, nowMs)) return null;
    return this.#lastResort(nowMs, except);
  }

  /** @throws Error with one line when TLS or proxy settings cannot be used */
  connectionsOf(member: Member, way: Way): Connections {
    let connections = member.connections.get(way.key);
    if (connections === undefined) {
      connections = this.#tools.connect(this.#pool, member, way);
      if (member.connections.size >= waysMax) forgetOldest(member);
      member.connections.set(way.key, connections);
    }
    return connections;
  }

  /** A name has not been looked up for the first time: targets may come at any moment. */
  get isPending(): boolean {
    return this.#discovery.isPending;
  }

  /** @returns false when too many wait already */
  whenKnown(act: () => void): boolean {
    if (this.#waiting.size >= this.#pool.queuedMax) return false;
    this.#waiting.add(act);
    return true;
  }

  forgetWaiting(act: () => void): void {
    this.#waiting.delete(act);
  }

  /** Why there is no target, for the log. */
  get emptiness(): string {
    const { problems } = this.#discovery;
    return `the pool "${this.name}" has no targets${problems === '' ? '' : `: ${problems}`}`;
  }

  after(delayMs: number, act: () => void): () => void {
    return this.#tools.scheduler.after(delayMs, act);
  }

  /** A whole answer took so long. */
  took(ms: number): void {
    this.#typicalMs = this.#typicalMs === 0 ? ms : this.#typicalMs + newestShare * (ms - this.#typicalMs);
  }

  /** How long answers take as a rule; 0 = not known. */
  get typicalMs(): number {
    return this.#typicalMs;
  }

  stats(): UpstreamTargetStats[] {
    const nowMs = this.now();
    return [...this.#members.values(), ...this.#draining].map((member) => this.#statsOf(member, nowMs));
  }

  #isAvailable(member: Member, nowMs: number): boolean {
    return (
      (this.#checker === null || member.health === 'healthy') &&
      this.outliers.standingOf(member, nowMs) === 'in' &&
      !isOpen(member)
    );
  }

  /** Its ejection is over, nobody tries it, and this call may. After a long wait for such a call, any does. */
  #isDue(member: Member, mayProbe: boolean, nowMs: number): boolean {
    return (
      member.standing === 'probation' &&
      !member.isProbed &&
      !isOpen(member) &&
      (this.#checker === null || member.health === 'healthy') &&
      (mayProbe || nowMs >= member.ejectedUntilMs + this.#pool.outlierDetection.baseEjectionMs)
    );
  }

  #probe(member: Member): Choice {
    member.isProbed = true;
    return {
      member,
      isProbe: true,
      note: `Trying target ${member.key} of pool "${this.name}" after its ejection`,
    };
  }

  #chosen(candidates: readonly Member[], nowMs: number, note: string | null): Choice {
    const { balance, slowStartMs } = this.#pool;
    const member = choose(candidates, balance, slowStartMs, nowMs, this.#tools.random);
    return { member, isProbe: false, note };
  }

  /** Nothing is well: what is on probation first, else everything, since a guess is better than a refusal (Envoy). */
  #lastResort(nowMs: number, except: Member | null): Choice | null {
    const candidates = this.#candidates;
    candidates.length = 0;
    for (const member of this.#members.values()) {
      if (member === except) continue;
      if (member.standing === 'probation' && !member.isProbed) return this.#probe(member);
      candidates.push(member);
    }
    if (candidates.length === 0) return null;
    const closed = candidates.filter((member) => !isOpen(member));
    const note = `No target of pool "${this.name}" is healthy: all are used`;
    return this.#chosen(closed.length > 0 ? closed : candidates, nowMs, note);
  }

  #skippedNote(nowMs: number): string {
    const reasons: string[] = [];
    for (const member of this.#members.values()) {
      if (this.#isAvailable(member, nowMs)) continue;
      if (reasons.length === 3) {
        reasons.push('others');
        break;
      }
      reasons.push(`${member.key} (${this.#reasonOf(member)})`);
    }
    return `Skipped targets of pool "${this.name}": ${reasons.join(', ')}`;
  }

  #reasonOf(member: Member): string {
    if (this.#checker !== null && member.health !== 'healthy') return `health ${member.health}`;
    return member.standing === 'in' ? 'circuit breaker open' : member.standing;
  }

  #setChecker(pool: TargetPool): void {
    this.#checker?.close();
    this.#checker = null;
    if (pool.healthCheck === null) return;
    const ask = this.#tools.askHealth(pool, pool.healthCheck);
    const { scheduler, random } = this.#tools;
    this.#checker = new HealthChecker(pool.healthCheck, ask, scheduler, random, (member) => {
      if (member.health === 'healthy') this.#admit(member);
    });
    for (const member of this.#members.values()) this.#checker.watch(member);
  }

  /** Others carry the load while its share grows; without any others it takes all at once. */
  #admit(member: Member): void {
    member.current = 0;
    const nowMs = this.now();
    for (const other of this.#members.values())
      if (other !== member && this.#isAvailable(other, nowMs)) {
        member.admittedMs = nowMs;
        return;
      }
  }

  /** Brings the members in line with what is found. */
  #gather(): void {
    const gone = new Map(this.#members);
    for (const found of this.#discovery.found()) {
      gone.delete(found.key);
      const known = this.#members.get(found.key);
      if (known !== undefined) {
        known.weight = found.weight;
        known.priority = found.priority;
        continue;
      }
      const member = new Member(found, 'unknown');
      this.#members.set(found.key, member);
      if (this.#isReady) this.#admit(member);
      this.#checker?.watch(member);
    }
    for (const member of gone.values()) this.#drain(member);
    if (!this.isPending) this.#wakeWaiting();
  }

  #drain(member: Member): void {
    this.#members.delete(member.key);
    this.#checker?.unwatch(member);
    member.isDraining = true;
    closeConnections(member);
    if (member.outstanding === 0) return;
    this.#draining.add(member);
    this.#tools.scheduler.after(this.#pool.drainMs, () => {
      this.#draining.delete(member);
      for (const carried of [...member.carried]) carried.cut();
    });
  }

  /** A draining target has ended its last call. */
  drained(member: Member): void {
    this.#draining.delete(member);
  }

  #wakeWaiting(): void {
    for (const act of [...this.#waiting]) {
      this.#waiting.delete(act);
      act();
    }
  }

  #statsOf(member: Member, nowMs: number): UpstreamTargetStats {
    const all = [...member.connections.values()];
    return {
      pool: this.name,
      target: member.key,
      requests: member.requests,
      failures: Object.fromEntries(member.failures),
      retries: member.retries,
      ejections: member.ejections,
      breakerOpened: all.reduce((sum, { breaker }) => sum + breaker.openedCount, 0),
      breakerOpen: member.standing !== 'in' || isOpen(member) ? 1 : 0,
      healthy: !member.isDraining && this.#isAvailable(member, nowMs) ? 1 : 0,
      outstanding: member.outstanding,
      connections: all.reduce((sum, { connectionCount }) => sum + connectionCount, 0),
    };
  }
}

// A target is mostly used in one way; where it is used in several, one that works is enough.

function isSaturated(member: Member): boolean {
  if (member.connections.size === 0) return false;
  for (const connections of member.connections.values()) if (!connections.isSaturated) return false;
  return true;
}

function isOpen(member: Member): boolean {
  if (member.connections.size === 0) return false;
  for (const connections of member.connections.values()) if (!connections.isOpen) return false;
  return true;
}

function forgetOldest(member: Member): void {
  for (const [key, connections] of member.connections) {
    connections.close();
    member.connections.delete(key);
    return;
  }
}

function closeConnections(member: Member): void {
  for (const connections of member.connections.values()) connections.close();
  member.connections.clear();
}
