// Looking up what belongs to an API of the second version, with the refusals that operations share.

import type { V2Api } from '../../resources/index.ts';
import type { DocumentKinds, View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { noApi, notFound } from '../protocol/exceptions.ts';

/** Kinds whose documents lie under an API, by id; and what the service calls them. */
const names = {
  v2Route: 'Route',
  v2Integration: 'Integration',
  v2Model: 'Model',
  v2Authorizer: 'Authorizer',
  v2Deployment: 'Deployment',
  v2Stage: 'Stage',
  v2RouteResponse: 'RouteResponse',
  v2IntegrationResponse: 'IntegrationResponse',
} as const;

/** Everything that lies under an API. A new kind with the API's id as parent belongs here too. */
export const kindsOfV2Api = Object.keys(names) as (keyof typeof names)[];

/** @throws NotFoundException `Invalid API identifier specified {account}:{id}` */
export function v2ApiOf(view: View, apiId: string, account: Pick<Account, 'accountId'>): V2Api {
  const api = view.get('v2Api', '', apiId);
  if (api === undefined) throw noApi(account.accountId, apiId);
  return api;
}

/**
 * @param id - as the store has it: of a response with what it belongs to in front, `{route id}/{id}`
 * @throws NotFoundException for the API, else for the thing
 */
export function partOf<K extends keyof typeof names>(
  view: View,
  kind: K,
  apiId: string,
  id: string,
  account: Pick<Account, 'accountId'>,
): DocumentKinds[K] {
  v2ApiOf(view, apiId, account);
  const found = view.get(kind, apiId, id);
  if (found === undefined) throw notFound(`Invalid ${names[kind]} identifier specified`);
  return found;
}
