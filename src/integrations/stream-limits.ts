// How long a streamed answer may be silent.

import type { Exchange } from '../exchange/exchange.ts';

/** @see data-plane reference, section 15: between chunks 5 minutes, of edge-optimised APIs 30 seconds */
export function idleTimeoutMs({ route }: Exchange): number {
  return route.endpointType === 'EDGE' ? 30_000 : 300_000;
}
