// The upstream room: pools of connections per origin, behind the contract of exchange/upstream.ts.
// Knows HTTP/1.1 and TLS; knows nothing of integrations, gateway responses or the client's side.

import type { Upstream, UpstreamTarget, UpstreamTargetOptions } from '../../exchange/upstream.ts';
import type { UpstreamTargetStats } from '../../observability/stats.ts';
import { type Dialling, dial, endpointOf, endpointOfTarget, type TargetAddress } from './dial.ts';
import { LeanConnection } from './lean-connection.ts';
import type { UpstreamOptions } from './options.ts';
import { limitsOf } from './options.ts';
import { Pool } from './pool.ts';
import { digestOf, SecureContexts } from './secure-contexts.ts';
import { Sweep } from './sweep.ts';
import { UndiciConnection } from './undici-connection.ts';

export { failureLabel } from './counts.ts';
export { type Place, type TargetAddress, textOf, textOfPlace } from './dial.ts';
export { isIdempotent } from './methods.ts';
export type { UpstreamOptions } from './options.ts';
export type { Pool } from './pool.ts';
export { digestOf } from './secure-contexts.ts';

/** The process's upstream, as the rest of the gateway sees it. */
export interface UpstreamClient extends Upstream {
  /**
   * Connections to one target of a pool, its caller's own: neither shared nor remembered.
   * @throws as `target`; also for a proxy that is no http URL
   */
  open(address: TargetAddress, options?: TargetLimits): Pool;
  /** Connects, TLS included, and hangs up. @param done - called once, with null when that went well */
  knock(address: TargetAddress, timeoutMs: number, done: (error: Error | null) => void): Dialling;
  /** What was counted for each origin that is remembered. */
  stats(): UpstreamTargetStats[];
}

/** What may differ from the process's own limits. */
export type TargetLimits = Pick<UpstreamOptions, 'connectionsMax' | 'queuedMax' | 'idleTimeoutMs'>;

/**
 * Makes the process's upstream: one pool of keep-alive connections per origin, TLS choice and client
 * certificate.
 *
 * http origins get the lean client, https origins undici, unless `options.client` forces one. Both keep the
 * contract in exchange/upstream.ts and pass the same suite (test/contract/upstream.ts).
 *
 * @param options - limits; all have defaults, see {@link UpstreamOptions}
 */
export function createUpstream(options: UpstreamOptions = {}): UpstreamClient {
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
    open(address: TargetAddress, ownLimits: TargetLimits = {}): Pool {
      const its = { ...limits, ...ownLimits };
      const endpoint = endpointOfTarget(address, its, contexts);
      return new Pool(endpoint, its, sweep, (owner) => new LeanConnection(owner));
    },
    knock(address, timeoutMs, done): Dialling {
      const endpoint = endpointOfTarget(address, { ...limits, connectTimeoutMs: timeoutMs }, contexts);
      return dial(endpoint, undefined, (error, socket) => {
        socket?.destroy();
        done(error);
      });
    },
    stats: () => Array.from(pools.values(), (pool) => statsOf(pool)),
    close(): void {
      for (const pool of pools.values()) pool.close();
      sweep.close();
    },
  };
}

function statsOf({ endpoint, counts, breaker, connectionCount }: Pool): UpstreamTargetStats {
  return {
    pool: null,
    target: endpoint.origin,
    requests: counts.requests,
    failures: Object.fromEntries(counts.failures),
    retries: counts.retries,
    ejections: 0,
    breakerOpened: breaker.openedCount,
    breakerOpen: breaker.state === 'closed' ? 0 : 1,
    healthy: breaker.state === 'closed' ? 1 : 0,
    outstanding: counts.outstanding,
    connections: connectionCount,
  };
}

function forgetOldest(pools: Map<string, Pool>): void {
  for (const key of pools.keys()) {
    pools.delete(key);
    return;
  }
}
