// What all exchanges of one listener share. Plain data: listener.ts owns it, exchanges count themselves in and out.

import type { ClientRequest } from './client-request.ts';
import { OnlyPeer } from './only-peer.ts';
import { type ListenerLimits, type RefusalReason, refusalReasons } from './refusal.ts';

export class ListenerState {
  readonly tls: boolean;
  readonly limits: ListenerLimits;
  readonly onRefused: (reason: RefusalReason) => void;
  readonly onError: (error: unknown) => void;
  readonly refusals: Record<RefusalReason, number>;
  readonly peer = new OnlyPeer();
  port = 0;
  connectionCount = 0;
  requestCount = 0;
  /** Exchanges that are neither answered nor aborted. */
  inFlightCount = 0;
  /** Exchanges whose client went away before the answer was whole. */
  abortedCount = 0;
  /** Every answer ends its connection from now on. */
  isDraining = false;
  /** Told when the last exchange in flight has ended, while draining. */
  onIdle: (() => void) | null = null;
  /** The exchange whose uWS callback is running: its writes are corked already. */
  corked: ClientRequest | null = null;

  constructor(
    tls: boolean,
    limits: ListenerLimits,
    onRefused: (reason: RefusalReason) => void,
    onError: (error: unknown) => void,
  ) {
    this.tls = tls;
    this.limits = limits;
    this.onRefused = onRefused;
    this.onError = onError;
    this.refusals = Object.fromEntries(refusalReasons.map((reason) => [reason, 0])) as typeof this.refusals;
  }

  refused(reason: RefusalReason): void {
    this.refusals[reason]++;
    this.onRefused(reason);
  }

  exchangeEnded(): void {
    if (--this.inFlightCount === 0 && this.onIdle !== null) this.onIdle();
  }
}
