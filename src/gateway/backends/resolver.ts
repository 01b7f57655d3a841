// Names to addresses, as often as pools ask.

import { lookup, Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';

export interface FoundAddresses {
  readonly addresses: readonly string[];
  /** After which to look again; null where the resolver does not say. */
  readonly ttlMs: number | null;
}

export interface FoundService {
  /** Target's name. */
  readonly name: string;
  readonly port: number;
  /** The lowest are used while one of them can be. */
  readonly priority: number;
  readonly weight: number;
}

/** Rejects with the resolver's own error (`ENOTFOUND`). */
export interface NameResolver {
  addresses(name: string): Promise<FoundAddresses>;
  /** DNS SRV, such as `_http._tcp.app.internal`. */
  services(name: string): Promise<readonly FoundService[]>;
}

/** The machine's own: its hosts file, its search domains; which tell no time to live. */
export function systemResolver(): NameResolver {
  const resolver = new Resolver();
  return {
    addresses: async (name) => {
      const found = await lookup(name, { all: true });
      return { addresses: found.map(({ address }) => address), ttlMs: null };
    },
    services: (name) => resolver.resolveSrv(name),
  };
}

/** For the order of a list that comes in any order. */
export const byAddress = (a: string, b: string): number =>
  Number(isIPv6(a)) - Number(isIPv6(b)) || (a < b ? -1 : a > b ? 1 : 0);
