// Looking documents up, with the refusals that operations share.

import type { ApiDefinition, Resource, RestApi } from '../resources/index.ts';
import type { View } from '../store/index.ts';
import type { Account } from './api/handler.ts';
import { noApi, notFound } from './protocol/exceptions.ts';

/** @throws NotFoundException `Invalid API identifier specified {account}:{id}` */
export function apiOf(view: View, apiId: string, account: Pick<Account, 'accountId'>): RestApi {
  const restApi = view.get('restApi', '', apiId);
  if (restApi === undefined) throw noApi(account.accountId, apiId);
  return restApi;
}

/** @throws NotFoundException `Invalid Resource identifier specified`, also when it is the API that is not there */
export function resourceOf(view: View, apiId: string, resourceId: string): Resource {
  const resource = view.get('resource', apiId, resourceId);
  if (resource === undefined) throw notFound('Invalid Resource identifier specified');
  return resource;
}

/** Everything that a deployment freezes, as the store has it now. @throws NotFoundException */
export function definitionOf(view: View, apiId: string, account: Pick<Account, 'accountId'>): ApiDefinition {
  return {
    restApi: apiOf(view, apiId, account),
    resources: view.list('resource', apiId).map(asServed),
    models: view.list('model', apiId),
    requestValidators: view.list('requestValidator', apiId),
    authorizers: view.list('authorizer', apiId),
    gatewayResponses: view.list('gatewayResponse', apiId),
    documentationParts: view.list('documentationPart', apiId),
  };
}

// Authorization types are kept as they were given; data planes know them in capitals.
function asServed(resource: Resource): Resource {
  const methods = Object.entries(resource.resourceMethods ?? {});
  if (methods.every(([, method]) => method.authorizationType === method.authorizationType.toUpperCase()))
    return resource;
  const served = methods.map(([verb, method]) => [
    verb,
    { ...method, authorizationType: method.authorizationType.toUpperCase() },
  ]);
  return { ...resource, resourceMethods: Object.fromEntries(served) };
}
