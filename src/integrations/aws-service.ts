// AWS integrations of every service but Lambda: the mapped request becomes a signed call of the service's endpoint, its
// answer what the integration response reads.

import { setIn, valueIn } from '../base/flat-list.ts';
import type { AwsUri } from '../exchange/aws-uri.ts';
import { configurationError } from '../exchange/configuration-error.ts';
import type { Exchange, IntegrationRequest } from '../exchange/exchange.ts';
import type { Phase } from '../exchange/phase.ts';
import type { Route } from '../exchange/route.ts';
import type { Tools } from '../exchange/tools.ts';
import type { Integration } from '../resources/index.ts';
import { compileCredentials } from './aws-credentials.ts';
import { ServiceLocator } from './aws-endpoint.ts';
import { jsonAnswer, jsonAnswering } from './aws-query-answer.ts';
import { compileCall, type ServiceCall } from './aws-request.ts';
import { signingNameOf, signingRegionOf } from './aws-services.ts';
import { Signer, signersOwn } from './aws-signer.ts';
import { callBuffered } from './buffered-call.ts';
import { withoutBody } from './http.ts';
import { forbiddenAwsTargets, undeliveredTargets } from './mapped-headers.ts';
import { serviceOutcomes } from './upstream-failure.ts';
import { splitPlaceholders } from './uri.ts';

/**
 * The phase that calls a service.
 *
 * @param uri - stage variables filled
 * @throws IntegrationError when the URI names no call
 * @see data-plane reference, section 12
 */
export function compileService(integration: Integration, uri: AwsUri, route: Route, tools: Tools): Phase {
  const { service } = uri;
  const { timeoutInMillis } = integration;
  const region = uri.region === '' ? route.region : uri.region;
  const verb = integration.httpMethod!.toUpperCase();
  const compiledCall = compileCall(uri);
  const subdomain = uri.subdomain === null ? null : splitPlaceholders(uri.subdomain);
  const locator = new ServiceLocator(uri, region, tools);
  const credentialsOf = compileCredentials(integration, service, route.stageVariables, tools);
  const answersJson = jsonAnswering.has(service);
  const signer = new Signer({
    service: signingNameOf(service, uri.subdomain),
    region: signingRegionOf(service, region),
    isS3: service === 's3',
    clock: tools.clock,
  });

  return (exchange) => {
    exchange.traceInResponse = true;
    const request = exchange.integrationRequest!;
    const forbidden = forbiddenName(request.headers);
    if (forbidden !== null)
      return configurationError(
        exchange,
        `a mapping sets header "${forbidden}", which only the gateway may set`,
      );
    const credentials = credentialsOf(exchange);
    if ('missing' in credentials) return configurationError(exchange, credentials.missing);
    const method = verb === 'ANY' ? exchange.method : verb;
    const call = compiledCall(exchange, request, !withoutBody.has(method));
    const prefix = subdomain?.fill((name) => valueIn(request.path, name), decoded) ?? null;
    if (call === null || (subdomain !== null && prefix === null))
      return configurationError(exchange, 'Invalid endpoint address');
    const address = locator.locate(prefix);
    if (address === 'unknown')
      return configurationError(
        exchange,
        `Service "${service}" has no endpoint: name it in the setting "services"`,
      );
    if (address === 'invalid') return configurationError(exchange, 'Invalid endpoint address');

    const path = joinPaths(address.pathPrefix, call.path);
    const headers = headersOf(exchange, request, call, address.host);
    const { query, body } = call;
    const unsigned = { method, path, query, headers, body };
    const signed = signer.sign(unsigned, credentials, address.signingName);
    const { target, origin } = address;
    const upstreamRequest = {
      method,
      path: query === '' ? path : `${path}?${query}`,
      headers: signed,
      body,
      timeoutMs: timeoutInMillis,
      timeoutCovers: 'answer',
    } as const;
    const sent = { target, origin, request: upstreamRequest, body };
    return callBuffered(exchange, tools, sent, serviceOutcomes).then((outcome) => {
      if (outcome !== undefined) return outcome;
      const answer = exchange.integrationAnswer!;
      exchange.integrationRequestId = requestIdIn(answer.headers);
      if (answersJson) exchange.integrationAnswer = jsonAnswer(answer, headers);
      return undefined;
    });
  };
}

/** What the service calls this call. */
function requestIdIn(headers: readonly string[]): string | null {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    if (name === 'x-amzn-requestid' || name === 'x-amz-request-id') return headers[i + 1]!;
  }
  return null;
}

const decoded = (text: string): string => text;
/** A bucket that was a sub-domain is called as `/bucket`. */
const joinPaths = (prefix: string, path: string): string =>
  prefix !== '' && path === '/' ? prefix : prefix + path;

function forbiddenName(headers: readonly string[]): string | null {
  for (let i = 0; i < headers.length; i += 2) if (forbiddenAwsTargets.has(headers[i]!)) return headers[i]!;
  return null;
}

/** Lower-case names, each once: the gateway's own fields, then mapped ones, which win. */
function headersOf(
  exchange: Exchange,
  request: IntegrationRequest,
  call: ServiceCall,
  host: string,
): string[] {
  const { apiId } = exchange.route;
  const headers = ['accept', 'application/json', 'user-agent', `AmazonAPIGateway_${apiId}`, 'host', host];
  headers.push('x-amzn-apigateway-api-id', apiId, 'x-amzn-trace-id', exchange.traceId());
  if (call.amzTarget !== null) headers.push('x-amz-target', call.amzTarget);
  if (call.contentType !== null) headers.push('content-type', call.contentType);
  for (let i = 0; i < request.headers.length; i += 2) {
    const name = request.headers[i]!;
    if (!undeliveredTargets.has(name) && !signersOwn.has(name)) setIn(headers, name, request.headers[i + 1]!);
  }
  return headers;
}
