import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import type { RouteDescription } from '../../src/exchange/recorder.ts';
import type { SocketEvent } from '../../src/exchange/socket-event.ts';
import { createRecorder } from '../../src/observability/process-recorder.ts';
import { prometheusText } from '../../src/observability/prometheus.ts';
import type { SocketSeriesStats } from '../../src/observability/socket-stats.ts';
import { mergeStats, type RecorderStats, retiredStats } from '../../src/observability/stats.ts';
import { hostileText, scratchFolder } from './fixture.ts';
import { type EventSpec, handled, socketDescription } from './socket-fixture.ts';

const withoutLogs = { logsDir: null, report: assert.fail };

const figures = (one: SocketSeriesStats) => {
  const { apiName, latency, integrationLatency, ...rest } = one;
  return { ...rest, latencies: latency.count, integrationLatencies: integrationLatency.count };
};

const nothing = {
  apiId: 'wsapi00001',
  stageName: 'prod',
  routeKey: null,
  connects: 0,
  disconnects: 0,
  messages: 0,
  clientErrors: 0,
  executionErrors: 0,
  integrationErrors: 0,
  latencies: 0,
  integrationLatencies: 0,
};

test('socket recorder: handshakes, messages and ends are counted apart', () => {
  const recorder = createRecorder(withoutLogs);
  const route = recorder.socketRoute(socketDescription);
  for (const type of ['CONNECT', 'MESSAGE', 'MESSAGE', 'DISCONNECT'] as const)
    route.finished(handled(route, { type }));
  route.messageDone(1e15, 1e15 + 5e6);
  const { series } = recorder.stats(null).sockets!;
  assert.deepEqual(series.map(figures), [
    { ...nothing, connects: 1, messages: 3, disconnects: 1, latencies: 5, integrationLatencies: 4 },
  ]);
  assert.equal(series[0]!.integrationLatency.maxUs, 10_000);
});

/** What became of an event, and what it counts as. */
const outcomes: readonly (readonly [string, Partial<SocketEvent>, keyof SocketSeriesStats | null])[] = [
  ['a message that was handled', {}, null],
  ['a message that no model allows', { status: 400, integrationStartedNs: 0 }, 'clientErrors'],
  ['a message beyond the rate', { status: 429, integrationStartedNs: 0 }, 'clientErrors'],
  ['a template that fails', { status: 500, integrationStartedNs: 0 }, 'executionErrors'],
  [
    'a backend out of reach',
    { status: 500, integrationStatus: 0, errorType: 'INTEGRATION_FAILURE' },
    'executionErrors',
  ],
  [
    'a backend that is too slow',
    { status: 504, integrationStatus: 0, errorType: 'INTEGRATION_TIMEOUT' },
    'executionErrors',
  ],
  ['a function that failed', { status: 502, errorType: 'INTEGRATION_FAILURE' }, 'integrationErrors'],
  ['a function that refused a handshake', { status: 403, errorType: null }, 'integrationErrors'],
  ['a backend that answered 503 to a one-way message', { integrationStatus: 503 }, 'integrationErrors'],
];

for (const [what, fields, counted] of outcomes)
  test(`socket recorder: ${what} counts as ${counted ?? 'no error'}`, () => {
    const recorder = createRecorder(withoutLogs);
    const route = recorder.socketRoute(socketDescription);
    const event = Object.assign(handled(route), { integrationStatus: 200, ...fields });
    if (event.integrationStartedNs === 0) event.integrationStatus = 0;
    route.finished(event);
    const { clientErrors, executionErrors, integrationErrors } = recorder.stats(null).sockets!.series[0]!;
    const expected = { clientErrors: 0, executionErrors: 0, integrationErrors: 0 };
    assert.deepEqual(
      { clientErrors, executionErrors, integrationErrors },
      counted === null ? expected : { ...expected, [counted]: 1 },
    );
  });

test('socket recorder: routes with detailed metrics count by themselves, the others with their stage', () => {
  const said: string[] = [];
  const recorder = createRecorder({
    logsDir: null,
    detailedSeriesMax: 1,
    report: (line) => said.push(line),
  });
  for (const [routeKey, detailedMetrics] of [
    ['$connect', false],
    ['say', true],
    ['say', true],
    ['whisper', true],
    ['join', true],
  ] as const) {
    const route = recorder.socketRoute({ ...socketDescription, httpMethod: routeKey, detailedMetrics });
    route.finished(handled(route, { routeKey }));
  }
  const { series } = recorder.stats(null).sockets!;
  assert.deepEqual(
    series.map(({ routeKey, messages }) => [routeKey, messages]),
    [
      [null, 3],
      ['say', 2],
    ],
  );
  assert.deepEqual(said, [
    'Detailed metrics of more than 1 routes: further ones count with their stage only',
  ]);
});

