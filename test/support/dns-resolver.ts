// Names as DNS servers of a test tell them, with their times to live.

import { Resolver } from 'node:dns/promises';
import type { NameResolver } from '../../src/gateway/backends/resolver.ts';

/** @param servers - `address:port` of DNS servers, asked instead of the machine's */
export function dnsResolver(servers: readonly string[]): NameResolver {
  const resolver = new Resolver({ timeout: 1_000, tries: 3 });
  resolver.setServers(servers);
  return {
    addresses: async (name) => {
      const [v4, v6] = await Promise.allSettled([
        resolver.resolve4(name, { ttl: true }),
        resolver.resolve6(name, { ttl: true }),
      ]);
      const found = [v4, v6].flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      // A name with addresses of one kind only is the rule.
      if (found.length === 0) throw (v4 as PromiseRejectedResult).reason;
      return {
        addresses: found.map(({ address }) => address),
        ttlMs: 1_000 * Math.min(...found.map(({ ttl }) => ttl)),
      };
    },
    services: (name) => resolver.resolveSrv(name),
  };
}
