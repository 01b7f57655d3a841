// The extensions at the root of a document, and its tags.

import type { ApiDefinition, RestApi } from '../../../resources/index.ts';
import { compact, unlessEmpty } from '../import-context.ts';
import { propertiesOf } from './documentation-index.ts';
import type { ExportContext, ExportedDocumentation } from './export-options.ts';
import { freeName } from './export-security.ts';

/** Tags that belong to one API only: an API imported from the document must not ask for the same id. */
const ownTags = new Set(['_custom_id_']);

/** Validators by id, under the names that the document gives them. */
export function validatorNames({ requestValidators }: ApiDefinition): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(requestValidators.map(({ id, name }) => [id, freeName(name || id, taken)]));
}

export function rootExtensions(
  definition: ApiDefinition,
  validators: ReadonlyMap<string, string>,
  context: ExportContext,
): object {
  const { restApi } = definition;
  const has = context.has.bind(context);
  const { binaryMediaTypes = [], minimumCompressionSize, apiKeySource } = restApi;
  return compact({
    ...(has('gatewayresponses') ? gatewayResponsesOf(definition) : {}),
    ...(has('validators') ? validatorsOf(definition, validators) : {}),
    ...(has('integrations') && binaryMediaTypes.length > 0
      ? { 'x-amazon-apigateway-binary-media-types': binaryMediaTypes }
      : {}),
    ...(has('settings')
      ? {
          'x-amazon-apigateway-api-key-source': apiKeySource === 'AUTHORIZER' ? apiKeySource : undefined,
          'x-amazon-apigateway-minimum-compression-size': minimumCompressionSize,
          'x-amazon-apigateway-policy': policyOf(restApi),
          'x-amazon-apigateway-endpoint-configuration': endpointOf(restApi),
          'x-amazon-apigateway-security-policy': restApi.securityPolicy,
          'x-amazon-apigateway-endpoint-access-mode': restApi.endpointAccessMode,
        }
      : {}),
    'x-amazon-apigateway-documentation':
      has('documentation') && context.options.documentation !== undefined
        ? documentationOf(context.options.documentation)
        : undefined,
  });
}

function gatewayResponsesOf({ gatewayResponses }: ApiDefinition): object {
  const responses = [...gatewayResponses]
    .sort((a, b) => (a.responseType < b.responseType ? -1 : 1))
    .map(({ responseType, statusCode, responseParameters, responseTemplates }) => [
      responseType,
      compact({ statusCode, responseParameters, responseTemplates }),
    ]);
  return responses.length === 0
    ? {}
    : { 'x-amazon-apigateway-gateway-responses': Object.fromEntries(responses) };
}

function validatorsOf({ requestValidators }: ApiDefinition, names: ReadonlyMap<string, string>): object {
  const validators = requestValidators.map(({ id, validateRequestBody, validateRequestParameters }) => [
    names.get(id)!,
    { validateRequestParameters, validateRequestBody },
  ]);
  return validators.length === 0
    ? {}
    : { 'x-amazon-apigateway-request-validators': Object.fromEntries(validators) };
}

// ARNs of the API itself go back to the short form that does not name it: an API imported from the document has
// another id, and a policy that spoke of the old one would let nobody in.
function policyOf({ id, policy }: RestApi): unknown {
  if (policy === undefined || policy === '') return undefined;
  const prefix = new RegExp(`^arn:[a-z-]+:execute-api:[^:]*:[^:]*:${id}/`);
  const shorten = (resource: unknown): unknown =>
    typeof resource === 'string' ? resource.replace(prefix, 'execute-api:/') : resource;
  try {
    return JSON.parse(policy, (key, value: unknown) => {
      if (key !== 'Resource' && key !== 'NotResource') return value;
      return Array.isArray(value) ? value.map(shorten) : shorten(value);
    });
  } catch {
    return policy;
  }
}

function endpointOf({ disableExecuteApiEndpoint, endpointConfiguration }: RestApi): object | undefined {
  const { vpcEndpointIds = [], types, ipAddressType } = endpointConfiguration;
  const ipAddressTypeDefault = types.includes('PRIVATE') ? 'dualstack' : 'ipv4';
  return unlessEmpty(
    compact({
      disableExecuteApiEndpoint: disableExecuteApiEndpoint ? true : undefined,
      vpcEndpointIds: vpcEndpointIds.length === 0 ? undefined : vpcEndpointIds,
      ipAddressType: ipAddressType === ipAddressTypeDefault ? undefined : ipAddressType,
    }),
  );
}

const documentationOf = ({ version, createdDate, parts }: ExportedDocumentation): object => ({
  version,
  createdDate: `${createdDate.slice(0, 19)}Z`,
  documentationParts: parts.map(({ location, properties }) => ({
    location,
    properties: propertiesOf(properties),
  })),
});

/** The tags of a document: those that the documentation describes, and the API's own with their values. */
export function rootTags({ restApi }: ApiDefinition, context: ExportContext): readonly object[] | undefined {
  const tags = new Map<string, object>();
  const described = context.documentation.of('API').tags;
  for (const tag of Array.isArray(described) ? (described as unknown[]) : []) {
    const { name } = (tag ?? {}) as { name?: unknown };
    if (typeof name === 'string') tags.set(name, tag as object);
  }
  for (const [name, value] of context.has('settings') ? Object.entries(restApi.tags ?? {}) : []) {
    if (ownTags.has(name)) continue;
    tags.set(name, { ...(tags.get(name) ?? { name }), 'x-amazon-apigateway-tag-value': value });
  }
  return tags.size === 0 ? undefined : [...tags.values()];
}
