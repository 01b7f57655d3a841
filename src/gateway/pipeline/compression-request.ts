// METHOD REQUEST, body: on APIs with compression a coded body is decoded before anything looks at it.
// See data-plane reference, section 19.

import { headerBlock } from '../../base/header-field.ts';
import { type ContentCoding, codingOfBody } from '../../exchange/content-coding.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { failures } from '../../exchange/gateway-response.ts';
import type { Outcome, Phase } from '../../exchange/phase.ts';
import type { Tools } from '../../exchange/tools.ts';
import { type Inflated, inflateBody } from './compression-inflate.ts';
import { readBody, traceBody } from './method-request/read-body.ts';
import { responseFields } from './settle.ts';

/**
 * Compiles what stands in the place of `readBody`. A body without a coding, or in one that is not known, is read or
 * streams on as it would without compression.
 *
 * @param isNeeded - phases that follow need the body in memory; otherwise only a coded one is read
 */
export function compileReadDecodedBody(isNeeded: boolean, tools: Tools): Phase {
  return (exchange) => {
    const coding =
      exchange.header('content-encoding') === null
        ? null
        : codingOfBody(exchange.headerAll('content-encoding'));
    if (coding === null) return isNeeded ? readBody(exchange) : undefined;
    const { body } = exchange.downstream;
    if (body === null) return undefined;
    return new Promise<Outcome>((resolve) => {
      const inflate = (bytes: Uint8Array): void =>
        inflateBody(exchange, bytes, coding, (result) => resolve(take(exchange, coding, result, tools)));
      // A signature covers the body as it is sent: it was read to check one.
      if (exchange.requestBody !== null) inflate(exchange.requestBody);
      else body.collect((bytes) => (bytes === null ? resolve('answered') : inflate(bytes)));
    });
  };
}

function take(exchange: Exchange, coding: ContentCoding, result: Inflated, tools: Tools): Outcome {
  if (result === 'too large') return refuseTooLarge(exchange, tools);
  if (result === 'overloaded') return failures.overloaded;
  if (result === 'broken') {
    exchange.log?.error(`The request body cannot be decompressed: it is not complete, valid ${coding}`);
    return failures.badRequestBody;
  }
  exchange.requestBody = result;
  traceBody(exchange);
  return undefined;
}

const tooLargeFields = headerBlock(['Content-Type', 'text/plain']);

/** The listener's words for a body above the limit: text that no gateway response customises (reference, section 5). */
function refuseTooLarge(exchange: Exchange, tools: Tools): Outcome {
  const { type, status, message } = failures.requestTooLarge;
  exchange.log?.error('The request body is above the limit once it is decompressed');
  exchange.errorType = type;
  exchange.errorMessage = message;
  exchange.responseStatus = status;
  exchange.responseHeaders = tooLargeFields;
  exchange.responseBytes = message!.length;
  tools.finish(exchange);
  exchange.downstream.send(status, responseFields(exchange), message);
  return 'answered';
}
