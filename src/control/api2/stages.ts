// Stages: named places where a deployment is served, with settings of their own.

import type { V2Stage } from '../../resources/index.ts';
import { reads, writes } from '../api/handler.ts';
import { autoDeploy } from '../deployment/v2-deploy.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import { mappingsOf } from './apis.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf, v2ApiOf } from './lookup.ts';
import { laidOver, mergedMap, present } from './members.ts';
import { itemsOf } from './paging.ts';
import { rulesOf } from './protocol-rules.ts';
import { refuseAboveQuota } from './quota.ts';
import { checkStage } from './stage-checks.ts';
import { forgetStages } from './stage-uses.ts';
import { presentStage } from './wire.ts';

export const stages = {
  'apigatewayv2:CreateStage': writes<'apigatewayv2:CreateStage'>((input, transaction, context) => {
    const { apiId, tags, autoDeploy: follows = false, ...given } = input;
    const { protocolType } = v2ApiOf(transaction, apiId, context.account);
    const rules = rulesOf(protocolType);
    rules.checkStageName(given.stageName);
    rules.checkTags(tags);
    if (transaction.get('v2Stage', apiId, given.stageName) !== undefined)
      throw conflict('Stage already exists');
    refuseAboveQuota('Stages', transaction.list('v2Stage', apiId).length);
    refuseBoth(follows, given.deploymentId);
    const now = context.now();
    const stage: V2Stage = {
      ...present(given),
      stageName: given.stageName,
      autoDeploy: follows,
      defaultRouteSettings: { ...rules.routeSettingsDefault, ...given.defaultRouteSettings },
      routeSettings: given.routeSettings ?? {},
      stageVariables: mergedMap({}, given.stageVariables),
      ...(tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }),
      createdDate: now,
      lastUpdatedDate: now,
    };
    checkStage(stage, apiId, transaction);
    transaction.put('v2Stage', apiId, stage.stageName, stage);
    if (follows) autoDeploy(transaction, context, apiId);
    return presentStage(transaction.get('v2Stage', apiId, stage.stageName)!);
  }),

  'apigatewayv2:GetStage': reads<'apigatewayv2:GetStage'>(({ apiId, stageName }, view, { account }) =>
    presentStage(partOf(view, 'v2Stage', apiId, stageName, account)),
  ),

  'apigatewayv2:GetStages': reads<'apigatewayv2:GetStages'>((input, view, { account }) => {
    v2ApiOf(view, input.apiId, account);
    return itemsOf(view.list('v2Stage', input.apiId), input, ({ stageName }) => stageName, presentStage);
  }),

  'apigatewayv2:UpdateStage': writes<'apigatewayv2:UpdateStage'>((input, transaction, context) => {
    const { apiId, stageName, stageVariables, routeSettings, defaultRouteSettings, ...given } = input;
    const before = partOf(transaction, 'v2Stage', apiId, stageName, context.account);
    const follows = given.autoDeploy ?? before.autoDeploy;
    if (given.deploymentId !== before.deploymentId) refuseBoth(follows, given.deploymentId);
    const accessLogSettings =
      given.accessLogSettings && laidOver(before.accessLogSettings ?? {}, given.accessLogSettings);
    const stage: V2Stage = {
      ...laidOver(before, { ...given, ...(accessLogSettings && { accessLogSettings }) }),
      defaultRouteSettings: { ...before.defaultRouteSettings, ...defaultRouteSettings },
      routeSettings: { ...before.routeSettings, ...routeSettings },
      // Variables are added to those that are there; the empty text takes one away.
      stageVariables: mergedMap(before.stageVariables, stageVariables),
      lastUpdatedDate: context.now(),
    };
    checkStage(stage, apiId, transaction, routeSettings);
    transaction.put('v2Stage', apiId, stageName, stage);
    if (follows && !before.autoDeploy) autoDeploy(transaction, context, apiId);
    return presentStage(transaction.get('v2Stage', apiId, stageName)!);
  }),

  'apigatewayv2:DeleteStage': writes<'apigatewayv2:DeleteStage'>(
    ({ apiId, stageName }, transaction, { account }) => {
      partOf(transaction, 'v2Stage', apiId, stageName, account);
      if (mappingsOf(transaction, apiId, stageName).length > 0)
        throw badRequest(
          `Deleting stage ${stageName} failed. Please remove all API mappings for the stage from your custom domain names.`,
        );
      forgetStages(transaction, apiId, (name) => name === stageName);
      transaction.remove('v2Stage', apiId, stageName);
    },
  ),

  'apigatewayv2:DeleteAccessLogSettings': writes<'apigatewayv2:DeleteAccessLogSettings'>(
    ({ apiId, stageName }, transaction, { account, now }) => {
      const { accessLogSettings: _, ...stage } = partOf(transaction, 'v2Stage', apiId, stageName, account);
      transaction.put('v2Stage', apiId, stageName, { ...stage, lastUpdatedDate: now() });
    },
  ),

  'apigatewayv2:DeleteRouteSettings': writes<'apigatewayv2:DeleteRouteSettings'>(
    ({ apiId, stageName, routeKey }, transaction, { account, now }) => {
      const stage = partOf(transaction, 'v2Stage', apiId, stageName, account);
      if (!Object.hasOwn(stage.routeSettings, routeKey))
        throw notFound(`Unable to find Route by key ${routeKey} within the provided RouteSettings`);
      const left = Object.entries(stage.routeSettings).filter(([key]) => key !== routeKey);
      const routeSettings = Object.fromEntries(left);
      transaction.put('v2Stage', apiId, stageName, { ...stage, routeSettings, lastUpdatedDate: now() });
    },
  ),

  // Accepted for a stage that is there: what authorizers say at $connect is not kept for others.
  'apigatewayv2:ResetAuthorizersCache': reads<'apigatewayv2:ResetAuthorizersCache'>(
    ({ apiId, stageName }, view, { account }) => {
      partOf(view, 'v2Stage', apiId, stageName, account);
    },
  ),
} satisfies Partial<V2Handlers>;

function refuseBoth(follows: boolean, deploymentId: string | undefined): void {
  if (follows && deploymentId !== undefined && deploymentId !== '')
    throw badRequest('DeploymentId cannot be set for a stage that has autoDeploy enabled.');
}
