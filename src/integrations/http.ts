// HTTP: calls a backend with what the mappings made, and hands its answer to the integration response.

import { valueIn } from '../base/flat-list.ts';
import { utf8AsLatin1 } from '../base/header-field.ts';
import { configurationError } from '../exchange/configuration-error.ts';
import type { Exchange, IntegrationRequest } from '../exchange/exchange.ts';
import type { UpstreamRequest } from '../exchange/upstream.ts';
import { callBuffered } from './buffered-call.ts';
import { checkHttp } from './http-check.ts';
import type { IntegrationKind } from './integration-kind.ts';
import { undeliveredTargets } from './mapped-headers.ts';
import { compileTarget } from './target-options.ts';
import { endpointOutcomes } from './upstream-failure.ts';
import { compileUri, type FilledUri, withParameter } from './uri.ts';

/** Verbs that are sent without a body. */
export const withoutBody: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export const http: IntegrationKind = {
  isProxy: false,
  remapsHeaders: true,
  needsBody: () => true,
  check: checkHttp,
  compile: (integration, route, tools) => {
    const uri = compileUri(integration.uri ?? '', route.stageVariables);
    const targetOf = compileTarget(integration, route, tools);
    const fixedTarget = uri.origin === null ? null : targetOf(uri.origin);
    const method = integration.httpMethod!.toUpperCase();
    const sendsBody = !withoutBody.has(method);
    const { timeoutInMillis } = integration;
    const defaults = ['Accept', 'application/json', 'User-Agent', `AmazonAPIGateway_${route.apiId}`];

    return (exchange) => {
      exchange.traceInResponse = true;
      const request = exchange.integrationRequest!;
      const filled = uri.fill((name) => valueIn(request.path, name));
      if (filled === null) return configurationError(exchange, 'Invalid endpoint address');
      const upstreamRequest: UpstreamRequest = {
        method,
        path: pathOf(filled, request.query),
        headers: headersOf(exchange, request, defaults, sendsBody),
        body: sendsBody ? request.body : null,
        timeoutMs: timeoutInMillis,
        timeoutCovers: 'answer',
      };
      const { origin } = filled;
      const target = fixedTarget ?? targetOf(origin);
      const call = { target, origin, request: upstreamRequest, body: request.body };
      return callBuffered(exchange, tools, call, endpointOutcomes);
    };
  },
};

/** The URI's own parameters first, then mapped ones. */
function pathOf(filled: FilledUri, query: readonly string[]): string {
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
