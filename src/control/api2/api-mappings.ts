// ApiMappings: where the paths of a domain name lead.

import type { V2ApiMapping } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { domainNameOf } from '../api/domain-names.ts';
import { type Context, reads, writes } from '../api/handler.ts';
import { freshId } from '../api/tag-rules.ts';
import { domainNameKey } from '../deployment/published-state.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf } from './lookup.ts';
import { itemsOf } from './paging.ts';
import { refuseAboveQuota } from './quota.ts';

export const apiMappings = {
  'apigatewayv2:CreateApiMapping': writes<'apigatewayv2:CreateApiMapping'>((input, transaction, context) => {
    const { apiId, apiMappingKey = '', stage } = input;
    const parent = parentOf(transaction, input);
    refuseAboveQuota('ApiMappings', transaction.list('v2ApiMapping', parent).length, 'domain name');
    const isTaken = (id: string) => transaction.get('v2ApiMapping', parent, id) !== undefined;
    const mapping = { apiMappingId: freshId(6, isTaken, context), apiId, apiMappingKey, stage };
    refuseTaken(transaction, parent, apiMappingKey);
    return put(transaction, context, parent, mapping);
  }),

  'apigatewayv2:GetApiMapping': reads<'apigatewayv2:GetApiMapping'>((input, view) =>
    mappingOf(view, parentOf(view, input), input.apiMappingId),
  ),

  'apigatewayv2:GetApiMappings': reads<'apigatewayv2:GetApiMappings'>((input, view) =>
    itemsOf(
      view.list('v2ApiMapping', parentOf(view, input)),
      input,
      ({ apiMappingId }) => apiMappingId,
      (mapping) => mapping,
    ),
  ),

  'apigatewayv2:UpdateApiMapping': writes<'apigatewayv2:UpdateApiMapping'>((input, transaction, context) => {
    const { apiId, apiMappingId, apiMappingKey, stage } = input;
    const parent = parentOf(transaction, input);
    const before = mappingOf(transaction, parent, apiMappingId);
    const after = {
      ...before,
      apiId,
      apiMappingKey: apiMappingKey ?? before.apiMappingKey,
      stage: stage ?? before.stage,
    };
    if (after.apiMappingKey !== before.apiMappingKey) refuseTaken(transaction, parent, after.apiMappingKey);
    return put(transaction, context, parent, after);
  }),

  'apigatewayv2:DeleteApiMapping': writes<'apigatewayv2:DeleteApiMapping'>((input, transaction) => {
    const parent = parentOf(transaction, input);
    mappingOf(transaction, parent, input.apiMappingId);
    transaction.remove('v2ApiMapping', parent, input.apiMappingId);
  }),
} satisfies Partial<V2Handlers>;

const parentOf = (view: View, { domainName }: { readonly domainName: string }): string =>
  domainNameKey(domainNameOf(view, { domainName }));

function mappingOf(view: View, parent: string, id: string): V2ApiMapping {
  const found = view.get('v2ApiMapping', parent, id);
  if (found === undefined) throw notFound('Invalid API mapping identifier specified');
  return found;
}

/** Several levels, separated by slashes; empty for every path that no other mapping takes. */
const keyPattern = /^(?:[A-Za-z0-9$\-_.+!*'()]+(?:\/[A-Za-z0-9$\-_.+!*'()]+)*)?$/;

function put(
  transaction: Transaction,
  { account }: Context,
  parent: string,
  mapping: V2ApiMapping,
): V2ApiMapping {
  const { apiId, apiMappingKey, stage } = mapping;
  if (!keyPattern.test(apiMappingKey))
    throw badRequest(`Invalid API mapping key specified: ${apiMappingKey}`);
  if (transaction.get('restApi', '', apiId) !== undefined)
    throw badRequest('REST APIs are mapped by CreateBasePathMapping in this release');
  partOf(transaction, 'v2Stage', apiId, stage, account);
  transaction.put('v2ApiMapping', parent, mapping.apiMappingId, mapping);
  return mapping;
}

/** Base paths of REST APIs and keys are one namespace. */
function refuseTaken(view: View, parent: string, key: string): void {
  const isTaken =
    view.list('v2ApiMapping', parent).some(({ apiMappingKey }) => apiMappingKey === key) ||
    view.get('basePathMapping', parent, key === '' ? '(none)' : key) !== undefined;
  if (isTaken) throw conflict('ApiMapping key already exists for this domain name');
}
