// Answers that functions stream. See data-plane reference, section 15.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { InvocationHandler } from '../../src/functions/functions.ts';
import { api } from '../support/api.ts';
import {
  done,
  ending,
  proxy,
  refused,
  requestId,
  type Script,
  startFunctionsGateway,
  streamed,
  streamUri,
} from '../support/functions-gateway.ts';

const error = '{"message": "Internal server error"}';
const withMetadata = 'application/vnd.awslambda.http-integration-response';
const nuls = '\0'.repeat(8);

/** A function that writes pieces, each in a turn of its own, and ends. */
function writing(
  pieces: readonly (string | Buffer)[],
  contentType = withMetadata,
  result = done(''),
): Script {
  return async (_, handler) => {
    handler.onHead(contentType);
    for (const piece of pieces) {
      handler.onData(Buffer.from(piece));
      await nextTurn();
    }
    handler.onEnd(result);
  };
}

type Row = readonly [
  what: string,
  script: Script,
  status: number,
  body: string,
  fields?: Readonly<Record<string, unknown>>,
];
const head = JSON.stringify({
  statusCode: 201,
  headers: { 'Content-Type': 'text/event-stream', 'X-A': 'b', Date: 'd' },
  multiValueHeaders: { 'X-B': ['1', '2'] },
  cookies: ['c=1', 'd=2'],
});
const headFields = {
  'content-type': 'text/event-stream',
  'x-a': 'b',
  'x-amzn-remapped-date': 'd',
  'x-b': '1, 2',
  'set-cookie': ['c=1', 'd=2'],
  'transfer-encoding': 'chunked',
};
const rows: readonly Row[] = [
  ['metadata and body in one piece', writing([`${head}${nuls}body`]), 201, 'body', headFields],
  ['metadata apart', writing([head, nuls, 'bo', 'dy']), 201, 'body', headFields],
  ['metadata cut anywhere', writing([...`${head}${nuls}body`]), 201, 'body', headFields],
  ['metadata of nothing', writing([`{}${nuls}b`]), 200, 'b', { 'content-type': 'application/json' }],
  ['metadata and no body', writing([`{"statusCode":204}${nuls}`]), 204, ''],
  [
    'metadata that its runtime does not announce',
    writing([head, `${nuls}body`], 'text/plain'),
    201,
    'body',
    headFields,
  ],
  ['no metadata', writing(['event'], 'text/plain'), 200, 'event', { 'content-type': 'text/plain' }],
  [
    'no metadata, and no type',
    writing(['event'], ''),
    200,
    'event',
    { 'content-type': 'application/octet-stream' },
  ],
  ['JSON that is its body', writing(['{"a":"}{"}', '\n{"b":1}'], ''), 200, '{"a":"}{"}\n{"b":1}'],
  ['JSON that is no metadata, and NULs', writing([`[1]${nuls}x`], ''), 200, `[1]${nuls}x`],
  ['nothing', writing([], 'text/plain'), 200, '', { 'content-type': 'text/plain' }],
  ['nothing where metadata is due', writing([]), 502, error],
  ['a body where metadata is due', writing(['x'.repeat(20_000)]), 502, error],
  ['metadata that is no JSON', writing([`{a${nuls}x`]), 502, error],
  ['metadata that is a list', writing([`[]${nuls}x`]), 502, error],
  ['metadata with a bad status', writing([`{"statusCode":"ok"}${nuls}x`]), 502, error],
  ['metadata with a bad header', writing([`{"headers":{"a":[]}}${nuls}x`]), 502, error],
  ['metadata with bad cookies', writing([`{"cookies":"a=b"}${nuls}x`]), 502, error],
  ['metadata with a cookie that cannot be sent', writing([`{"cookies":["a\\nb"]}${nuls}x`]), 502, error],
  ['too few NULs', writing([`{}${'\0'.repeat(7)}x`]), 502, error],
  [
    'an error before the head',
    writing(['{"status'], withMetadata, done({ errorMessage: 'boom' }, 'Unhandled')),
    502,
    error,
  ],
  ['an error before anything', ending(done({ errorMessage: 'boom' }, 'Unhandled')), 502, error],
  ['a throttle', ending(refused(429, 'TooManyRequestsException', 'Rate Exceeded.')), 500, error],
  ['a lost call', ending({ outcome: 'lost', detail: 'gone' }), 500, error],
];

