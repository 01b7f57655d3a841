// Deployments: an API frozen, for stages to serve.

import { reads, writes } from '../api/handler.ts';
import { deployV2 } from '../deployment/v2-deploy.ts';
import { badRequest } from '../protocol/exceptions.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf, v2ApiOf } from './lookup.ts';
import { laidOver } from './members.ts';
import { itemsOf } from './paging.ts';
import { presentDeployment } from './wire.ts';

export const deployments = {
  'apigatewayv2:CreateDeployment': writes<'apigatewayv2:CreateDeployment'>((input, transaction, context) => {
    const { apiId, description, stageName } = input;
    v2ApiOf(transaction, apiId, context.account);
    const stage =
      stageName === undefined ? null : partOf(transaction, 'v2Stage', apiId, stageName, context.account);
    const deployment = deployV2(transaction, context, apiId, { description });
    if (stage !== null)
      transaction.put('v2Stage', apiId, stage.stageName, {
        ...stage,
        deploymentId: deployment.deploymentId,
        lastUpdatedDate: context.now(),
      });
    return presentDeployment(deployment);
  }),

  'apigatewayv2:GetDeployment': reads<'apigatewayv2:GetDeployment'>(
    ({ apiId, deploymentId }, view, { account }) =>
      presentDeployment(partOf(view, 'v2Deployment', apiId, deploymentId, account)),
  ),

  'apigatewayv2:GetDeployments': reads<'apigatewayv2:GetDeployments'>((input, view, { account }) => {
    v2ApiOf(view, input.apiId, account);
    return itemsOf(
      view.list('v2Deployment', input.apiId),
      input,
      ({ deploymentId }) => deploymentId,
      presentDeployment,
    );
  }),

  'apigatewayv2:UpdateDeployment': writes<'apigatewayv2:UpdateDeployment'>(
    ({ apiId, deploymentId, description }, transaction, { account }) => {
      const before = partOf(transaction, 'v2Deployment', apiId, deploymentId, account);
      const after = laidOver(before, { description });
      transaction.put('v2Deployment', apiId, deploymentId, after);
      return presentDeployment(after);
    },
  ),

  'apigatewayv2:DeleteDeployment': writes<'apigatewayv2:DeleteDeployment'>(
    ({ apiId, deploymentId }, transaction, { account }) => {
      partOf(transaction, 'v2Deployment', apiId, deploymentId, account);
      if (transaction.list('v2Stage', apiId).some((stage) => stage.deploymentId === deploymentId))
        throw badRequest('Active stages pointing to this deployment must be moved or deleted');
      transaction.remove('v2Deployment', apiId, deploymentId);
    },
  ),
} satisfies Partial<V2Handlers>;
