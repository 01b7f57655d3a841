// Usage: what the keys of a plan have used, day by day, and what they have left.

import type { QuotaSettings, UsageDay, UsagePlan } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument } from '../protocol/patch.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { integerValue } from './patch-values.ts';
import { keyInPlan } from './usage-plan-keys.ts';
import { usagePlanOf } from './usage-plan-lookup.ts';

const rangeDaysMax = 90;
const dayMs = 86_400_000;
/** What is left of a plan without a quota. */
const unlimited = -1;

export const usage = {
  GetUsage: reads<'GetUsage'>((input, view) => {
    const { usagePlanId, keyId, startDate, endDate } = input;
    const plan = usagePlanOf(view, usagePlanId);
    const days = daysBetween(startDate, endDate);
    if (keyId !== undefined) keyInPlan(view, usagePlanId, keyId);
    const keys = view
      .list('usagePlanKey', usagePlanId)
      .filter(({ id }) => keyId === undefined || id === keyId);
    const known = usageByKey(view, usagePlanId);
    const { item, position } = page(
      keys,
      input,
      ({ id }) => id,
      ({ id }) => [id, days.map((day) => pairOn(day, plan.quota, known.get(id) ?? []))] as const,
    );
    return { usagePlanId, startDate, endDate, position, values: Object.fromEntries(item) };
  }),

  UpdateUsage: writes<'UpdateUsage'>(({ usagePlanId, keyId, patchOperations }, transaction, context) => {
    const plan = usagePlanOf(transaction, usagePlanId);
    keyInPlan(transaction, usagePlanId, keyId);
    const date = context.now().slice(0, 10);
    const known = usageByKey(transaction, usagePlanId).get(keyId) ?? [];
    const [used, remaining] = pairOn(date, plan.quota, known);
    const day = patchDocument<UsageDay>({ keyId, date, used, remaining }, patchOperations, patchesOf(plan));
    if (day.remaining !== remaining) transaction.put('usageDay', usagePlanId, `${keyId}/${date}`, day);
    return {
      usagePlanId,
      startDate: date,
      endDate: date,
      values: { [keyId]: [[day.used, day.remaining]] },
    };
  }),
} satisfies Partial<Handlers>;

const patchesOf = (plan: UsagePlan): PatchTable<UsageDay> => ({
  rows: [
    {
      path: '/remaining',
      ops: ['replace'],
      apply: (day, { value }) => {
        const remaining = integerValue(value, `Invalid remaining quota specified: ${value ?? 'null'}`);
        if (remaining < 0) throw badRequest(`Invalid remaining quota specified: ${value}`);
        if (plan.quota === undefined) throw badRequest(`Usage Plan ${plan.id} has no quota`);
        return { ...day, remaining };
      },
    },
  ],
});

/** Key id -> its days, oldest first. */
function usageByKey(view: View, planId: string): ReadonlyMap<string, readonly UsageDay[]> {
  const days = view.list('usageDay', planId).toSorted((a, b) => (a.date < b.date ? -1 : 1));
  return Map.groupBy(days, ({ keyId }) => keyId);
}

/** Used that day, and left at its end. A day without requests ends as the last one before it in the period did. */
function pairOn(
  date: string,
  quota: QuotaSettings | undefined,
  known: readonly UsageDay[],
): [number, number] {
  const last = known.findLast((day) => day.date <= date);
  const used = last?.date === date ? last.used : 0;
  if (quota?.limit === undefined) return [used, unlimited];
  const isSamePeriod = last !== undefined && last.date >= periodStart(date, quota);
  return [used, isSamePeriod ? last.remaining : quota.limit];
}

/**
 * The first day of the quota's period that a day is in, UTC. Weeks begin on Sunday and months on their first day, `offset`
 * days later.
 *
 * @param date - `YYYY-MM-DD`
 */
export function periodStart(date: string, { period = 'DAY', offset = 0 }: QuotaSettings): string {
  if (period === 'DAY') return date;
  const day = new Date(`${date}T00:00:00Z`);
  if (period === 'WEEK') {
    const back = (day.getUTCDay() - offset + 7) % 7;
    return new Date(day.getTime() - back * dayMs).toISOString().slice(0, 10);
  }
  const monthsBack = day.getUTCDate() - 1 < offset ? 1 : 0;
  const start = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - monthsBack, 1 + offset);
  return new Date(start).toISOString().slice(0, 10);
}

/** @throws BadRequestException for what is no range of days, or too long a one */
function daysBetween(startDate: string, endDate: string): string[] {
  const start = timeOf(startDate, 'startDate');
  const end = timeOf(endDate, 'endDate');
  if (end < start) throw badRequest('Invalid date range specified: endDate must not be before startDate');
  const count = (end - start) / dayMs + 1;
  if (count > rangeDaysMax)
    throw badRequest(`Invalid date range specified: at most ${rangeDaysMax} days can be asked for`);
  return Array.from({ length: count }, (_, i) => new Date(start + i * dayMs).toISOString().slice(0, 10));
}

function timeOf(date: string, what: string): number {
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // 2024-02-30 is read as March 1st by some.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date)
    throw badRequest(`Invalid ${what} specified: ${date}. Must be of the form YYYY-MM-DD`);
  return time;
}
