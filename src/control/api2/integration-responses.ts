// IntegrationResponses: what a backend's answer becomes on the way back.

import type { V2IntegrationResponse } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import { type Context, reads } from '../api/handler.ts';
import { freshId } from '../api/tag-rules.ts';
import { badRequest, conflict } from '../protocol/exceptions.ts';
import { changes } from './changing.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf } from './lookup.ts';
import { laidOver, present } from './members.ts';
import { itemsOf } from './paging.ts';
import { checkResponseParameters } from './websocket-rules.ts';
import { presentIntegrationResponse } from './wire.ts';

export const integrationResponses = {
  'apigatewayv2:CreateIntegrationResponse': changes<'CreateIntegrationResponse'>(
    (input, transaction, context) => {
      const { apiId, integrationId, integrationResponseKey, ...given } = input;
      partOf(transaction, 'v2Integration', apiId, integrationId, context.account);
      const isTaken = (id: string) =>
        transaction.get('v2IntegrationResponse', apiId, `${integrationId}/${id}`) !== undefined;
      const response: V2IntegrationResponse = {
        integrationResponseId: freshId(6, isTaken, context),
        integrationId,
        integrationResponseKey,
        ...present(given),
      };
      refuseTaken(transaction, apiId, response);
      return put(transaction, context, apiId, response);
    },
  ),

  'apigatewayv2:GetIntegrationResponse': reads<'apigatewayv2:GetIntegrationResponse'>(
    ({ apiId, integrationId, integrationResponseId: id }, view, { account }) => {
      partOf(view, 'v2Integration', apiId, integrationId, account);
      return presentIntegrationResponse(
        partOf(view, 'v2IntegrationResponse', apiId, `${integrationId}/${id}`, account),
      );
    },
  ),

  'apigatewayv2:GetIntegrationResponses': reads<'apigatewayv2:GetIntegrationResponses'>(
    (input, view, { account }) => {
      const { apiId, integrationId } = input;
      partOf(view, 'v2Integration', apiId, integrationId, account);
      return itemsOf(
        view.list('v2IntegrationResponse', apiId).filter((one) => one.integrationId === integrationId),
        input,
        ({ integrationResponseId }) => integrationResponseId,
        presentIntegrationResponse,
      );
    },
  ),

  'apigatewayv2:UpdateIntegrationResponse': changes<'UpdateIntegrationResponse'>(
    (input, transaction, context) => {
      const { apiId, integrationId, integrationResponseId: id, ...given } = input;
      const { account } = context;
      partOf(transaction, 'v2Integration', apiId, integrationId, account);
      const before = partOf(transaction, 'v2IntegrationResponse', apiId, `${integrationId}/${id}`, account);
      const after = laidOver(before, given);
      if (after.integrationResponseKey !== before.integrationResponseKey)
        refuseTaken(transaction, apiId, after);
      return put(transaction, context, apiId, after);
    },
  ),

  'apigatewayv2:DeleteIntegrationResponse': changes<'DeleteIntegrationResponse'>(
    ({ apiId, integrationId, integrationResponseId: id }, transaction, { account }) => {
      partOf(transaction, 'v2Integration', apiId, integrationId, account);
      partOf(transaction, 'v2IntegrationResponse', apiId, `${integrationId}/${id}`, account);
      transaction.remove('v2IntegrationResponse', apiId, `${integrationId}/${id}`);
    },
  ),
} satisfies Partial<V2Handlers>;

function put(transaction: Transaction, { tools }: Context, apiId: string, response: V2IntegrationResponse) {
  const { integrationId, integrationResponseId, integrationResponseKey: key } = response;
  checkKey(key, tools);
  checkResponseParameters(response.responseParameters);
  transaction.put('v2IntegrationResponse', apiId, `${integrationId}/${integrationResponseId}`, response);
  return presentIntegrationResponse(response);
}

/** `$default`, or a pattern between slashes; a text without them is taken as it is. */
function checkKey(key: string, tools: Context['tools']): void {
  const invalid = () => badRequest(`Invalid integration response key specified: ${key}`);
  if (key === '' || (key.startsWith('$') && key !== '$default')) throw invalid();
  if (!key.startsWith('/')) return;
  if (key.length < 3 || !key.endsWith('/')) throw invalid();
  try {
    tools.compileSelectionPattern(key.slice(1, -1));
  } catch {
    throw invalid();
  }
}

function refuseTaken(
  transaction: Transaction,
  apiId: string,
  { integrationId, integrationResponseKey: key }: V2IntegrationResponse,
): void {
  const isTaken = transaction
    .list('v2IntegrationResponse', apiId)
    .some((other) => other.integrationId === integrationId && other.integrationResponseKey === key);
  if (isTaken) throw conflict(`IntegrationResponse with key ${key} already exists for this Integration`);
}
