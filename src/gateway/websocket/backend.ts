// A backend that a WebSocket route calls: the integrations of REST APIs, over an exchange that has no client.

import { neverBinary } from '../../base/media-type.ts';
import type { Downstream, IncomingRequest } from '../../exchange/downstream.ts';
import { Exchange, type IntegrationAnswer, type IntegrationRequest } from '../../exchange/exchange.ts';
import type { Outcome } from '../../exchange/phase.ts';
import type { RouteRecorder } from '../../exchange/recorder.ts';
import type { Route } from '../../exchange/route.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import type { SocketRoute } from '../../exchange/socket-route.ts';
import type { Tools } from '../../exchange/tools.ts';
import type { ClientIdentity } from '../../exchange/upstream.ts';
import { integrationKind } from '../../integrations/index.ts';
import type { Integration, V2Integration } from '../../resources/index.ts';
import { type RouteFailure, routeFailures } from './route-result.ts';

/** Calls the backend; `done` is told once, with the answer or the failure. */
export type CallBackend = (
  event: SocketEvent,
  request: IntegrationRequest,
  done: (event: SocketEvent, answer: IntegrationAnswer | RouteFailure) => void,
) => void;

/** @throws IntegrationError when the integration cannot be run */
export function compileBackend(
  integration: V2Integration,
  socketRoute: SocketRoute,
  routeId: string,
  clientCertificate: ClientIdentity | null,
  tools: Tools,
): CallBackend {
  const route = routeFor(socketRoute, routeId, clientCertificate);
  const kind = integrationKind(
    integration.integrationType === 'HTTP_PROXY' ? 'HTTP' : kindName(integration),
  )!;
  const phase = kind.compile(restIntegration(integration), route, tools);

  return (event, request, done) => {
    const exchange = new Exchange(
      route,
      requestOf(event),
      '',
      addressOf(event),
      [],
      event.startedMs,
      event.startedNs,
    );
    exchange.integrationRequest = request;
    exchange.log = event.log;
    const settle = (outcome: Outcome): void => {
      note(event, exchange);
      if (outcome === undefined) done(event, exchange.integrationAnswer!);
      else done(event, outcome === 'answered' ? routeFailures.internal : failureOf(outcome.type));
    };
    const outcome = phase(exchange);
    if (outcome instanceof Promise) outcome.then(settle, (error: unknown) => failed(event, error, done));
    else settle(outcome);
  };
}

/** Functions get their event as the body, whether they answer as proxies or not. */
const kindName = ({ integrationType }: V2Integration): 'AWS' | 'HTTP' =>
  integrationType === 'AWS' || integrationType === 'AWS_PROXY' ? 'AWS' : 'HTTP';

/** A bug of ours, told by who calls. */
function failed(event: SocketEvent, error: unknown, done: Parameters<CallBackend>[2]): void {
  event.integrationError = error instanceof Error ? (error.stack ?? error.message) : String(error);
  event.log?.error(`Execution failed due to an internal error: ${event.integrationError}`);
  done(event, routeFailures.internal);
}

function failureOf(type: string): RouteFailure {
  if (type === 'INTEGRATION_TIMEOUT') return routeFailures.timeout;
  return type === 'INTEGRATION_FAILURE' ? routeFailures.unreachable : routeFailures.internal;
}

function note(event: SocketEvent, exchange: Exchange): void {
  event.integrationStartedNs = exchange.integrationStartedNs;
  event.integrationEndedNs = exchange.integrationEndedNs;
  event.integrationStatus = exchange.integrationStatus;
  event.integrationError = exchange.integrationError;
  event.integrationRequestId = exchange.integrationRequestId;
}

function routeFor(
  socketRoute: SocketRoute,
  routeId: string,
  clientCertificate: ClientIdentity | null,
): Route {
  const { accountId, region, apiId, apiName, stageName, deploymentId, routeKey, stageVariables } =
    socketRoute;
  return {
    accountId,
    region,
    apiId,
    apiName,
    endpointType: 'REGIONAL',
    stageName,
    deploymentId,
    resourceId: routeId,
    // With no verb in front, what functions are told of the caller ends on the route's key.
    resourcePath: routeKey,
    pathParameterNames: [],
    httpMethod: null,
    operationName: null,
    stageVariables,
    isCanary: null,
    clientCertificate,
    isBinary: neverBinary,
    gatewayResponses: { apply: () => {} },
    compression: null,
    recorder: unseen,
  };
}

/** The event is counted, not the exchange, and the log that is written is the event's. */
const unseen: RouteRecorder = { finished: () => {}, executionLog: () => null };

function restIntegration(integration: V2Integration): Integration {
  const { integrationMethod, integrationUri, connectionType, connectionId, credentialsArn, tlsConfig } =
    integration;
  return {
    type: kindName(integration),
    httpMethod: integrationMethod ?? 'POST',
    ...(integrationUri === undefined ? {} : { uri: integrationUri }),
    connectionType,
    ...(connectionId === undefined ? {} : { connectionId }),
    ...(credentialsArn === undefined ? {} : { credentials: credentialsArn }),
    passthroughBehavior: integration.passthroughBehavior ?? 'WHEN_NO_MATCH',
    timeoutInMillis: integration.timeoutInMillis,
    ...(tlsConfig === undefined ? {} : { tlsConfig }),
  };
}

const addressOf = ({ session, route }: SocketEvent) => ({
  path: `/${route.stageName}`,
  resourceStart: route.stageName.length + 1,
  domainName: session.domainName,
  basePath: null,
});

/** The handshake's own request, else one without fields: what a message sends is what its mappings say. */
function requestOf(event: SocketEvent): IncomingRequest {
  const headers = event.request?.headers ?? noFields;
  return { method: '', path: '/', query: '', headers, downstream: new NoClient(event) };
}

const noFields: readonly string[] = Object.freeze([]);

/** Nobody waits on it: a backend's call goes on to its end, whatever becomes of the connection. */
class NoClient implements Downstream {
  readonly aborted = false;
  readonly tls = false;
  readonly connection = null;
  readonly localPort = 0;
  readonly body = null;
  readonly upgrade = null;
  readonly #event: SocketEvent;

  constructor(event: SocketEvent) {
    this.#event = event;
  }

  remoteAddress(): string {
    return this.#event.session.sourceIp;
  }

  send(): void {}
  begin(): void {}
  write(): boolean {
    return true;
  }
  onDrain(): void {}
  end(): void {}
  destroy(): void {}
  onAbort(): void {}
}
