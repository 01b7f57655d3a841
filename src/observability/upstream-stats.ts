// What is counted of backends, how the counts of several processes become one, and how many of them are shown.

/** Why a call to a backend failed; `refused`: by our own breaker or full queue. */
export type UpstreamFailureLabel =
  | 'connect'
  | 'first-byte-timeout'
  | 'timeout'
  | 'closed'
  | 'malformed'
  | 'too-large'
  | 'request-body'
  | 'refused';

/** One backend, as one process has seen it: an origin, or a target of a pool. */
export interface UpstreamTargetStats {
  /** null for the origin of a URI. */
  readonly pool: string | null;
  /** The origin, or the target's address. */
  readonly target: string;
  /** Calls handed to it since it is known, retries included. */
  readonly requests: number;
  readonly failures: Readonly<Partial<Record<UpstreamFailureLabel, number>>>;
  /** Calls that were sent again, because they failed here. */
  readonly retries: number;
  readonly ejections: number;
  /** How often the breaker opened. */
  readonly breakerOpened: number;
  // The rest is state: in merged stats, how many processes say so, or the sum of what they have.
  readonly breakerOpen: number;
  readonly healthy: number;
  readonly outstanding: number;
  readonly connections: number;
}

/** Backends that have metrics of their own: the busiest. The others are shown together, as `other`. */
export const upstreamTargetsMax = 500;

/** Adds what is of the same target; beyond the maximum, what is of the idlest ones together. */
export function mergeUpstreams(list: readonly UpstreamTargetStats[]): UpstreamTargetStats[] {
  const byKey = new Map<string, UpstreamTargetStats>();
  for (const one of list) {
    const key = JSON.stringify([one.pool, one.target]);
    const other = byKey.get(key);
    byKey.set(key, other === undefined ? one : added(other, one));
  }
  if (byKey.size <= upstreamTargetsMax) return [...byKey.values()];
  const busiest = [...byKey.values()].sort((a, b) => b.requests - a.requests);
  const rest = busiest.splice(upstreamTargetsMax - 1);
  return [
    ...busiest,
    rest.map((one): UpstreamTargetStats => ({ ...one, pool: null, target: 'other' })).reduce(added),
  ];
}

/** What stays of a process that has ended: counts, no state. */
export function withoutState(one: UpstreamTargetStats): UpstreamTargetStats {
  return { ...one, breakerOpen: 0, healthy: 0, outstanding: 0, connections: 0 };
}

function added(a: UpstreamTargetStats, b: UpstreamTargetStats): UpstreamTargetStats {
  const failures: Partial<Record<UpstreamFailureLabel, number>> = { ...a.failures };
  for (const [label, count] of Object.entries(b.failures) as [UpstreamFailureLabel, number][])
    failures[label] = (failures[label] ?? 0) + count;
  return {
    pool: b.pool,
    target: b.target,
    requests: a.requests + b.requests,
    failures,
    retries: a.retries + b.retries,
    ejections: a.ejections + b.ejections,
    breakerOpened: a.breakerOpened + b.breakerOpened,
    breakerOpen: a.breakerOpen + b.breakerOpen,
    healthy: a.healthy + b.healthy,
    outstanding: a.outstanding + b.outstanding,
    connections: a.connections + b.connections,
  };
}
