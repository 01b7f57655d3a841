// The line of the execution log that tells that a backend has answered.

import type { Exchange } from '../exchange/exchange.ts';

/** Tells how long it took. @see observed behaviour, section 8 */
export function logReceived(
  { log, integrationStartedNs, integrationEndedNs }: Exchange,
  status: number,
): void {
  if (log === null) return;
  const latencyMs = Math.round((integrationEndedNs - integrationStartedNs) / 1e6);
  log.info(`Received response. Status: ${status}, Integration latency: ${latencyMs} ms`);
}
