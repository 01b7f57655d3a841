// `guard.*`: how the listener is protected. What a data plane is told of it.

import { isIP } from 'node:net';
import type { Setting } from './setting.ts';
import { integer, yesNo } from './setting.ts';

/** Of each data plane, unless it says otherwise. */
export interface GuardSettings {
  /** Addresses and ranges that may do everything. */
  readonly trusted: readonly string[];
  /** Connections at once; 0: nine tenths of the files that a process may open. */
  readonly connectionsMax: number;
  /** Connections at once of one address, to all data planes together; 0: no matter how many. */
  readonly connectionsPerAddress: number;
  readonly connectRps: number;
  readonly connectBurst: number;
  readonly costRps: number;
  readonly costBurst: number;
  /** Addresses remembered. */
  readonly addressesMax: number;
  /** Milliseconds; 0: nothing is turned away for lateness. */
  readonly lagMs: number;
}

export const guardSettings = {
  enabled: yesNo({
    default: true,
    means: 'Whether connections and requests of addresses that ask too much are turned away.',
    reason: 'its limits are far above what people and their programs do',
  }),
  trusted: addresses({
    default: ['127.0.0.0/8', '::1'],
    means: 'Addresses and ranges that the guard leaves alone: load balancers, proxies, own machines.',
    reason: 'what comes from this machine is not an attack',
  }),
  connectionsMax: integer({
    default: 0,
    unit: 'connections of each data plane; 0 = nine tenths of the files it may open',
    min: 0,
    max: 10_000_000,
    means: 'Connections at once; more are refused, but for those of trusted addresses.',
    reason: 'a tenth is left for backends and logs, which would fail otherwise',
  }),
  connectionsPerAddress: integer({
    default: 2_000,
    unit: 'connections of an address (IPv6: of a /64) to all data planes; 0 = no matter how many',
    min: 0,
    max: 10_000_000,
    means: 'Connections at once of one address; counted every second while there are many.',
    reason: 'a large office behind one address has some hundreds',
  }),
  connectRps: integer({
    default: 200,
    unit: 'connections per second of an address and data plane',
    min: 1,
    max: 1_000_000,
    means: 'New connections per second of one address.',
    reason: 'people need a handful; 200 TLS handshakes are a tenth of a core',
  }),
  connectBurst: integer({
    default: 1_000,
    unit: 'connections of an address and data plane',
    min: 1,
    max: 1_000_000,
    means: 'New connections at once of one address.',
    reason: 'an office that comes back after an outage',
  }),
  costRps: integer({
    default: 10_000,
    unit: 'requests per second of an address and data plane',
    min: 1,
    max: 10_000_000,
    means:
      'Requests per second of one address; large bodies, handshakes and malformed requests count for several.',
    reason: "AWS's quota for a whole account",
  }),
  costBurst: integer({
    default: 20_000,
    unit: 'requests of an address and data plane',
    min: 1,
    max: 10_000_000,
    means: 'Requests at once of one address.',
    reason: 'two seconds of the rate',
  }),
  addressesMax: integer({
    default: 65_536,
    unit: 'addresses of each data plane, 24 bytes each',
    min: 8,
    max: 16_777_216,
    means: 'Addresses remembered; beyond them those that owe least are forgotten.',
    reason: 'as many as send requests at once in a large attack, in 1.5 MB',
  }),
  lagMs: integer({
    default: 200,
    unit: 'milliseconds; 0 = never',
    min: 0,
    max: 60_000,
    means:
      'How late the event loop may be before work is turned away: health checks last, heavy addresses first.',
    reason: 'later than garbage collection makes it, and soon enough for clients with a second of patience',
  }),
} as const;

type Values<G> = { readonly [K in keyof G]: G[K] extends Setting<infer T> ? T : never };

/** null when it is switched off. */
export function guardOf({ enabled, ...settings }: Values<typeof guardSettings>): GuardSettings | null {
  return enabled ? settings : null;
}

/** Addresses and ranges: a list, or text with commas. */
function addresses(spec: {
  default: readonly string[];
  means: string;
  reason: string;
}): Setting<readonly string[]> {
  return {
    ...spec,
    expected: 'IP addresses and ranges such as 10.0.0.0/8, in a list or with commas between them',
    placeholder: '<addresses>',
    parse: (raw) => {
      const items = typeof raw === 'string' ? raw.split(',').map((item) => item.trim()) : raw;
      if (!Array.isArray(items)) return undefined;
      const given = items.filter((item) => item !== '');
      return given.every(isRange) ? (given as string[]) : undefined;
    },
  };
}

function isRange(item: unknown): boolean {
  if (typeof item !== 'string') return false;
  const [address, bits, more] = item.split('/');
  const kind = isIP(address!);
  if (kind === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 4 ? 32 : 128));
}
