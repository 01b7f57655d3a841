// HTTP_PROXY: the client's request goes to the backend nearly as it is, and the backend's answer to the client.
// Bodies stream through; nothing is decoded unless the API's binary settings ask for it.

import { isFieldValue, utf8AsLatin1 } from '../base/header-field.ts';
import { configurationError } from '../exchange/configuration-error.ts';
import { textOf } from '../exchange/content.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { failures } from '../exchange/gateway-response.ts';
import { brokenJson, compileRequestReader, type ParameterReader } from '../exchange/parameter-reader.ts';
import type { Route } from '../exchange/route.ts';
import type { UpstreamRequest } from '../exchange/upstream.ts';
import { parseParameterSource, parseParameterTarget } from '../mapping/parameter/parameter.ts';
import type { Integration } from '../resources/index.ts';
import { checkHttp } from './http-check.ts';
import { ProxyAnswer } from './http-proxy-answer.ts';
import { proxyRequestBody } from './http-proxy-body.ts';
import { keepsContentEncoding, namedByConnection, requestFieldIsDropped } from './http-proxy-fields.ts';
import type { IntegrationKind } from './integration-kind.ts';
import { forbiddenTargets, undeliveredTargets } from './mapped-headers.ts';
import { compileTarget } from './target-options.ts';
import { compileUri, withParameter, withWholePercents } from './uri.ts';

interface Mapping {
  readonly name: string;
  readonly read: ParameterReader;
}

interface QueryMapping extends Mapping {
  /** A query parameter whose values all go on, one by one; else null. */
  readonly repeats: string | null;
}

interface Mappings {
  readonly path: ReadonlyMap<string, ParameterReader>;
  readonly query: readonly QueryMapping[];
  readonly headers: readonly Mapping[];
  /** Lower-case names that mappings set: the client's own are replaced. */
  readonly headerNames: ReadonlySet<string>;
  readonly setsForbidden: boolean;
}

export const httpProxy: IntegrationKind = {
  isProxy: true,
  remapsHeaders: true,
  needsBody: (integration) =>
    integration.contentHandling !== undefined ||
    Object.values(integration.requestParameters ?? {}).some((source) =>
      source.startsWith('method.request.body'),
    ),
  check: checkHttp,
  compile: (integration, route, tools) => {
    const uri = compileUri(integration.uri ?? '', route.stageVariables);
    const targetOf = compileTarget(integration, route, tools);
    const fixedTarget = uri.origin === null ? null : targetOf(uri.origin);
    const fixedMethod =
      integration.httpMethod!.toUpperCase() === 'ANY' ? null : integration.httpMethod!.toUpperCase();
    const mappings = compileMappings(integration, route);
    const { contentHandling, timeoutInMillis } = integration;
    const isStreamed = integration.responseTransferMode === 'STREAM';

    return (exchange) => {
      if (mappings.setsForbidden)
        return configurationError(exchange, 'a mapping sets a header that only the gateway may set');
      let jsonIsBroken = false;
      const filled = uri.fill((name) => {
        const value = mappings.path.get(name)?.(exchange) ?? null;
        if (value === brokenJson) jsonIsBroken = true;
        return value === brokenJson ? null : value;
      });
      if (jsonIsBroken) return failures.invalidJsonBody;
      if (filled === null) return configurationError(exchange, 'Invalid endpoint address');
      const query = queryOf(exchange, filled.query, mappings.query);
      const headers = headersOf(exchange, mappings);
      if (query === null || headers === brokenJson) return failures.invalidJsonBody;
      if (headers === null)
        return configurationError(exchange, 'the value for a mapped header has control characters');
      const body = proxyRequestBody(exchange, contentHandling);
      if (body === 'bad base64') return configurationError(exchange, 'the request body is not base64');

      const request: UpstreamRequest = {
        method: fixedMethod ?? exchange.method,
        path: query === '' ? filled.path : `${filled.path}?${query}`,
        headers,
        body,
        timeoutMs: timeoutInMillis,
        timeoutCovers: isStreamed ? 'head' : 'answer',
      };
      logRequest(exchange, filled.origin, request);
      const target = fixedTarget ?? targetOf(filled.origin);
      new ProxyAnswer(exchange, tools, isStreamed).send(target, request);
      return 'answered';
    };
  },
};

