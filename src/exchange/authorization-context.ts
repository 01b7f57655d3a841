// `$context.identity.*` of callers, `$context.authorizer.*`, and the access log's words on authorization.
// See data-plane reference, section 10; observability reference, section 2.

import type { Authorization } from './authorization.ts';
import type { ContextAccessor } from './context.ts';
import type { Exchange } from './exchange.ts';

const of =
  (read: (authorization: Authorization) => string | null): ContextAccessor =>
  ({ authorization }) =>
    authorization === null ? null : read(authorization);

/** Members of `$context.identity` that a signature or a key gives. */
export const identityReaders: Readonly<Record<string, ContextAccessor>> = Object.freeze({
  __proto__: null as never,
  accessKey: of(({ caller }) => caller?.accessKeyId ?? null),
  accountId: of(({ caller }) => caller?.accountId ?? null),
  apiKey: of(({ apiKey }) => apiKey),
  apiKeyId: of(({ apiKeyId }) => apiKeyId),
  caller: of(({ caller }) => caller?.userId ?? null),
  user: of(({ caller }) => caller?.userId ?? null),
  userArn: of(({ caller }) => caller?.arn ?? null),
});

const statusText = (status: number): string | null => (status === 0 ? null : String(status));
/** The step was taken in the turn in which the request came. */
const noTime = (status: number): string | null => (status === 0 ? null : '0');

/** Variables of the access log alone. */
export const authorizationLog: Readonly<Record<string, ContextAccessor>> = Object.freeze({
  __proto__: null as never,
  'authenticate.error': of((a) => a.authenticateError),
  'authenticate.latency': of((a) => noTime(a.authenticateStatus)),
  'authenticate.status': of((a) => statusText(a.authenticateStatus)),
  'authorize.error': of((a) => a.authorizeError),
  'authorize.latency': of((a) => noTime(a.authorizeStatus)),
  'authorize.status': of((a) => statusText(a.authorizeStatus)),
  'authorizer.error': of((a) => a.authorizerError),
  'authorizer.integrationLatency': of((a) =>
    a.authorizerStatus === 0 ? null : String(a.authorizerLatencyMs),
  ),
  'authorizer.integrationStatus': of((a) => statusText(a.authorizerIntegrationStatus)),
  'authorizer.latency': of((a) => (a.authorizerStatus === 0 ? null : String(a.authorizerLatencyMs))),
  'authorizer.requestId': of((a) => a.authorizerRequestId),
  'authorizer.status': of((a) => statusText(a.authorizerStatus)),
});

/** `$context.authorizer.NAME`. @param name - what stands after `authorizer.` */
export function authorizerAccessor(name: string): ContextAccessor {
  if (name.startsWith('claims.')) {
    const claim = name.slice('claims.'.length);
    return of(({ claims }) => claims?.texts()[claim] ?? null);
  }
  if (name === 'principalId') return of(({ authorizer }) => authorizer?.principalId ?? null);
  if (name === 'integrationLatency')
    return of((a) => (a.authorizer === null ? null : String(a.authorizerLatencyMs)));
  return of(({ authorizer }) => authorizer?.context[name] ?? null);
}

/** `$context.authorizer` as a template sees it; null without one. */
export function authorizerMap({ authorization }: Exchange): Record<string, unknown> | null {
  if (authorization !== null && authorization.claims !== null)
    return { claims: authorization.claims.texts() };
  const authorizer = authorization?.authorizer ?? null;
  if (authorizer === null) return null;
  return {
    ...authorizer.context,
    principalId: authorizer.principalId,
    integrationLatency: authorization!.authorizerLatencyMs,
  };
}

/** `,"authorizer":{...}` of an event's requestContext; '' without one. */
export function authorizerText({ authorization }: Exchange): string {
  if (authorization !== null && authorization.claims !== null)
    return `,"authorizer":{"claims":${authorization.claims.json()}}`;
  const authorizer = authorization?.authorizer ?? null;
  if (authorizer === null) return '';
  return `,"authorizer":{${authorizer.eventMembers},"integrationLatency":${authorization!.authorizerLatencyMs}}`;
}
