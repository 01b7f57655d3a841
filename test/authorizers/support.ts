// Handshakes without sockets, and functions that are scripts of the test.

import { Credentials } from '../../src/authorizers/index.ts';
import type { SocketTools } from '../../src/authorizers/socket-access.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { Downstream, IncomingRequest } from '../../src/exchange/downstream.ts';
import { anonymous, SocketEvent } from '../../src/exchange/socket-event.ts';
import type { SocketRoute } from '../../src/exchange/socket-route.ts';
import type { Upstream } from '../../src/exchange/upstream.ts';
import type { Functions, InvocationResult } from '../../src/functions/functions.ts';
import type { PublishedState, V2Authorizer, V2Route } from '../../src/resources/index.ts';
import { accountId } from '../support/authorized.ts';

/** A client's side that can go away. */
export class FakeDownstream {
  aborted = false;
  readonly tls = false;
  readonly connection = null;
  readonly localPort = 8080;
  readonly body = null;
  readonly upgrade = null;
  readonly #onAbort: (() => void)[] = [];

  remoteAddress(): string {
    return '203.0.113.5';
  }
  onAbort(callback: () => void): void {
    this.#onAbort.push(callback);
  }
  abort(): void {
    this.aborted = true;
    for (const callback of this.#onAbort) callback();
  }
}

export interface Handshake {
  readonly headers?: readonly string[];
  readonly query?: string;
  readonly path?: string;
  readonly stageVariables?: Readonly<Record<string, string>>;
}

export function handshake({
  headers = [],
  query = '',
  path = '/prod',
  stageVariables = {},
}: Handshake = {}): { event: SocketEvent; downstream: FakeDownstream } {
  const downstream = new FakeDownstream();
  const request: IncomingRequest = {
    method: 'GET',
    path,
    query,
    headers: ['host', 'ws.example.com', 'user-agent', 'test/1', ...headers],
    downstream: downstream as unknown as Downstream,
  };
  const session = {
    id: 'L0SM9cOFvHcCIhw=',
    connectedAtMs: 1_704_164_645_000,
    domainName: 'ws.example.com',
    sourceIp: '203.0.113.5',
    userAgent: 'test/1',
    identity: anonymous,
  };
  const route: SocketRoute = {
    accountId,
    region: 'us-east-1',
    apiId: 'wsapi00001',
    apiName: 'chat',
    stageName: 'prod',
    deploymentId: 'dep001',
    routeKey: '$connect',
    stageVariables,
    recorder: {
      finished: () => {},
      messageDone: () => {},
      wantsEvents: true,
      executionLog: () => null,
    } as unknown as SocketRoute['recorder'],
  };
  const startedMs = 1_704_164_645_001;
  return {
    event: new SocketEvent('CONNECT', session, route, startedMs, 1, '', false, request, null),
    downstream,
  };
}

export const connectRoute = (more: Partial<V2Route> = {}): V2Route => ({
  routeId: 'r1',
  routeKey: '$connect',
  authorizationType: 'CUSTOM',
  authorizerId: 'auth01',
  apiKeyRequired: false,
  ...more,
});

export const socketAuthorizer = (more: Partial<V2Authorizer> = {}): V2Authorizer => ({
  authorizerId: 'auth01',
  name: 'request',
  authorizerType: 'REQUEST',
  authorizerUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${accountId}:function:f/invocations`,
  ...more,
});

/** No upstream can be reached. */
export const noFetching: Upstream = {
  target: () => {
    throw new Error('nothing is fetched');
  },
  close: () => {},
};

export interface Asked extends SocketTools {
  readonly payloads: string[];
  readonly by: unknown[];
  aborted: number;
}

/** @param end - null: the function never ends */
export function toolsThatEnd(
  end: (() => InvocationResult) | null,
  published: Pick<PublishedState, 'identities' | 'apiKeys'> = {},
): Asked {
  const credentials = new Credentials();
  credentials.adopt(published);
  const functions: Functions = {
    invoke: ({ payload, by }, handler) => {
      asked.payloads.push(Buffer.from(payload as string).toString());
      asked.by.push(by);
      let isLive = true;
      if (end !== null) setImmediate(() => isLive && handler.onEnd(end()));
      return {
        abort: () => {
          isLive = false;
          asked.aborted++;
        },
        resume: () => {},
      };
    },
  };
  const asked: Asked = {
    clock: systemClock,
    functions,
    backends: {
      linked: () => null as never,
      service: () => null,
      role: () => null,
      introspection: () => null,
    },
    credentials,
    upstream: noFetching,
    payloads: [],
    by: [],
    aborted: 0,
  };
  return asked;
}
