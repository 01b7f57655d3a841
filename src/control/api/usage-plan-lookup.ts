// Finding usage plans, and the plans of a key.

import type { UsagePlan } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { conflict, notFound } from '../protocol/exceptions.ts';

/** @throws NotFoundException `Invalid Usage Plan ID specified` */
export function usagePlanOf(view: View, id: string): UsagePlan {
  const plan = view.get('usagePlan', '', id);
  if (plan === undefined) throw noUsagePlan();
  return plan;
}

export const noUsagePlan = () => notFound('Invalid Usage Plan ID specified');

/** The plans that a key is in. */
export const plansOfKey = (view: View, keyId: string): UsagePlan[] =>
  view.list('usagePlan', '').filter(({ id }) => view.get('usagePlanKey', id, keyId) !== undefined);

/**
 * A caller's key must lead to one plan for each API stage.
 *
 * @throws ConflictException when the key is in another plan that has the stage
 */
export function refuseSecondPlan(
  view: View,
  keyId: string,
  planId: string,
  apiId: string,
  stage: string,
): void {
  const other = plansOfKey(view, keyId).find(
    ({ id, apiStages }) =>
      id !== planId && apiStages.some((one) => one.apiId === apiId && one.stage === stage),
  );
  if (other === undefined) return;
  throw conflict(
    `API Key ${keyId} cannot be in usage plan ${planId}: it is in usage plan ${other.id}, which has the API Stage ${apiId}:${stage} too`,
  );
}
