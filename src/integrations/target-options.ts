// How an HTTP integration's backend is reached, beside its origin.

import type { Route } from '../exchange/route.ts';
import type { UpstreamTargetOptions } from '../exchange/upstream.ts';
import type { Integration } from '../resources/index.ts';

/** @see data-plane reference, sections 12 (tlsConfig) and 29 (client certificates) */
export function targetOptions(integration: Integration, route: Route): UpstreamTargetOptions {
  return {
    insecureSkipVerification: integration.tlsConfig?.insecureSkipVerification === true,
    clientCertificate: route.clientCertificate,
  };
}
