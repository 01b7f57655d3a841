// x-amazon-apigateway-integration as an Integration.

import type {
  HttpMethod,
  Integration,
  IntegrationResponse,
  Method,
  Resource,
} from '../../resources/index.ts';
import { integrationTimeoutMaxMs } from '../../resources/index.ts';
import type { Cursor } from './cursor.ts';
import { compact, type ImportContext, unlessEmpty } from './import-context.ts';
import { integrationProblems, placeholdersOf, templateProblems } from './integration-checks.ts';
import {
  expressionProblems,
  isMappingTarget,
  mappingError,
  methodParameterRead,
} from './parameter-checks.ts';
import { element } from './source-map.ts';

const types = ['HTTP', 'MOCK', 'AWS_PROXY', 'HTTP_PROXY', 'AWS'] as const;
const passthroughs = ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'] as const;
const handlings = ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'] as const;
const connections = ['INTERNET', 'VPC_LINK'] as const;
const transfers = ['BUFFERED', 'STREAM'] as const;

const known = new Set([
  ...['type', 'uri', 'httpMethod', 'credentials', 'connectionType', 'connectionId', 'cacheNamespace'],
  ...[
    'cacheKeyParameters',
    'contentHandling',
    'passthroughBehavior',
    'requestParameters',
    'requestTemplates',
  ],
  ...['responses', 'timeoutInMillis', 'tlsConfig', 'integrationTarget', 'responseTransferMode'],
]);
const httpApiOnly = new Set(['payloadFormatVersion', 'integrationSubtype', 'description']);

/** The method that an integration is read for, with its parameters and responses declared. */
export interface IntegrationOwner {
  readonly resource: Resource;
  readonly verb: HttpMethod;
  readonly method: Method;
}

/** Reads the integration of an operation; undefined when it has none (a deployment then refuses the API). */
export function readIntegration(
  operation: Cursor,
  owner: IntegrationOwner,
  context: ImportContext,
): Integration | undefined {
  const written = context.extension(operation, 'x-amazon-apigateway-integration');
  const at = written === undefined ? undefined : context.resolve(written);
  if (at === undefined) return undefined;
  if (at !== written) context.extension(context.root.get('components'), 'x-amazon-apigateway-integrations');
  context.sourceMap.set(element.integration(owner.verb, owner.resource.path), at);
  if (!at.isMap) {
    context.error(at, 'Expected x-amazon-apigateway-integration to be a map');
    return undefined;
  }
  tellUnknownMembers(at, context);
  const type = context.choice(at, 'type', types, 'putIntegrationInput.type');
  if (type === undefined) {
    if (at.get('type') === undefined) context.error(at, unable(owner, 'Integration type must be non-empty'));
    return undefined;
  }
  const isHttp = type === 'HTTP' || type === 'HTTP_PROXY';
  const integration: Integration = compact({
    type,
    httpMethod: type === 'MOCK' ? undefined : context.text(at, 'httpMethod')?.toUpperCase(),
    uri: type === 'MOCK' ? undefined : context.text(at, 'uri'),
    connectionType:
      context.choice(at, 'connectionType', connections, 'putIntegrationInput.connectionType') ??
      (isHttp ? 'INTERNET' : undefined),
    connectionId: context.text(at, 'connectionId'),
    credentials: context.text(at, 'credentials'),
    requestParameters: requestParametersOf(at, owner, context),
    requestTemplates: templatesOf(at, 'requestTemplates', context, (contentType) =>
      element.requestTemplate(owner.verb, owner.resource.path, contentType),
    ),
    passthroughBehavior:
      context.choice(at, 'passthroughBehavior', passthroughs, 'putIntegrationInput.passthroughBehavior') ??
      'WHEN_NO_MATCH',
    contentHandling: context.choice(at, 'contentHandling', handlings, 'putIntegrationInput.contentHandling'),
    timeoutInMillis: context.number(at, 'timeoutInMillis') ?? integrationTimeoutMaxMs,
    cacheNamespace: context.text(at, 'cacheNamespace') ?? owner.resource.id,
    cacheKeyParameters: context.texts(at, 'cacheKeyParameters') ?? [],
    integrationResponses: responsesOf(at, owner, context),
    tlsConfig: tlsConfigOf(at, context),
    responseTransferMode: context.choice(
      at,
      'responseTransferMode',
      transfers,
      'putIntegrationInput.responseTransferMode',
    ),
    integrationTarget: context.text(at, 'integrationTarget'),
  });
  for (const { member, message, fix } of integrationProblems(integration)) {
    context.error(at.get(member) ?? at, unable(owner, message), fix);
  }
  tellPlaceholders(at, integration, context);
  return integration;
}

