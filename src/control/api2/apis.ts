// Apis: WebSocket APIs, and where HTTP APIs will be.

import type { V2Api } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { reads, writes } from '../api/handler.ts';
import { idFor } from '../api/tag-rules.ts';
import { domainNameKey } from '../deployment/published-state.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { changes } from './changing.ts';
import type { V2Handlers } from './handlers.ts';
import { kindsOfV2Api, v2ApiOf } from './lookup.ts';
import { laidOver, present } from './members.ts';
import { itemsOf } from './paging.ts';
import { refuseForeign, rulesOf } from './protocol-rules.ts';
import { forgetStages } from './stage-uses.ts';
import { presentApi } from './wire.ts';

export const apis = {
  'apigatewayv2:CreateApi': writes<'apigatewayv2:CreateApi'>((input, transaction, context) => {
    const { protocolType, tags, routeSelectionExpression, ...given } = input;
    const rules = rulesOf(protocolType);
    const expression = rules.routeSelectionExpression(routeSelectionExpression);
    const protocol = protocolType as V2Api['protocolType'];
    refuseForeign(protocol, 'api', given);
    rules.checkTags(tags);
    const isTaken = (id: string): boolean =>
      transaction.get('v2Api', '', id) !== undefined || transaction.get('restApi', '', id) !== undefined;
    const { apiKeySelectionExpression, disableExecuteApiEndpoint, ipAddressType, ...more } = given;
    const api: V2Api = {
      apiId: idFor(tags, 10, isTaken, context),
      ...present(more),
      protocolType: protocol,
      routeSelectionExpression: expression,
      apiKeySelectionExpression: apiKeySelectionExpression || '$request.header.x-api-key',
      disableExecuteApiEndpoint: disableExecuteApiEndpoint ?? false,
      ipAddressType: ipAddressType ?? 'ipv4',
      ...(tags === undefined || Object.keys(tags).length === 0 ? {} : { tags }),
      createdDate: context.now(),
    };
    rules.checkApi(api);
    transaction.put('v2Api', '', api.apiId, api);
    return presentApi(api, context.account);
  }),

  'apigatewayv2:GetApi': reads<'apigatewayv2:GetApi'>(({ apiId }, view, { account }) =>
    presentApi(v2ApiOf(view, apiId, account), account),
  ),

  'apigatewayv2:GetApis': reads<'apigatewayv2:GetApis'>((input, view, { account }) =>
    itemsOf(
      view.list('v2Api', ''),
      input,
      ({ apiId }) => apiId,
      (api) => presentApi(api, account),
    ),
  ),

  'apigatewayv2:UpdateApi': changes<'UpdateApi'>((input, transaction, context, before) => {
    const { apiId, ...given } = input;
    const rules = rulesOf(before.protocolType);
    refuseForeign(before.protocolType, 'api', given);
    const { routeSelectionExpression: expression = before.routeSelectionExpression } = given;
    const api: V2Api = {
      ...laidOver(before, given),
      routeSelectionExpression: rules.routeSelectionExpression(expression),
      // Without one it is the one that every API begins with.
      apiKeySelectionExpression:
        (given.apiKeySelectionExpression ?? before.apiKeySelectionExpression) || '$request.header.x-api-key',
    };
    rules.checkApi(api);
    transaction.put('v2Api', '', apiId, api);
    return presentApi(api, context.account);
  }),

  'apigatewayv2:DeleteApi': writes<'apigatewayv2:DeleteApi'>(({ apiId }, transaction, { account }) => {
    v2ApiOf(transaction, apiId, account);
    if (mappingsOf(transaction, apiId).length > 0)
      throw badRequest(
        `Deleting API ${apiId} failed. Please remove all API mappings for the API from your custom domain names.`,
      );
    removeV2Api(transaction, apiId);
  }),

  'apigatewayv2:DeleteCorsConfiguration': reads<'apigatewayv2:DeleteCorsConfiguration'>(
    ({ apiId }, view, { account }) => {
      const { protocolType } = v2ApiOf(view, apiId, account);
      refuseForeign(protocolType, 'api', { corsConfiguration: {} });
    },
  ),
} satisfies Partial<V2Handlers>;

/** With everything that belongs to it. */
function removeV2Api(transaction: Transaction, apiId: string): void {
  forgetStages(transaction, apiId, () => true);
  for (const kind of kindsOfV2Api) transaction.removeAll(kind, apiId);
  transaction.remove('setting', '', templateRecordId(apiId));
  transaction.remove('v2Api', '', apiId);
}

/** The setting that tells what a template has made of an API. */
export const templateRecordId = (apiId: string): string => `template/${apiId}`;

/** API mappings that lead to an API, or to one of its stages. */
export const mappingsOf = (view: View, apiId: string, stageName?: string) =>
  view
    .list('domainName', '')
    .flatMap((domain) =>
      view
        .list('v2ApiMapping', domainNameKey(domain))
        .filter((mapping) => mapping.apiId === apiId && (stageName ?? mapping.stage) === mapping.stage),
    );
