// HTTP: calls a backend with what the mappings made, and hands its answer to the integration response.

import { valueIn } from '../base/flat-list.ts';
import { utf8AsLatin1 } from '../base/header-field.ts';
import { configurationError } from '../exchange/configuration-error.ts';
import { textOf } from '../exchange/content.ts';
import type { Exchange, IntegrationRequest } from '../exchange/exchange.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Outcome } from '../exchange/phase.ts';
import type { Tools } from '../exchange/tools.ts';
import type { UpstreamCall, UpstreamHandler, UpstreamRequest, UpstreamTarget } from '../exchange/upstream.ts';
import { responseBodyBytesMax } from '../resources/index.ts';
import { checkHttp } from './http-check.ts';
import type { IntegrationKind } from './integration-kind.ts';
import { undeliveredTargets } from './mapped-headers.ts';
import { targetOptions } from './target-options.ts';
import { outcomeOf } from './upstream-failure.ts';
import { compileUri, type FilledUri, withParameter } from './uri.ts';

const noBytes = new Uint8Array(0);
const withoutBody: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export const http: IntegrationKind = {
  isProxy: false,
  remapsHeaders: true,
  needsBody: () => true,
  check: checkHttp,
  compile: (integration, route, tools) => {
    const uri = compileUri(integration.uri ?? '', route.stageVariables);
    const options = targetOptions(integration, route);
    const fixedTarget = uri.origin === null ? null : tools.upstream.target(uri.origin, options);
    const method = integration.httpMethod!.toUpperCase();
    const sendsBody = !withoutBody.has(method);
    const defaults = ['Accept', 'application/json', 'User-Agent', `AmazonAPIGateway_${route.apiId}`];

    return (exchange) => {
      exchange.traceInResponse = true;
      const request = exchange.integrationRequest!;
      const filled = uri.fill((name) => valueIn(request.path, name));
      if (filled === null) return configurationError(exchange, 'Invalid endpoint address');
      const target = fixedTarget ?? tools.upstream.target(filled.origin, options);
      const upstreamRequest: UpstreamRequest = {
        method,
        path: targetOf(filled, request.query),
        headers: headersOf(exchange, request, defaults, sendsBody),
        body: sendsBody ? request.body : null,
        timeoutMs: integration.timeoutInMillis,
        timeoutCovers: 'answer',
      };
      logRequest(exchange, filled, upstreamRequest);
      return new Promise<Outcome>(
        (resolve) => new Collector(exchange, tools, target, upstreamRequest, resolve),
      );
    };
  },
};

/** The URI's own parameters first, then mapped ones. */
function targetOf(filled: FilledUri, query: readonly string[]): string {
  let text = filled.query;
  for (let i = 0; i < query.length; i += 2) text = withParameter(text, query[i]!, query[i + 1]!);
  return text === '' ? filled.path : `${filled.path}?${text}`;
}

function headersOf(
  exchange: Exchange,
  request: IntegrationRequest,
  defaults: readonly string[],
  sendsBody: boolean,
): string[] {
  const headers: string[] = [];
  for (let i = 0; i < defaults.length; i += 2) {
    if (valueIn(request.headers, defaults[i]!.toLowerCase()) === null)
      headers.push(defaults[i]!, defaults[i + 1]!);
  }
  headers.push('X-Amzn-Apigateway-Api-Id', exchange.route.apiId, 'X-Amzn-Trace-Id', exchange.traceId());
  if (sendsBody && valueIn(request.headers, 'content-type') === null)
    headers.push('Content-Type', utf8AsLatin1(exchange.header('content-type') ?? 'application/json'));
  for (let i = 0; i < request.headers.length; i += 2)
    if (!undeliveredTargets.has(request.headers[i]!))
      headers.push(request.headers[i]!, utf8AsLatin1(request.headers[i + 1]!));
  return headers;
}

function logRequest(exchange: Exchange, filled: FilledUri, request: UpstreamRequest): void {
  if (exchange.log === null) return;
  const uri = filled.origin + request.path;
  exchange.log.info(`Endpoint request URI: ${uri}`);
  if (exchange.log.dataTrace) {
    const { body } = exchange.integrationRequest!;
    exchange.log.fields('Endpoint request headers', request.headers);
    exchange.log.info(
      `Endpoint request body after transformations: ${typeof body === 'string' ? body : textOf(body ?? noBytes)}`,
    );
  }
  exchange.log.info(`Sending request to ${uri}`);
}

/** Gathers one answer whole, up to AWS's 10 MB. */
class Collector implements UpstreamHandler {
  readonly #exchange: Exchange;
  readonly #tools: Tools;
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
    resolve: (outcome: Outcome) => void,
  ) {
    this.#exchange = exchange;
    this.#tools = tools;
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

  onError(failure: Parameters<UpstreamHandler['onError']>[0]): void {
    this.#exchange.integrationEndedNs = this.#tools.clock.monotonicNs();
    this.#resolve(outcomeOf(this.#exchange, failure));
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
    exchange.log?.info(
      `Received response. Status: ${status}, Integration latency: ${Math.round((exchange.integrationEndedNs - exchange.integrationStartedNs) / 1e6)} ms`,
    );
  }
}
