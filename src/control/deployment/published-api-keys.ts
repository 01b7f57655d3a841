// API keys as data planes are told of them: what they are found by, and the stages that they open.

import { createHash } from 'node:crypto';
import type { PublishedApiKey } from '../../resources/index.ts';
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
