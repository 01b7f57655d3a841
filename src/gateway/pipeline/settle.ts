// METHOD RESPONSE: the last word on an exchange. Sends the answer or the gateway response, closes the books.

import type { Clock } from '../../base/clock.ts';
import { fieldsOf, headerBlock, joinBlocks, uncheckedBlock } from '../../base/header-field.ts';
import { rootOf } from '../../base/trace.ts';
import { byteLengthOf } from '../../base/utf8-length.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Outcome } from '../../exchange/phase.ts';

export interface Settler {
  settle(exchange: Exchange, outcome: Outcome, nowNs?: number): void;
  begin(exchange: Exchange, lengthBytes: number | null): void;
  finish(exchange: Exchange, nowNs?: number): void;
}

export function createSettler(clock: Clock): Settler {
  /** Metrics and access log, exactly once. */
  function finish(exchange: Exchange, nowNs = clock.monotonicNs()): void {
    if (exchange.endedNs !== 0) return;
    exchange.endedNs = nowNs;
    exchange.wasAborted = exchange.downstream.aborted;
    exchange.log?.info(`Method completed with status: ${exchange.responseStatus}`);
    exchange.route.recorder.finished(exchange);
  }

  function settle(exchange: Exchange, outcome: Outcome, nowNs?: number): void {
    if (outcome === 'answered') return;
    if (outcome !== undefined) {
      exchange.route.gatewayResponses.apply(exchange, outcome);
      logGatewayResponse(exchange);
      exchange.route.compression?.compressNow(exchange);
    } else {
      exchange.log?.info('Successfully completed execution');
    }
    exchange.responseBytes = exchange.responseBody === null ? 0 : byteLengthOf(exchange.responseBody);
    // Before the answer is sent, since the peer's address is known only until then.
    finish(exchange, nowNs);
    exchange.downstream.send(exchange.responseStatus, responseFields(exchange), exchange.responseBody);
  }

  function begin(exchange: Exchange, lengthBytes: number | null): void {
    // Read while it still can be: the access log is written after the last chunk.
    exchange.sourceIp();
    exchange.downstream.begin(exchange.responseStatus, responseFields(exchange), lengthBytes);
  }

  return { settle, begin, finish };
}

/** The response's own fields, then those that every answer carries (reference, section 6.3). */
export function responseFields(exchange: Exchange) {
  const ids = `\r\nx-amzn-RequestId: ${exchange.requestId}\r\nx-amz-apigw-id: ${exchange.extendedRequestId}`;
  const block = joinBlocks(exchange.responseHeaders, uncheckedBlock(ids));
  // The client's own trace id comes back, so it is checked like any value from outside.
  if (!exchange.traceInResponse) return block;
  const trace = exchange.errorType === null ? exchange.traceId() : rootOf(exchange.traceId());
  return joinBlocks(block, headerBlock(['X-Amzn-Trace-Id', trace]));
}

function logGatewayResponse(exchange: Exchange): void {
  if (exchange.log?.dataTrace !== true) return;
  exchange.log.info(
    `Gateway response type: ${exchange.errorType} with status code: ${exchange.responseStatus}`,
  );
  exchange.log.info(`Gateway response body: ${exchange.responseBody}`);
  exchange.log.fields('Gateway response headers', fieldsOf(exchange.responseHeaders));
}
