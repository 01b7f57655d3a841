// API keys and usage plans as data planes are told of them: what keys are found by, the stages that they open, and what is
// counted there.

import { createHash } from 'node:crypto';
import type { PublishedApiKey, PublishedUsagePlan } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';

/** A key opens the stages of its usage plans; one that is in no plan opens none. */
export function publishedApiKeys(view: View): PublishedApiKey[] {
  const stagesByKey = new Map<string, Set<string>>();
  for (const { id: planId, apiStages } of view.list('usagePlan', '')) {
    for (const { id: keyId } of view.list('usagePlanKey', planId)) {
      const stages = stagesByKey.get(keyId) ?? new Set();
      for (const { apiId, stage } of apiStages) stages.add(`${apiId}/${stage}`);
      stagesByKey.set(keyId, stages);
    }
  }
  return view.list('apiKey', '').map(({ id, value, enabled }) => ({
    id,
    valueHash: createHash('sha256').update(value).digest('hex'),
    enabled,
    stages: [...(stagesByKey.get(id) ?? [])],
  }));
}

/** What data planes limit and count. */
export const publishedUsagePlans = (view: View): PublishedUsagePlan[] =>
  view.list('usagePlan', '').map(({ id, apiStages, throttle, quota }) => ({
    id,
    apiStages,
    ...(throttle === undefined ? {} : { throttle }),
    ...(quota === undefined ? {} : { quota }),
    keyIds: view.list('usagePlanKey', id).map((key) => key.id),
  }));
