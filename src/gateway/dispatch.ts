// Where a request enters: host and stage, resource and verb, then the walk through its plan.

import { type Clock, createWallTime } from '../base/clock.ts';
import { valueIn } from '../base/flat-list.ts';
import { headerBlock } from '../base/header-field.ts';
import { newExtendedRequestId, newRequestId } from '../base/ids.ts';
import { mayEnter } from '../exchange/client-connection.ts';
import type { IncomingRequest, OnRequest } from '../exchange/downstream.ts';
import { Exchange } from '../exchange/exchange.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Settler } from './pipeline/settle.ts';
import { createWalk } from './pipeline/walk.ts';
import type { Published } from './published.ts';
import type { Handshake } from './websocket/handshake.ts';

export interface DispatchOptions {
  readonly clock: Clock;
  readonly settler: Settler;
  /** What is served now; asked once per request, so that a request sees one published state. */
  readonly published: () => Published;
  /** From 0 up to, not including, 1: which requests a canary gets. Default `Math.random`. */
  readonly random?: () => number;
  /** Answers what is addressed to a WebSocket API. */
  readonly handshake: Handshake;
  /** Told of requests that belong to no API. */
  readonly onUnlisted: () => void;
  /** Told of what a phase threw: a bug of ours. */
  readonly onBug: (error: unknown, requestId: string) => void;
}

const noValues: readonly string[] = Object.freeze([]);

/** Makes the function that the listener calls for each request. */
export function createDispatch(options: DispatchOptions): OnRequest {
  const { clock, settler, published, handshake, onUnlisted, onBug, random = Math.random } = options;
  const wallMs = createWallTime(clock);
  const walk = createWalk(settler, onBug);

  return (request) => {
    const address = published().hosts.resolve(valueIn(request.headers, 'host') ?? '', request.path);
    if (address === null) {
      onUnlisted();
      answerWithoutApi(request);
      return;
    }
    const { value, gate } = address;
    if (gate !== null && !mayEnter(gate, request.downstream.connection, address.domainName)) {
      onUnlisted();
      answerForbidden(request);
      return;
    }
    if (value.kind === 'websocket') {
      handshake(request, address, value.home);
      return;
    }
    const method = verbOf(request);
    const { plan: production, canary } = value;
    const stage = canary !== null && random() < canary.share ? canary.plan : production;
    const found = stage.router.match(method, address.path.slice(address.resourceStart));
    const plan = found === null ? stage.unmatched : found.value.plan;
    const startedNs = clock.monotonicNs();
    const exchange = new Exchange(
      plan.route,
      request,
      method,
      address,
      found === null ? noValues : found.pathValues,
      wallMs(startedNs),
      startedNs,
    );
    walk(exchange, plan);
  };
}

/** `X-HTTP-Method-Override` replaces the verb for look-up (data-plane reference, section 3). */
function verbOf(request: IncomingRequest): string {
  return valueIn(request.headers, 'x-http-method-override') ?? request.method;
}

/**
 * Unknown host, API or stage: 403, which no API can customise. The roots `/ping` and `/sping` are AWS's service
 * health checks.
 * @see data-plane reference, section 1
 */
function answerWithoutApi(request: IncomingRequest): void {
  if (request.path === '/ping' || request.path === '/sping')
    answer(request, 200, ['Content-Type', 'text/plain'], 'healthy');
  else answerForbidden(request);
}

/** Also what a custom domain answers to a client whose certificate it asks for and does not trust. */
function answerForbidden(request: IncomingRequest): void {
  const fields = ['Content-Type', 'application/json', 'x-amzn-ErrorType', failures.wafFiltered.errorType];
  answer(request, 403, fields, '{"message":"Forbidden"}');
}

function answer(request: IncomingRequest, status: number, fields: readonly string[], body: string): void {
  const ids = ['x-amzn-RequestId', newRequestId(), 'x-amz-apigw-id', newExtendedRequestId()];
  request.downstream.send(status, headerBlock([...fields, ...ids]), body);
}