async function logged(
  description: Partial<RouteDescription>,
  spec: EventSpec,
  act: (event: SocketEvent) => void = () => {},
  t: Parameters<typeof scratchFolder>[0],
): Promise<{ access: string; execution: string }> {
  const logsDir = scratchFolder(t);
  const recorder = createRecorder({
    logsDir,
    report: assert.fail,
    clock: { nowMs: () => Date.UTC(2026, 0, 2, 3, 4, 6), monotonicNs: () => 1e15 },
  });
  const route = recorder.socketRoute({ ...socketDescription, ...description });
  const event = handled(route, spec);
  act(event);
  route.finished(event);
  await recorder.close();
  const read = (name: string): string => {
    try {
      return readFileSync(join(logsDir, name), 'utf8').replaceAll(event.requestId, 'REQUEST-ID');
    } catch {
      return '';
    }
  };
  return { access: read('access/chat.log'), execution: read('+aws+apigateway+wsapi00001+prod.log') };
}

const accessLog = (format: string) => ({
  accessLog: { destinationArn: 'arn:aws:logs:eu-west-1:123456789012:log-group:chat', format },
});

const formats: readonly (readonly [string, EventSpec, string, string])[] = [
  [
    'message',
    {},
    '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.eventType $context.routeKey $context.connectionId" $context.status $context.requestId',
    '192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "MESSAGE say AAECAwQFBgcICQo=" 200 REQUEST-ID\n',
  ],
  [
    'handshake',
    { type: 'CONNECT', routeKey: '$connect' },
    '{"requestId":"$context.requestId","api":"$context.apiId","stage":"$context.stage","type":"$context.eventType","message":"$context.messageId","room":"$context.authorizer.room","connectedAt":"$context.connectedAt","latency":"$context.integrationLatency","unknown":"$context.path"}',
    '{"requestId":"REQUEST-ID","api":"wsapi00001","stage":"prod","type":"CONNECT","message":"-","room":"blue","connectedAt":"1767323044678","latency":"10","unknown":"-"}\n',
  ],
  [
    'end',
    { type: 'DISCONNECT', routeKey: '$disconnect' },
    '<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <type>$context.eventType</type> <code>$context.disconnectStatusCode</code> <why>$context.disconnectReason</why> </request>',
    '<request id="REQUEST-ID"> <ip>192.0.2.7</ip> <type>DISCONNECT</type> <code>1001</code> <why>Going away</why> </request>\n',
  ],
];

for (const [what, spec, format, expected] of formats)
  test(`socket access log: a ${what} is one line in the stage's format`, async (t) => {
    const { access } = await logged(
      { httpMethod: spec.routeKey ?? 'say', ...accessLog(format) },
      spec,
      undefined,
      t,
    );
    assert.equal(access, expected);
  });

test('socket access log: what a client chose can neither end a line nor leave its quotes', async (t) => {
  const { access } = await logged(
    accessLog('{"requestId":"$context.requestId","agent":"$context.identity.userAgent"}'),
    { userAgent: hostileText },
    undefined,
    t,
  );
  assert.equal(access.split('\n').length, 2);
  assert.deepEqual(JSON.parse(access), { requestId: 'REQUEST-ID', agent: hostileText });
});

const linesOf = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\S+ \(REQUEST-ID\) /, ''));

test('socket execution log: at INFO an event tells its story, bodies only with data trace', async (t) => {
  const closing = (event: SocketEvent): void =>
    event.log!.info(`Route completed with status: ${event.status}`);
  const quiet = await logged({ loggingLevel: 'INFO' }, { text: 'secret words' }, closing, t);
  assert.deepEqual(linesOf(quiet.execution), [
    'Extended Request Id: REQUEST-ID',
    'Starting execution for request: REQUEST-ID',
    'Route key: say, Event type: MESSAGE, Connection id: AAECAwQFBgcICQo=',
    'Route completed with status: 200',
  ]);
  const traced = await logged({ loggingLevel: 'INFO', dataTrace: true }, { text: 'all words' }, closing, t);
  assert.equal(linesOf(traced.execution)[3], 'Route request body before transformations: all words');
});

test('socket execution log: tokens in the query and credentials in fields of a handshake are masked', async (t) => {
  const { execution } = await logged(
    { loggingLevel: 'INFO', dataTrace: true, httpMethod: '$connect' },
    {
      type: 'CONNECT',
      routeKey: '$connect',
      query: 'room=blue&token=abcdefghijklmnop&X-Amz-Signature=0123456789abcdef',
      headers: ['authorization', 'Bearer abcdefghijklmnop', 'host', 'api.example.com'],
    },
    undefined,
    t,
  );
  const lines = linesOf(execution);
  assert.ok(
    lines.includes(
      'Route request query string: {room=blue, token=**********klmnop, X-Amz-Signature=**********abcdef}',
    ),
    execution,
  );
  assert.ok(
    lines.includes('Route request headers: {authorization=*****************klmnop, host=api.example.com}'),
    execution,
  );
});

