import assert from 'node:assert/strict';
import test from 'node:test';
import { done, ending } from '../../support/functions-gateway.ts';
import { closeBody, frame, opcodes, openRaw } from '../../support/raw-websocket.ts';
import { mockAnswering, openSocket, socketApi } from '../../support/websocket-api.ts';
import {
  type FunctionEvent,
  functionRoute,
  type ScriptedSocketGateway,
  startScriptedSockets,
} from '../../support/websocket-functions.ts';

const whole = socketApi({
  $connect: functionRoute(),
  $disconnect: functionRoute(),
  $default: functionRoute({ isTwoWay: true }),
});
const fine = ending(done({ statusCode: 200, body: 'done' }));
const extendedId = /^[\w+/-]{15}=$/;

/** The keys of an event, its request context's and its identity's, in their order. */
const keysOf = ({ requestContext, ...event }: FunctionEvent) => ({
  event: Object.keys(event),
  requestContext: Object.keys(requestContext),
  identity: Object.keys(requestContext.identity as object),
});

test('events: CONNECT, MESSAGE and DISCONNECT have the shapes of AWS, key by key', async (t) => {
  const gateway = await startScriptedSockets(t, whole, fine, {
    stage: { stageVariables: { color: 'blue' } },
  });
  const before = Date.now();
  const raw = await openRaw(t, `${gateway.url}?room=1&room=2&name=ann%20b`, [
    'User-Agent: tester',
    'X-Forwarded-For: 203.0.113.5',
    'X-Twice: 1',
    'X-Twice: 2',
  ]);
  raw.write(frame(opcodes.text, 'grüße'));
  assert.equal((await raw.next()).payload.toString(), 'done');
  raw.write(frame(opcodes.close, closeBody(4000, 'enough')));
  await gateway.eventOf('DISCONNECT');
  const [connect, message, disconnect] = gateway.events() as [FunctionEvent, FunctionEvent, FunctionEvent];

  assert.deepEqual(keysOf(connect), {
    event: [
      'headers',
      'multiValueHeaders',
      'queryStringParameters',
      'multiValueQueryStringParameters',
      'stageVariables',
      'isBase64Encoded',
    ],
    requestContext: [
      'routeKey',
      'eventType',
      'extendedRequestId',
      'requestTime',
      'messageDirection',
      'stage',
      'connectedAt',
      'requestTimeEpoch',
      'identity',
      'requestId',
      'domainName',
      'connectionId',
      'apiId',
    ],
    identity: ['userAgent', 'sourceIp'],
  });
  const { headers, multiValueHeaders, requestContext: context } = connect;
  assert.deepEqual(Object.keys(headers!).sort(), [
    'Host',
    'Sec-WebSocket-Key',
    'Sec-WebSocket-Version',
    'User-Agent',
    'X-Forwarded-For',
    'X-Forwarded-Port',
    'X-Forwarded-Proto',
    'X-Twice',
  ]);
  assert.equal(headers!['X-Forwarded-For'], '203.0.113.5, 127.0.0.1');
  assert.equal(headers!['X-Twice'], '2');
  assert.deepEqual(multiValueHeaders!['X-Twice'], ['1', '2']);
  assert.deepEqual(connect.queryStringParameters, { room: '2', name: 'ann b' });
  assert.deepEqual(
    (connect as unknown as { multiValueQueryStringParameters: unknown }).multiValueQueryStringParameters,
    { room: ['1', '2'], name: ['ann b'] },
  );
  assert.deepEqual((connect as unknown as { stageVariables: unknown }).stageVariables, { color: 'blue' });
  assert.match(String(context.requestId), extendedId);
  assert.equal(context.requestId, context.extendedRequestId);
  assert.match(String(context.connectionId), extendedId);
  assert.match(String(context.requestTime), /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  assert.ok(Number(context.connectedAt) >= before - 1_000 && Number(context.connectedAt) <= Date.now());
  assert.deepEqual(
    [context.routeKey, context.eventType, context.messageDirection, context.stage, context.apiId],
    ['$connect', 'CONNECT', 'IN', 'prod', 'wsapi00001'],
  );
  assert.equal(connect.isBase64Encoded, false);

  assert.deepEqual(keysOf(message), {
    event: ['stageVariables', 'body', 'isBase64Encoded'],
    requestContext: [
      'routeKey',
      'messageId',
      'eventType',
      'extendedRequestId',
      'requestTime',
      'messageDirection',
      'stage',
      'connectedAt',
      'requestTimeEpoch',
      'identity',
      'requestId',
      'domainName',
      'connectionId',
      'apiId',
    ],
    identity: ['userAgent', 'sourceIp'],
  });
  assert.equal(message.body, 'grüße');
  assert.equal(message.isBase64Encoded, false);
  assert.match(String(message.requestContext.messageId), extendedId);
  assert.notEqual(message.requestContext.messageId, message.requestContext.requestId);
  assert.equal(message.requestContext.connectedAt, context.connectedAt);
  assert.equal(message.requestContext.connectionId, context.connectionId);
  assert.equal(message.requestContext.routeKey, '$default');

  assert.deepEqual(keysOf(disconnect), {
    event: ['headers', 'multiValueHeaders', 'stageVariables', 'isBase64Encoded'],
    requestContext: [
      'routeKey',
      'eventType',
      'extendedRequestId',
      'requestTime',
      'messageDirection',
      'disconnectStatusCode',
      'disconnectReason',
      'stage',
      'connectedAt',
      'requestTimeEpoch',
      'identity',
      'requestId',
      'domainName',
      'connectionId',
      'apiId',
    ],
    identity: ['userAgent', 'sourceIp'],
  });
  assert.deepEqual(Object.keys(disconnect.headers!), ['Host', 'x-api-key', 'X-Forwarded-For', 'x-restapi']);
  assert.equal(disconnect.requestContext.disconnectStatusCode, 4000);
  assert.equal(disconnect.requestContext.disconnectReason, 'enough');
  assert.deepEqual(
    gateway.callers().map((by) => (by.kind === 'service' ? by.sourceArn : null)),
    ['$connect', '$default', '$disconnect'].map(
      (key) => `arn:aws:execute-api:us-east-1:123456789012:wsapi00001/prod/${key}`,
    ),
  );
});

/** Runs one end, and gives what $disconnect was told. */
async function ended(gateway: ScriptedSocketGateway, end: () => unknown): Promise<[unknown, unknown]> {
  gateway.functions.invocations.length = 0;
  await end();
  const { requestContext } = await gateway.eventOf('DISCONNECT');
  const all = gateway.events().filter(({ requestContext: { eventType } }) => eventType === 'DISCONNECT');
  assert.equal(all.length, 1);
  return [requestContext.disconnectStatusCode, requestContext.disconnectReason];
}

test('disconnect: it is run once, with code and reason, however the client goes', async (t) => {
  const gateway = await startScriptedSockets(t, whole, fine);
  const cases: readonly (readonly [string, Buffer, number, string])[] = [
    ['1000', frame(opcodes.close, closeBody(1000)), 1000, 'Connection Closed Normally'],
    ['1000 and a reason', frame(opcodes.close, closeBody(1000, 'bye')), 1000, 'bye'],
    ['1001', frame(opcodes.close, closeBody(1001)), 1001, 'Going away'],
    ['no code', frame(opcodes.close), 1005, 'Client-side close frame status not set'],
    ['4999', frame(opcodes.close, closeBody(4999, 'grüße')), 4999, 'grüße'],
  ];
  for (const [name, bytes, code, reason] of cases) {
    const raw = await openRaw(t, gateway.url);
    assert.deepEqual(await ended(gateway, () => raw.write(bytes)), [code, reason], name);
    const answered = await raw.closed();
    assert.equal(answered.code, code, `${name}: the code comes back`);
  }
  const cut = await openRaw(t, gateway.url);
  assert.deepEqual(await ended(gateway, () => cut.socket.resetAndDestroy()), [
    1006,
    'Connection Closed Abnormally',
  ]);
  const halfClosed = await openRaw(t, gateway.url);
  assert.deepEqual(await ended(gateway, () => halfClosed.socket.end()), [
    1006,
    'Connection Closed Abnormally',
  ]);
});

test('disconnect: it is run once, with code and reason, however the gateway closes', async (t) => {
  const gateway = await startScriptedSockets(t, whole, fine);
  const binary = await openSocket(t, gateway.url);
  assert.deepEqual(await ended(gateway, () => binary.send(new Uint8Array(1))), [
    1003,
    'Binary frames are not supported',
  ]);
  const big = await openSocket(t, gateway.url);
  assert.deepEqual(await ended(gateway, () => big.send('x'.repeat(131_073))), [1009, 'Message too big']);
  await openSocket(t, gateway.url);
  assert.deepEqual(await ended(gateway, () => gateway.publish(null)), [1001, 'Going away']);
  await gateway.publish(whole);
  const client = await openSocket(t, gateway.url);
  const draining: Promise<void>[] = [];
  assert.deepEqual(await ended(gateway, () => void draining.push(gateway.gateway.drain(2_000))), [
    1001,
    'Going away',
  ]);
  assert.equal((await client.closed).code, 1001);
  await draining[0];
});

test('disconnect: a refused handshake has none', async (t) => {
  const gateway = await startScriptedSockets(t, whole, ending(done({ statusCode: 403 })));
  await assert.rejects(openSocket(t, gateway.url));
  await gateway.gateway.drain(500);
  assert.deepEqual(
    gateway.events().map(({ requestContext }) => requestContext.eventType),
    ['CONNECT'],
  );
});

test('life: an idle connection is closed, and one that has lived long enough', async (t) => {
  const idle = await startScriptedSockets(t, whole, fine, {
    stage: { tags: { 'sluice:idle-seconds': '1' } },
  });
  const silent = await openSocket(t, idle.url);
  assert.deepEqual(await silent.closed, { code: 1001, reason: 'Going away' });
  assert.deepEqual((await idle.eventOf('DISCONNECT')).requestContext.disconnectReason, 'Going away');
  const old = await startScriptedSockets(t, whole, fine, {
    stage: { tags: { 'sluice:max-connection-seconds': '1' } },
  });
  const client = await openSocket(t, old.url);
  client.send('x');
  assert.equal(await client.next(), 'done');
  assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' });
});

test('disconnect: on ordered routes it comes after the last message', async (t) => {
  const held: (() => void)[] = [];
  const gateway = await startScriptedSockets(
    t,
    socketApi({ $disconnect: functionRoute(), $default: functionRoute() }),
    (_, handler) => void held.push(() => handler.onEnd(done({ statusCode: 200 }))),
    { stage: { tags: { 'sluice:ordered': 'all' } } },
  );
  const client = await openSocket(t, gateway.url);
  for (const text of ['one', 'two', 'three']) client.send(text);
  client.socket.close(1000, 'bye');
  await client.closed;
  const seen: string[] = [];
  while (seen.length < 4) {
    while (held.length === 0) await new Promise(setImmediate);
    const { requestContext, body } = gateway.events().at(-1)!;
    seen.push(body ?? String(requestContext.eventType));
    held.shift()!();
  }
  assert.deepEqual(seen, ['one', 'two', 'three', 'DISCONNECT']);
});

test('drain: it waits for $disconnect and for messages that are being handled', async (t) => {
  const held: (() => void)[] = [];
  let finished = 0;
  const gateway = await startScriptedSockets(
    t,
    socketApi({ $disconnect: functionRoute(), $default: mockAnswering('ok') }),
    (_, handler) =>
      void held.push(() => {
        finished++;
        handler.onEnd(done({ statusCode: 200 }));
      }),
  );
  await openSocket(t, gateway.url);
  let isOver = false;
  const drained = gateway.gateway.drain(5_000).then(() => {
    isOver = true;
  });
  await gateway.eventOf('DISCONNECT');
  while (held.length === 0) await new Promise(setImmediate);
  assert.equal(isOver, false);
  held.shift()!();
  await drained;
  assert.equal(finished, 1);
});
