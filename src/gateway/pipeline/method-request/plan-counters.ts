// The buckets and meters of usage plans in this process: those of a key are interned when it first comes. A decision needs
// nothing but numbers.
// See data-plane reference, section 21; docs/decisions/usage-counters.md.

import { type Failure, failures } from '../../../exchange/gateway-response.ts';
import type { PlanMember } from '../../../exchange/plan-member.ts';
import {
  dayOf,
  meterName,
  periodEnd,
  periodName,
  periodStart,
  type QuotaSettings,
  type ThrottleSettings,
} from '../../../resources/index.ts';
import { type Limit, notRestored, quotaRefused, type Throttle } from '../../throttle/throttle.ts';
import { throttleOf } from '../method-settings.ts';

const none = -1;
const noRoomPauseNs = 1e9;

export class PlanCounters {
  readonly #throttle: Throttle;
  readonly #tell: (line: string) => void;
  readonly #byMember = new Map<PlanMember, MemberCounters>();
  /** One for each kind of quota. */
  readonly #periods = new Map<string, Period>();
  #toldOfNoRoom = false;
  /** Until then nobody looks for room again: that takes the file's lock. */
  #noRoomUntilNs = 0;

  /** @param tell - told once when there is no room to count */
  constructor(throttle: Throttle, tell: (line: string) => void) {
    this.#throttle = throttle;
    this.#tell = tell;
  }

  /**
   * One decision about a request that a plan counts: all levels, the quota, and its count; all or nothing.
   *
   * @param place - `{resource path}/{VERB}`, as plans name methods; '' where there is none
   * @param c - bucket of the stage, or -1; likewise `d`, the account's
   * @param nowMs, nowNs - the same time on both clocks
   * @returns 0 when taken; 1 the plan's throttle of the method, 2 the plan's, 3 and 4 `c` and `d`; {@link quotaRefused};
   *   {@link notRestored}, also when there is no room to count
   */
  take(member: PlanMember, place: string, c: number, d: number, nowMs: number, nowNs: number): number {
    const counters = this.#byMember.get(member) ?? this.#open(member, nowNs);
    if (counters === null) return notRestored;
    const a = counters.methods === null ? none : this.#methodBucket(counters, place, nowNs);
    if (a === null) return notRestored;
    const { bucket: b, quota, usage, period } = counters;
    const start = period === null ? 0 : period.startAt(nowMs);
    return this.#throttle.takeCounted(a, b, c, d, quota, start, usage, dayOf(nowMs), nowNs);
  }

  /** Gives back what members held that hold no more. */
  keep(holds: (member: PlanMember) => boolean): void {
    for (const [member, counters] of this.#byMember) {
      if (holds(member)) continue;
      this.#byMember.delete(member);
      this.#release(counters);
    }
  }

  #open(member: PlanMember, nowNs: number): MemberCounters | null {
    if (nowNs < this.#noRoomUntilNs) return null;
    const { planId, keyId, stage, throttle, quota, methodThrottles } = member;
    const counters: MemberCounters = {
      member,
      bucket: none,
      quota: none,
      usage: none,
      period: null,
      methods: methodThrottles === null ? null : new Map(),
    };
    try {
      const limit = limitOf(throttle);
      if (limit !== null) counters.bucket = this.#throttle.bucket(`plan:${planId}/${keyId}`, limit);
      if (quota?.limit !== undefined) {
        const name = meterName({ kind: 'quota', planId, keyId, period: periodName(quota) });
        counters.quota = this.#throttle.quota(name, quota.limit);
        counters.period = this.#periodOf(quota);
      }
      counters.usage = this.#throttle.usage(meterName({ kind: 'usage', planId, keyId, stage }));
    } catch (error) {
      this.#release(counters);
      return this.#noRoom(error, nowNs);
    }
    this.#byMember.set(member, counters);
    return counters;
  }

