// Stages: named places where a deployment is served, with settings of their own.

import type { Stage } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { putStage } from '../deployment/put-stage.ts';
import { removeStage } from '../deployment/stage-history.ts';
import { apiOf } from '../lookup.ts';
import { conflict, notFound } from '../protocol/exceptions.ts';
import { epochSeconds, type Handlers, reads, writes } from './handler.ts';
import { patchStage } from './stage-patch.ts';
import { checkTags } from './tag-rules.ts';

export const stages = {
  CreateStage: writes<'CreateStage'>((input, transaction, context) => {
    const { restApiId, canarySettings, ...settings } = input;
    apiOf(transaction, restApiId, context.account);
    if (transaction.get('stage', restApiId, settings.stageName)) throw conflict('Stage already exists');
    checkTags(settings.tags);
    const canary = canarySettings && { percentTraffic: 0, useStageCache: false, ...canarySettings };
    const change = canary === undefined ? settings : { ...settings, canarySettings: canary };
    return presentStage(putStage(transaction, context, restApiId, change));
  }),

  GetStage: reads<'GetStage'>(({ restApiId, stageName }, view) =>
    presentStage(stageOf(view, restApiId, stageName)),
  ),

  GetStages: reads<'GetStages'>(({ restApiId, deploymentId }, view, { account }) => {
    apiOf(view, restApiId, account);
    const all = view.list('stage', restApiId);
    const wanted = deploymentId ? all.filter((stage) => stage.deploymentId === deploymentId) : all;
    return { item: wanted.map(presentStage) };
  }),

  UpdateStage: writes<'UpdateStage'>(({ restApiId, stageName, patchOperations }, transaction, context) => {
    const before = stageOf(transaction, restApiId, stageName);
    const after = patchStage(
      before,
      patchOperations,
      (id) => transaction.get('deployment', restApiId, id) !== undefined,
    );
    return presentStage(putStage(transaction, context, restApiId, after));
  }),

  DeleteStage: writes<'DeleteStage'>(({ restApiId, stageName }, transaction) => {
    stageOf(transaction, restApiId, stageName);
    removeStage(transaction, restApiId, stageName);
  }),

  // Accepted for a stage that is there; there is no cache yet that could hold anything.
  FlushStageCache: reads<'FlushStageCache'>(({ restApiId, stageName }, view) => {
    stageOf(view, restApiId, stageName);
  }),

  // Data planes keep answers for as long as the stage is published as it is: another number makes it another.
  FlushStageAuthorizersCache: writes<'FlushStageAuthorizersCache'>(
    ({ restApiId, stageName }, transaction) => {
      const stage = stageOf(transaction, restApiId, stageName);
      const authorizerFlushes = (stage.authorizerFlushes ?? 0) + 1;
      transaction.put('stage', restApiId, stageName, { ...stage, authorizerFlushes });
    },
  ),
} satisfies Partial<Handlers>;

/** @throws NotFoundException, also when it is the API that is not there */
export function stageOf(view: View, apiId: string, stageName: string): Stage {
  const stage = view.get('stage', apiId, stageName);
  if (stage === undefined) throw notFound('Invalid stage identifier specified');
  return stage;
}

/** A stage as the wire has it. */
export const presentStage = ({ authorizerFlushes: _, ...stage }: Stage) => ({
  ...stage,
  cacheClusterStatus: stage.cacheClusterEnabled ? 'AVAILABLE' : 'NOT_AVAILABLE',
  createdDate: epochSeconds(stage.createdDate),
  lastUpdatedDate: epochSeconds(stage.lastUpdatedDate),
});
