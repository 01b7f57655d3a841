// What usage plans have counted, for `sluice usage`: where everybody stands, and what was asked on a day, for bills.

import {
  dateOf,
  dayOf,
  dayOfDate,
  periodEnd,
  periodStart,
  type QuotaSettings,
} from '../../resources/index.ts';
import type { Caller } from '../api/handler.ts';
import { daysBetween } from '../api/usage.ts';
import type { ControlPlane } from '../control-plane.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { remainingOn, usageDaysKept, usageOn, usagesOn } from '../usage/index.ts';

/** One key of one plan, today. */
export interface UsageStanding {
  readonly planId: string;
  readonly planName: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly usedToday: number;
  /** null: the plan has no quota. */
  readonly quota: {
    readonly limit: number;
    readonly period: QuotaSettings['period'] & string;
    /** `YYYY-MM-DD`; `end` is the first day of the next period. */
    readonly start: string;
    readonly end: string;
    readonly used: number;
    readonly remaining: number;
  } | null;
}

/** Requests of one key on one stage on one day. */
export interface UsageRow {
  readonly date: string;
  readonly planId: string;
  readonly planName: string;
  readonly keyId: string;
  readonly keyName: string;
  readonly customerId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly requests: number;
}

/** A request that was under way at midnight may be counted a little later. */
const settledAfterMs = 60_000;

export const usageActs = {
  listUsage: async (_: undefined, control: ControlPlane, _caller: Caller): Promise<UsageStanding[]> => {
    const { services, usage } = control;
    await usage.flush();
    const { view } = services.store;
    const today = dayOf(Date.parse(services.now()));
    const date = dateOf(today);
    return view.list('usagePlan', '').flatMap((plan) =>
      view.list('usagePlanKey', plan.id).map(({ id: keyId }) => {
        const { quota } = plan;
        const remaining = remainingOn(view, plan, keyId, date);
        const start = periodStart(today, quota ?? {});
        return {
          planId: plan.id,
          planName: plan.name,
          keyId,
          keyName: view.get('apiKey', '', keyId)?.name ?? '',
          usedToday: usageOn(view, plan.id, keyId, date)?.used ?? 0,
          quota:
            quota?.limit === undefined
              ? null
              : {
                  limit: quota.limit,
                  period: quota.period ?? 'DAY',
                  start: dateOf(start),
                  end: dateOf(periodEnd(start, quota)),
                  used: Math.max(quota.limit - remaining, 0),
                  remaining,
                },
        };
      }),
    );
  },

  /**
   * All that was counted on one day, in a fixed order: a day that is over gives the same rows whenever it is asked for.
   * @throws (rejects) BadRequestException for a day that is not kept any more, or not over yet unless `isPartial`
   */
  listUsageOfDay: async (
    { date, isPartial }: { readonly date: string; readonly isPartial: boolean },
    control: ControlPlane,
    _caller: Caller,
  ): Promise<UsageRow[]> => {
    const { services, usage } = control;
    const [day] = daysBetween(date, date);
    const first = dateOf(dayOf(Date.parse(services.now())) - usageDaysKept + 1);
    if (date < first) throw badRequest(`Days before ${first} are kept no more`);
    const overMs = (dayOfDate(day!) + 1) * 86_400_000 + settledAfterMs;
    if (!isPartial && Date.parse(services.now()) < overMs)
      throw badRequest(`The day ${date} (UTC) is not over: its numbers would change`);
    await usage.flush();
    const { view } = services.store;
    const rows = view.list('usagePlan', '').flatMap((plan) =>
      usagesOn(view, plan.id, date).flatMap(({ keyId, stages = {} }) => {
        const key = view.get('apiKey', '', keyId);
        return Object.entries(stages).map(([stage, requests]) => ({
          date,
          planId: plan.id,
          planName: plan.name,
          keyId,
          keyName: key?.name ?? '',
          customerId: key?.customerId ?? '',
          apiId: stage.slice(0, stage.indexOf('/')),
          stage: stage.slice(stage.indexOf('/') + 1),
          requests,
        }));
      }),
    );
    return rows.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
  },
} as const;

const placeOf = ({ planId, keyId, apiId, stage }: UsageRow): string =>
  [planId, keyId, apiId, stage].join('/');
