// The safety gate: what this release does not run yet is told, and an API that relies on it is refused.
// Never an open door: a method that AWS would protect is not served without its protection.

import type { ApiDefinition, Integration } from '../../resources/index.ts';
import { isAllowAll } from '../../resources/resource-policy.ts';
import { methodsOf, type PlacedMethod } from './methods-of.ts';
import { type Problem, sortProblems } from './problem.ts';
import { element, SourceMap } from './source-map.ts';

/**
 * Tells what keeps a definition from being served (errors) and what is kept without effect (notices).
 *
 * @param sourceMap - of the text that it was imported from; without it problems carry no place
 */
export function unsafeToServe(
  definition: ApiDefinition,
  sourceMap: SourceMap = new SourceMap(''),
): readonly Problem[] {
  return sortProblems([
    ...methodsOf(definition).flatMap((placed) => [
      ...protectionProblems(placed, definition, sourceMap),
      ...integrationProblems(placed, sourceMap),
    ]),
    ...apiProblems(definition, sourceMap),
  ]);
}

function protectionProblems(
  { resource, verb, method }: PlacedMethod,
  definition: ApiDefinition,
  sourceMap: SourceMap,
): Problem[] {
  const names = [element.method(verb, resource.path), element.resource(resource.path)];
  const problems: Problem[] = [];
  if (method.authorizationType !== 'NONE') {
    const authorizer = definition.authorizers.find((one) => one.id === method.authorizerId);
    const by =
      authorizer === undefined
        ? method.authorizationType
        : `${method.authorizationType} authorizer "${authorizer.name}"`;
    const message = `Method "${verb} ${resource.path}" is protected by ${by}, which this release does not run: serving it would leave it open`;
    const fix = 'take the method out of this API, or set its security to [] if it may be open';
    problems.push(sourceMap.problem('error', names, message, fix));
  }
  if (method.apiKeyRequired) {
    const message = `Method "${verb} ${resource.path}" requires an API key, which this release does not check: serving it would leave it open`;
    const fix = 'take the method out of this API, or take the key out of its security if it may be open';
    problems.push(sourceMap.problem('error', names, message, fix));
  }
  return problems;
}

function integrationProblems({ resource, verb, method }: PlacedMethod, sourceMap: SourceMap): Problem[] {
  const integration = method.methodIntegration;
  if (integration === undefined) return [];
  const names = [element.integration(verb, resource.path), element.method(verb, resource.path)];
  const problems: Problem[] = [];
  if (
    integration.type === 'AWS_PROXY' &&
    /^arn:[^:]+:apigateway:[^:]*:firehose:/i.test(integration.uri ?? '')
  ) {
    const message = `Method "${verb} ${resource.path}": a proxy integration of Firehose is not served by this release`;
    const fix = 'use type aws and a mapping template that makes the record';
    problems.push(sourceMap.problem('error', names, message, fix));
  }
  if (integration.connectionType === 'VPC_LINK' && !integration.type.startsWith('HTTP')) {
    const message = `Method "${verb} ${resource.path}": a VPC link is not served for integrations of type ${integration.type}`;
    const fix = 'use type http or http_proxy, or take connectionType and connectionId out';
    problems.push(sourceMap.problem('error', names, message, fix));
  }
  if (integration.integrationTarget !== undefined) {
    const message = `Method "${verb} ${resource.path}": integrationTarget is kept; the targets of the VPC link itself are called`;
    problems.push(sourceMap.problem('notice', names, message));
  }
  if ((integration.cacheKeyParameters ?? []).length > 0) {
    const message = `Method "${verb} ${resource.path}": cacheKeyParameters are kept, but this release does not cache`;
    problems.push(sourceMap.problem('notice', names, message));
  }
  if (integration.tlsConfig?.serverNameToVerify !== undefined) {
    const message = `Method "${verb} ${resource.path}": serverNameToVerify is kept; the backend's certificate is verified for the host of the URI`;
    problems.push(sourceMap.problem('notice', names, message));
  }
  if (integration.credentials !== undefined) {
    const message = credentialsNotice(integration);
    if (message !== null)
      problems.push(sourceMap.problem('notice', names, `Method "${verb} ${resource.path}": ${message}`));
  }
  return problems;
}

/** What `credentials` do not do here; null where they do what they say. */
function credentialsNotice({ type, credentials = '' }: Integration): string | null {
  if (type !== 'AWS' && type !== 'AWS_PROXY')
    return 'credentials are kept, but HTTP and MOCK integrations do not use them';
  if (!/^arn:[a-z-]+:iam::\\?\*:user\/\\?\*$/.test(credentials)) return null;
  return "the caller's credentials are kept, but no caller has any before methods authorize by IAM: calls answer 500";
}

function apiProblems({ restApi }: ApiDefinition, sourceMap: SourceMap): Problem[] {
  const problems: Problem[] = [];
  if (restApi.policy !== undefined && !isAllowAll(restApi.policy, restApi.id)) {
    const message =
      'The resource policy restricts callers, and this release does not evaluate policies: serving the API would leave it open';
    const fix = 'remove x-amazon-apigateway-policy, or reduce it to one that allows everyone';
    problems.push(sourceMap.problem('error', [element.policy, element.api], message, fix));
  }
  if (restApi.endpointConfiguration.types.includes('PRIVATE')) {
    const message =
      'A PRIVATE API may be reached only through VPC endpoints, which this release does not check: serving it would leave it open';
    problems.push(
      sourceMap.problem('error', [element.api], message, 'use REGIONAL if the network protects the gateway'),
    );
  }
  if (restApi.disableExecuteApiEndpoint) {
    const message = 'The default endpoint is disabled: the API is reached through custom domain names alone';
    problems.push(sourceMap.problem('notice', [element.api], message));
  }
  for (const [member, what] of [
    ['securityPolicy', 'The security policy'],
    ['endpointAccessMode', 'The endpoint access mode'],
  ] as const) {
    if (restApi[member] === undefined) continue;
    const message = `${what} "${restApi[member]}" is kept; TLS is what the listener is configured for`;
    problems.push(sourceMap.problem('notice', [element.api], message));
  }
  return problems;
}
