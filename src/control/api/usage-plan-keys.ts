// UsagePlanKeys: which API keys a usage plan counts.

import type { ApiKey, UsagePlanKey } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { badRequest, conflict } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { apiKeyOf } from './api-keys.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { noUsagePlan, plansOfKey, refuseSecondPlan, usagePlanOf } from './usage-plan-lookup.ts';

export const usagePlanKeys = {
  CreateUsagePlanKey: writes<'CreateUsagePlanKey'>(({ usagePlanId, keyId, keyType }, transaction) => {
    if (keyType !== 'API_KEY') throw badRequest('Invalid key type specified. Must be one of: [API_KEY]');
    const key = apiKeyOf(transaction, keyId);
    addKeyToPlan(transaction, usagePlanId, keyId);
    return present(key);
  }),

  GetUsagePlanKey: reads<'GetUsagePlanKey'>(({ usagePlanId, keyId }, view) =>
    present(keyInPlan(view, usagePlanId, keyId)),
  ),

  GetUsagePlanKeys: reads<'GetUsagePlanKeys'>((input, view) => {
    // A plan that is not there has no keys; the service does not refuse it here.
    const wanted = view
      .list('usagePlanKey', input.usagePlanId)
      .flatMap(({ id }) => view.get('apiKey', '', id) ?? [])
      .filter(({ name = '' }) => input.nameQuery === undefined || name.startsWith(input.nameQuery))
      .toReversed();
    return page(wanted, input, ({ id }) => id, present);
  }),

  DeleteUsagePlanKey: writes<'DeleteUsagePlanKey'>(({ usagePlanId, keyId }, transaction) => {
    keyInPlan(transaction, usagePlanId, keyId);
    transaction.remove('usagePlanKey', usagePlanId, keyId);
  }),
} satisfies Partial<Handlers>;

/**
 * The key of a plan. The service looks for the key first, and for a key that is not in the plan it blames the plan.
 *
 * @throws NotFoundException `Invalid API Key identifier specified` or `Invalid Usage Plan ID specified`
 */
export function keyInPlan(view: View, planId: string, keyId: string): ApiKey {
  const key = apiKeyOf(view, keyId);
  if (view.get('usagePlanKey', planId, keyId) === undefined) throw noUsagePlan();
  return key;
}

/**
 * @throws NotFoundException when the plan or the key is not there; ConflictException when the key is in the plan, or in
 *   another with the same API stage; LimitExceededException when it is in ten
 */
export function addKeyToPlan(transaction: Transaction, planId: string, keyId: string): void {
  apiKeyOf(transaction, keyId);
  const plan = usagePlanOf(transaction, planId);
  if (transaction.get('usagePlanKey', planId, keyId) !== undefined)
    throw conflict(`API Key ${keyId} already exists in usage plan ${planId}`);
  const others = plansOfKey(transaction, keyId);
  refuseAbove(quotas.plansPerKey, others.length, 'usage plans', 'API key');
  for (const { apiId, stage } of plan.apiStages) refuseSecondPlan(transaction, keyId, planId, apiId, stage);
  const key: UsagePlanKey = { id: keyId, type: 'API_KEY' };
  transaction.put('usagePlanKey', planId, keyId, key);
}

const present = ({ id, name, value }: ApiKey) => ({ id, type: 'API_KEY', value, name });
