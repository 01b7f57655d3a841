// Doors that stay shut. What restricts callers, and cannot be evaluated by this release, refuses every request: nothing
// is served open because something was not understood. The control plane tells of most of it when it is configured;
// this is the lock that does not depend on it.

import type { Exchange } from '../../exchange/exchange.ts';
import { failures } from '../../exchange/gateway-response.ts';
import type { Phase } from '../../exchange/phase.ts';
import { integrationKind } from '../../integrations/index.ts';
import type { Integration, Method, RestApi } from '../../resources/index.ts';
import { isAllowAll } from '../../resources/resource-policy.ts';

/**
 * The first door that a request of this method meets and cannot pass, in the order of the life cycle; null = all open.
 * @param webAclArn - the stage's
 * @see data-plane reference, section 2: steps 4 to 9
 */
export function closedDoor(webAclArn: string | null, restApi: RestApi, method: Method): Phase | null {
  return closedByFirewall(webAclArn) ?? closedByPolicy(restApi) ?? closedByMethod(method);
}

/** A web ACL comes before all else, also for requests that no method matches. */
export function closedByFirewall(webAclArn: string | null): Phase | null {
  if (webAclArn === null || webAclArn === '') return null;
  return (exchange) => {
    exchange.errorMessage = 'There was an error evaluating the AWS WAF rules associated with this API';
    exchange.log?.error(`Web ACL "${webAclArn}" cannot be evaluated: every request is refused`);
    return failures.internal;
  };
}

function closedByPolicy({ policy = '', id, endpointConfiguration }: RestApi): Phase | null {
  // Without a policy a private API lets nobody in; with one, the policy would have to be evaluated.
  if (endpointConfiguration.types.includes('PRIVATE'))
    return denial('A PRIVATE API is reached through VPC endpoints, which cannot be checked');
  if (policy !== '' && !isAllowAll(policy, id)) return denial('The resource policy cannot be evaluated');
  return null;
}

function denial(reason: string): Phase {
  return (exchange) => {
    exchange.errorMessage = `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${maskedMethodArn(exchange)}`;
    exchange.log?.error('The client is not authorized to perform this operation.');
    exchange.log?.error(`${reason}: every request is refused`);
    return failures.accessDenied;
  };
}

/** The method's ARN as denials show it: of the account only the last four digits. */
function maskedMethodArn(exchange: Exchange): string {
  const { accountId, region, apiId, stageName } = exchange.route;
  const account = `********${accountId.slice(-4)}`;
  return `arn:${partitionOf(region)}:execute-api:${region}:${account}:${apiId}/${stageName}/${exchange.method}${exchange.resourcePath()}`;
}

function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

function closedByMethod(method: Method): Phase | null {
  // As given when the method was put: AWS accepts `none` too.
  if (method.authorizationType.toUpperCase() !== 'NONE')
    return (exchange) => {
      exchange.log?.error(`Authorization type ${method.authorizationType} is not served`);
      return failures.authorizerConfigurationError;
    };
  if (!method.apiKeyRequired) return null;
  return (exchange) => {
    exchange.log?.error(
      `API Key not authorized because method '${exchange.method} ${exchange.route.resourcePath}' requires an API Key, which cannot be checked`,
    );
    return failures.invalidApiKey;
  };
}

/** Why an integration cannot be called, for the execution log; null when it can. */
export function unservedIntegration(integration: Integration | undefined): string | null {
  if (integration === undefined) return 'No integration defined for method';
  const { type, connectionType, responseTransferMode } = integration;
  if (integrationKind(type) === undefined) return `Integrations of type ${type} are not served`;
  if (connectionType === 'VPC_LINK' && type !== 'HTTP' && type !== 'HTTP_PROXY')
    return `Connections through a VPC link are not served for integrations of type ${type}`;
  if (responseTransferMode === 'STREAM' && type !== 'HTTP_PROXY' && type !== 'AWS_PROXY')
    return `Response transfer mode STREAM is not served for integrations of type ${type}`;
  return null;
}
