// What tests of authorization share: somebody who signs, signed requests, and answers of authorizers.

import { signRequest } from '../../src/base/sigv4/index.ts';
import type { Authorizer, PublishedApiKey, PublishedIdentity } from '../../src/resources/index.ts';
import type { CallOptions } from './gateway.ts';

export const accountId = '123456789012';
export const arnOf = (tail: string): string =>
  `arn:aws:execute-api:us-east-1:${accountId}:testapi001/test/${tail}`;
export const maskedOf = (tail: string): string =>
  `arn:aws:execute-api:us-east-1:********9012:testapi001/test/${tail}`;

export interface StatementSpec {
  readonly Effect?: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly Action?: string;
  readonly Resource?: string | readonly string[];
  readonly Condition?: object;
}

/** Everything is allowed to be invoked, unless said otherwise. */
export const policyOf = (...statements: readonly StatementSpec[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((one) => ({
      Effect: 'Allow',
      Action: 'execute-api:Invoke',
      Resource: '*',
      ...one,
    })),
  });

/** @param policies - JSON texts; everything is allowed by default */
export function identity(
  policies: readonly string[] = [policyOf({ Action: 'execute-api:*' })],
  more: Partial<PublishedIdentity> = {},
): PublishedIdentity {
  return {
    accessKeyId: 'AKIAANNANNANNANNANNA',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    arn: `arn:aws:iam::${accountId}:user/ann`,
    userId: 'AIDAANNANNANNANNANNA',
    userName: 'ann',
    policies,
    ...more,
  };
}

export interface Signing {
  readonly who?: Pick<PublishedIdentity, 'accessKeyId' | 'secretAccessKey'> & {
    readonly sessionToken?: string;
  };
  readonly nowMs?: number;
  readonly region?: string;
  readonly service?: string;
  readonly api?: string;
}

/** A call of the test gateway, signed as SDKs do. @param target - below the stage */
export function signed(
  port: number,
  target: string,
  options: CallOptions = {},
  { who = identity(), nowMs = Date.now(), region = 'us-east-1', service = 'execute-api', api }: Signing = {},
): CallOptions {
  const [path, query = ''] = target.split('?', 2) as [string, string?];
  const given = Object.entries({ host: `127.0.0.1:${port}`, ...options.headers });
  const added = signRequest(
    {
      method: options.method ?? 'GET',
      path: `/_aws/execute-api/${api ?? options.api ?? 'testapi001'}/${options.stage ?? 'test'}${path}`,
      query,
      headers: given.flatMap(([name, value]) => [name.toLowerCase(), value]),
    },
    options.body ?? '',
    {
      accessKeyId: who.accessKeyId,
      secretAccessKey: who.secretAccessKey,
      ...('sessionToken' in who && who.sessionToken !== undefined ? { sessionToken: who.sessionToken } : {}),
    },
    { region, service, nowMs },
  );
  const headers: Record<string, string> = { ...options.headers };
  for (let i = 0; i < added.length; i += 2) headers[added[i]!.toLowerCase()] = added[i + 1]!;
  return { ...options, headers };
}

const functionUri = (name: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${accountId}:function:${name}/invocations`;

export const tokenAuthorizer = (more: Partial<Authorizer> = {}): Authorizer => ({
  id: 'auth01',
  name: 'token',
  type: 'TOKEN',
  authType: 'custom',
  authorizerUri: functionUri('authorizer'),
  identitySource: 'method.request.header.Authorization',
  authorizerResultTtlInSeconds: 0,
  ...more,
});

export const requestAuthorizer = (more: Partial<Authorizer> = {}): Authorizer =>
  tokenAuthorizer({ name: 'request', type: 'REQUEST', ...more });

/** What an authorizer's function answers. */
export const answerOf = (more: object = {}, ...statements: readonly StatementSpec[]): object => ({
  principalId: 'u1',
  policyDocument: JSON.parse(policyOf(...(statements.length === 0 ? [{}] : statements))),
  ...more,
});

/** SHA-256 of `0123456789abcdefghijABCDEFGHIJ`. */
export const keyValue = '0123456789abcdefghijABCDEFGHIJ';

export const publishedKey = (valueHash: string, more: Partial<PublishedApiKey> = {}): PublishedApiKey => ({
  id: 'key0000001',
  valueHash,
  enabled: true,
  stages: ['testapi001/test'],
  ...more,
});