  /** null: there is no room. */
  #methodBucket({ methods, member }: MemberCounters, place: string, nowNs: number): number | null {
    const known = methods!.get(place);
    if (known !== undefined) return known;
    if (nowNs < this.#noRoomUntilNs) return null;
    const limit = limitOf(member.methodThrottles!.get(place) ?? null);
    let bucket = none;
    if (limit !== null) {
      const { planId, keyId, stage } = member;
      try {
        bucket = this.#throttle.bucket(`plan-method:${planId}/${keyId}/${stage}${place}`, limit);
      } catch (error) {
        return this.#noRoom(error, nowNs);
      }
    }
    methods!.set(place, bucket);
    return bucket;
  }

  #release({ bucket, quota, usage, methods }: MemberCounters): void {
    for (const one of [bucket, ...(methods?.values() ?? [])]) if (one !== none) this.#throttle.release(one);
    for (const one of [quota, usage]) if (one !== none) this.#throttle.releaseMeter(one);
  }

  #noRoom(error: unknown, nowNs: number): null {
    this.#noRoomUntilNs = nowNs + noRoomPauseNs;
    if (!this.#toldOfNoRoom) this.#tell(`Requests of usage plans are refused: ${(error as Error).message}`);
    this.#toldOfNoRoom = true;
    return null;
  }

  #periodOf(quota: QuotaSettings): Period {
    const name = periodName(quota);
    const period = this.#periods.get(name) ?? new Period(quota);
    this.#periods.set(name, period);
    return period;
  }
}

/** What a request is refused with, by what {@link PlanCounters.take} answers. */
export const failureOf = (refused: number): Failure =>
  refused === quotaRefused ? failures.quotaExceeded : failures.throttled;

/** Why, for the log. @param refused - 1, 2, {@link quotaRefused} or {@link notRestored} */
export function refusalText(
  { planId, keyId, quota, throttle, methodThrottles }: PlanMember,
  refused: number,
  place: string,
): string {
  const whose = `Usage Plan ${planId}, API Key ID ${keyId}`;
  if (refused === quotaRefused)
    return `Usage Plan quota limit exceeded for ${whose}. Limit: ${quota?.limit} Period: ${quota?.period}`;
  if (refused === notRestored) return `The use of ${whose} cannot be counted: the request is refused`;
  const limit = limitOf(refused === 1 ? (methodThrottles?.get(place) ?? null) : throttle);
  const of = refused === 1 ? `, method ${place}` : '';
  return `Usage Plan throttle limit exceeded for ${whose}${of}. Limit: ${limit?.rateRps.toFixed(2)} Burst: ${limit?.burst}`;
}

interface MemberCounters {
  readonly member: PlanMember;
  bucket: number;
  quota: number;
  usage: number;
  period: Period | null;
  /** Place -> bucket, of methods that were called; -1 without a throttle of its own. Only methods of the API come here. */
  readonly methods: Map<string, number> | null;
}

/** The present period of one kind of quota, remembered until it is over. */
class Period {
  readonly #kind: QuotaSettings;
  #start = 0;
  #startMs = Number.POSITIVE_INFINITY;
  #endMs = 0;

  constructor(kind: QuotaSettings) {
    this.#kind = kind;
  }

  /** The day on which it began. */
  startAt(nowMs: number): number {
    if (nowMs < this.#startMs || nowMs >= this.#endMs) {
      this.#start = periodStart(dayOf(nowMs), this.#kind);
      this.#startMs = this.#start * dayMs;
      this.#endMs = periodEnd(this.#start, this.#kind) * dayMs;
    }
    return this.#start;
  }
}

const dayMs = 86_400_000;

const limitOf = (throttle: ThrottleSettings | null): Limit | null =>
  throttle === null
    ? null
    : throttleOf({
        throttlingRateLimit: throttle.rateLimit ?? -1,
        throttlingBurstLimit: throttle.burstLimit ?? -1,
      });
