// What all exchanges of one listener share. Plain data: listener.ts owns it, exchanges count themselves in and out.

import type { ClientRequest } from './client-request.ts';
import { OnlyPeer } from './only-peer.ts';
import { type ListenerLimits, type RefusalReason, refusalReasons } from './refusal.ts';
import type { SpareCork } from './spare-cork.ts';

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
  /** WebSockets that are open. */
  socketCount = 0;
  /** Messages to sockets are compressed where their clients agreed to it. */
  readonly compressesSockets: boolean;
  /** Every answer ends its connection from now on. */
  isDraining = false;
  /** Told when the last exchange in flight or the last socket has ended, while draining. */
  onIdle: (() => void) | null = null;
  /** The exchange whose uWS callback is running: its writes are corked already. */
  corked: ClientRequest | null = null;
  /** For upgrades that are answered in a later turn; null until the listener is open. */
  spareCork: SpareCork | null = null;

  constructor(
    tls: boolean,
    limits: ListenerLimits,
    onRefused: (reason: RefusalReason) => void,
    onError: (error: unknown) => void,
    compressesSockets = false,
  ) {
    this.tls = tls;
    this.compressesSockets = compressesSockets;
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
    this.inFlightCount--;
    this.#tellIdle();
  }

  socketOpened(): void {
    this.socketCount++;
  }

  socketClosed(): void {
    this.socketCount--;
    this.#tellIdle();
  }

  get isIdle(): boolean {
    return this.inFlightCount === 0 && this.socketCount === 0;
  }

  #tellIdle(): void {
    if (this.onIdle !== null && this.isIdle) this.onIdle();
  }
}
