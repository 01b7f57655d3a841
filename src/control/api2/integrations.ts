// Integrations: the backends that routes lead to.

import type { V2Integration } from '../../resources/index.ts';
import { reads } from '../api/handler.ts';
import { freshId } from '../api/tag-rules.ts';
import { conflict } from '../protocol/exceptions.ts';
import { changes } from './changing.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf, v2ApiOf } from './lookup.ts';
import { laidOver, mapMember, mergedMap, present } from './members.ts';
import { itemsOf } from './paging.ts';
import { refuseForeign, rulesOf } from './protocol-rules.ts';
import { refuseAboveQuota } from './quota.ts';

export const integrations = {
  'apigatewayv2:CreateIntegration': changes<'CreateIntegration'>((input, transaction, context, api) => {
    const { apiId, ...given } = input;
    const rules = rulesOf(api.protocolType);
    refuseForeign(api.protocolType, 'integration', given);
    refuseAboveQuota('Integrations', transaction.list('v2Integration', apiId).length);
    const isTaken = (id: string) => transaction.get('v2Integration', apiId, id) !== undefined;
    const integration = rules.completeIntegration({
      ...present(given),
      integrationId: freshId(7, isTaken, context),
      integrationType: given.integrationType,
    });
    rules.checkIntegration(integration, transaction);
    transaction.put('v2Integration', apiId, integration.integrationId, integration);
    return integration;
  }),

  'apigatewayv2:GetIntegration': reads<'apigatewayv2:GetIntegration'>(
    ({ apiId, integrationId }, view, { account }) =>
      partOf(view, 'v2Integration', apiId, integrationId, account),
  ),

  'apigatewayv2:GetIntegrations': reads<'apigatewayv2:GetIntegrations'>((input, view, { account }) => {
    v2ApiOf(view, input.apiId, account);
    return itemsOf(
      view.list('v2Integration', input.apiId),
      input,
      ({ integrationId }) => integrationId,
      (integration) => integration,
    );
  }),

  'apigatewayv2:UpdateIntegration': changes<'UpdateIntegration'>((input, transaction, { account }, api) => {
    const { apiId, integrationId, requestParameters, ...given } = input;
    const rules = rulesOf(api.protocolType);
    const before = partOf(transaction, 'v2Integration', apiId, integrationId, account);
    refuseForeign(api.protocolType, 'integration', given);
    // Mappings are added to those that are there; the empty text takes one away.
    const { requestParameters: _, ...changed } = laidOver<V2Integration>(before, given);
    const parameters = mergedMap(before.requestParameters, requestParameters);
    const integration = rules.completeIntegration({
      ...changed,
      ...mapMember('requestParameters', parameters),
    });
    rules.checkIntegration(integration, transaction);
    transaction.put('v2Integration', apiId, integrationId, integration);
    return integration;
  }),

  'apigatewayv2:DeleteIntegration': changes<'DeleteIntegration'>(
    ({ apiId, integrationId }, transaction, { account }) => {
      partOf(transaction, 'v2Integration', apiId, integrationId, account);
      const users = transaction
        .list('v2Route', apiId)
        .filter(({ target }) => target === `integrations/${integrationId}`)
        .map(({ routeId }) => routeId);
      if (users.length > 0)
        throw conflict(
          `Cannot delete Integration because it is referenced by the following Routes with Ids: [${users.join(', ')}]`,
        );
      for (const response of transaction.list('v2IntegrationResponse', apiId))
        if (response.integrationId === integrationId)
          transaction.remove(
            'v2IntegrationResponse',
            apiId,
            `${integrationId}/${response.integrationResponseId}`,
          );
      transaction.remove('v2Integration', apiId, integrationId);
    },
  ),
} satisfies Partial<V2Handlers>;
