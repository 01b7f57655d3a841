// A stage is put here and nowhere else: its settings checked, its dates set, its history written.

import type { CanarySettings, Stage } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import type { Context } from '../api/handler.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { refuseAbove } from '../quota.ts';
import { recordStageChange } from './stage-history.ts';
import { percentProblem, type StageSettings, stageNameProblem, variableProblems } from './stage-settings.ts';

const stagesMax = 10;

/**
 * Creates or replaces a stage.
 *
 * @param settings - all that it is to have; what is absent is as in a new stage
 * @throws AwsException BadRequestException for what AWS refuses in a stage; LimitExceededException
 */
export function putStage(
  transaction: Transaction,
  context: Pick<Context, 'caller' | 'now' | 'operation'>,
  apiId: string,
  settings: StageSettings & Pick<Stage, 'stageName' | 'deploymentId'>,
): Stage {
  const now = context.now();
  const before = transaction.get('stage', apiId, settings.stageName);
  const stage = checkedStage(transaction, apiId, {
    methodSettings: {},
    tracingEnabled: false,
    cacheClusterEnabled: false,
    ...settings,
    createdDate: before?.createdDate ?? now,
    lastUpdatedDate: now,
  });
  if (before === undefined) refuseAbove(stagesMax, transaction.list('stage', apiId).length, 'stages', 'API');
  transaction.put('stage', apiId, stage.stageName, stage);
  recordStageChange(transaction, context, apiId, stage.stageName, stage.deploymentId);
  return stage;
}

/**
 * A stage that can be published: every deployment, certificate and documentation version that it names is there.
 * @throws AwsException
 */
function checkedStage(view: View, apiId: string, stage: Stage): Stage {
  const problem = stageNameProblem(stage.stageName);
  if (problem !== undefined) throw badRequest(problem);
  const { variables, documentationVersion, clientCertificateId, canarySettings, webAclArn } = stage;
  if (!deploymentIsThere(view, apiId, stage.deploymentId)) throw noDeployment();
  const wrong = variableProblems(variables)[0];
  if (wrong !== undefined) throw badRequest(wrong);
  if (documentationVersion !== undefined && !view.get('documentationVersion', apiId, documentationVersion))
    throw badRequest('Invalid Documentation version specified');
  if (clientCertificateId !== undefined && !view.get('clientCertificate', '', clientCertificateId))
    throw badRequest('Invalid Client Certificate identifier specified');
  if (webAclArn !== undefined && !view.list('webAcl', '').some(({ ARN }) => ARN === webAclArn))
    throw badRequest('Invalid Web ACL ARN specified');
  if (canarySettings === undefined) return tidied(stage);
  return tidied({ ...stage, canarySettings: checkedCanary(view, apiId, canarySettings) });
}

function checkedCanary(view: View, apiId: string, canary: CanarySettings): CanarySettings {
  if (!deploymentIsThere(view, apiId, canary.deploymentId)) throw noDeployment();
  const { percentTraffic, stageVariableOverrides: overrides } = canary;
  if (!(percentTraffic >= 0 && percentTraffic <= 100)) throw badRequest(percentProblem);
  const wrong = variableProblems(overrides)[0];
  if (wrong !== undefined) throw badRequest(wrong);
  return canary;
}

const deploymentIsThere = (view: View, apiId: string, id: string | undefined): boolean =>
  id !== undefined && view.get('deployment', apiId, id) !== undefined;

const noDeployment = () => badRequest('Deployment id does not exist');

/** Without maps that are empty, and with a size where the cache is on, as AWS shows stages. */
function tidied(stage: Stage): Stage {
  const { variables, cacheClusterSize, ...rest } = stage;
  const size = cacheClusterSize ?? (stage.cacheClusterEnabled ? '0.5' : undefined);
  return {
    ...rest,
    ...(variables === undefined || Object.keys(variables).length === 0 ? {} : { variables }),
    ...(size === undefined ? {} : { cacheClusterSize: size }),
  };
}
