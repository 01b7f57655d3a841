// `$context` of WebSocket events: one accessor per variable for mappings and logs, and a nested object for templates.
// See WebSocket reference, section 10.

import { requestTime } from './context.ts';
import type { SocketEvent } from './socket-event.ts';

/** Reads one `$context` variable; null when it has no value on this event. */
export type SocketAccessor = (event: SocketEvent) => string | null;

type Builder = (event: SocketEvent) => unknown;

/** Top-level members, in the order of the reference's events. A member without a value is left out. */
const builders: Readonly<Record<string, Builder>> = Object.freeze({
  __proto__: null as never,
  routeKey: (e: SocketEvent) => e.route.routeKey,
  authorizer: (e: SocketEvent) => e.session.identity.authorizer ?? undefined,
  messageId: (e: SocketEvent) => e.messageId ?? undefined,
  eventType: (e: SocketEvent) => e.type,
  extendedRequestId: (e: SocketEvent) => e.requestId,
  requestTime: (e: SocketEvent) => requestTime(e.startedMs),
  messageDirection: () => 'IN',
  disconnectStatusCode: (e: SocketEvent) => e.closing?.code,
  disconnectReason: (e: SocketEvent) => e.closing?.reason,
  stage: (e: SocketEvent) => e.route.stageName,
  connectedAt: (e: SocketEvent) => e.session.connectedAtMs,
  requestTimeEpoch: (e: SocketEvent) => e.startedMs,
  identity: identityOf,
  requestId: (e: SocketEvent) => e.requestId,
  domainName: (e: SocketEvent) => e.session.domainName,
  connectionId: (e: SocketEvent) => e.session.id,
  apiId: (e: SocketEvent) => e.route.apiId,
});

function identityOf({ session }: SocketEvent): Record<string, string> {
  const { sourceIp, userAgent, identity } = session;
  return { ...identity.identity, ...(userAgent === '' ? {} : { userAgent }), sourceIp };
}

const allKeys = Object.keys(builders);

/** Members that templates and mappings may name, beside those of an event. */
const more: Readonly<Record<string, Builder>> = Object.freeze({
  __proto__: null as never,
  accountId: (e: SocketEvent) => e.route.accountId,
  deploymentId: (e: SocketEvent) => e.route.deploymentId,
  protocol: () => 'websocket',
  status: (e: SocketEvent) => e.status,
  error: (e: SocketEvent) => ({
    message: e.errorMessage,
    messageString: e.errorMessage === null ? null : JSON.stringify(e.errorMessage),
    responseType: e.errorType,
    validationErrorString: e.validationError,
  }),
});

/** `requestContext` of an event that a function gets. */
export function requestContext(event: SocketEvent): Record<string, unknown> {
  const context: Record<string, unknown> = {};
  for (const key of allKeys) {
    const value = builders[key]!(event);
    if (value !== undefined) context[key] = value;
  }
  return context;
}

/**
 * `$context` as a template sees it.
 * @param keys - top-level members that the template names, or null for all of them
 */
export function socketTemplateContext(
  event: SocketEvent,
  keys: readonly string[] | null,
): Record<string, unknown> {
  if (keys === null) return requestContext(event);
  const context: Record<string, unknown> = {};
  for (const key of keys) {
    const value = (builders[key] ?? more[key])?.(event);
    if (value !== undefined) context[key] = value;
  }
  return context;
}

/** The accessor of one variable for mappings and selection expressions. @param name - without `$context.` */
export function socketAccessor(name: string): SocketAccessor {
  const [first, ...rest] = name.split('.') as [string, ...string[]];
  const build = builders[first] ?? more[first];
  if (build === undefined) return () => null;
  return (event) => {
    let value = build(event);
    for (const step of rest) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return null;
      value = (value as Record<string, unknown>)[step];
    }
    return value === undefined || value === null
      ? null
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
  };
}

const latencyMs = (from: number, to: number): string | null =>
  from === 0 || to === 0 ? null : String(Math.max(0, Math.round((to - from) / 1e6)));

const integrationLatency: SocketAccessor = (e) => latencyMs(e.integrationStartedNs, e.integrationEndedNs);
const integrationStatus: SocketAccessor = (e) =>
  e.integrationStatus === 0 ? null : String(e.integrationStatus);

const logged: Readonly<Record<string, SocketAccessor>> = Object.freeze({
  __proto__: null as never,
  awsEndpointRequestId: (e: SocketEvent) => e.integrationRequestId,
  connectionId: (e: SocketEvent) => e.session.id,
  eventType: (e: SocketEvent) => e.type,
  'identity.sourceIp': (e: SocketEvent) => e.session.sourceIp,
  'identity.userAgent': (e: SocketEvent) => e.session.userAgent,
  'integration.error': (e: SocketEvent) => e.integrationError,
  'integration.integrationStatus': integrationStatus,
  'integration.latency': integrationLatency,
  'integration.requestId': (e: SocketEvent) => e.integrationRequestId,
  'integration.status': integrationStatus,
  integrationErrorMessage: (e: SocketEvent) => e.integrationError,
  integrationLatency,
  integrationStatus,
  responseLatency: (e: SocketEvent) => latencyMs(e.startedNs, e.endedNs),
  requestId: (e: SocketEvent) => e.requestId,
  responseLength: (e: SocketEvent) => String(e.responseBytes),
  status: (e: SocketEvent) => String(e.status),
});

/** The accessor of one variable for the access log. @param name - without `$context.` */
export function socketLogAccessor(name: string): SocketAccessor {
  return logged[name] ?? identityAccessor(name) ?? socketAccessor(name);
}

const identityPrefix = 'identity.';

/** Without a new object for each variable of each line. */
function identityAccessor(name: string): SocketAccessor | null {
  if (!name.startsWith(identityPrefix)) return null;
  const field = name.slice(identityPrefix.length);
  return ({ session: { identity } }) =>
    Object.hasOwn(identity.identity, field) ? identity.identity[field]! : null;
}
