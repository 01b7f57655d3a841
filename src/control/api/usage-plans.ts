// UsagePlans: how much the API keys in a plan may ask of which stages.

import { dayOf, type UsagePlan } from '../../resources/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { patchDocument } from '../protocol/patch.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { forgetUsage } from '../usage/index.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { checkTags, idFor } from './tag-rules.ts';
import { plansOfKey, refuseSecondPlan, usagePlanOf } from './usage-plan-lookup.ts';
import { plainOperations, usagePlanPatches } from './usage-plan-patch.ts';
import { checkedApiStage, checkQuota, checkThrottle, withOffset } from './usage-plan-rules.ts';

export const usagePlans = {
  CreateUsagePlan: writes<'CreateUsagePlan'>((input, transaction, context) => {
    const { name, description, apiStages = [], throttle, quota, tags } = input;
    if (name === '') throw badRequest('Name cannot be empty');
    if (quota !== undefined) checkQuota(quota);
    if (throttle !== undefined) checkThrottle(throttle);
    checkTags(tags);
    refuseAbove(quotas.usagePlans, transaction.list('usagePlan', '').length, 'usage plans', 'account');
    const isTaken = (id: string) => transaction.get('usagePlan', '', id) !== undefined;
    const id = idFor(tags, 6, isTaken, context);
    const plan: UsagePlan = {
      id,
      name,
      ...(description === undefined ? {} : { description }),
      apiStages: apiStages.map((stage) => checkedApiStage(transaction, stage, id)),
      ...(throttle === undefined ? {} : { throttle }),
      ...(quota === undefined ? {} : { quota: withOffset(quota) }),
      ...(tags === undefined ? {} : { tags }),
    };
    transaction.put('usagePlan', '', id, plan);
    return plan;
  }),

  GetUsagePlan: reads<'GetUsagePlan'>(({ usagePlanId }, view) => withTags(usagePlanOf(view, usagePlanId))),

  GetUsagePlans: reads<'GetUsagePlans'>((input, view) => {
    const { keyId } = input;
    const wanted = keyId === undefined ? view.list('usagePlan', '') : plansOfKey(view, keyId);
    return page(
      wanted,
      input,
      ({ id }) => id,
      (plan) => plan,
    );
  }),

  UpdateUsagePlan: writes<'UpdateUsagePlan'>(({ usagePlanId, patchOperations }, transaction) => {
    const before = usagePlanOf(transaction, usagePlanId);
    const changed = patchDocument(before, plainOperations(patchOperations), usagePlanPatches(transaction));
    if (changed.quota !== undefined) checkQuota(changed.quota);
    if (changed.throttle !== undefined) checkThrottle(changed.throttle);
    const keys = transaction.list('usagePlanKey', usagePlanId);
    for (const { apiId, stage } of changed.apiStages) {
      if (before.apiStages.some((one) => one.apiId === apiId && one.stage === stage)) continue;
      for (const key of keys) refuseSecondPlan(transaction, key.id, usagePlanId, apiId, stage);
    }
    transaction.put('usagePlan', '', usagePlanId, changed);
    return withTags(changed);
  }),

  DeleteUsagePlan: writes<'DeleteUsagePlan'>(({ usagePlanId }, transaction, context) => {
    const plan = usagePlanOf(transaction, usagePlanId);
    // Stages that were deleted since hold nothing back.
    const used = plan.apiStages.find(
      ({ apiId, stage }) => transaction.get('stage', apiId, stage) !== undefined,
    );
    if (used !== undefined) {
      const stage = `${used.apiId}:${used.stage}`;
      throw badRequest(
        `Cannot delete Usage Plan ${usagePlanId} because there are API Stages associated with it, including ${stage}`,
      );
    }
    transaction.removeAll('usagePlanKey', usagePlanId);
    forgetUsage(transaction, usagePlanId, dayOf(Date.parse(context.now())) + 1);
    transaction.remove('usagePlan', '', usagePlanId);
  }),
} satisfies Partial<Handlers>;

/** One plan alone shows its tags even when it has none; a list and a create do not. */
const withTags = (plan: UsagePlan): UsagePlan => ({ ...plan, tags: plan.tags ?? {} });
