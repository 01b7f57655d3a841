// The event that the function of an authorizer is given in a test: as for a request, but of a stage that is none.
// @see auth reference, section 3.1

import { newExtendedRequestId } from '../../base/ids.ts';
import type { Authorizer } from '../../resources/index.ts';
import type { Input } from '../protocol/operations.ts';
import type { Account } from './handler.ts';

export type TestedRequest = Input<'TestInvokeAuthorizer'>;

const stage = 'test-invoke-stage';

/** What stands in the event beside what was given. */
export interface EventSource {
  readonly authorizer: Authorizer;
  readonly account: Account;
  readonly requestId: string;
  /** The value of a TOKEN authorizer's header. */
  readonly token: string;
  readonly nowMs: number;
}

export function testAuthorizerEvent(input: TestedRequest, source: EventSource): object {
  const { pathname, searchParams } = urlOf(input);
  const { account, authorizer, token } = source;
  const { partition, region, accountId } = account;
  const methodArn = `arn:${partition}:execute-api:${region}:${accountId}:${input.restApiId}/${stage}/GET${pathname}`;
  if (authorizer.type === 'TOKEN') return { type: 'TOKEN', authorizationToken: token, methodArn };
  const query = [...searchParams];
  return {
    type: 'REQUEST',
    methodArn,
    resource: pathname,
    path: pathname,
    httpMethod: 'GET',
    ...headersOf(input),
    queryStringParameters: Object.fromEntries(query),
    multiValueQueryStringParameters: gathered(query),
    pathParameters: {},
    stageVariables: input.stageVariables ?? {},
    requestContext: requestContextOf(input, source, pathname),
  };
}

function requestContextOf(
  input: TestedRequest,
  { account, requestId, nowMs }: EventSource,
  pathname: string,
): object {
  return {
    resourceId: 'test-invoke-resource-id',
    resourcePath: pathname,
    httpMethod: 'GET',
    extendedRequestId: newExtendedRequestId(),
    requestTime: requestTime(nowMs),
    path: pathname,
    accountId: account.accountId,
    protocol: 'HTTP/1.1',
    stage,
    domainPrefix: 'testPrefix',
    requestTimeEpoch: nowMs,
    requestId,
    identity: {
      cognitoIdentityPoolId: null,
      cognitoIdentityId: null,
      apiKey: 'test-invoke-api-key',
      principalOrgId: null,
      cognitoAuthenticationType: null,
      userArn: null,
      apiKeyId: 'test-invoke-api-key-id',
      userAgent: null,
      accountId: account.accountId,
      caller: null,
      sourceIp: 'test-invoke-source-ip',
      accessKey: null,
      cognitoAuthenticationProvider: null,
      user: null,
    },
    domainName: 'testPrefix.testDomainName',
    apiId: input.restApiId,
    ...input.additionalContext,
  };
}

/** Of a name in both maps the multi-value map's values stand. */
function headersOf({ headers = {}, multiValueHeaders = {} }: TestedRequest) {
  const multiple = {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    ...multiValueHeaders,
  };
  const single = Object.entries(multiple).map(([name, values]) => [name, values.at(-1) ?? '']);
  return { headers: Object.fromEntries(single), multiValueHeaders: multiple };
}

function gathered(pairs: readonly (readonly [name: string, value: string])[]) {
  const all = new Map<string, string[]>();
  for (const [name, value] of pairs) all.set(name, [...(all.get(name) ?? []), value]);
  return Object.fromEntries(all);
}

/** Path and query of the test's request; the root where they are none. */
export function urlOf({ pathWithQueryString = '/' }: TestedRequest): URL {
  const path = pathWithQueryString.startsWith('/') ? pathWithQueryString : `/${pathWithQueryString}`;
  return new URL(`http://test${URL.canParse(`http://test${path}`) ? path : '/'}`);
}

/** `02/Jan/2024:03:04:05 +0000` */
function requestTime(ms: number): string {
  const [, day, month, year, time] = new Date(ms).toUTCString().split(/,? /);
  return `${day}/${month}/${year}:${time} +0000`;
}
