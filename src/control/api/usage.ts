// Usage: what the keys of a plan have used, day by day, and what they have left.

import { dateOf, dayOfDate, type UsagePlan } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument } from '../protocol/patch.ts';
import { remainingOn, usageOn } from '../usage/index.ts';
import { acts, type Handlers } from './handler.ts';
import { integerValue } from './patch-values.ts';
import { keyInPlan } from './usage-plan-keys.ts';
import { usagePlanOf } from './usage-plan-lookup.ts';

const rangeDaysMax = 90;

export const usage = {
  GetUsage: acts<'GetUsage'>(async (input, { store: { view }, usage }) => {
    const { usagePlanId, keyId, startDate, endDate } = input;
    usagePlanOf(view, usagePlanId);
    const days = daysBetween(startDate, endDate);
    if (keyId !== undefined) keyInPlan(view, usagePlanId, keyId);
    await usage.flush();
    const plan = usagePlanOf(view, usagePlanId);
    const keys = view
      .list('usagePlanKey', usagePlanId)
      .filter(({ id }) => keyId === undefined || id === keyId);
    const { item, position } = page(
      keys,
      input,
      ({ id }) => id,
      ({ id }) => [id, days.map((date) => pairOn(view, plan, id, date))] as const,
    );
    return { usagePlanId, startDate, endDate, position, values: Object.fromEntries(item) };
  }),

  UpdateUsage: acts<'UpdateUsage'>(async ({ usagePlanId, keyId, patchOperations }, context) => {
    const { store, usage } = context;
    usagePlanOf(store.view, usagePlanId);
    keyInPlan(store.view, usagePlanId, keyId);
    await usage.flush();
    const plan = usagePlanOf(store.view, usagePlanId);
    keyInPlan(store.view, usagePlanId, keyId);
    const date = context.now().slice(0, 10);
    const [used, remaining] = pairOn(store.view, plan, keyId, date);
    const wanted = patchDocument<Remaining>({ remaining: null }, patchOperations, patchesOf(plan)).remaining;
    if (wanted !== null) await usage.setRemaining(plan, keyId, wanted);
    return {
      usagePlanId,
      startDate: date,
      endDate: date,
      values: { [keyId]: [[used, wanted ?? remaining]] },
    };
  }),
} satisfies Partial<Handlers>;

interface Remaining {
  /** null: not asked for. */
  readonly remaining: number | null;
}

const patchesOf = (plan: UsagePlan): PatchTable<Remaining> => ({
  rows: [
    {
      path: '/remaining',
      ops: ['replace'],
      apply: (_, { value }) => {
        const remaining = integerValue(value, `Invalid remaining quota specified: ${value ?? 'null'}`);
        if (remaining < 0) throw badRequest(`Invalid remaining quota specified: ${value}`);
        if (plan.quota === undefined) throw badRequest(`Usage Plan ${plan.id} has no quota`);
        return { remaining };
      },
    },
  ],
});

/** Used that day, and left at its end. */
const pairOn = (view: View, plan: UsagePlan, keyId: string, date: string): [number, number] => [
  usageOn(view, plan.id, keyId, date)?.used ?? 0,
  remainingOn(view, plan, keyId, date),
];

/**
 * The days from one to another, both included.
 * @throws BadRequestException for what is no range of days, or too long a one
 */
export function daysBetween(startDate: string, endDate: string): string[] {
  const start = dayNumber(startDate, 'startDate');
  const end = dayNumber(endDate, 'endDate');
  if (end < start) throw badRequest('Invalid date range specified: endDate must not be before startDate');
  const count = end - start + 1;
  if (count > rangeDaysMax)
    throw badRequest(`Invalid date range specified: at most ${rangeDaysMax} days can be asked for`);
  return Array.from({ length: count }, (_, i) => dateOf(start + i));
}

function dayNumber(date: string, what: string): number {
  const day = /^\d{4}-\d\d-\d\d$/.test(date) ? dayOfDate(date) : Number.NaN;
  // 2024-02-30 is read as March 1st by some.
  if (Number.isNaN(day) || dateOf(day) !== date)
    throw badRequest(`Invalid ${what} specified: ${date}. Must be of the form YYYY-MM-DD`);
  return day;
}
