// `/{stage}/@connections` and `/{stage}/@topics`: a backend's way to connections. Who asks is made sure of before anything
// is told of them, were it only that a path is wrong. See WebSocket reference, sections 7 and 12.

import { stageArn, type VerifyManagementCall } from '../../authorizers/index.ts';
import type { IncomingRequest } from '../../exchange/downstream.ts';
import type { Address } from '../../exchange/exchange.ts';
import { serveConnection } from './connections-api.ts';
import type { Handshake } from './handshake.ts';
import type { Hub, StageHandle } from './hub.ts';
import { badRequest, type ManagementAnswer, refusals, sendAnswer } from './management-answer.ts';
import { belowStage, isManagementPath, type ManagementPath, readManagementPath } from './management-path.ts';
import type { Home, NodeConnections } from './node-connections.ts';
import type { WebSocketStage } from './plan.ts';
import { serveTopic } from './topics-api.ts';

export interface ManagementOptions {
  readonly hub: Hub;
  readonly connections: NodeConnections;
  readonly verify: VerifyManagementCall;
}

/** Answers a request to a stage whose path is one of the management API. */
export type Management = (request: IncomingRequest, address: Address, home: StageHandle) => void;

/** One call, once its caller is known. */
export interface ManagementCall {
  readonly method: string;
  readonly home: Home;
  readonly stage: WebSocketStage;
  readonly connections: NodeConnections;
  /** Empty when there is none. */
  readonly body: Uint8Array;
  readonly query: URLSearchParams;
}

/** AWS's own: of a message to a connection, whatever clients may send. */
export const messageBytesMax = 131_072;
const noBody = new Uint8Array(0);

export function createManagement(options: ManagementOptions): Management {
  return (request, address, home) => {
    const answer = (body: Uint8Array): void => {
      void begin(options, request, address, home, body)
        .catch((error: unknown) => {
          options.hub.onBug(error, '');
          return refusals.lost;
        })
        .then((answered) => sendAnswer(request, answered));
    };
    const { body } = request.downstream;
    if (body === null) answer(noBody);
    else
      body.collect((bytes) => {
        if (bytes !== null) answer(bytes);
      });
  };
}

/** One entrance for all that is addressed to a WebSocket API: its clients, and who manages their connections. */
export const withManagement =
  (handshake: Handshake, management: Management): Handshake =>
  (request, address, home) => {
    (isManagementPath(belowStage(address)) ? management : handshake)(request, address, home);
  };

async function begin(
  { hub, verify, connections }: ManagementOptions,
  request: IncomingRequest,
  address: Address,
  home: StageHandle,
  body: Uint8Array,
): Promise<ManagementAnswer> {
  const stage = home.current;
  if (stage === null) return refusals.forbidden;
  const below = belowStage(address);
  const path = readManagementPath(below);
  const resourceArn = arnOf(stage, request.method, below, path);
  const decision = await verify({ request, body, action: 'execute-api:ManageConnections', resourceArn });
  if (!('allowed' in decision)) return decision;
  const nowNs = hub.clock.monotonicNs();
  const isWithinRate = hub.throttle.take(stage.unmatched.buckets[1], -1, -1, -1, nowNs) === 0;
  return isWithinRate ? await answerOf(connections, request, home, stage, path, body) : refusals.throttled;
}

async function answerOf(
  connections: NodeConnections,
  request: IncomingRequest,
  { apiId, stageName }: StageHandle,
  stage: WebSocketStage,
  path: ManagementPath | null,
  body: Uint8Array,
): Promise<ManagementAnswer> {
  if (path === null) return badRequest('Invalid path');
  const { method, query } = request;
  const home: Home = { apiId, stageName };
  const call = { method, home, stage, connections, body, query: new URLSearchParams(query) };
  switch (path.kind) {
    case 'connection':
    case 'membership':
      return path.isId ? await serveConnection(call, path) : badRequest(`Invalid connectionId: ${path.id}`);
    default:
      return await serveTopic(call, path);
  }
}

/** As a policy spells it: the path is decoded, `@connections/{id}/topics/{topic}`. */
const arnOf = (stage: WebSocketStage, method: string, below: string, path: ManagementPath | null): string =>
  stageArn(stage) + method + resourceOf(below, path);

function resourceOf(below: string, path: ManagementPath | null): string {
  switch (path?.kind) {
    case undefined:
      return below;
    case 'connection':
      return `/@connections/${path.id}`;
    case 'membership':
      return `/@connections/${path.id}/topics${path.topic === null ? '' : `/${path.topic}`}`;
    case 'topic':
      return `/@topics/${path.topic}`;
    case 'topics':
      return '/@topics';
    case 'connections':
      return '/@connections';
  }
}
