// The REQUEST authorizer of a WebSocket API: its function is asked about each handshake, and its answer is kept on the
// connection. See WebSocket reference, section 6; auth reference, section 3.4.

import { type Failure, failures } from '../exchange/gateway-response.ts';
import type { ConnectDecision } from '../exchange/socket-authorization.ts';
import { requestContext } from '../exchange/socket-context.ts';
import type { SocketEvent } from '../exchange/socket-event.ts';
import { headerMaps, queryMaps } from '../exchange/socket-event-maps.ts';
import type { SocketRoute } from '../exchange/socket-route.ts';
import type { V2Authorizer } from '../resources/index.ts';
import type { Asker, Reply } from './asker.ts';
import { compileAsker } from './askers.ts';
import { compileSocketIdentitySource, type IdentityReader, identityKey } from './identity-sources.ts';
import { tracedAnswer } from './lambda-call.ts';
import type { Grant } from './lambda-grant.ts';
import { stageArn } from './method-arn.ts';
import { decide } from './resource-policy.ts';
import { accessRequest, type SocketTools } from './socket-access.ts';

export interface SocketAuthorizer {
  /** Never rejects. */
  ask(event: SocketEvent): ConnectDecision | Promise<ConnectDecision>;
}

/** Of the context, as JSON: more could not be kept for each of a million connections. */
const contextBytesMax = 8_192;
/** The service's own member of requestContext.authorizer. */
const keyMember = 'usageIdentifierKey';

/** @returns what is wrong with its configuration, for the log, where it cannot be asked */
export function compileSocketAuthorizer(
  authorizer: V2Authorizer,
  route: SocketRoute,
  tools: SocketTools,
): SocketAuthorizer | string {
  if (authorizer.authorizerType !== 'REQUEST')
    return `Authorizers of type ${authorizer.authorizerType} are not served`;
  const asker = compileAsker(
    {
      ...route,
      authorizerId: authorizer.authorizerId,
      uri: authorizer.authorizerUri,
      credentials: authorizer.authorizerCredentialsArn,
    },
    tools,
  );
  if (typeof asker === 'string') return asker;
  const sources = authorizer.identitySource ?? [];
  const readers = sources.map((source) => compileSocketIdentitySource(source, route.stageVariables));
  const wrong = readers.indexOf(null);
  if (wrong >= 0) return `"${sources[wrong]}" is no identity source`;
  const { authorizerId } = authorizer;
  if (asker.wantsToken && sources.length !== 1)
    return `The authorizer "${authorizerId}" needs one identity source, the token`;
  return {
    ask: (event) => ask(event, authorizerId, readers as IdentityReader<SocketEvent>[], asker, tools),
  };
}

function ask(
  event: SocketEvent,
  authorizerId: string,
  readers: readonly IdentityReader<SocketEvent>[],
  asker: Asker,
  tools: SocketTools,
): ConnectDecision | Promise<ConnectDecision> {
  const { log } = event;
  log?.info(`Starting authorizer: ${authorizerId} for request: ${event.requestId}`);
  const identity = readers.length === 0 ? '' : identityKey(readers, event);
  if (identity === null) return refused(event, failures.unauthorized);
  const methodArn = stageArn(event.route) + event.route.routeKey;
  const question = asker.ask({ identity, event: () => eventText(event, methodArn), traceId: null });
  log?.info(`Sending request to ${asker.endpoint}`);
  return new Promise((resolve, reject) => {
    // Whoever hung up is not let in by an answer that comes later.
    event.request?.downstream.onAbort(() => {
      question.abort();
      resolve(refused(event, failures.authorizerFailure));
    });
    question.reply.then((reply) => conclude(event, methodArn, reply, tools)).then(resolve, reject);
  });
}

function eventText(event: SocketEvent, methodArn: string): string {
  const { headers, multiValueHeaders } = headerMaps(event);
  return JSON.stringify({
    type: 'REQUEST',
    methodArn,
    headers: headers ?? {},
    multiValueHeaders,
    ...queryMaps(event),
    stageVariables: event.route.stageVariables,
    requestContext: requestContext(event),
  });
}

function conclude(event: SocketEvent, methodArn: string, reply: Reply, tools: SocketTools): ConnectDecision {
  const { log } = event;
  if (log?.dataTrace === true && reply.payload !== null)
    log.info(`Authorizer result body before parsing: ${tracedAnswer(reply)}`);
  const { grant } = reply;
  if (grant === null) {
    if (reply.refusal === 'unauthorized') return refused(event, failures.unauthorized);
    log?.error(`Execution failed due to configuration error: ${reply.detail}`);
    const isConfiguration = reply.refusal === 'configuration';
    return refused(
      event,
      isConfiguration ? failures.authorizerConfigurationError : failures.authorizerFailure,
    );
  }
  if (Buffer.byteLength(JSON.stringify(grant.given)) > contextBytesMax) {
    log?.error(`The context of the authorizer is larger than ${contextBytesMax} bytes`);
    return refused(event, failures.authorizerConfigurationError);
  }
  const decision = decide([grant.policy], accessRequest(event, methodArn, null, tools.clock));
  if (decision === 'allow') return granted(event, grant, reply.latencyMs);
  log?.error('The client is not authorized to perform this operation.');
  const { status, type, message } = failures.accessDenied;
  return {
    allow: false,
    status,
    type,
    message: decision === 'deny' ? `${message} with an explicit deny` : message!,
  };
}

function granted(event: SocketEvent, grant: Grant, integrationLatency: number): ConnectDecision {
  event.log?.info('Successfully completed authorizer execution');
  const { usageIdentifierKey } = grant;
  const authorizer: Record<string, unknown> = { ...grant.given, integrationLatency };
  // For `$context.authorizer.usageIdentifierKey`, which an API key may be read from; no event shows it.
  if (usageIdentifierKey !== null)
    Object.defineProperty(authorizer, keyMember, { value: usageIdentifierKey, enumerable: false });
  return { allow: true, identity: { authorizer, identity: {} } };
}

/** Refusals of WebSockets have a text, where those of REST APIs may have none. */
function refused(event: SocketEvent, { status, type, message }: Failure): ConnectDecision {
  if (status === 401) event.log?.error(`Unauthorized request: ${event.requestId}`);
  return { allow: false, status, type, message: message ?? 'Internal server error' };
}
