// Deployments: an API as it was when it was frozen.

import type { ApiDefinition, Deployment } from '../../resources/index.ts';
import { readSnapshot } from '../../resources/snapshot-file.ts';
import type { StoredDeployment, View } from '../../store/index.ts';
import { createDeployment } from '../deployment/create-deployment.ts';
import { apiOf } from '../lookup.ts';
import { methodsOf } from '../openapi/methods-of.ts';
import { badRequest, notFound, unavailable } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces } from '../protocol/patch.ts';
import { epochSeconds, type Handlers, reads, writes } from './handler.ts';
import { textOrNothing } from './patch-values.ts';

export const deployments = {
  CreateDeployment: writes<'CreateDeployment'>((input, transaction, context) => {
    const { restApiId, stageName, stageDescription, description, canarySettings, ...stage } = input;
    return presentDeployment(
      createDeployment(transaction, context, {
        apiId: restApiId,
        description,
        stageName,
        stage: stageDescription === undefined ? stage : { ...stage, description: stageDescription },
        canary: canarySettings,
      }),
    );
  }),

  GetDeployment: reads<'GetDeployment'>(({ restApiId, deploymentId, embed = [] }, view, { dataDir }) => {
    const deployment = deploymentOf(view, restApiId, deploymentId);
    const isEmbedded = embed.some((one) => one.toLowerCase() === 'apisummary');
    if (!isEmbedded) return presentDeployment(deployment);
    return { ...presentDeployment(deployment), apiSummary: summaryOf(frozen(dataDir, deployment.hash)) };
  }),

  GetDeployments: reads<'GetDeployments'>((input, view, { account }) => {
    apiOf(view, input.restApiId, account);
    return page(view.list('deployment', input.restApiId), input, ({ id }) => id, presentDeployment);
  }),

  UpdateDeployment: writes<'UpdateDeployment'>(
    ({ restApiId, deploymentId, patchOperations }, transaction) => {
      const before = deploymentOf(transaction, restApiId, deploymentId);
      const after = patchDocument(before, patchOperations, patches);
      transaction.put('deployment', restApiId, deploymentId, after);
      return presentDeployment(after);
    },
  ),

  DeleteDeployment: writes<'DeleteDeployment'>(({ restApiId, deploymentId }, transaction) => {
    deploymentOf(transaction, restApiId, deploymentId);
    const isStaged = transaction
      .list('stage', restApiId)
      .some((stage) => [stage.deploymentId, stage.canarySettings?.deploymentId].includes(deploymentId));
    if (isStaged) throw badRequest('Active stages pointing to this deployment must be moved or deleted');
    transaction.remove('deployment', restApiId, deploymentId);
  }),
} satisfies Partial<Handlers>;

const patches: PatchTable<StoredDeployment> = {
  rows: [replaces('/description', 'description', textOrNothing)],
};

/** @throws NotFoundException, also when it is the API that is not there */
function deploymentOf(view: View, apiId: string, deploymentId: string): StoredDeployment {
  const deployment = view.get('deployment', apiId, deploymentId);
  if (deployment === undefined) throw notFound('Invalid Deployment identifier specified');
  return deployment;
}

const presentDeployment = ({ id, description, createdDate }: Deployment) => ({
  id,
  description,
  createdDate: epochSeconds(createdDate),
});

function frozen(dataDir: string, hash: string): ApiDefinition {
  try {
    return readSnapshot(dataDir, hash).definition;
  } catch (error) {
    throw unavailable((error as Error).message);
  }
}

/** Path -> verb -> how a caller is let in. */
function summaryOf(definition: ApiDefinition) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { resource, verb, method } of methodsOf(definition)) {
    const { authorizationType, apiKeyRequired } = method;
    paths[resource.path] = { ...paths[resource.path], [verb]: { authorizationType, apiKeyRequired } };
  }
  return paths;
}
