// Doors that stay shut. What restricts callers, and cannot be evaluated by this release, refuses every request: nothing
// is served open because something was not understood. The control plane tells of most of it when it is configured;
// this is the lock that does not depend on it. What can be evaluated is authorizers' own.

import { notAuthorizedText, stageArn } from '../../authorizers/index.ts';
import { failures } from '../../exchange/gateway-response.ts';
import type { Phase } from '../../exchange/phase.ts';
import { integrationKind } from '../../integrations/index.ts';
import type { Integration, RestApi } from '../../resources/index.ts';

/**
 * Without a policy a private API lets nobody in; with one, the policy decides as for any other. null = it is open.
 * @see data-plane reference, section 2: step 6
 */
export function closedByEndpoint({ policy = '', endpointConfiguration }: RestApi): Phase | null {
  if (policy !== '' || !endpointConfiguration.types.includes('PRIVATE')) return null;
  return (exchange) => {
    const arn = stageArn(exchange.route) + exchange.method + exchange.resourcePath();
    exchange.errorMessage = notAuthorizedText(null, 'execute-api:Invoke', arn, false);
    exchange.log?.error('The client is not authorized to perform this operation.');
    exchange.log?.error('A PRIVATE API without a resource policy lets nobody in: every request is refused');
    return failures.accessDenied;
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
