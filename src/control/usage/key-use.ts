// What was read of one key's meters of one plan, written into its days. All numbers are absolute: writing them again changes
// nothing.

import {
  dateOf,
  dayOfDate,
  type MeterReading,
  periodName,
  periodStart,
  readMeterName,
  type UsageDay,
  type UsagePlan,
} from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';

/** Days that the store remembers; GetUsage tells of 90 at once. */
export const usageDaysKept = 100;

/** What is left of a plan without a quota. */
export const unlimited = -1;

export interface KeyUse {
  readonly planId: string;
  readonly keyId: string;
  /** `{apiId}/{stage}` -> days (since 1970) and their requests. */
  readonly stages: Map<string, MeterReading['cells']>;
  /** Of the plan's quota now, and of those that it had before. */
  readonly quotas: { readonly period: string; readonly start: number; readonly spent: number }[];
}

/** Readings, brought together by plan and key. */
export function keyUses(readings: Iterable<MeterReading>): readonly KeyUse[] {
  const uses = new Map<string, KeyUse>();
  for (const { name, cells } of readings) {
    const meter = readMeterName(name);
    if (meter === null) continue;
    const { planId, keyId } = meter;
    const id = `${planId}/${keyId}`;
    const use: KeyUse = uses.get(id) ?? { planId, keyId, stages: new Map(), quotas: [] };
    uses.set(id, use);
    if (meter.kind === 'usage') use.stages.set(meter.stage, cells);
    else
      for (const { day, count } of cells.slice(0, 1))
        use.quotas.push({ period: meter.period, start: day, spent: count });
  }
  return [...uses.values()];
}

/** @param today - days since 1970 */
export function writeKeyUse(transaction: Transaction, use: KeyUse, today: number): void {
  const { planId, keyId } = use;
  const plan = transaction.get('usagePlan', '', planId);
  if (plan === undefined) return;
  const changed = new Map<string, UsageDay>();
  const dayAt = (date: string): UsageDay =>
    changed.get(date) ?? usageOn(transaction, planId, keyId, date) ?? newDay(transaction, plan, keyId, date);
  for (const [stage, cells] of use.stages)
    for (const { day, count } of cells) {
      if (day <= today - usageDaysKept || day > today + 1) continue;
      const date = dateOf(day);
      const before = dayAt(date);
      const added = count - (before.stages?.[stage] ?? 0);
      // Never less: a file that knows less than the store is wrong.
      if (added > 0) changed.set(date, withRequests(before, stage, count, added, day < today));
    }
  const { quota } = plan;
  if (quota?.limit !== undefined) {
    const start = periodStart(today, quota);
    const present = use.quotas.find((one) => one.period === periodName(quota) && one.start === start);
    const date = dateOf(today);
    if (
      present !== undefined &&
      isNews(present.spent, lastInPeriod(transaction, plan, keyId, date), changed)
    ) {
      const { period, spent } = present;
      const remaining = Math.max(quota.limit - spent, 0);
      changed.set(date, { ...dayAt(date), remaining, quota: { period, start: dateOf(start), spent } });
    }
  }
  for (const [date, day] of changed) transaction.put('usageDay', `${planId}/${date}`, keyId, day);
}

const isNews = (spent: number, last: UsageDay | undefined, changed: ReadonlyMap<string, UsageDay>): boolean =>
  changed.size > 0 || last?.quota?.spent !== spent;

/** @param isOver - what is left today the quota's meter tells; what was left on an earlier day it knows no more */
function withRequests(day: UsageDay, stage: string, count: number, added: number, isOver: boolean): UsageDay {
  const { remaining, quota } = day;
  const more = { ...day, used: day.used + added, stages: { ...day.stages, [stage]: count } };
  if (!isOver || remaining === unlimited) return more;
  return {
    ...more,
    remaining: Math.max(remaining - added, 0),
    ...(quota === undefined ? {} : { quota: { ...quota, spent: quota.spent + added } }),
  };
}

function newDay(view: View, plan: UsagePlan, keyId: string, date: string): UsageDay {
  return { keyId, date, used: 0, remaining: remainingOn(view, plan, keyId, date) };
}

export const usageOn = (view: View, planId: string, keyId: string, date: string): UsageDay | undefined =>
  view.get('usageDay', `${planId}/${date}`, keyId);

/** All keys of a plan that were used on a day. */
export const usagesOn = (view: View, planId: string, date: string): readonly UsageDay[] =>
  view.list('usageDay', `${planId}/${date}`);

/**
 * Forgets the days of a plan up to one.
 * @param last - days since 1970
 * @returns whether there were any
 */
export function forgetUsage(transaction: Transaction, planId: string, last: number): boolean {
  let isAny = false;
  for (let day = last; day > last - daysLookedBack; day--) {
    const parent = `${planId}/${dateOf(day)}`;
    if (transaction.list('usageDay', parent).length === 0) continue;
    transaction.removeAll('usageDay', parent);
    isAny = true;
  }
  return isAny;
}

/** Who was away longer than this keeps some days for good. */
const daysLookedBack = 500;

/** What is left at the end of a day: of one without requests, what the last one before it in the period left. */
export function remainingOn(view: View, plan: UsagePlan, keyId: string, date: string): number {
  const { quota } = plan;
  if (quota?.limit === undefined) return unlimited;
  const last = lastInPeriod(view, plan, keyId, date);
  if (last === undefined || last.remaining === unlimited) return quota.limit;
  // The limit may have changed since.
  return last.quota?.period === periodName(quota)
    ? Math.max(quota.limit - last.quota.spent, 0)
    : last.remaining;
}

/** The last day of the quota's period, up to a day, that the store has. */
function lastInPeriod(
  view: View,
  { id, quota }: UsagePlan,
  keyId: string,
  date: string,
): UsageDay | undefined {
  const day = dayOfDate(date);
  const start = periodStart(day, quota ?? {});
  for (let at = day; at >= start; at--) {
    const known = usageOn(view, id, keyId, dateOf(at));
    if (known !== undefined) return known;
  }
  return undefined;
}
