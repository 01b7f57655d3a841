// Gathers the request's body for the phases that need it whole. A request without a body goes straight on.

import type { Exchange } from '../../../exchange/exchange.ts';
import type { Outcome, Phase } from '../../../exchange/phase.ts';

/** The body as one piece in `exchange.requestBody`. A client that goes away or sends too much was told already. */
export const readBody: Phase = (exchange) => {
  // A signature covers the body: it was read to check one.
  if (exchange.requestBody !== null) {
    traceBody(exchange);
    return undefined;
  }
  const { body } = exchange.downstream;
  if (body === null) return undefined;
  return new Promise<Outcome>((resolve) => {
    body.collect((bytes) => {
      exchange.requestBody = bytes;
      traceBody(exchange);
      // null: the listener answered 413, or nobody is there to answer; AWS logs and counts neither.
      resolve(bytes === null ? 'answered' : undefined);
    });
  });
};

/** For the execution log of stages with data trace. */
export function traceBody(exchange: Exchange): void {
  if (exchange.log?.dataTrace === true)
    exchange.log.info(`Method request body before transformations: ${exchange.bodyText()}`);
}
