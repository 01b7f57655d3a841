// One target of a pool: what it carries and what is known of it. Plain state; the rules are in outliers.ts and choose.ts.

import type { UpstreamCall, UpstreamHandler, UpstreamRequest } from '../../exchange/upstream.ts';
import type { UpstreamFailureLabel } from '../../observability/stats.ts';
import type { Found } from './discovery.ts';

/** The connections of one target for one way to use it; gateway/upstream's pool, or a simulated one. */
export interface Connections {
  send(request: UpstreamRequest, handler: UpstreamHandler, hostField?: string): UpstreamCall;
  /** The next call would have to wait. */
  readonly isSaturated: boolean;
  /** The circuit breaker would refuse the next call. */
  readonly isOpen: boolean;
  readonly connectionCount: number;
  readonly breaker: { readonly openedCount: number };
  /** Ends idle connections; calls under way go on. */
  close(): void;
}

/**
 * - `in`: takes its share.
 * - `ejected`: left alone until a time.
 * - `probation`: its ejection is over; one call at a time tries it.
 */
export type Standing = 'in' | 'ejected' | 'probation';

/** A call at a target, as the target knows it. */
export interface Carried {
  /** The target is taken away and has waited long enough. */
  cut(): void;
}

export class Member {
  readonly key: string;
  readonly place: Found['place'];
  readonly name: string | null;
  weight: number;
  priority: number;

  /** By active checks; 'unknown' before the first, which is as good as unhealthy. */
  health: 'healthy' | 'unhealthy' | 'unknown';
  standing: Standing = 'in';
  isDraining = false;
  /** When it came (back); its share grows from here. */
  admittedMs = Number.NEGATIVE_INFINITY;
  ejectedUntilMs = 0;
  /** How often lately: each makes the next ejection longer. */
  ejectionLevel = 0;
  /** In a row, of failures while `in`, of successes while in `probation`. */
  streak = 0;
  isProbed = false;
  /** Recent calls and failures, of two half windows: see outliers.ts. */
  recentCalls = 0;
  recentFailures = 0;
  olderCalls = 0;
  olderFailures = 0;
  halfWindowEndsMs = 0;
  /** Of smooth round robin. */
  current = 0;

  /** Calls under way. */
  readonly carried = new Set<Carried>();
  readonly connections = new Map<string, Connections>();
  requests = 0;
  retries = 0;
  ejections = 0;
  readonly failures = new Map<UpstreamFailureLabel, number>();

  constructor(found: Found, health: Member['health']) {
    this.key = found.key;
    this.place = found.place;
    this.name = found.name;
    this.weight = found.weight;
    this.priority = found.priority;
    this.health = health;
  }

  get outstanding(): number {
    return this.carried.size;
  }

  countFailure(label: UpstreamFailureLabel): void {
    this.failures.set(label, (this.failures.get(label) ?? 0) + 1);
  }
}
