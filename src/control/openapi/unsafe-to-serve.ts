// The safety gate: what this release does not run yet is told, and an API that relies on it is refused.
// Never an open door: a method that AWS would protect is not served without its protection.

import { compileApiPolicy, isAuthorizationServed } from '../../authorizers/index.ts';
import type { ApiDefinition, Integration, RestApi } from '../../resources/index.ts';
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
  if (isAuthorizationServed(method, definition)) return [];
  const names = [element.method(verb, resource.path), element.resource(resource.path)];
  const authorizer = definition.authorizers.find((one) => one.id === method.authorizerId);
  const by =
    authorizer === undefined
      ? method.authorizationType
      : `${method.authorizationType} authorizer "${authorizer.name}"`;
  const message = `Method "${verb} ${resource.path}" is protected by ${by}, which this release does not run: serving it would leave it open`;
  const fix = 'take the method out of this API, or set its security to [] if it may be open';
  return [sourceMap.problem('error', names, message, fix)];
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
  return "the caller's credentials are kept, but integrations do not call in the name of callers: calls answer 500";
}

/** Why nobody could be let in by it; null when it can be evaluated, or there is none. */
const policyProblem = ({ id, policy }: RestApi): string | null =>
  compileApiPolicy(policy, { apiId: id, region: 'us-east-1', accountId: '000000000000' })?.problem ?? null;

function apiProblems({ restApi }: ApiDefinition, sourceMap: SourceMap): Problem[] {
  const problems: Problem[] = [];
  const names = [element.policy, element.api];
  const problem = policyProblem(restApi);
  if (problem !== null) {
    const message = `The resource policy cannot be evaluated: ${problem}`;
    const fix = 'correct x-amazon-apigateway-policy: nobody is let in as long as it cannot be evaluated';
    problems.push(sourceMap.problem('error', names, message, fix));
  }
  if (restApi.endpointConfiguration.types.includes('PRIVATE')) {
    if ((restApi.policy ?? '') === '') {
      const message = 'A PRIVATE API without a resource policy lets nobody in';
      const fix = 'give it a policy, or use REGIONAL if the network protects the gateway';
      problems.push(sourceMap.problem('error', [element.api], message, fix));
    } else {
      const message =
        'There are no VPC endpoints here: the resource policy of the PRIVATE API decides alone, and aws:SourceIp, aws:SourceVpc and aws:SourceVpce have no value in it';
      problems.push(sourceMap.problem('notice', names, message));
    }
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
