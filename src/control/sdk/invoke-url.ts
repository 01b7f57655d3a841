// Where clients find a stage.

import type { GatewayAddress } from '../api/handler.ts';

/**
 * The host form, AWS's own: `https://{apiId}.execute-api.{region}.{suffix}/{stage}`. Under the suffix `localhost`, which
 * browsers resolve but most systems do not, the path form: a client is to work as it is, in Node.js and Java too.
 *
 * @returns without a slash at the end
 */
export function invokeUrlOf(at: GatewayAddress, region: string, apiId: string, stageName: string): string {
  const scheme = at.tls ? 'https' : 'http';
  // Port 0 is one that nobody knows yet.
  const port = at.port === (at.tls ? 443 : 80) || at.port === 0 ? '' : `:${at.port}`;
  if (/(^|\.)localhost$/.test(at.hostSuffix))
    return `${scheme}://${reachableHost(at.host)}${port}/_aws/execute-api/${apiId}/${stageName}`;
  return `${scheme}://${apiId}.execute-api.${region}.${at.hostSuffix}${port}/${stageName}`;
}

/** A listener on all addresses, or on the loopback, is reached by the name that both kinds of address have. */
function reachableHost(host: string): string {
  if (['0.0.0.0', '::', '127.0.0.1', '::1'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
