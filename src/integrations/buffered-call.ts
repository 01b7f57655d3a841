// One call of a backend whose answer is needed whole: told in the log, sent, gathered as the exchange's answer.

import { textOf } from '../exchange/content.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Outcome } from '../exchange/phase.ts';
import type { Tools } from '../exchange/tools.ts';
import type { UpstreamCall, UpstreamHandler, UpstreamRequest, UpstreamTarget } from '../exchange/upstream.ts';
import { responseBodyBytesMax } from '../resources/index.ts';
import { logReceived } from './log-received.ts';
import { type FailureOutcomes, outcomeOf } from './upstream-failure.ts';

/** A request with its body in memory, and whom it goes to. */
export interface BufferedCall {
  readonly target: UpstreamTarget;
  readonly origin: string;
  readonly request: UpstreamRequest;
  /** What the mappings made of the body, for the log; a GET does not send it. */
  readonly body: string | Uint8Array | null;
}

/**
 * Calls, and leaves `exchange.integrationAnswer`.
 *
 * @returns undefined when an answer came, whatever its status; else what `outcomes` says of the failure
 */
export function callBuffered(
  exchange: Exchange,
  tools: Tools,
  call: BufferedCall,
  outcomes: FailureOutcomes,
): Promise<Outcome> {
  logCall(exchange, call);
  return new Promise<Outcome>(
    (resolve) => new Collector(exchange, tools, call.target, call.request, outcomes, resolve),
  );
}

function logCall({ log }: Exchange, { origin, request, body }: BufferedCall): void {
  if (log === null) return;
  const uri = origin + request.path;
  log.info(`Endpoint request URI: ${uri}`);
  if (log.dataTrace) {
    log.fields('Endpoint request headers', request.headers);
    const text = body === null ? '' : typeof body === 'string' ? body : textOf(body);
    log.info(`Endpoint request body after transformations: ${text}`);
  }
  log.info(`Sending request to ${uri}`);
}

/** Gathers one answer whole, up to AWS's 10 MB. */
class Collector implements UpstreamHandler {
  readonly #exchange: Exchange;
  readonly #tools: Tools;
  readonly #outcomes: FailureOutcomes;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #call: UpstreamCall;
  #status: number;
  #headers: readonly string[];
  readonly #chunks: Buffer[];
  #bytes: number;

  constructor(
    exchange: Exchange,
    tools: Tools,
    target: UpstreamTarget,
    request: UpstreamRequest,
    outcomes: FailureOutcomes,
    resolve: (outcome: Outcome) => void,
  ) {
    this.#exchange = exchange;
    this.#tools = tools;
    this.#outcomes = outcomes;
    this.#resolve = resolve;
    this.#status = 0;
    this.#headers = [];
    this.#chunks = [];
    this.#bytes = 0;
    exchange.integrationStartedNs = tools.clock.monotonicNs();
    this.#call = target.send(request, this);
    exchange.downstream.onAbort(() => {
      this.#call.abort();
      tools.finish(exchange);
      resolve('answered');
    });
  }

  onHead(status: number, headers: readonly string[], lengthBytes: number | null): void {
    this.#status = status;
    this.#headers = headers;
    if (lengthBytes !== null && lengthBytes > responseBodyBytesMax) this.#refuse();
  }

  onData(chunk: Uint8Array): boolean {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > responseBodyBytesMax) {
      this.#refuse();
      return false;
    }
    this.#chunks.push(Buffer.from(chunk));
    return true;
  }

  onEnd(): void {
    const exchange = this.#exchange;
    this.#ended(this.#status);
    exchange.integrationAnswer = {
      selector: String(this.#status),
      status: this.#status,
      headers: this.#headers,
      body: this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks),
    };
    if (exchange.log?.dataTrace === true) {
      exchange.log.fields('Endpoint response headers', this.#headers);
      exchange.log.info(`Endpoint response body before transformations: ${exchange.integrationAnswer.body}`);
    }
    this.#resolve(undefined);
  }

  onNote(line: string): void {
    this.#exchange.log?.info(line);
  }

  onError(failure: Parameters<UpstreamHandler['onError']>[0]): void {
    this.#exchange.integrationEndedNs = this.#tools.clock.monotonicNs();
    this.#resolve(outcomeOf(this.#exchange, failure, this.#outcomes));
  }

  #refuse(): void {
    this.#call?.abort();
    this.#ended(this.#status);
    this.#exchange.log?.error(
      `Execution failed due to configuration error: the integration's answer is above ${responseBodyBytesMax} bytes`,
    );
    this.#resolve(failures.responseTooLarge);
  }

  #ended(status: number): void {
    const exchange = this.#exchange;
    exchange.integrationEndedNs = this.#tools.clock.monotonicNs();
    exchange.integrationStatus = status;
    logReceived(exchange, status);
  }
}
