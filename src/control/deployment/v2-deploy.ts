// Freezing an API of the second version, and the stages that do it by themselves.

import type { V2Definition, V2Deployment } from '../../resources/index.ts';
import type { StoredV2Deployment, Transaction, View } from '../../store/index.ts';
import type { Context } from '../api/handler.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { writeSnapshot } from './snapshots.ts';

type Deploying = Pick<Context, 'dataDir' | 'newId' | 'now'>;

/** Deployments that were made by themselves and that no stage serves: the oldest beyond so many go. */
const autoDeploymentsKept = 50;

/** Everything that a deployment freezes, as the store has it now. The API is there. */
export function v2DefinitionOf(view: View, apiId: string): V2Definition {
  return {
    api: view.get('v2Api', '', apiId)!,
    routes: view.list('v2Route', apiId),
    routeResponses: view.list('v2RouteResponse', apiId),
    integrations: view.list('v2Integration', apiId),
    integrationResponses: view.list('v2IntegrationResponse', apiId),
    models: view.list('v2Model', apiId),
    authorizers: view.list('v2Authorizer', apiId),
  };
}

export interface V2DeploymentRequest {
  readonly description?: string | undefined;
  readonly autoDeployed?: boolean;
}

/**
 * Records a deployment and writes its snapshot, which is on disk before the transaction commits.
 * @throws BadRequestException when there is nothing that could be served
 */
export function deployV2(
  transaction: Transaction,
  context: Deploying,
  apiId: string,
  { description, autoDeployed = false }: V2DeploymentRequest,
): StoredV2Deployment {
  const definition = v2DefinitionOf(transaction, apiId);
  if (definition.routes.length === 0)
    throw badRequest('At least one route is required before deploying the Api.');
  const deployment: V2Deployment = {
    deploymentId: freeId(context, (id) => transaction.get('v2Deployment', apiId, id) === undefined),
    ...(description === undefined || description === '' ? {} : { description }),
    autoDeployed,
    createdDate: context.now(),
  };
  const hash = writeSnapshot(context.dataDir, { format: 1, deployment, definition });
  const stored: StoredV2Deployment = { ...deployment, hash };
  transaction.put('v2Deployment', apiId, deployment.deploymentId, stored);
  return stored;
}

function freeId({ newId }: Deploying, isFree: (id: string) => boolean): string {
  for (;;) {
    const id = newId(6);
    if (isFree(id)) return id;
  }
}

/** Transactions in which no stage deploys by itself now. */
const waiting = new WeakSet<Transaction>();

/** Has the stages that deploy by themselves follow what the transaction has changed of an API. */
export function autoDeploy(transaction: Transaction, context: Deploying, apiId: string): void {
  if (waiting.has(transaction)) return;
  const stages = transaction.list('v2Stage', apiId).filter(({ autoDeploy: follows }) => follows);
  if (stages.length === 0) return;
  const isEmpty = transaction.list('v2Route', apiId).length === 0;
  const deployment = isEmpty
    ? null
    : deployV2(transaction, context, apiId, {
        description: 'Automatic deployment triggered by changes to the Api configuration',
        autoDeployed: true,
      });
  for (const stage of stages)
    transaction.put('v2Stage', apiId, stage.stageName, {
      ...stage,
      ...(deployment === null ? {} : { deploymentId: deployment.deploymentId }),
      lastDeploymentStatusMessage:
        deployment === null
          ? 'Deployment attempt failed: Unable to deploy API because no routes exist in this API'
          : `Successfully deployed stage with deployment ID '${deployment.deploymentId}'`,
      lastUpdatedDate: context.now(),
    });
  forgetOld(transaction, apiId);
}

/** Runs many changes, between which no stage deploys by itself. Who asks has it done at the end, where there is need. */
export function withoutDeploying<T>(transaction: Transaction, work: () => T): T {
  waiting.add(transaction);
  try {
    return work();
  } finally {
    waiting.delete(transaction);
  }
}

function forgetOld(transaction: Transaction, apiId: string): void {
  const served = new Set(transaction.list('v2Stage', apiId).map(({ deploymentId }) => deploymentId));
  const unused = transaction
    .list('v2Deployment', apiId)
    .filter(({ autoDeployed, deploymentId }) => autoDeployed && !served.has(deploymentId));
  for (const { deploymentId } of unused.slice(0, Math.max(0, unused.length - autoDeploymentsKept)))
    transaction.remove('v2Deployment', apiId, deploymentId);
}