function compileMappings(integration: Integration, route: Route): Mappings {
  const path = new Map<string, ParameterReader>();
  const query: QueryMapping[] = [];
  const headers: Mapping[] = [];
  let setsForbidden = false;
  for (const [key, expression] of Object.entries(integration.requestParameters ?? {})) {
    const target = parseParameterTarget(key, 'request');
    const source = parseParameterSource(expression, 'request');
    if (target === null || source === null) continue;
    const read = compileRequestReader(source, route.stageVariables);
    if (target.location === 'path') path.set(target.name, read);
    else if (target.location === 'querystring') {
      const repeats = source.kind === 'multivaluequerystring' ? source.name : null;
      query.push({ name: target.name, read, repeats });
    } else {
      const name = target.name.toLowerCase();
      if (forbiddenTargets.has(name)) setsForbidden = true;
      if (!undeliveredTargets.has(name)) headers.push({ name, read });
    }
  }
  const headerNames = new Set(headers.map(({ name }) => name));
  return { path, query, headers, headerNames, setsForbidden };
}

/**
 * The URI's own parameters, then mapped ones, then the client's as it sent them (reference, section 30).
 * @returns null when a mapping wants JSON and the body is none
 */
function queryOf(exchange: Exchange, own: string, mappings: readonly QueryMapping[]): string | null {
  let text = own;
  for (const { name, read, repeats } of mappings) {
    if (repeats !== null) {
      for (const value of exchange.queryParameterAll(repeats)) text = withParameter(text, name, value);
      continue;
    }
    const value = read(exchange);
    if (value === brokenJson) return null;
    if (value !== null) text = withParameter(text, name, value);
  }
  if (exchange.queryString === '') return text;
  const given = withWholePercents(exchange.queryString);
  return text === '' ? given : `${text}&${given}`;
}

/** @returns null when a mapped value cannot be written into a header */
function headersOf(exchange: Exchange, mappings: Mappings): string[] | typeof brokenJson | null {
  const { downstream, headers: given } = exchange;
  const named = namedByConnection(exchange);
  const headers: string[] = [];
  let forwardedFor = '';
  let hasUserAgent = false;
  for (let i = 0; i < given.length; i += 2) {
    const name = given[i]!;
    if (name === 'x-forwarded-for') forwardedFor += `${given[i + 1]}, `;
    else if (
      !mappings.headerNames.has(name) &&
      (!requestFieldIsDropped(name, named) || (name === 'content-encoding' && keepsContentEncoding(exchange)))
    ) {
      // Signed for this gateway, not for the backend (reference, section 6.1).
      if (name === 'authorization' && given[i + 1]!.startsWith('AWS4-')) continue;
      headers.push(name, utf8AsLatin1(given[i + 1]!));
      if (name === 'user-agent') hasUserAgent = true;
    }
  }
  if (!hasUserAgent && !mappings.headerNames.has('user-agent'))
    headers.push('User-Agent', `AmazonAPIGateway_${exchange.route.apiId}`);
  if (!mappings.headerNames.has('x-forwarded-for'))
    headers.push('X-Forwarded-For', utf8AsLatin1(forwardedFor) + exchange.sourceIp());
  if (!mappings.headerNames.has('x-forwarded-port'))
    headers.push('X-Forwarded-Port', String(downstream.localPort));
  if (!mappings.headerNames.has('x-forwarded-proto'))
    headers.push('X-Forwarded-Proto', downstream.tls ? 'https' : 'http');
  headers.push('X-Amzn-Trace-Id', exchange.traceId(), 'X-Amzn-Apigateway-Api-Id', exchange.route.apiId);
  for (const { name, read } of mappings.headers) {
    const value = read(exchange);
    if (value === brokenJson) return brokenJson;
    // A decoded query value may hold a line end, which must never reach a header.
    if (value === null) continue;
    if (!isFieldValue(value)) return null;
    headers.push(name, utf8AsLatin1(value));
  }
  return headers;
}

/** A data trace has the body read before it goes on, so here it is whole. */
function bodyText(body: UpstreamRequest['body']): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? textOf(body) : '';
}

function logRequest(exchange: Exchange, origin: string, request: UpstreamRequest): void {
  if (exchange.log === null) return;
  const uri = origin + request.path;
  exchange.log.info(`Endpoint request URI: ${uri}`);
  if (exchange.log.dataTrace) {
    exchange.log.fields('Endpoint request headers', request.headers);
    exchange.log.info(`Endpoint request body after transformations: ${bodyText(request.body)}`);
  }
  exchange.log.info(`Sending request to ${uri}`);
}
