// The refusal for a configuration that cannot serve a request, from whichever phase finds it out.

import type { Exchange } from './exchange.ts';
import { type Failure, failures } from './gateway-response.ts';

/** Tells the reason in the execution log. The client is told `Internal server error`. */
export function configurationError(exchange: Exchange, reason: string): Failure {
  exchange.log?.error(`Execution failed due to configuration error: ${reason}`);
  return failures.configurationError;
}
