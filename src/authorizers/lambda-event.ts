// The events that functions of REST authorizers get. See auth reference, sections 3.1 and 8.

import { templateContext } from '../exchange/context.ts';
import { customarySpelling } from '../exchange/customary-spelling.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { GatheredValues } from '../exchange/gathered-values.ts';
import { frontFields, hiddenFromMappings } from '../exchange/visible-headers.ts';

/** JSON text. @param token - the whole header value */
export const tokenEvent = (token: string, methodArn: string): string =>
  JSON.stringify({ type: 'TOKEN', authorizationToken: token, methodArn });

/** In the order of the reference's example. */
const contextKeys = [
  'resourceId',
  'resourcePath',
  'operationName',
  'httpMethod',
  'extendedRequestId',
  'requestTime',
  'path',
  'accountId',
  'protocol',
  'stage',
  'domainPrefix',
  'requestTimeEpoch',
  'requestId',
  'identity',
  'domainName',
  'deploymentId',
  'apiId',
  'isCanaryRequest',
  'customDomain',
] as const;

/** JSON text. The body is never part of it. */
export function requestEvent(exchange: Exchange, methodArn: string): string {
  const { address, route } = exchange;
  const headers = visibleHeaders(exchange);
  const { names, values } = exchange.query();
  const query = new GatheredValues();
  names.forEach((name, i) => {
    query.add(name, values[i]!);
  });
  const pathParameters: Record<string, string> = Object.create(null);
  route.pathParameterNames.forEach((name, i) => {
    pathParameters[name] = exchange.pathValues[i] ?? '';
  });
  return JSON.stringify({
    type: 'REQUEST',
    methodArn,
    resource: route.resourcePath,
    path: address.basePath === null ? exchange.resourcePath() : address.path,
    httpMethod: exchange.method,
    headers: headers.last,
    multiValueHeaders: headers.all,
    queryStringParameters: query.last,
    multiValueQueryStringParameters: query.all,
    pathParameters,
    stageVariables: route.stageVariables,
    requestContext: templateContext(exchange, contextKeys),
  });
}

function visibleHeaders(exchange: Exchange): GatheredValues {
  const { headers } = exchange;
  const gathered = new GatheredValues();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (!hiddenFromMappings.has(name) && !frontFields.has(name))
      gathered.add(customarySpelling(name), headers[i + 1]!);
  }
  for (const [name, read] of frontFields) gathered.add(customarySpelling(name), read(exchange));
  return gathered;
}
