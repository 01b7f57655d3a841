// The handshake: whether a request may become a connection. `$connect` is authorized and run before the client is told.
// See WebSocket reference, section 6.

import { STATUS_CODES } from 'node:http';
import { fieldIn } from '../../base/flat-list.ts';
import { headerBlock, isFieldValue, joinBlocks, upgradeBlock } from '../../base/header-field.ts';
import type { IncomingRequest } from '../../exchange/downstream.ts';
import type { Address } from '../../exchange/exchange.ts';
import type { Upgrade } from '../../exchange/socket.ts';
import type { ConnectDecision, SocketAuthorization } from '../../exchange/socket-authorization.ts';
import type { SocketEvent, SocketIdentity } from '../../exchange/socket-event.ts';
import { failureOf, type PlanCounters, refusalText } from '../pipeline/method-request/plan-counters.ts';
import { notRestored } from '../throttle/throttle.ts';
import { closings } from './frames.ts';
import type { Hub, StageHandle } from './hub.ts';
import type { RoutePlan, WebSocketStage } from './plan.ts';
import { type RouteAnswer, type RouteResult, routeFailures } from './route-result.ts';
import { RoutedEvent } from './routed-event.ts';
import { Session } from './session.ts';
import { evaluate } from './templates.ts';

export interface HandshakeOptions {
  readonly hub: Hub;
  readonly authorization: SocketAuthorization;
  /** Asked for keys that a usage plan counts; null: nothing was published. */
  readonly planCounters: () => Pick<PlanCounters, 'take'> | null;
}

/** Answers a request to a WebSocket stage: opens a connection, or refuses it. */
export type Handshake = (request: IncomingRequest, address: Address, home: StageHandle) => void;

export function createHandshake(options: HandshakeOptions): Handshake {
  const { hub } = options;
  return (request, address, home) => {
    const stage = home.current;
    const refusal = stage === null ? refusals.forbidden : refusalOf(request, address, stage, home, hub);
    if (refusal !== null || stage === null) {
      refuse(request, refusal ?? refusals.forbidden, null);
      return;
    }
    open(options, request, address, home, stage, request.downstream.upgrade!);
  };
}

interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly fields?: readonly string[];
}

const refusals = {
  /** A handshake at a path below the stage, a stage that is going. */
  forbidden: { status: 403, message: 'Forbidden' },
  notAnUpgrade: { status: 426, message: 'Upgrade Required' },
  version: { status: 426, message: 'Upgrade Required', fields: ['Sec-WebSocket-Version', '13'] },
  throttled: { status: 429, message: 'Too Many Requests' },
  draining: { status: 503, message: 'Service Unavailable', fields: ['Retry-After', '1'] },
} as const satisfies Record<string, Refusal>;

/** What needs no route to be refused. */
function refusalOf(
  { downstream, headers, method }: IncomingRequest,
  address: Address,
  stage: WebSocketStage,
  home: StageHandle,
  hub: Hub,
): Refusal | null {
  const below = address.path.slice(address.resourceStart);
  const isBelow = below !== '' && below !== '/';
  if (downstream.upgrade === null) return isBelow ? noMethod(method, below) : refusals.notAnUpgrade;
  if (isBelow) return refusals.forbidden;
  const i = headers.findIndex((name, at) => at % 2 === 0 && name === 'sec-websocket-version');
  if (i < 0 || headers[i + 1] !== '13') return refusals.version;
  if (hub.isDraining) return refusals.draining;
  if (home.connectionCount >= stage.settings.connectionsMax) return refusals.throttled;
  const [a, b, c, d] = stage.connectBuckets;
  return hub.throttle.take(a, b, c, d, hub.clock.monotonicNs()) === 0 ? null : refusals.throttled;
}

