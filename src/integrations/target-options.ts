// Whom an HTTP integration calls, beside the origin of its URI: the endpoint itself, or a pool behind a VPC link.

import type { Route } from '../exchange/route.ts';
import { withStageVariables } from '../exchange/stage-variables.ts';
import type { Tools } from '../exchange/tools.ts';
import type { UpstreamTarget, UpstreamTargetOptions } from '../exchange/upstream.ts';
import type { Integration } from '../resources/index.ts';
import { IntegrationError } from './integration-kind.ts';

/**
 * The way from an origin to its target.
 *
 * @returns to be asked once per origin, at compile time; per request only where the origin itself is mapped
 * @throws IntegrationError when a VPC link is wanted and none is named
 * @see data-plane reference, sections 12 (tlsConfig, connectionId) and 29 (client certificates, VPC links)
 */
export function compileTarget(
  integration: Integration,
  route: Route,
  tools: Pick<Tools, 'upstream' | 'backends'>,
): (origin: string) => UpstreamTarget {
  const options = targetOptions(integration, route);
  if (integration.connectionType !== 'VPC_LINK') return (origin) => tools.upstream.target(origin, options);
  const connectionId = withStageVariables(integration.connectionId ?? '', route.stageVariables);
  if (connectionId === '') throw new IntegrationError('Invalid Vpc Link identifier specified');
  return (origin) => tools.backends.linked(connectionId, origin, options);
}

function targetOptions(integration: Integration, route: Route): UpstreamTargetOptions {
  return {
    insecureSkipVerification: integration.tlsConfig?.insecureSkipVerification === true,
    clientCertificate: route.clientCertificate,
  };
}
