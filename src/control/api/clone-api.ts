// CreateRestApi with `cloneFrom`: everything that an API holds, under a new API, with ids of its own.

import type { Method, Resource, RestApi } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { Context } from './handler.ts';

type Ids = ReadonlyMap<string, string>;

/**
 * Copies an API's resources, models, validators, authorizers, gateway responses and documentation parts. Deployments
 * and stages stay behind, as do tags.
 *
 * @param own - the new API's id and name, and settings that win over the source's
 * @returns the new API
 */
export function cloneApi(
  sourceId: string,
  own: Pick<RestApi, 'id' | 'name' | 'createdDate'> & Partial<RestApi>,
  transaction: Transaction,
  { newId }: Pick<Context, 'newId'>,
): RestApi {
  const source = transaction.get('restApi', '', sourceId)!;
  const { tags: _, warnings: __, ...settings } = source;
  const target = own.id;
  const resources = transaction.list('resource', sourceId);
  const resourceIds: Ids = new Map(resources.map(({ id }) => [id, newId(10)]));
  const validatorIds = copyAll('requestValidator', sourceId, target, transaction, newId);
  const authorizerIds = copyAll('authorizer', sourceId, target, transaction, newId);
  copyAll('documentationPart', sourceId, target, transaction, newId);
  for (const model of transaction.list('model', sourceId)) {
    // References between models name the API.
    const schema = model.schema?.replaceAll(`/restapis/${sourceId}/models/`, `/restapis/${target}/models/`);
    transaction.put('model', target, model.name, { ...model, id: newId(6), schema });
  }
  for (const response of transaction.list('gatewayResponse', sourceId))
    transaction.put('gatewayResponse', target, response.responseType, response);
  for (const resource of resources) {
    const copy = cloneResource(resource, resourceIds, validatorIds, authorizerIds);
    transaction.put('resource', target, copy.id, copy);
  }
  const restApi: RestApi = {
    ...settings,
    ...own,
    rootResourceId: resourceIds.get(source.rootResourceId)!,
  };
  transaction.put('restApi', '', target, restApi);
  return restApi;
}

function copyAll(
  kind: 'requestValidator' | 'authorizer' | 'documentationPart',
  sourceId: string,
  target: string,
  transaction: Transaction,
  newId: (length: number) => string,
): Ids {
  const ids = new Map<string, string>();
  for (const document of transaction.list(kind, sourceId)) {
    const id = newId(6);
    ids.set(document.id, id);
    transaction.put(kind, target, id, { ...document, id });
  }
  return ids;
}

function cloneResource(resource: Resource, resources: Ids, validators: Ids, authorizers: Ids): Resource {
  const renamed = (ids: Ids, id: string | undefined) => (id === undefined ? undefined : (ids.get(id) ?? id));
  const methods = Object.entries(resource.resourceMethods ?? {}).map(([verb, method]: [string, Method]) => [
    verb,
    {
      ...method,
      authorizerId: renamed(authorizers, method.authorizerId),
      requestValidatorId: renamed(validators, method.requestValidatorId),
      methodIntegration: method.methodIntegration && {
        ...method.methodIntegration,
        cacheNamespace: renamed(resources, method.methodIntegration.cacheNamespace),
      },
    },
  ]);
  return {
    ...resource,
    id: resources.get(resource.id)!,
    parentId: renamed(resources, resource.parentId),
    ...(methods.length > 0 ? { resourceMethods: Object.fromEntries(methods) } : {}),
  };
}