/** What AWS says where `@connections` is looked for below a path of its own: the stage twice, or behind a mapping. */
const noMethod = (method: string, below: string): Refusal => ({
  status: 404,
  message: `No method found matching route ${decoded(below).slice(1)} for http method ${method}.`,
  fields: ['x-amzn-ErrorType', 'NotFoundException'],
});

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function open(
  { hub, authorization, planCounters }: HandshakeOptions,
  request: IncomingRequest,
  address: Address,
  home: StageHandle,
  stage: WebSocketStage,
  upgrade: Upgrade,
): void {
  const atNs = hub.clock.monotonicNs();
  const atMs = hub.wallMs(atNs);
  const { downstream } = request;
  const userAgent = lastOf(request.headers, 'user-agent') ?? '';
  const session = new Session(hub, home, address.domainName, downstream.remoteAddress(), userAgent, atMs);
  const plan = stage.connect ?? acceptingAll(stage.unmatched);
  const settle = (result: RouteResult): void => {
    if (event.isHandled) return;
    event.isHandled = true;
    hub.ended();
    if (result.failure === null && result.status >= 200 && result.status < 300)
      accept(request, upgrade, session, stage, result, refusalMeanwhile(hub, home));
    else {
      refuse(request, refusalFor(result), event);
      session.abandon();
    }
  };
  const event = new RoutedEvent(plan, 'CONNECT', session, atMs, atNs, '', false, request, null, settle);
  hub.began();
  const decide = (decision: ConnectDecision): void => {
    if (!decision.allow) {
      const { status, message, type } = decision;
      event.errorMessage = message;
      session.finished(event, { failure: 'forbidden', status, message, type });
      return;
    }
    session.identity = decision.identity;
    const { planMember = null } = decision;
    if (planMember !== null) {
      // A connection counts as one request, when it is opened; the stage's and the account's buckets have been asked.
      const refused = planCounters()?.take(planMember, '', -1, -1, atMs, atNs) ?? notRestored;
      if (refused !== 0) {
        const { status, type, message } = failureOf(refused);
        event.errorMessage = message;
        event.log?.error(refusalText(planMember, refused, ''));
        session.finished(event, { failure: 'throttled', status, message: message!, type });
        return;
      }
    }
    run(hub, event);
  };
  const { definition, authorizer } = plan;
  const apiKey = (identity: SocketIdentity): string | null => {
    session.identity = identity;
    return evaluate(stage.apiKeySelection, event, null) || null;
  };
  try {
    const decision = authorization.authorize(definition, authorizer, event, apiKey);
    if (decision instanceof Promise)
      void decision.then(decide).catch((error: unknown) => bug(hub, event, error));
    else decide(decision);
  } catch (error) {
    bug(hub, event, error);
  }
}

function run(hub: Hub, event: RoutedEvent): void {
  try {
    event.plan.run(event, hub.done);
  } catch (error) {
    bug(hub, event, error);
  }
}

/** Refused, whatever it was: nothing fails open. */
function bug(hub: Hub, event: RoutedEvent, error: unknown): void {
  hub.onBug(error, event.requestId);
  if (!event.isHandled) (event.session as Session).finished(event, routeFailures.internal);
}

const accepted: RouteAnswer = Object.freeze({ failure: null, status: 200, headers: [], body: null });

/** Without a `$connect` route whoever comes is let in; the API's own log tells of it. */
const acceptingAll = (unmatched: RoutePlan): RoutePlan => ({
  ...unmatched,
  route: { ...unmatched.route, routeKey: '$connect' },
  definition: { routeId: '', routeKey: '$connect', authorizationType: 'NONE', apiKeyRequired: false },
  authorizer: null,
  run: (event, done) => done(event, accepted),
  constant: null,
});

/** While `$connect` ran, the stage may have gone, or the process begun to leave. */
const refusalMeanwhile = (hub: Hub, { current }: StageHandle): Refusal | null =>
  current === null ? refusals.forbidden : hub.isDraining ? refusals.draining : null;

function accept(
  request: IncomingRequest,
  upgrade: Upgrade,
  session: Session,
  stage: WebSocketStage,
  { headers }: RouteAnswer,
  refusal: Refusal | null,
): void {
  const offered = lastOf(request.headers, 'sec-websocket-protocol');
  const chosen = offered === null ? '' : (fieldIn(headers, 'sec-websocket-protocol') ?? '');
  const protocol = isFieldValue(chosen) ? chosen : '';
  const socket = refusal === null ? upgrade.accept(protocol, headerBlock([]), session) : null;
  if (socket !== null) {
    session.opened(socket);
    return;
  }
  // Or the client went away meanwhile. `$connect` was run, so `$disconnect` is.
  if (refusal !== null) refuse(request, refusal, null);
  session.abandon();
  session.disconnected(stage, refusal === null ? closings.lost : closings.goingAway);
}

function refusalFor(result: RouteResult): Refusal {
  if (result.failure !== null) return { status: result.status, message: result.message };
  // An answer that is no status of an error cannot refuse a handshake in words of HTTP.
  const status = result.status >= 400 ? result.status : 500;
  const message = status >= 500 ? 'Internal server error' : (STATUS_CODES[status] ?? 'Bad Request');
  return { status, message };
}

function refuse(
  request: IncomingRequest,
  { status, message, fields = [] }: Refusal,
  event: SocketEvent | null,
): void {
  const ids =
    event === null ? '' : `, "connectionId":"${event.session.id}", "requestId":"${event.requestId}"`;
  const requestId = event === null ? [] : ['x-amzn-RequestId', event.requestId];
  const block = headerBlock(['Content-Type', 'application/json', ...requestId, ...fields]);
  request.downstream.send(
    status,
    status === 426 ? joinBlocks(block, upgradeBlock) : block,
    `{"message":${JSON.stringify(message)}${ids}}`,
  );
}

/** @param fields - lower-case names */
function lastOf(fields: readonly string[], name: string): string | null {
  for (let i = fields.length - 2; i >= 0; i -= 2) if (fields[i] === name) return fields[i + 1]!;
  return null;
}