test('socket execution log: at ERROR only events that fail are written, with their status', async (t) => {
  const good = await logged({ loggingLevel: 'ERROR' }, {}, undefined, t);
  assert.equal(good.execution, '');
  const bad = await logged(
    { loggingLevel: 'ERROR' },
    {},
    (event) => {
      event.log!.error('Execution failed due to a timeout error');
      event.status = 504;
    },
    t,
  );
  assert.deepEqual(linesOf(bad.execution), [
    'Extended Request Id: REQUEST-ID',
    'Execution failed due to a timeout error',
    'Route completed with status: 504',
  ]);
});

test('socket recorder: events are asked for where a log is written, and nowhere else', (t) => {
  const description = { ...socketDescription, ...accessLog('$context.requestId') };
  const silent = createRecorder(withoutLogs);
  assert.equal(silent.socketRoute(description).wantsEvents, false);
  const recorder = createRecorder({ logsDir: scratchFolder(t), report: assert.fail });
  assert.deepEqual(
    [socketDescription, description, { ...socketDescription, loggingLevel: 'ERROR' as const }].map(
      (one) => recorder.socketRoute(one).wantsEvents,
    ),
    [false, true, true],
  );
});

/** Of one process: 2 open connections, messages both ways. */
function oneProcess(): RecorderStats {
  const recorder = createRecorder(withoutLogs);
  const route = recorder.socketRoute({ ...socketDescription, detailedMetrics: true });
  route.finished(handled(route));
  const traffic = recorder.socketTraffic('wsapi00001', 'Chat', 'prod');
  traffic.connections = 2;
  traffic.messagesIn = 3;
  traffic.bytesIn = 30;
  traffic.messagesOut = 5;
  traffic.bytesOut = 50;
  traffic.dropped = 1;
  traffic.conflated = 4;
  traffic.closedSlow = 2;
  assert.equal(recorder.socketTraffic('wsapi00001', 'Chat', 'prod'), traffic);
  return structuredClone(recorder.stats(null));
}

test('socket stats: processes add up; one that has ended leaves its counts and no connections', () => {
  const merged = mergeStats([oneProcess(), retiredStats(oneProcess())]).sockets!;
  assert.deepEqual(merged.stages, [
    {
      apiId: 'wsapi00001',
      apiName: 'Chat',
      stageName: 'prod',
      connections: 2,
      messagesIn: 6,
      bytesIn: 60,
      messagesOut: 10,
      bytesOut: 100,
      dropped: 2,
      conflated: 8,
      closedSlow: 4,
    },
  ]);
  assert.deepEqual(figures(merged.series[0]!), {
    ...nothing,
    routeKey: 'say',
    messages: 2,
    latencies: 2,
    integrationLatencies: 2,
  });
});

test('Prometheus text: a WebSocket stage has its connections, messages, errors and latencies, a detailed route its own', () => {
  const text = prometheusText(mergeStats([oneProcess()]));
  const stage = 'api="wsapi00001",api_name="Chat",stage="prod"';
  for (const line of [
    `sluice_websocket_connections{${stage}} 2`,
    `sluice_websocket_messages_total{${stage},direction="in"} 3`,
    `sluice_websocket_messages_total{${stage},direction="out"} 5`,
    `sluice_websocket_bytes_total{${stage},direction="out"} 50`,
    `sluice_websocket_slow_reader_total{${stage},outcome="dropped"} 1`,
    `sluice_websocket_slow_reader_total{${stage},outcome="conflated"} 4`,
    `sluice_websocket_slow_reader_total{${stage},outcome="closed"} 2`,
    `sluice_websocket_connects_total{${stage}} 0`,
    `sluice_websocket_client_errors_total{${stage}} 0`,
    `sluice_websocket_execution_errors_total{${stage}} 0`,
    `sluice_websocket_integration_errors_total{${stage}} 0`,
    `sluice_websocket_integration_latency_milliseconds_count{${stage}} 1`,
    `sluice_websocket_integration_latency_quantile_milliseconds{${stage},quantile="0.5"} 10`,
    `sluice_websocket_route_messages_total{${stage},route="say"} 1`,
  ])
    assert.ok(text.includes(`\n${line}\n`), `${line} in\n${text}`);
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  assert.equal(new Set(names).size, names.length, 'each family is told once');
});
