// Routes: which messages go where, and who may send them.

import { isTopicTarget, readTopicTarget, type V2Route } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { type Context, reads } from '../api/handler.ts';
import { freshId } from '../api/tag-rules.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import { changes } from './changing.ts';
import type { V2Handlers, V2Input } from './handlers.ts';
import { partOf, v2ApiOf } from './lookup.ts';
import { laidOver, present } from './members.ts';
import { itemsOf } from './paging.ts';
import { refuseForeign, rulesOf } from './protocol-rules.ts';
import { refuseAboveQuota } from './quota.ts';

export const routes = {
  'apigatewayv2:CreateRoute': changes<'CreateRoute'>((input, transaction, context, { protocolType }) => {
    const { apiId, routeKey, authorizationType, apiKeyRequired, ...given } = input;
    refuseForeign(protocolType, 'route', given);
    rulesOf(protocolType).checkRouteKey(routeKey);
    refuseTaken(transaction, apiId, routeKey);
    refuseAboveQuota('Routes', transaction.list('v2Route', apiId).length);
    const route: V2Route = {
      routeId: freshId(7, (id) => transaction.get('v2Route', apiId, id) !== undefined, context),
      routeKey,
      authorizationType: authorizationType ?? 'NONE',
      apiKeyRequired: apiKeyRequired ?? false,
      ...present(given),
    };
    return put(transaction, context, apiId, route);
  }),

  'apigatewayv2:GetRoute': reads<'apigatewayv2:GetRoute'>(({ apiId, routeId }, view, { account }) =>
    partOf(view, 'v2Route', apiId, routeId, account),
  ),

  'apigatewayv2:GetRoutes': reads<'apigatewayv2:GetRoutes'>((input, view, { account }) => {
    v2ApiOf(view, input.apiId, account);
    return itemsOf(
      view.list('v2Route', input.apiId),
      input,
      ({ routeId }) => routeId,
      (route) => route,
    );
  }),

  'apigatewayv2:UpdateRoute': changes<'UpdateRoute'>((input, transaction, context, { protocolType }) => {
    const { apiId, routeId, ...given } = input;
    const before = partOf(transaction, 'v2Route', apiId, routeId, context.account);
    refuseForeign(protocolType, 'route', given);
    if (given.routeKey !== undefined && given.routeKey !== before.routeKey) {
      rulesOf(protocolType).checkRouteKey(given.routeKey);
      refuseTaken(transaction, apiId, given.routeKey);
    }
    return put(transaction, context, apiId, updatedRoute(before, given));
  }),

  'apigatewayv2:DeleteRoute': changes<'DeleteRoute'>(({ apiId, routeId }, transaction, { account }) => {
    partOf(transaction, 'v2Route', apiId, routeId, account);
    for (const response of transaction.list('v2RouteResponse', apiId))
      if (response.routeId === routeId)
        transaction.remove('v2RouteResponse', apiId, `${routeId}/${response.routeResponseId}`);
    transaction.remove('v2Route', apiId, routeId);
  }),

  'apigatewayv2:DeleteRouteRequestParameter': changes<'DeleteRouteRequestParameter'>(
    ({ apiId, routeId, requestParameterKey }, transaction, { account }) => {
      const route = partOf(transaction, 'v2Route', apiId, routeId, account);
      const { requestParameters = {}, ...rest } = route;
      if (!Object.hasOwn(requestParameters, requestParameterKey))
        throw notFound('Invalid parameter name specified');
      const left = Object.entries(requestParameters).filter(([key]) => key !== requestParameterKey);
      transaction.put('v2Route', apiId, routeId, {
        ...rest,
        ...(left.length === 0 ? {} : { requestParameters: Object.fromEntries(left) }),
      });
    },
  ),
} satisfies Partial<V2Handlers>;

/** Parameters are added to those that are there: DeleteRouteRequestParameter takes them away. */
function updatedRoute(before: V2Route, given: Omit<V2Input<'UpdateRoute'>, 'apiId' | 'routeId'>): V2Route {
  const { requestParameters, ...rest } = given;
  const route = laidOver(before, rest);
  // Nobody is asked any more.
  const { authorizerId: _, ...unauthorized } = route;
  const isAuthorized = route.authorizationType === 'CUSTOM' || route.authorizationType === 'JWT';
  const kept = isAuthorized || given.authorizerId !== undefined ? route : unauthorized;
  if (requestParameters === undefined) return kept;
  return { ...kept, requestParameters: { ...before.requestParameters, ...requestParameters } };
}

/** @throws BadRequestException, NotFoundException for what the route names and is not there */
function put(transaction: Transaction, context: Context, apiId: string, route: V2Route): V2Route {
  const { protocolType } = v2ApiOf(transaction, apiId, context.account);
  rulesOf(protocolType).checkRoute(route);
  checkTarget(transaction, apiId, route.target);
  checkAuthorizer(transaction, apiId, route);
  checkModels(transaction, apiId, route.requestModels);
  transaction.put('v2Route', apiId, route.routeId, route);
  return route;
}

/** `topics/{expression}` is ours: what is sent there is published to the topic's members. */
function checkTarget(view: View, apiId: string, target: string | undefined): void {
  if (target === undefined) return;
  const integrationId = /^integrations\/([^/]+)$/.exec(target)?.[1];
  if (integrationId !== undefined) {
    if (view.get('v2Integration', apiId, integrationId) === undefined)
      throw notFound('Invalid Integration identifier specified');
    return;
  }
  if (!isTopicTarget(target))
    throw badRequest(
      `Invalid target specified: ${target}. Must be of the form integrations/{integrationId}, or topics/{topic}`,
    );
  const read = readTopicTarget(target);
  if (typeof read === 'string') throw badRequest(`Invalid target specified: ${target}. ${read}`);
}

function checkAuthorizer(view: View, apiId: string, { authorizationType, authorizerId }: V2Route): void {
  const isNeeded = authorizationType === 'CUSTOM' || authorizationType === 'JWT';
  if (!isNeeded && authorizerId === undefined) return;
  if (authorizerId === undefined || view.get('v2Authorizer', apiId, authorizerId) === undefined)
    throw badRequest(
      'Invalid authorizer ID specified. Setting the authorization type to CUSTOM or JWT requires a valid authorizer.',
    );
}

/** @throws BadRequestException `Invalid model identifier specified: X` */
export function checkModels(view: View, apiId: string, models: V2Route['requestModels']): void {
  const known = new Set(view.list('v2Model', apiId).map(({ name }) => name));
  const missing = Object.values(models ?? {}).find((name) => !known.has(name));
  if (missing !== undefined) throw badRequest(`Invalid model identifier specified: ${missing}`);
}

function refuseTaken(view: View, apiId: string, routeKey: string): void {
  if (view.list('v2Route', apiId).some((route) => route.routeKey === routeKey))
    throw conflict(`Route with key ${routeKey} already exists for this API`);
}
