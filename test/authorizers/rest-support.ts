// Requests of REST methods as their authorization phases see them, without a gateway.

import { type AuthorizerTools, StageAuthorization } from '../../src/authorizers/index.ts';
import type { Downstream } from '../../src/exchange/downstream.ts';
import { Exchange } from '../../src/exchange/exchange.ts';
import type { Outcome } from '../../src/exchange/phase.ts';
import type { Route } from '../../src/exchange/route.ts';
import { run } from '../../src/gateway/pipeline/run.ts';
import type { ApiDefinition, Method } from '../../src/resources/index.ts';
import { accountId } from '../support/authorized.ts';
import { FakeDownstream } from './support.ts';

const noRecorder = { finished: () => {}, executionLog: () => null };

export const route = {
  accountId,
  region: 'us-east-1',
  apiId: 'testapi001',
  apiName: 'test api',
  endpointType: 'REGIONAL',
  stageName: 'test',
  deploymentId: 'dep001',
  resourceId: 'res0000001',
  resourcePath: '/a',
  pathParameterNames: [],
  httpMethod: 'GET',
  operationName: null,
  stageVariables: {},
  isCanary: null,
  recorder: noRecorder,
} as unknown as Route;

export interface Asking {
  readonly headers?: readonly string[];
  readonly path?: string;
  readonly downstream?: FakeDownstream;
}

export function exchangeOf({
  headers = [],
  path = '/test/a',
  downstream = new FakeDownstream(),
}: Asking = {}): Exchange {
  const request = {
    method: 'GET',
    path,
    query: '',
    headers: ['host', 'api.example.com', 'user-agent', 'test/1', ...headers],
    downstream: downstream as unknown as Downstream,
  };
  const address = { path, resourceStart: '/test'.length, domainName: 'api.example.com', basePath: null };
  return new Exchange(route, request, 'GET', address, [], Date.now(), performance.now() * 1e6);
}

/** Runs all that must let a request in. @returns undefined: it is in */
export function gateOf(
  definition: ApiDefinition,
  tools: AuthorizerTools,
): (exchange: Exchange) => Outcome | Promise<Outcome> {
  const method = Object.values(
    definition.resources.find(({ path }) => path === '/a')!.resourceMethods!,
  )[0] as Method;
  const phases = new StageAuthorization(definition, route, tools).phasesOf(method, route);
  return (exchange) => run(exchange, phases);
}
