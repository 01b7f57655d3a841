// RouteResponses: a route that has one answers its client.

import type { V2RouteResponse } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import { reads } from '../api/handler.ts';
import { freshId } from '../api/tag-rules.ts';
import { mappingError } from '../openapi/parameter-checks.ts';
import { badRequest, conflict } from '../protocol/exceptions.ts';
import { changes } from './changing.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf } from './lookup.ts';
import { laidOver, present } from './members.ts';
import { itemsOf } from './paging.ts';
import { checkModels } from './routes.ts';
import { presentRouteResponse } from './wire.ts';

export const routeResponses = {
  'apigatewayv2:CreateRouteResponse': changes<'CreateRouteResponse'>((input, transaction, context) => {
    const { apiId, routeId, routeResponseKey, ...given } = input;
    partOf(transaction, 'v2Route', apiId, routeId, context.account);
    const isTaken = (id: string) =>
      transaction.get('v2RouteResponse', apiId, `${routeId}/${id}`) !== undefined;
    const response: V2RouteResponse = {
      routeResponseId: freshId(6, isTaken, context),
      routeId,
      routeResponseKey,
      ...present(given),
    };
    refuseTaken(transaction, apiId, response);
    return put(transaction, apiId, response);
  }),

  'apigatewayv2:GetRouteResponse': reads<'apigatewayv2:GetRouteResponse'>((input, view, { account }) => {
    const { apiId, routeId, routeResponseId } = input;
    partOf(view, 'v2Route', apiId, routeId, account);
    return presentRouteResponse(
      partOf(view, 'v2RouteResponse', apiId, `${routeId}/${routeResponseId}`, account),
    );
  }),

  'apigatewayv2:GetRouteResponses': reads<'apigatewayv2:GetRouteResponses'>((input, view, { account }) => {
    const { apiId, routeId } = input;
    partOf(view, 'v2Route', apiId, routeId, account);
    return itemsOf(
      view.list('v2RouteResponse', apiId).filter((response) => response.routeId === routeId),
      input,
      ({ routeResponseId }) => routeResponseId,
      presentRouteResponse,
    );
  }),

  'apigatewayv2:UpdateRouteResponse': changes<'UpdateRouteResponse'>((input, transaction, { account }) => {
    const { apiId, routeId, routeResponseId, ...given } = input;
    partOf(transaction, 'v2Route', apiId, routeId, account);
    const before = partOf(transaction, 'v2RouteResponse', apiId, `${routeId}/${routeResponseId}`, account);
    const after = laidOver(before, given);
    if (after.routeResponseKey !== before.routeResponseKey) refuseTaken(transaction, apiId, after);
    return put(transaction, apiId, after);
  }),

  'apigatewayv2:DeleteRouteResponse': changes<'DeleteRouteResponse'>((input, transaction, { account }) => {
    const { apiId, routeId, routeResponseId } = input;
    partOf(transaction, 'v2Route', apiId, routeId, account);
    partOf(transaction, 'v2RouteResponse', apiId, `${routeId}/${routeResponseId}`, account);
    transaction.remove('v2RouteResponse', apiId, `${routeId}/${routeResponseId}`);
  }),
} satisfies Partial<V2Handlers>;

function put(transaction: Transaction, apiId: string, response: V2RouteResponse) {
  const { routeId, routeResponseId, routeResponseKey, responseParameters } = response;
  if (routeResponseKey !== '$default')
    throw badRequest(`Invalid route response key specified: ${routeResponseKey}. Only $default is supported`);
  checkModels(transaction, apiId, response.responseModels);
  for (const name of Object.keys(responseParameters ?? {}))
    if (!/^(route|method)\.response\.(header\.[a-zA-Z0-9._$-]+|body(\..+)?)$/.test(name))
      throw badRequest(mappingError(`Invalid mapping expression parameter specified: ${name}`));
  transaction.put('v2RouteResponse', apiId, `${routeId}/${routeResponseId}`, response);
  return presentRouteResponse(response);
}

function refuseTaken(
  transaction: Transaction,
  apiId: string,
  { routeId, routeResponseKey }: V2RouteResponse,
): void {
  const isTaken = transaction
    .list('v2RouteResponse', apiId)
    .some((other) => other.routeId === routeId && other.routeResponseKey === routeResponseKey);
  if (isTaken) throw conflict(`RouteResponse with key ${routeResponseKey} already exists for this Route`);
}
