// Limits of the upstream room, each with its unit, default and reason.

import { type BreakerSettings, connectBreaker } from './breaker.ts';

export interface UpstreamOptions {
  /** Which client speaks to an origin. 'auto' takes the lean client for http and undici for https. */
  readonly client?: 'auto' | 'lean' | 'undici';
  /** Connections per origin, those being opened included. Further calls wait in the queue. Default 1024. */
  readonly connectionsMax?: number;
  /** Calls per origin that may wait for a connection; the next one fails at once. Default 1024. */
  readonly queuedMax?: number;
  /**
   * Streamed answers per origin that hold a connection each, beside `connectionsMax`; further ones count as other
   * calls do. Also how many calls that want one may wait, beside `queuedMax`. Default 16384.
   */
  readonly streamsMax?: number;
  /** When connecting to an origin is given up for a moment. */
  readonly breaker?: BreakerSettings;
  /**
   * How long an unused connection is kept, in milliseconds. Default 4000: below the 5 s after which Node, and
   * well below the 60 to 75 s after which most other servers, close. A server that says `Keep-Alive: timeout=n`
   * and means less is obeyed.
   */
  readonly idleTimeoutMs?: number;
  /** DNS, TCP and TLS together, in milliseconds. Default 5000. */
  readonly connectTimeoutMs?: number;
  /** Status line and fields of one answer head, and the trailers of a chunked one, in bytes. Default 65536. */
  readonly headBytesMax?: number;
  /** Origins whose pool is remembered; beyond it the oldest is forgotten (its callers keep it). Default 4096. */
  readonly originsMax?: number;
  /** PEM certificates trusted in addition to the system's: a private authority of the backends. */
  readonly ca?: readonly string[];
  /** Told when a handler threw: a bug of ours. Default: a process warning with the stack. */
  readonly onBug?: (error: unknown) => void;
}

export type UpstreamLimits = Required<UpstreamOptions>;

/** Fills in the defaults. */
export function limitsOf(options: UpstreamOptions): UpstreamLimits {
  return {
    client: options.client ?? 'auto',
    connectionsMax: options.connectionsMax ?? 1024,
    queuedMax: options.queuedMax ?? 1024,
    streamsMax: options.streamsMax ?? 16_384,
    breaker: options.breaker ?? connectBreaker,
    idleTimeoutMs: options.idleTimeoutMs ?? 4000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    headBytesMax: options.headBytesMax ?? 65_536,
    originsMax: options.originsMax ?? 4096,
    ca: options.ca ?? [],
    onBug: options.onBug ?? warnOfBug,
  };
}

function warnOfBug(error: unknown): void {
  process.emitWarning(`an upstream handler threw: ${error instanceof Error ? error.stack : String(error)}`);
}
