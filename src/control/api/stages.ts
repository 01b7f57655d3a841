// Stages: named places where a deployment is served, with settings of their own.

import type { Stage } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { putStage } from '../deployment/put-stage.ts';
import { conflict, notFound } from '../protocol/exceptions.ts';
import { epochSeconds, type Handlers, reads, writes } from './handler.ts';
import { apiOf } from './lookup.ts';

export const stages = {
  CreateStage: writes<'CreateStage'>((input, transaction, context) => {
    const { restApiId, canarySettings, ...settings } = input;
    apiOf(transaction, restApiId, context.account);
    if (transaction.get('stage', restApiId, settings.stageName)) throw conflict('Stage already exists');
    const canary = canarySettings && { percentTraffic: 0, useStageCache: false, ...canarySettings };
    const change = canary === undefined ? settings : { ...settings, canarySettings: canary };
    return presentStage(putStage(transaction, context, restApiId, undefined, change));
  }),
  GetStage: reads<'GetStage'>(({ restApiId, stageName }, view) =>
    presentStage(stageOf(view, restApiId, stageName)),
  ),
} satisfies Partial<Handlers>;

/** @throws NotFoundException, also when it is the API that is not there */
export function stageOf(view: View, apiId: string, stageName: string): Stage {
  const stage = view.get('stage', apiId, stageName);
  if (stage === undefined) throw notFound('Invalid stage identifier specified');
  return stage;
}

/** A stage as the wire has it. */
export const presentStage = (stage: Stage) => ({
  ...stage,
  cacheClusterStatus: stage.cacheClusterEnabled ? 'AVAILABLE' : 'NOT_AVAILABLE',
  createdDate: epochSeconds(stage.createdDate),
  lastUpdatedDate: epochSeconds(stage.lastUpdatedDate),
});
