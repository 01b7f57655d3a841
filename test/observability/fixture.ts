// Exchanges, routes and formats that the tests and benchmarks of observability share.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { IncomingRequest } from '../../src/exchange/downstream.ts';
import { Exchange } from '../../src/exchange/exchange.ts';
import type { RouteDescription, RouteRecorder } from '../../src/exchange/recorder.ts';
import type { Route } from '../../src/exchange/route.ts';

/** The four formats that AWS documents for REST APIs. @see observability reference, section 2 */
export const standardFormats = {
  clf: '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId',
  json: '{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","ip":"$context.identity.sourceIp","caller":"$context.identity.caller","user":"$context.identity.user","requestTime":"$context.requestTime","httpMethod":"$context.httpMethod","resourcePath":"$context.resourcePath","status":"$context.status","protocol":"$context.protocol","responseLength":"$context.responseLength"}',
  xml: '<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <caller>$context.identity.caller</caller> <user>$context.identity.user</user> <requestTime>$context.requestTime</requestTime> <httpMethod>$context.httpMethod</httpMethod> <resourcePath>$context.resourcePath</resourcePath> <status>$context.status</status> <protocol>$context.protocol</protocol> <responseLength>$context.responseLength</responseLength> <extendedRequestId>$context.extendedRequestId</extendedRequestId> </request>',
  csv: '$context.identity.sourceIp,$context.identity.caller,$context.identity.user,$context.requestTime,$context.httpMethod,$context.resourcePath,$context.protocol,$context.status,$context.responseLength,$context.requestId,$context.extendedRequestId',
} as const;

export const description: RouteDescription = {
  apiId: 'a1b2c3d4e5',
  apiName: 'Pets',
  stageName: 'prod',
  resourcePath: '/pets/{petId}',
  httpMethod: 'GET',
  isCanary: null,
  detailedMetrics: false,
  loggingLevel: 'OFF',
  dataTrace: false,
  accessLog: null,
};

export const requestId = '11111111-2222-4333-8444-555555555555';

/** One request as the listener hands it over. */
export function incoming({ userAgent = 'curl/8.5.0', address = '192.0.2.7' }): IncomingRequest {
  return {
    method: 'GET',
    path: '/prod/pets/7',
    query: '',
    headers: ['host', 'api.example.com', 'user-agent', userAgent, 'x-amzn-requestid', requestId],
    downstream: {
      aborted: false,
      remoteAddress: () => address,
      tls: false,
      connection: null,
      localPort: 80,
      body: null,
    } as never,
  };
}

export function routeWith(recorder: RouteRecorder): Route {
  return {
    accountId: '123456789012',
    region: 'eu-west-1',
    apiId: description.apiId,
    apiName: description.apiName,
    endpointType: 'REGIONAL',
    stageName: description.stageName,
    deploymentId: 'd1',
    resourceId: 'r1',
    resourcePath: description.resourcePath,
    pathParameterNames: ['petId'],
    httpMethod: 'GET',
    operationName: null,
    stageVariables: {},
    isCanary: null,
    isBinary: () => false,
    gatewayResponses: { apply: () => undefined },
    clientCertificate: null,
    compression: null,
    recorder,
  };
}

const silent: RouteRecorder = { finished: () => undefined, executionLog: () => null };

/** Begins at this wall time and at `startedNs` on the monotonic clock. */
export const startedMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
export const startedNs = 1e15;

/** An exchange that was answered 200 with 42 bytes after 12 ms, 10 ms of which were the integration's. */
export function answered(
  recorder: RouteRecorder = silent,
  { userAgent, address, path = '/prod/pets/7' }: { userAgent?: string; address?: string; path?: string } = {},
): Exchange {
  const exchange = new Exchange(
    routeWith(recorder),
    incoming({ userAgent, address }),
    'GET',
    { path, resourceStart: '/prod'.length, domainName: 'api.example.com', basePath: null },
    ['7'],
    startedMs,
    startedNs,
  );
  exchange.responseBytes = 42;
  exchange.integrationStartedNs = startedNs + 1e6;
  exchange.integrationEndedNs = startedNs + 11e6;
  exchange.integrationStatus = 200;
  exchange.endedNs = startedNs + 12e6;
  return exchange;
}

/** What an attacker sends who wants to forge a log line: line ends, quotes, tags, terminal escapes. */
export const hostileText = 'x"\\ \r\n2.2.2.2 - <b>&\u001b[31m\u0085\u2028é';

/** An exchange in which every value that a client can choose is hostile, refused by validation. */
export function hostile(): Exchange {
  const exchange = answered(silent, { userAgent: hostileText, path: `/prod/pets/${hostileText}` });
  exchange.responseStatus = 400;
  exchange.errorMessage = `Invalid: ${hostileText}`;
  exchange.errorType = 'BAD_REQUEST_BODY';
  exchange.integrationStartedNs = 0;
  exchange.integrationEndedNs = 0;
  exchange.integrationStatus = 0;
  return exchange;
}

/** The extended request id is never the same twice; golden files have this one. */
export function withFixedId(line: string, exchange: Exchange): string {
  return line.replaceAll(exchange.extendedRequestId, 'EXTENDED-ID-16c=');
}

/** A folder that is gone after the test. */
export function scratchFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-observability-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