test('streamed function', async (t) => {
  const { call, functions, testInvoke } = await startFunctionsGateway(t, {
    'GET /x': streamed(),
    'GET /whole': proxy({ uri: streamUri }),
  });
  for (const [what, script, status, body, fields = {}] of rows)
    await t.test(`${what} answers ${status}`, async () => {
      functions.script = script;
      const answer = await call('/x');
      assert.deepEqual([answer.status, answer.body], [status, body]);
      const found = Object.fromEntries(Object.keys(fields).map((name) => [name, answer.headers[name]]));
      assert.deepEqual(found, fields);
      assert.ok(functions.last.isStreamed);
    });
  for (const [what, script, status, body] of rows)
    await t.test(`${what} answers ${status} where the method buffers`, async () => {
      functions.script = script;
      const answer = await call('/whole');
      assert.deepEqual([answer.status, answer.body], [status, body]);
    });
  await t.test('a test invocation has the whole answer', async () => {
    functions.script = writing([head, nuls, 'a', 'b']);
    const tested = await testInvoke(api({ 'GET /x': streamed() }));
    assert.deepEqual([tested.status, tested.body], [201, 'ab']);
    assert.match(tested.log, /Method response body after transformations: ab\n/);
    assert.match(tested.log, /Method completed with status: 201\n$/);
  });
});