const unable = ({ verb, resource }: IntegrationOwner, message: string): string =>
  `Unable to put integration on '${verb}' for resource at path '${resource.path}': ${message}`;

function tellUnknownMembers(at: Cursor, context: ImportContext): void {
  for (const [name, value] of at.entries()) {
    if (known.has(name) || name.startsWith('x-')) continue;
    const message = httpApiOnly.has(name)
      ? `"${name}" has no effect on REST APIs`
      : `"${name}" is not a member of an integration; it is left out`;
    context.atKey(httpApiOnly.has(name) ? 'notice' : 'warning', value, message);
  }
}

function tellPlaceholders(at: Cursor, integration: Integration, context: ImportContext): void {
  if (integration.uri === undefined) return;
  for (const name of placeholdersOf(integration.uri)) {
    const target = `integration.request.path.${name}`;
    if (integration.requestParameters?.[target] !== undefined) continue;
    const fix = `add ${target}: method.request.path.${name} to requestParameters`;
    context.warning(
      at.get('uri') ?? at,
      `Nothing fills the placeholder {${name}} of the URI: requests will fail`,
      fix,
    );
  }
}

function requestParametersOf(at: Cursor, owner: IntegrationOwner, context: ImportContext) {
  const parameters: Record<string, string> = {};
  for (const [target, source] of context.map(at, 'requestParameters')?.entries() ?? []) {
    const expression = mappingText(source, target, owner, context);
    if (expression === undefined) continue;
    parameters[target] = expression;
    context.sourceMap.set(element.requestParameter(owner.verb, owner.resource.path, target), source);
    if (!isMappingTarget(target, 'request')) {
      const message = mappingError(`Invalid mapping expression parameter specified: ${target}`);
      context.atKey(
        'error',
        source,
        unable(owner, message),
        'write integration.request.{path|querystring|header}.NAME',
      );
      continue;
    }
    for (const message of expressionProblems(expression, 'request'))
      context.error(source, unable(owner, message));
    const read = methodParameterRead(expression);
    if (read === undefined || owner.method.requestParameters?.[read] !== undefined) continue;
    const message = mappingError(`Invalid mapping expression parameter specified: ${read}`);
    context.error(
      source,
      unable(owner, message),
      `declare the parameter ${read.slice('method.request.'.length)} on the operation`,
    );
  }
  return unlessEmpty(parameters);
}

function mappingText(
  source: Cursor,
  target: string,
  owner: IntegrationOwner,
  context: ImportContext,
): string | undefined {
  if (typeof source.value === 'string') return source.value;
  const member = target.startsWith('method.response') ? 'responseParameters' : 'requestParameters';
  context.warning(
    source,
    `Invalid format for '${member}'. Expected type string for property '${target}' of resource '${owner.resource.path}' and method '${owner.verb}' but got '${JSON.stringify(source.value)}'`,
    "write a mapping expression, such as method.request.header.x or 'text' in single quotes",
  );
  return undefined;
}

