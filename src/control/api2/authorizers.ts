// Authorizers: functions that say who may connect.

import type { V2Authorizer } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import { type Context, reads } from '../api/handler.ts';
import { freshId } from '../api/tag-rules.ts';
import { badRequest, conflict } from '../protocol/exceptions.ts';
import { changes } from './changing.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf, v2ApiOf } from './lookup.ts';
import { laidOver, present } from './members.ts';
import { itemsOf } from './paging.ts';
import { refuseForeign, rulesOf } from './protocol-rules.ts';
import { refuseAboveQuota } from './quota.ts';

export const authorizers = {
  'apigatewayv2:CreateAuthorizer': changes<'CreateAuthorizer'>((input, transaction, context, api) => {
    const { apiId, ...given } = input;
    refuseForeign(api.protocolType, 'authorizer', given);
    refuseAboveQuota('Authorizers', transaction.list('v2Authorizer', apiId).length);
    const isTaken = (id: string) => transaction.get('v2Authorizer', apiId, id) !== undefined;
    const { name, authorizerType, identitySource } = given;
    const authorizer: V2Authorizer = {
      ...present(given),
      authorizerId: freshId(6, isTaken, context),
      name,
      authorizerType,
      identitySource,
    };
    return put(transaction, context, apiId, authorizer);
  }),

  'apigatewayv2:GetAuthorizer': reads<'apigatewayv2:GetAuthorizer'>(
    ({ apiId, authorizerId }, view, { account }) =>
      partOf(view, 'v2Authorizer', apiId, authorizerId, account),
  ),

  'apigatewayv2:GetAuthorizers': reads<'apigatewayv2:GetAuthorizers'>((input, view, { account }) => {
    v2ApiOf(view, input.apiId, account);
    return itemsOf(
      view.list('v2Authorizer', input.apiId),
      input,
      ({ authorizerId }) => authorizerId,
      (authorizer) => authorizer,
    );
  }),

  'apigatewayv2:UpdateAuthorizer': changes<'UpdateAuthorizer'>((input, transaction, context, api) => {
    const { apiId, authorizerId, ...given } = input;
    const before = partOf(transaction, 'v2Authorizer', apiId, authorizerId, context.account);
    refuseForeign(api.protocolType, 'authorizer', given);
    return put(transaction, context, apiId, laidOver(before, given));
  }),

  'apigatewayv2:DeleteAuthorizer': changes<'DeleteAuthorizer'>(
    ({ apiId, authorizerId }, transaction, { account }) => {
      const { name } = partOf(transaction, 'v2Authorizer', apiId, authorizerId, account);
      const user = transaction.list('v2Route', apiId).find((route) => route.authorizerId === authorizerId);
      if (user !== undefined)
        throw conflict(`Cannot delete authorizer '${name}', is referenced in route: ${user.routeKey}`);
      transaction.remove('v2Authorizer', apiId, authorizerId);
    },
  ),
} satisfies Partial<V2Handlers>;

function put(
  transaction: Transaction,
  { account }: Context,
  apiId: string,
  authorizer: V2Authorizer,
): V2Authorizer {
  const { authorizerId, name } = authorizer;
  if (name.trim() === '') throw badRequest('Authorizer name cannot be blank');
  rulesOf(v2ApiOf(transaction, apiId, account).protocolType).checkAuthorizer(authorizer);
  const isTaken = transaction
    .list('v2Authorizer', apiId)
    .some((other) => other.name === name && other.authorizerId !== authorizerId);
  if (isTaken)
    throw badRequest(`Authorizer name must be unique. Authorizer ${name} already exists in this Api.`);
  transaction.put('v2Authorizer', apiId, authorizerId, authorizer);
  return authorizer;
}
