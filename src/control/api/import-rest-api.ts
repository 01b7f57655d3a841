// ImportRestApi and PutRestApi: an OpenAPI document becomes an API, or is laid over one. Stages and deployments stay
// as they are: what was imported is served when it is deployed.

import type { ApiDefinition, EndpointType } from '../../resources/index.ts';
import { putDefinition } from '../deployment/index.ts';
import { definitionOf } from '../lookup.ts';
import { type ImportOptions, importDefinition } from '../openapi/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { type Context, type Handlers, writes } from './handler.ts';
import { documentText, refuseProblems, warningsOf } from './import-answer.ts';
import { policyToKeep } from './rest-api-policy.ts';
import { presentRestApi } from './rest-apis.ts';
import { checkTags, freshId, idFor } from './tag-rules.ts';

export const importRestApi = {
  ImportRestApi: writes<'ImportRestApi'>((input, transaction, context) => {
    const text = documentText(input.body);
    const isTaken = (id: string) => transaction.get('restApi', '', id) !== undefined;
    const options = importOptions(input.parameters, context);
    const read = (apiId: string) =>
      readDefinition(text, { ...options, apiId }, input.failOnWarnings, context);
    const first = read(freshId(10, isTaken, context));
    // A tag of the document may ask for an id, and models name the API that they belong to.
    const { restApi } = first.definition;
    const id = idFor(restApi.tags, 10, isTaken, { newId: () => restApi.id });
    const { definition, warnings } = id === restApi.id ? first : read(id);
    putDefinition(transaction, definition, context.now());
    return { ...presentRestApi(definition.restApi), warnings };
  }),

  PutRestApi: writes<'PutRestApi'>((input, transaction, context) => {
    const { restApiId, mode = 'merge', failOnWarnings, parameters, body } = input;
    const existing = definitionOf(transaction, restApiId, context.account);
    const options: ImportOptions = { ...importOptions(parameters, context), existing, mode };
    const read = readDefinition(documentText(body), options, failOnWarnings, context);
    // The document's tags come to those of the API: they are not part of what it describes.
    const tags = { ...existing.restApi.tags, ...read.definition.restApi.tags };
    checkTags(tags);
    const restApi = { ...read.definition.restApi, ...(Object.keys(tags).length > 0 ? { tags } : {}) };
    const definition = { ...read.definition, restApi };
    putDefinition(transaction, definition, context.now());
    return { ...presentRestApi(restApi), tags, warnings: read.warnings };
  }),
} satisfies Partial<Handlers>;

interface ReadDefinition {
  readonly definition: ApiDefinition;
  /** undefined when there are none: they are then left out of the answer. */
  readonly warnings: readonly string[] | undefined;
}

/** @throws BadRequestException for what the service refuses; nothing has changed then */
function readDefinition(
  text: string,
  options: ImportOptions,
  failOnWarnings: boolean | undefined,
  { account }: Context,
): ReadDefinition {
  const imported = importDefinition(text, options);
  if (imported.definition === undefined) throw badRequest('Invalid OpenAPI input.');
  refuseProblems(imported.problems, failOnWarnings === true);
  // The version that a document names is that of the export it came from: the parts come in, a version is created
  // by who wants one.
  const { documentationVersion: _, restApi, ...parts } = imported.definition;
  checkTags(restApi.tags);
  const { policy } = restApi;
  const kept =
    policy === undefined ? restApi : { ...restApi, policy: policyToKeep(policy, restApi.id, account) };
  return { definition: { ...parts, restApi: kept }, warnings: warningsOf(imported.problems) };
}

const basepaths = ['ignore', 'prepend', 'split'] as const;

/** @throws BadRequestException for a value that is none of the parameter's */
function importOptions(
  parameters: Readonly<Record<string, string>> | undefined,
  { account, newId, now }: Context,
): ImportOptions {
  const given = new Map(Object.entries(parameters ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  const basepath = given.get('basepath')?.toLowerCase();
  if (basepath !== undefined && !basepaths.some((one) => one === basepath))
    throw badRequest(`Invalid basepath specified. Valid options are ${basepaths.join(',')}`);
  const types = given.get('endpointconfigurationtypes');
  return {
    region: account.region,
    accountId: account.accountId,
    partition: account.partition,
    newId,
    createdDate: now(),
    ignoreDocumentation: given.get('ignore')?.toLowerCase() === 'documentation',
    ...(basepath === undefined ? {} : { basepath: basepath as (typeof basepaths)[number] }),
    ...(types === undefined ? {} : { endpointTypes: endpointTypesOf(types) }),
  };
}

const endpointTypesOf = (text: string): readonly EndpointType[] =>
  text.split(',').map((type) => type.trim().toUpperCase() as EndpointType);
