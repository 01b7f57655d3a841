// CreateDeployment: an API frozen as it is in the store, and the stage that is to serve it.

import type { ApiDefinition, CanarySettings, Stage } from '../../resources/index.ts';
import type { StoredDeployment, Transaction } from '../../store/index.ts';
import type { Context } from '../api/handler.ts';
import { apiOf, definitionOf } from '../lookup.ts';
import { methodsOf } from '../openapi/methods-of.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { freeze } from './freeze.ts';
import { putStage } from './put-stage.ts';
import type { StageSettings } from './stage-settings.ts';

export interface DeploymentRequest {
  readonly apiId: string;
  readonly description?: string | undefined;
  /** Absent or empty: nothing but the snapshot is made. */
  readonly stageName?: string | undefined;
  /** Laid over what the stage has; a member that is absent stays as it is. */
  readonly stage?: StageSettings;
  /** The stage, which must be there, serves the deployment to a share of its requests only. */
  readonly canary?: Omit<Partial<CanarySettings>, 'deploymentId'> | undefined;
}

/**
 * Deploys an API as the store has it. A stage that has a canary gets the deployment as its canary; any other points
 * at it from now on, and is made when it is not there.
 *
 * @throws AwsException
 */
export function createDeployment(
  transaction: Transaction,
  context: Context,
  request: DeploymentRequest,
): StoredDeployment {
  const { apiId, description, stageName, stage: settings = {}, canary } = request;
  apiOf(transaction, apiId, context.account);
  const old = stageName ? transaction.get('stage', apiId, stageName) : undefined;
  if (canary !== undefined) refuseCanaryWithoutStage(stageName, old);
  const definition = definitionOf(transaction, apiId, context.account);
  refuseUndeployable(definition);
  return freeze(transaction, context, definition, description, (deploymentId) => {
    if (!stageName) return;
    putStage(transaction, context, apiId, stageOf(stageName, old, deploymentId, settings, canary));
  });
}

type StageChange = StageSettings & Pick<Stage, 'stageName' | 'deploymentId'>;

function stageOf(
  stageName: string,
  old: Stage | undefined,
  deploymentId: string,
  settings: StageSettings,
  canary: DeploymentRequest['canary'],
): StageChange {
  const before = old?.canarySettings;
  if (old === undefined || (canary === undefined && before === undefined))
    return { ...old, ...settings, stageName, deploymentId };
  const canarySettings = { percentTraffic: 0, useStageCache: false, ...before, ...canary, deploymentId };
  return { ...old, ...settings, canarySettings };
}

function refuseCanaryWithoutStage(stageName: string | undefined, stage: Stage | undefined): void {
  const refuse = (what: string) => badRequest(`Invalid deployment content specified.${what}`);
  if (!stageName) {
    const value = stageName ?? 'null';
    throw refuse(
      `Non null and non empty stageName must be provided for canary deployment. Provided value is ${value}`,
    );
  }
  if (stage === undefined)
    throw refuse(`Stage ${stageName} must already be created before making a canary release deployment`);
}

/** What AWS asks of an API that is deployed: a method, and an integration for each. @throws AwsException */
function refuseUndeployable(definition: ApiDefinition): void {
  const methods = methodsOf(definition);
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods");
  if (methods.some(({ method }) => method.methodIntegration === undefined))
    throw badRequest('No integration defined for method');
}
