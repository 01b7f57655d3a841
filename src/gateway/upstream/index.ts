// The upstream room: pools of connections per origin, behind the contract of exchange/upstream.ts.
// Knows HTTP/1.1 and TLS; knows nothing of integrations, gateway responses or the client's side.

import type { Upstream, UpstreamTarget, UpstreamTargetOptions } from '../../exchange/upstream.ts';
import { endpointOf } from './dial.ts';
import { LeanConnection } from './lean-connection.ts';
import type { UpstreamOptions } from './options.ts';
import { limitsOf } from './options.ts';
import { Pool } from './pool.ts';
import { digestOf, SecureContexts } from './secure-contexts.ts';
import { Sweep } from './sweep.ts';
import { UndiciConnection } from './undici-connection.ts';

export type { UpstreamOptions } from './options.ts';

/**
 * Makes the process's upstream: one pool of keep-alive connections per origin, TLS choice and client
 * certificate.
 *
 * http origins get the lean client, https origins undici, unless `options.client` forces one. Both keep the
 * contract in exchange/upstream.ts and pass the same suite (test/contract/upstream.ts).
 *
 * @param options - limits; all have defaults, see {@link UpstreamOptions}
 */
export function createUpstream(options: UpstreamOptions = {}): Upstream {
  const limits = limitsOf(options);
  const sweep = new Sweep();
  const pools = new Map<string, Pool>();
  const contexts = new SecureContexts(limits);

  return {
    target(origin: string, targetOptions: UpstreamTargetOptions): UpstreamTarget {
      const { insecureSkipVerification, clientCertificate } = targetOptions;
      const shown = clientCertificate ? `${digestOf(clientCertificate)} ` : '';
      const key = `${insecureSkipVerification ? 'unverified' : 'verified'} ${shown}${origin}`;
      let pool = pools.get(key);
      if (pool === undefined) {
        const endpoint = endpointOf(origin, targetOptions, limits, contexts);
        const lean = limits.client === 'lean' || (limits.client === 'auto' && !endpoint.secure);
        const Connection = lean ? LeanConnection : UndiciConnection;
        pool = new Pool(endpoint, limits, sweep, (owner) => new Connection(owner));
        if (pools.size >= limits.originsMax) forgetOldest(pools);
        pools.set(key, pool);
      }
      return pool;
    },
    close(): void {
      for (const pool of pools.values()) pool.close();
      sweep.close();
    },
  };
}

function forgetOldest(pools: Map<string, Pool>): void {
  for (const key of pools.keys()) {
    pools.delete(key);
    return;
  }
}