function templatesOf(at: Cursor, key: string, context: ImportContext, nameOf: (type: string) => string) {
  const map = context.map(at, key);
  if (map === undefined) return undefined;
  const templates: Record<string, string> = {};
  for (const [type, template] of map.entries()) {
    if (typeof template.value === 'string') templates[type] = template.value;
    // A template written as a map is meant as its JSON text, which is what AWS's console shows too.
    else if (template.value !== null) templates[type] = JSON.stringify(template.value);
    // As the management API takes it: a response template without text, a request template that was not given.
    else if (key === 'responseTemplates') templates[type] = '';
    else context.atKey('notice', template, `The request template "${type}" is null: there is none`);
    context.sourceMap.set(nameOf(type), template);
  }
  for (const [type, message] of templateProblems(templates)) context.atKey('error', map.get(type)!, message);
  return templates;
}

function responsesOf(at: Cursor, owner: IntegrationOwner, context: ImportContext) {
  const responses: Record<string, IntegrationResponse> = {};
  for (const [pattern, written] of context.map(at, 'responses')?.entries() ?? []) {
    const response = context.resolve(written);
    if (response === undefined) continue;
    const read = readResponse(pattern, response, owner, context);
    if (read === undefined) continue;
    if (responses[read.statusCode] !== undefined) {
      const message = `Two integration responses give the status ${read.statusCode}; the last one counts`;
      context.atKey('warning', response, message, 'join their patterns with "|"');
    }
    responses[read.statusCode] = read;
  }
  return unlessEmpty(responses);
}

function readResponse(
  pattern: string,
  at: Cursor,
  owner: IntegrationOwner,
  context: ImportContext,
): IntegrationResponse | undefined {
  const { verb, resource } = owner;
  const status = context.text(at, 'statusCode');
  if (status === undefined || !/^[1-5]\d\d$/.test(status)) {
    const constraint = 'Member must satisfy regular expression pattern: [1-5]\\d\\d';
    const message = `Value '${status ?? ''}' at 'statusCode' failed to satisfy constraint: ${constraint}`;
    context.error(at.get('statusCode') ?? at, message);
    return undefined;
  }
  context.sourceMap.set(element.response(verb, resource.path, status), at);
  return compact({
    statusCode: status,
    selectionPattern: pattern === 'default' ? undefined : pattern,
    responseParameters: responseParametersOf(at, status, owner, context),
    responseTemplates: templatesOf(at, 'responseTemplates', context, (type) =>
      element.responseTemplate(verb, resource.path, status, type),
    ),
    contentHandling: context.choice(
      at,
      'contentHandling',
      handlings,
      'putIntegrationResponseInput.contentHandling',
    ),
  });
}

function responseParametersOf(at: Cursor, status: string, owner: IntegrationOwner, context: ImportContext) {
  const declared = owner.method.methodResponses?.[status];
  const parameters: Record<string, string> = {};
  for (const [target, source] of context.map(at, 'responseParameters')?.entries() ?? []) {
    const expression = mappingText(source, target, owner, context);
    if (expression === undefined) continue;
    parameters[target] = expression;
    context.sourceMap.set(element.responseParameter(owner.verb, owner.resource.path, status, target), source);
    for (const message of expressionProblems(expression, 'response'))
      context.error(source, unable(owner, message));
    const isDeclared = declared === undefined || declared.responseParameters?.[target] !== undefined;
    if (isMappingTarget(target, 'response') && isDeclared) continue;
    const message = mappingError(`Invalid mapping expression parameter specified: ${target}`);
    const fix = `declare the header in the operation's response ${status}`;
    context.atKey('error', source, unable(owner, message), fix);
  }
  return unlessEmpty(parameters);
}

function tlsConfigOf(at: Cursor, context: ImportContext) {
  const config = context.map(at, 'tlsConfig');
  if (config === undefined) return undefined;
  return compact({
    insecureSkipVerification: context.boolean(config, 'insecureSkipVerification'),
    serverNameToVerify: context.text(config, 'serverNameToVerify'),
  });
}
