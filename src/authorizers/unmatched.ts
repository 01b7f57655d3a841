// Requests that no method matches.

import { isRefusal, readSignature } from '../base/sigv4/index.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Phase } from '../exchange/phase.ts';
import { deniedBySignature } from './method-access.ts';

/**
 * `Missing Authentication Token`; but of one with an Authorization field that is no signature, what is wrong with that.
 * @see auth reference, section 1: failure table
 */
export const refuseUnmatched: Phase = (exchange) => {
  if (exchange.header('authorization') === null) return failures.missingAuthenticationToken;
  const signature = readSignature(exchange.request);
  return isRefusal(signature) ? deniedBySignature(exchange, signature) : failures.missingAuthenticationToken;
};
