// Events of WebSockets that the tests and benchmarks of observability share.

import type { RouteDescription, SocketRecorder } from '../../src/exchange/recorder.ts';
import { SocketEvent, type SocketEventType } from '../../src/exchange/socket-event.ts';
import { startedMs, startedNs } from './fixture.ts';

export const socketDescription: RouteDescription = {
  apiId: 'wsapi00001',
  apiName: 'Chat',
  stageName: 'prod',
  resourcePath: '',
  httpMethod: 'say',
  isCanary: null,
  detailedMetrics: false,
  loggingLevel: 'OFF',
  dataTrace: false,
  accessLog: null,
};

export interface EventSpec {
  readonly type?: SocketEventType;
  readonly routeKey?: string;
  readonly text?: string;
  readonly query?: string;
  readonly headers?: readonly string[];
  readonly userAgent?: string;
}

/** An event that took 12 ms, 10 of which were a backend's that answered 200. */
export function handled(recorder: SocketRecorder, spec: EventSpec = {}): SocketEvent {
  const { type = 'MESSAGE', routeKey = 'say', text = '{"action":"say"}', userAgent = 'curl/8.5.0' } = spec;
  const event = new SocketEvent(
    type,
    {
      id: 'AAECAwQFBgcICQo=',
      connectedAtMs: startedMs - 1_000,
      domainName: 'api.example.com',
      sourceIp: '192.0.2.7',
      userAgent,
      identity: { authorizer: { principalId: 'ann', room: 'blue' }, identity: {} },
    },
    {
      accountId: '123456789012',
      region: 'eu-west-1',
      apiId: socketDescription.apiId,
      apiName: socketDescription.apiName,
      stageName: socketDescription.stageName,
      deploymentId: 'd1',
      routeKey,
      stageVariables: {},
      recorder,
    },
    startedMs,
    startedNs,
    type === 'MESSAGE' ? text : '',
    false,
    type === 'CONNECT'
      ? {
          method: 'GET',
          path: '/prod',
          query: spec.query ?? '',
          headers: spec.headers ?? [],
          downstream: null as never,
        }
      : null,
    type === 'DISCONNECT' ? { code: 1001, reason: 'Going away' } : null,
  );
  event.log = recorder.executionLog(event);
  event.integrationStartedNs = startedNs + 1e6;
  event.integrationEndedNs = startedNs + 11e6;
  event.integrationStatus = 200;
  event.endedNs = startedNs + 12e6;
  return event;
}
