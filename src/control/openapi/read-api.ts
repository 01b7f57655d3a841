// The root of a document: the RestApi and its gateway responses.

import type { EndpointType, GatewayResponse, RestApi } from '../../resources/index.ts';
import { valuesOf } from '../protocol/shape.ts';
import { gatewayResponseType } from '../protocol/shapes.ts';
import type { Cursor } from './cursor.ts';
import { compact, enumText, type ImportContext } from './import-context.ts';
import { compressionSizeProblem, policyProblem } from './rest-api-checks.ts';
import { element } from './source-map.ts';

const ipAddressTypes = ['ipv4', 'dualstack'] as const;

export function readRestApi(context: ImportContext): RestApi {
  const { root, options } = context;
  const { existing } = options;
  const info = context.map(root, 'info');
  const title = context.text(info, 'title') ?? '';
  if (title === '')
    context.error(info?.get('title') ?? info ?? root, 'Name cannot be empty', 'write info.title');
  const endpoint = endpointConfiguration(context);
  context.sourceMap.set(element.api, info ?? root);
  return compact({
    id: context.apiId,
    name: title === '' ? 'untitled' : title,
    description: context.text(info, 'description') || undefined,
    createdDate: existing?.restApi.createdDate ?? options.createdDate ?? new Date().toISOString(),
    version: context.text(info, 'version'),
    binaryMediaTypes: binaryMediaTypes(context),
    minimumCompressionSize: minimumCompressionSize(context),
    apiKeySource: apiKeySource(context),
    endpointConfiguration: endpoint.configuration,
    policy: policy(context),
    tags: tags(context),
    disableExecuteApiEndpoint: endpoint.disabled,
    securityPolicy: plainText('x-amazon-apigateway-security-policy', context),
    endpointAccessMode: plainText('x-amazon-apigateway-endpoint-access-mode', context),
    rootResourceId: '',
  });
}

function plainText(extension: string, context: ImportContext): string | undefined {
  const at = context.extension(context.root, extension);
  if (at === undefined || typeof at.value === 'string') return at?.value as string | undefined;
  context.error(at, `Expected "${extension}" to be a string`);
  return undefined;
}

function binaryMediaTypes(context: ImportContext): readonly string[] | undefined {
  const name = 'x-amazon-apigateway-binary-media-types';
  context.extension(context.root, name);
  const types = context.texts(context.root, name);
  return types === undefined || types.length === 0 ? undefined : types;
}

function minimumCompressionSize(context: ImportContext): number | undefined {
  const name = 'x-amazon-apigateway-minimum-compression-size';
  const at = context.extension(context.root, name);
  const size = context.number(context.root, name);
  const problem = size === undefined ? undefined : compressionSizeProblem(size);
  if (problem === undefined) return size;
  context.error(at!, problem);
  return undefined;
}

function apiKeySource(context: ImportContext): RestApi['apiKeySource'] {
  const name = 'x-amazon-apigateway-api-key-source';
  context.extension(context.root, name);
  return (
    context.choice(
      context.root,
      name,
      ['HEADER', 'AUTHORIZER'] as const,
      'createRestApiInput.apiKeySource',
    ) ??
    context.merged?.apiKeySource ??
    'HEADER'
  );
}

function endpointConfiguration(context: ImportContext) {
  const name = 'x-amazon-apigateway-endpoint-configuration';
  const servers = context.root.get('servers')?.items() ?? [];
  const at =
    context.extensionMap(context.root, name) ??
    servers.map((server) => context.extensionMap(server, name)).find(Boolean);
  const given = context.texts(at, 'types')?.map((type) => type.toUpperCase()) as EndpointType[] | undefined;
  const old = context.options.existing?.restApi.endpointConfiguration;
  const types = context.options.endpointTypes ?? given ?? old?.types ?? ['EDGE'];
  if (types.length > 1)
    context.error(at ?? context.root, 'Cannot create an api with multiple Endpoint Types.');
  for (const type of types) {
    if (['PRIVATE', 'EDGE', 'REGIONAL'].includes(type)) continue;
    context.error(
      at ?? context.root,
      'Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE',
    );
  }
  const isPrivate = types.includes('PRIVATE');
  const ipAddressType = context.choice(
    at,
    'ipAddressType',
    ipAddressTypes,
    'createRestApiInput.ipAddressType',
  );
  if (isPrivate && ipAddressType === 'ipv4') {
    context.error(at!.get('ipAddressType')!, 'Only dualstack ipAddressType is supported for Private APIs.');
  }
  return {
    disabled:
      context.boolean(at, 'disableExecuteApiEndpoint') ?? context.merged?.disableExecuteApiEndpoint ?? false,
    configuration: compact({
      types,
      ipAddressType: ipAddressType ?? (isPrivate ? 'dualstack' : (old?.ipAddressType ?? 'ipv4')),
      vpcEndpointIds: context.texts(at, 'vpcEndpointIds') ?? (isPrivate ? old?.vpcEndpointIds : undefined),
    }),
  };
}

function policy(context: ImportContext): string | undefined {
  const at = context.extension(context.root, 'x-amazon-apigateway-policy');
  if (at === undefined) return undefined;
  context.sourceMap.set(element.policy, at);
  const text = typeof at.value === 'string' ? at.value : JSON.stringify(at.value);
  const problem = policyProblem(text);
  if (problem !== undefined) context.error(at, problem);
  return text;
}

function tags(context: ImportContext): Record<string, string> | undefined {
  const found: [string, string][] = [];
  for (const tag of context.root.get('tags')?.items() ?? []) {
    context.extension(tag, 'x-amazon-apigateway-tag-value');
    const value = context.text(tag, 'x-amazon-apigateway-tag-value');
    const name = context.text(tag, 'name');
    if (value !== undefined && name !== undefined) found.push([name, value]);
  }
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

const gatewayResponseTypes: readonly string[] = valuesOf(gatewayResponseType);

export function readGatewayResponses(context: ImportContext): readonly GatewayResponse[] {
  const declared = context.extensionMap(context.root, 'x-amazon-apigateway-gateway-responses');
  return (declared?.entries() ?? []).flatMap(([type, at]) => {
    context.sourceMap.set(element.gatewayResponse(type), at);
    if (!gatewayResponseTypes.includes(type)) {
      context.atKey('error', at, enumText(type, 'responseType', gatewayResponseTypes));
      return [];
    }
    const statusCode = context.text(at, 'statusCode');
    if (statusCode !== undefined && !/^[1-5]\d\d$/.test(statusCode)) {
      const constraint = 'Member must satisfy regular expression pattern: [1-5]\\d\\d';
      context.error(
        at.get('statusCode')!,
        `Value '${statusCode}' at 'statusCode' failed to satisfy constraint: ${constraint}`,
      );
    }
    return compact({
      responseType: type,
      statusCode,
      responseParameters: textMap(at, 'responseParameters', context),
      responseTemplates: textMap(at, 'responseTemplates', context),
      defaultResponse: false,
    });
  });
}

function textMap(at: Cursor, key: string, context: ImportContext): Record<string, string> | undefined {
  const map = context.map(at, key);
  if (map === undefined) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, value] of map.entries()) {
    if (typeof value.value === 'string') texts[name] = value.value;
    else context.error(value, `Invalid null or empty value in ${key}`);
  }
  return texts;
}
