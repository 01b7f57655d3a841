// The customised gateway responses of one deployment, ready to be applied.

import type { Exchange } from './exchange.ts';
import type { Failure } from './gateway-response.ts';

export interface GatewayResponses {
  /** Fills status, headers and body of the exchange's response for a refusal. Never fails itself. */
  apply(exchange: Exchange, failure: Failure): void;
}
