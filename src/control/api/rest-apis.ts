// RestApis: the API itself.

import type { EndpointConfiguration, EndpointType, RestApi } from '../../resources/index.ts';
import type { Kind, Transaction, View } from '../../store/index.ts';
import { apiOf } from '../lookup.ts';
import { compressionSizeProblem, endpointProblem } from '../openapi/rest-api-checks.ts';
import { badRequest } from '../protocol/exceptions.ts';
import type { Input } from '../protocol/operations.ts';
import { page } from '../protocol/paging.ts';
import { patchDocument } from '../protocol/patch.ts';
import { cloneApi } from './clone-api.ts';
import { defaultModels } from './default-models.ts';
import { type Context, epochSeconds, type Handlers, reads, writes } from './handler.ts';
import { checkPatched, restApiPatches } from './rest-api-patch.ts';
import { escapedPolicy, policyToKeep } from './rest-api-policy.ts';
import { checkTags, idFor } from './tag-rules.ts';

export const restApis = {
  CreateRestApi: writes<'CreateRestApi'>((input, transaction, context) => {
    checkCreate(input);
    const isTaken = (taken: string) =>
      transaction.get('restApi', '', taken) !== undefined ||
      transaction.get('v2Api', '', taken) !== undefined;
    const id = idFor(input.tags, 10, isTaken, context);
    const given: Partial<RestApi> = {
      description: input.description,
      version: input.version,
      binaryMediaTypes: input.binaryMediaTypes?.length ? input.binaryMediaTypes : undefined,
      minimumCompressionSize: input.minimumCompressionSize,
      policy: policyGiven(input.policy, id, context),
      tags: input.tags,
      securityPolicy: input.securityPolicy,
      endpointAccessMode: input.endpointAccessMode,
    };
    const own = { id, name: input.name, createdDate: context.now(), ...withoutUndefined(given) };
    if (input.cloneFrom !== undefined) {
      const settings = {
        apiKeySource: input.apiKeySource,
        disableExecuteApiEndpoint: input.disableExecuteApiEndpoint,
        endpointConfiguration: input.endpointConfiguration && endpointOf(input.endpointConfiguration),
      };
      apiOf(transaction, input.cloneFrom, context.account);
      return presentRestApi(
        cloneApi(input.cloneFrom, { ...own, ...withoutUndefined(settings) }, transaction, context),
      );
    }
    const restApi: RestApi = {
      ...own,
      apiKeySource: input.apiKeySource ?? 'HEADER',
      endpointConfiguration: endpointOf(input.endpointConfiguration ?? {}),
      disableExecuteApiEndpoint: input.disableExecuteApiEndpoint ?? false,
      rootResourceId: context.newId(10),
    };
    transaction.put('restApi', '', id, restApi);
    transaction.put('resource', id, restApi.rootResourceId, { id: restApi.rootResourceId, path: '/' });
    for (const model of defaultModels(context.newId)) transaction.put('model', id, model.name, model);
    return presentRestApi(restApi);
  }),

  GetRestApi: reads<'GetRestApi'>(({ restApiId }, view, { account }) =>
    readRestApi(apiOf(view, restApiId, account)),
  ),

  GetRestApis: reads<'GetRestApis'>((input, view) =>
    page(view.list('restApi', ''), input, ({ id }) => id, readRestApi),
  ),

  UpdateRestApi: writes<'UpdateRestApi'>(({ restApiId, patchOperations }, transaction, context) => {
    const before = apiOf(transaction, restApiId, context.account);
    const after = patchDocument(before, patchOperations, restApiPatches(context.account));
    checkPatched(before, after);
    transaction.put('restApi', '', restApiId, after);
    return { ...readRestApi(after), tags: after.tags ?? {} };
  }),

  DeleteRestApi: writes<'DeleteRestApi'>(({ restApiId }, transaction, { account }) => {
    apiOf(transaction, restApiId, account);
    const domains = domainsMappedTo(restApiId, transaction);
    if (domains.length > 0) {
      throw badRequest(
        `Deleting RestApi ${restApiId} failed. Please remove all base path mappings related to the RestApi in your domains: ${domains.join(', ')}`,
      );
    }
    removeApi(restApiId, transaction);
  }),
} satisfies Partial<Handlers>;

/** A RestApi as creates answer it. */
export const presentRestApi = (restApi: RestApi) => ({
  ...restApi,
  createdDate: epochSeconds(restApi.createdDate),
});

/** As everything else answers it. */
const readRestApi = (restApi: RestApi) => ({ ...presentRestApi(restApi), policy: escapedPolicy(restApi) });

/** The service looks in this order. @see observed behaviour, section 2 */
function checkCreate(input: Input<'CreateRestApi'>): void {
  if (input.name.trim() === '') throw badRequest('Name cannot be empty');
  if (input.description === '') throw badRequest('Description cannot be an empty string');
  const problem =
    endpointProblem(endpointOf(input.endpointConfiguration ?? {})) ??
    (input.minimumCompressionSize === undefined
      ? undefined
      : compressionSizeProblem(input.minimumCompressionSize));
  if (problem !== undefined) throw badRequest(problem);
  checkTags(input.tags);
}

type GivenEndpoint = NonNullable<Input<'CreateRestApi'>['endpointConfiguration']>;

function endpointOf({
  types = ['EDGE'],
  ipAddressType,
  vpcEndpointIds,
}: GivenEndpoint): EndpointConfiguration {
  return {
    types: types as readonly EndpointType[],
    ipAddressType: ipAddressType ?? (types.includes('PRIVATE') ? 'dualstack' : 'ipv4'),
    ...(vpcEndpointIds?.length ? { vpcEndpointIds } : {}),
  };
}

const policyGiven = (policy: string | undefined, apiId: string, { account }: Context): string | undefined =>
  policy === undefined || policy === '' ? undefined : policyToKeep(policy, apiId, account);

const withoutUndefined = <T extends object>(members: T): Partial<T> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;

function domainsMappedTo(apiId: string, view: View): string[] {
  return view
    .list('domainName', '')
    .filter(({ domainName, domainNameId }) =>
      view
        .list('basePathMapping', domainNameId === undefined ? domainName : `${domainName}+${domainNameId}`)
        .some(({ restApiId }) => restApiId === apiId),
    )
    .map(({ domainName }) => domainName);
}

/** Everything that lies under an API. A new kind with the API's id as parent belongs here too. */
const kindsOfApi: readonly Kind[] = [
  'resource',
  'model',
  'requestValidator',
  'authorizer',
  'gatewayResponse',
  'documentationPart',
  'documentationVersion',
  'deployment',
  'stage',
];

/** Removes an API with all that belongs to it; usage plans and keys forget its stages, as the service does. */
function removeApi(apiId: string, transaction: Transaction): void {
  for (const { stageName } of transaction.list('stage', apiId))
    transaction.removeAll('stageHistory', `${apiId}/${stageName}`);
  for (const kind of kindsOfApi) transaction.removeAll(kind, apiId);
  for (const plan of transaction.list('usagePlan', '')) {
    const apiStages = plan.apiStages.filter((stage) => stage.apiId !== apiId);
    if (apiStages.length < plan.apiStages.length)
      transaction.put('usagePlan', '', plan.id, { ...plan, apiStages });
  }
  for (const key of transaction.list('apiKey', '')) {
    const stageKeys = key.stageKeys.filter((stage) => !stage.startsWith(`${apiId}/`));
    if (stageKeys.length < key.stageKeys.length) transaction.put('apiKey', '', key.id, { ...key, stageKeys });
  }
  transaction.remove('restApi', '', apiId);
}
