// Where clients find a stage.

import type { GatewayAddress } from '../api/handler.ts';

/** The host form, AWS's own: `https://{apiId}.execute-api.{region}.{suffix}/{stage}`, without a slash at the end. */
export function invokeUrlOf(at: GatewayAddress, region: string, apiId: string, stageName: string): string {
  // Port 0 is one that nobody knows yet.
  const port = at.port === (at.tls ? 443 : 80) || at.port === 0 ? '' : `:${at.port}`;
  return `${at.tls ? 'https' : 'http'}://${apiId}.execute-api.${region}.${at.hostSuffix}${port}/${stageName}`;
}