/** A client that tells what it has got so far, and stops reading when told. */
function startReader(port: number, path = '/x') {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  let bytes = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    if (text.length < 100_000) text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(`GET /_aws/execute-api/testapi001/test${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  return {
    socket,
    bytes: () => bytes,
    until: async (part: string): Promise<string> => {
      while (!text.includes(part)) await once(socket, 'data');
      return text;
    },
    closed: async (): Promise<string> => {
      if (!socket.closed) await once(socket, 'close');
      return text;
    },
  };
}

/** A function that leaves its handler to the test. */
function startHeld() {
  const held = Promise.withResolvers<InvocationHandler>();
  const script: Script = (_, handler) => held.resolve(handler);
  return { script, handler: held.promise };
}

test('streamed function: each event reaches the client when it is written', async (t) => {
  const { script, handler } = startHeld();
  const { port } = await startFunctionsGateway(
    t,
    [
      {
        definition: api(
          { 'GET /x': streamed() },
          { restApi: { minimumCompressionSize: 0, binaryMediaTypes: ['image/png'] } },
        ),
      },
    ],
    script,
  );
  const client = startReader(port);
  const writer = await handler;
  writer.onHead(withMetadata);
  writer.onData(Buffer.from(`{"headers":{"Content-Type":"text/event-stream"}}${nuls}data: 0\n\n`));
  assert.match(
    await client.until('data: 0\n\n'),
    /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/,
  );
  for (let i = 1; i < 4; i++) {
    writer.onData(Buffer.from(`data: ${i}\n\n`));
    await client.until(`data: ${i}\n\n`);
  }
  writer.onEnd(done(''));
  await client.until('0\r\n\r\n');
  client.socket.destroy();
});

test('streamed function: an error in the middle cuts the connection', async (t) => {
  const stage = { methodSettings: { '*/*': { loggingLevel: 'INFO', dataTraceEnabled: false } } } as const;
  const gateway = await startFunctionsGateway(
    t,
    [{ definition: api({ 'GET /x': streamed() }), stage }],
    writing([`{}${nuls}some`], withMetadata, done({ errorMessage: 'boom' }, 'Unhandled')),
  );
  const text = await startReader(gateway.port).closed();
  assert.match(text, /some/);
  assert.doesNotMatch(text, /0\r\n\r\n$/);
  assert.match(
    (await gateway.logs()).execution,
    /Lambda execution failed with status 200 due to customer function error: boom\. Lambda request id: /,
  );
});

test('streamed function: its whole time is bounded, in the middle too', async (t) => {
  const { script, handler } = startHeld();
  const gateway = await startFunctionsGateway(t, { 'GET /x': streamed({ timeoutInMillis: 100 }) }, script);
  const client = startReader(gateway.port);
  const writer = await handler;
  writer.onHead(withMetadata);
  writer.onData(Buffer.from(`{}${nuls}some`));
  assert.match(await client.closed(), /some/);
  assert.equal(gateway.functions.aborted, 1);
});

test('streamed function: before its head a timeout answers 504', async (t) => {
  const { call } = await startFunctionsGateway(
    t,
    { 'GET /x': streamed({ timeoutInMillis: 50 }) },
    (_, handler) => {
      handler.onHead(withMetadata);
      handler.onData(Buffer.from('{"status'));
    },
  );
  const { status, body } = await call('/x');
  assert.deepEqual([status, body], [504, '{"message": "Endpoint request timed out"}']);
});

test('streamed function: it may be silent for 5 minutes, behind an edge-optimised API for 30 seconds', async (t) => {
  for (const [type, idleMs] of [
    ['REGIONAL', 300_000],
    ['EDGE', 30_000],
  ] as const)
    await t.test(type, async (sub) => {
      const { script, handler } = startHeld();
      const definition = api(
        { 'GET /x': streamed({ timeoutInMillis: 900_000 }) },
        { restApi: { endpointConfiguration: { types: [type] } } },
      );
      const gateway = await startFunctionsGateway(sub, [{ definition }], script);
      const idle = watchTimer(sub, idleMs);
      const client = startReader(gateway.port);
      const writer = await handler;
      writer.onHead(withMetadata);
      writer.onData(Buffer.from(`{}${nuls}first`));
      await client.until('first');
      const before = idle.refreshed;
      writer.onData(Buffer.from('second'));
      await client.until('second');
      assert.deepEqual([idle.refreshed - before, gateway.functions.aborted], [1, 0]);
      idle.fire();
      await client.closed();
      assert.equal(gateway.functions.aborted, 1);
    });
});

/** Watches the next timer of that time. */
function watchTimer(t: TestContext, ms: number) {
  const real = globalThis.setTimeout;
  const watched = { refreshed: 0, fire: (): void => assert.fail(`no timer of ${ms} ms`) };
  t.mock.method(
    globalThis,
    'setTimeout',
    (act: (...given: unknown[]) => void, time: number, ...given: unknown[]) => {
      const timer = real(act, time, ...given);
      if (time !== ms) return timer;
      watched.fire = () => act(...given);
      timer.refresh = () => {
        watched.refreshed++;
        return timer;
      };
      return timer;
    },
  );
  return watched;
}

test('streamed function: it is asked to pause while the client does not read, and to go on when it does', async (t) => {
  const { script, handler } = startHeld();
  const { port, functions } = await startFunctionsGateway(t, { 'GET /x': streamed() }, script);
  const client = startReader(port);
  const writer = await handler;
  writer.onHead(withMetadata);
  writer.onData(Buffer.from(`{}${nuls}begin`));
  await client.until('begin');
  client.socket.pause();
  const chunk = Buffer.alloc(65_536, 'x');
  let written = 0;
  while (writer.onData(chunk)) {
    written += chunk.length;
    assert.ok(written < 100e6, 'nobody asked for a pause');
    await nextTurn();
  }
  written += chunk.length;
  assert.equal(functions.resumed, 0);
  client.socket.resume();
  while (functions.resumed === 0) await nextTurn();
  writer.onEnd(done(''));
  while (client.bytes() < written) await once(client.socket, 'data');
  client.socket.destroy();
});

test('streamed function: a client that goes away ends it', async (t) => {
  const { script, handler } = startHeld();
  const { port, functions } = await startFunctionsGateway(t, { 'GET /x': streamed() }, script);
  const client = startReader(port);
  const writer = await handler;
  writer.onHead(withMetadata);
  writer.onData(Buffer.from(`{}${nuls}some`));
  await client.until('some');
  client.socket.destroy();
  while (functions.aborted === 0) await nextTurn();
});

test('streamed function: more than 10 MB go through, and are refused where the method buffers', async (t) => {
  const pieces = [`{}${nuls}`, ...Array.from({ length: 24 }, () => Buffer.alloc(500_000, 'y'))];
  const { call } = await startFunctionsGateway(
    t,
    { 'GET /x': streamed(), 'GET /whole': proxy({ uri: streamUri }) },
    writing(pieces),
  );
  assert.equal((await call('/x')).bytes.length, 12_000_000);
  assert.equal((await call('/whole')).status, 502);
});

test('streamed function: HEAD gets the fields and no body', async (t) => {
  const { call } = await startFunctionsGateway(t, { 'ANY /x': streamed() }, writing([head, nuls, 'body']));
  const answer = await call('/x', { method: 'HEAD' });
  assert.deepEqual([answer.status, answer.headers['x-a'], answer.body], [201, 'b', '']);
});

test('streamed function: the access log has its times', async (t) => {
  const format =
    '$context.requestId $context.status $context.responseLength $context.integration.responseTransferMode $context.integration.status $context.integration.requestId $context.integration.timeToAllHeaders $context.integration.timeToFirstContent';
  const destinationArn = 'arn:aws:logs:us-east-1:1:log-group:access';
  const gateway = await startFunctionsGateway(
    t,
    [{ definition: api({ 'GET /x': streamed() }), stage: { accessLogSettings: { destinationArn, format } } }],
    writing([head, nuls, 'body']),
  );
  await gateway.call('/x');
  assert.match(
    (await gateway.logs()).access,
    new RegExp(`^\\S+ 201 4 STREAMED 201 ${requestId} \\d+ \\d+\\n$`),
  );
});
