// One table from what went wrong upstream to the gateway response that tells the client.

import type { Exchange } from '../exchange/exchange.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Outcome } from '../exchange/phase.ts';
import type { UpstreamFailure } from '../exchange/upstream.ts';

/** What becomes of the exchange, by kind of failure. */
export type FailureOutcomes = Readonly<Record<UpstreamFailure['kind'], Outcome>>;

/** Of HTTP and HTTP_PROXY. */
export const endpointOutcomes = {
  timeout: failures.integrationTimeout,
  connect: failures.integrationFailure,
  closed: failures.integrationFailure,
  malformed: failures.integrationFailure,
  'too-large': failures.integrationFailure,
  // The client went away while we were sending its body: nobody is left to answer.
  'request-body': 'answered',
} as const satisfies FailureOutcomes;

/** Of AWS: only a timeout shows. */
export const serviceOutcomes = {
  ...endpointOutcomes,
  connect: failures.serviceFailure,
  closed: failures.serviceFailure,
  malformed: failures.serviceFailure,
  'too-large': failures.serviceFailure,
} as const satisfies FailureOutcomes;

/** Notes the failure on the exchange and in its log. @see data-plane reference, sections 12 and 30 */
export function outcomeOf(
  exchange: Exchange,
  failure: UpstreamFailure,
  outcomes: FailureOutcomes = endpointOutcomes,
): Outcome {
  exchange.integrationError = failure.detail;
  exchange.log?.error(
    failure.kind === 'timeout'
      ? 'Execution failed due to a timeout error'
      : `Execution failed due to a network error communicating with endpoint: ${failure.detail}`,
  );
  return outcomes[failure.kind];
}
