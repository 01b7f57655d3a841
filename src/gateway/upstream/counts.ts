// What one pool of connections has counted since it was made: plain fields, because the hot path adds to them.

import type { UpstreamFailure, UpstreamFailureKind } from '../../exchange/upstream.ts';
import type { UpstreamFailureLabel } from '../../observability/stats.ts';

export class Counts {
  requests = 0;
  ended = 0;
  /** Sent again, here or on another target. */
  retries = 0;
  readonly failures = new Map<UpstreamFailureLabel, number>();

  failed(kind: UpstreamFailureKind, source: UpstreamFailure['source'], headSeen: boolean): void {
    const label = failureLabel(kind, source, headSeen);
    this.failures.set(label, (this.failures.get(label) ?? 0) + 1);
  }

  /** Calls under way, those that wait for a connection included. */
  get outstanding(): number {
    return this.requests - this.ended;
  }
}

/** What metrics call a failure. */
export function failureLabel(
  kind: UpstreamFailureKind,
  source: UpstreamFailure['source'],
  headSeen: boolean,
): UpstreamFailureLabel {
  if (kind === 'timeout' && !headSeen) return 'first-byte-timeout';
  return kind === 'connect' && source === 'ourselves' ? 'refused' : kind;
}
