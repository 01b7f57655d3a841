import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import zlib from 'node:zlib';
import { openCompressor } from '../../src/gateway/pipeline/compression-stream.ts';
import { type ApiSpec, api, type MethodSpec, mock } from '../support/api.ts';
import { type Respond, startBackend } from '../support/backend.ts';
import { type Answer, startTestGateway, type TestApi } from '../support/gateway.ts';

const from = (minimumCompressionSize: number, more: ApiSpec = {}): ApiSpec => ({
  ...more,
  restApi: { minimumCompressionSize, ...more.restApi },
});

/** What a client sees: its coding, the plain text, and whether caches are told. */
function seen(answer: Answer): { status: number; coding: unknown; vary: unknown; text: string } {
  const { status, headers, bytes } = answer;
  const coding = headers['content-encoding'] ?? null;
  const plain =
    coding === 'gzip' ? zlib.gunzipSync(bytes) : coding === 'deflate' ? zlib.inflateSync(bytes) : bytes;
  if (headers['content-length'] !== undefined) assert.equal(Number(headers['content-length']), bytes.length);
  return { status, coding, vary: headers.vary ?? null, text: plain.toString() };
}

function proxy(authority: string, more: Partial<MethodSpec['integration']> = {}): MethodSpec {
  return { integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: `http://${authority}/`, ...more } };
}

function pass(authority: string, more: Partial<MethodSpec['integration']> = {}): MethodSpec {
  return {
    integration: { type: 'HTTP', httpMethod: 'POST', uri: `http://${authority}/`, ...more },
    responses: { 200: {} },
  };
}

/** Text that compresses about ten to one. */
const textOf = (bytes: number): string =>
  Array.from(
    { length: Math.ceil(bytes / 32) },
    (_, i) => `${String(i).padStart(12, '0')} all pets are cats\n`,
  )
    .join('')
    .slice(0, bytes);

const hundred = textOf(100);

const accepts: readonly [field: string | null, coding: string | null][] = [
  [null, null],
  ['', null],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['GZip', 'gzip'],
  ['deflate', 'deflate'],
  ['identity', null],
  ['br', null],
  ['*', 'gzip'],
  ['br, gzip', 'gzip'],
  ['deflate, gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'gzip'],
  ['gzip;q=0', null],
  ['gzip;q=0.000, *', 'deflate'],
  ['gzip;q=0, deflate;q=0, *', null],
  ['*;q=0', null],
  ['gzip;q=0.5, deflate;q=0.8', 'deflate'],
  ['gzip ; q=0.1', 'gzip'],
  ['gzip;q=0.1, identity;q=0.5', null],
  ['gzip, identity', 'gzip'],
  ['identity;q=0.2, *;q=0.1', null],
  ['gzip;q=1.000', 'gzip'],
  ['gzip;q=2', null],
  ['gzip;q=', null],
  ['gzip;level=9', null],
  [', ,gzip,', 'gzip'],
];

test('compression: Accept-Encoding chooses the coding, weights are obeyed', async (t) => {
  const { call } = await startTestGateway(t, [{ definition: api({ 'GET /a': mock(hundred) }, from(10)) }]);
  for (const [field, coding] of accepts) {
    const answer = await call('/a', { headers: field === null ? {} : { 'accept-encoding': field } });
    const expected = { status: 200, coding, vary: 'Accept-Encoding', text: hundred };
    assert.deepEqual(seen(answer), expected, String(field));
  }
});

const gzip = { 'accept-encoding': 'gzip' };

for (const [minimum, bytes, coding] of [
  [null, 100, null],
  [0, 1, 'gzip'],
  [100, 99, null],
  [100, 100, 'gzip'],
  [100, 101, 'gzip'],
  [10_485_760, 100, null],
  [0, 20_000, 'gzip'],
  [1024, 300_000, 'gzip'],
  [300_001, 300_000, null],
] as const) {
  test(`compression: an answer of ${bytes} bytes under a minimum of ${minimum} is ${coding === null ? 'plain' : 'compressed'}`, async (t) => {
    const text = textOf(bytes);
    const spec = minimum === null ? {} : from(minimum);
    const backend = await startBackend(t, (received, response) => {
      // With and without a length, for the proxy.
      if (received.headers['x-chunked'] !== undefined) response.write(text.slice(0, bytes >> 1));
      response.end(received.headers['x-chunked'] === undefined ? text : text.slice(bytes >> 1));
    });
    const { call } = await startTestGateway(t, [
      {
        definition: api(
          {
            'GET /mock': mock(text),
            'GET /http': pass(backend.authority),
            'GET /proxy': proxy(backend.authority),
          },
          spec,
        ),
      },
    ]);
    const expected = { status: 200, coding, vary: coding === null ? null : 'Accept-Encoding', text };
    for (const target of ['/mock', '/http', '/proxy'])
      assert.deepEqual(seen(await call(target, { headers: gzip })), expected, target);
    const chunked = await call('/proxy', { headers: { ...gzip, 'x-chunked': 'yes' } });
    assert.deepEqual(seen(chunked), expected, 'chunked');
  });
}

test('compression: the minimum counts bytes, not characters', async (t) => {
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': mock('ü'.repeat(5)), 'GET /b': mock('ü'.repeat(4)) }, from(9)) },
  ]);
  assert.equal(seen(await call('/a', { headers: gzip })).coding, 'gzip');
  assert.equal(seen(await call('/b', { headers: gzip })).coding, null);
});

test('compression: several Accept-Encoding fields are one list', async (t) => {
  const { port } = await startTestGateway(t, [{ definition: api({ 'GET /a': mock(hundred) }, from(0)) }]);
  const request = http.get({
    port,
    host: '127.0.0.1',
    path: '/_aws/execute-api/testapi001/test/a',
    headers: { 'accept-encoding': ['gzip;q=0.1', 'deflate'] },
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
  assert.equal(response.headers['content-encoding'], 'deflate');
});

test('compression: an existing Vary is kept, and completed only where it must be', async (t) => {
  const vary: Record<string, string> = {
    origin: 'Origin',
    both: 'Origin, accept-encoding',
    star: '*',
  };
  const backend = await startBackend(t, ({ headers }, response) => {
    response.writeHead(200, { vary: vary[String(headers['x-case'])]! }).end(hundred);
  });
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': proxy(backend.authority) }, from(0)) },
  ]);
  const told = async (name: string) =>
    (await call('/a', { headers: { ...gzip, 'x-case': name } })).headers.vary;
  assert.deepEqual(await told('origin'), ['Origin', 'Accept-Encoding']);
  assert.equal(await told('both'), 'Origin, accept-encoding');
  assert.equal(await told('star'), '*');
});

const uncompressed: readonly [
  title: string,
  respond: Respond,
  expected: { status: number; coding: unknown; text: string },
][] = [
  [
    'one that is encoded already',
    (_, response) => response.writeHead(200, { 'content-encoding': 'br' }).end('not really br'),
    { status: 200, coding: 'br', text: 'not really br' },
  ],
  ['204', (_, response) => response.writeHead(204).end(), { status: 204, coding: null, text: '' }],
  ['304', (_, response) => response.writeHead(304).end(), { status: 304, coding: null, text: '' }],
  [
    'a range of the plain representation',
    (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-99/200' }).end(hundred),
    { status: 206, coding: null, text: hundred },
  ],
  ['an empty one', (_, response) => response.end(), { status: 200, coding: null, text: '' }],
];

for (const [title, respond, expected] of uncompressed) {
  test(`compression: a proxied answer goes on as it is: ${title}`, async (t) => {
    const backend = await startBackend(t, respond);
    const { call } = await startTestGateway(t, [
      { definition: api({ 'GET /a': proxy(backend.authority) }, from(0)) },
    ]);
    assert.deepEqual(seen(await call('/a', { headers: gzip })), { ...expected, vary: null });
  });
}

test('compression: HEAD is not compressed', async (t) => {
  const backend = await startBackend(t, (_, response) =>
    response.writeHead(200, { 'content-length': 100 }).end(),
  );
  const { call } = await startTestGateway(t, [
    { definition: api({ 'HEAD /mock': mock(hundred), 'HEAD /proxy': proxy(backend.authority) }, from(0)) },
  ]);
  for (const target of ['/mock', '/proxy']) {
    const { status, headers, body } = await call(target, { method: 'HEAD', headers: gzip });
    const told = [status, headers['content-encoding'], headers['content-length'], body];
    assert.deepEqual(told, [200, undefined, '100', ''], target);
  }
});

test('compression: an answer under responseTransferMode STREAM is never compressed', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end(hundred));
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': proxy(backend.authority, { responseTransferMode: 'STREAM' }) }, from(0)) },
  ]);
  assert.deepEqual(seen(await call('/a', { headers: gzip })), {
    status: 200,
    coding: null,
    vary: null,
    text: hundred,
  });
});

test('compression: a mapped Content-Encoding means that the answer is encoded already', async (t) => {
  const { call } = await startTestGateway(t, [
    {
      definition: api(
        {
          'GET /a': mock(hundred, {
            responses: {
              200: {
                responseParameters: { 'method.response.header.Content-Encoding': "'br'" },
                responseTemplates: { 'application/json': hundred },
              },
            },
          }),
        },
        from(0),
      ),
    },
  ]);
  const answer = await call('/a', { headers: gzip });
  assert.deepEqual([answer.headers['content-encoding'], answer.body], ['br', hundred]);
});

test('compression: answers are compressed after mapping and conversion of binary bodies', async (t) => {
  const raw = Buffer.from([0xff, 0xd8, 0x61, ...Buffer.alloc(500)]);
  const backend = await startBackend(t, (_, response) =>
    response.writeHead(200, { 'content-type': 'image/png' }).end(raw),
  );
  const { call } = await startTestGateway(t, [
    {
      definition: api(
        {
          'GET /proxy': proxy(backend.authority),
          'GET /mapped': {
            ...pass(backend.authority),
            responses: {
              200: {
                contentHandling: 'CONVERT_TO_TEXT',
                responseTemplates: { 'application/json': '{"b":"$input.body"}' },
              },
            },
          },
        },
        from(200, { restApi: { binaryMediaTypes: ['image/png'] } }),
      ),
    },
  ]);
  const bytes = await call('/proxy', { headers: { ...gzip, accept: 'image/png' } });
  assert.deepEqual(zlib.gunzipSync(bytes.bytes), raw);
  const text = raw.toString('base64');
  assert.deepEqual(seen(await call('/proxy', { headers: gzip })).text, text);
  assert.deepEqual(seen(await call('/mapped', { headers: gzip })).text, `{"b":"${text}"}`);
});

test('compression: a proxied text that is not UTF-8 is damaged before it is compressed, as without compression', async (t) => {
  const raw = Buffer.concat([Buffer.from([0xff]), Buffer.from(textOf(200_000))]);
  const backend = await startBackend(t, (_, response) => response.end(raw));
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': proxy(backend.authority) }, from(0)) },
  ]);
  const answer = seen(await call('/a', { headers: gzip }));
  assert.deepEqual([answer.coding, answer.text], ['gzip', `\ufffd${textOf(200_000)}`]);
});

test('compression: gateway responses are compressed from the minimum on', async (t) => {
  const long = `{"message":$context.error.messageString,"more":"${'x'.repeat(300)}"}`;
  const { call } = await startTestGateway(t, [
    {
      definition: api(
        { 'GET /a': { ...mock('a'), integration: { type: 'MOCK', passthroughBehavior: 'NEVER' } } },
        from(100, {
          gatewayResponses: { UNSUPPORTED_MEDIA_TYPE: { responseTemplates: { 'application/json': long } } },
        }),
      ),
    },
  ]);
  const tiny = seen(await call('/nowhere', { headers: gzip }));
  assert.deepEqual(tiny, {
    status: 403,
    coding: null,
    vary: null,
    text: '{"message":"Missing Authentication Token"}',
  });
  for (let i = 0; i < 2; i++) {
    const answer = seen(await call('/a', { headers: gzip }));
    assert.deepEqual([answer.status, answer.coding], [415, 'gzip']);
    assert.equal(JSON.parse(answer.text).more.length, 300);
  }
  assert.equal(seen(await call('/a', { headers: { 'accept-encoding': 'deflate' } })).coding, 'deflate');
});

test('compression: $context.responseLength is the bytes sent; the log shows plain text', async (t) => {
  const text = textOf(300_000);
  const backend = await startBackend(t, (_, response) => response.end(text));
  const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
  const { call, dataDir, gateway } = await startTestGateway(t, [
    {
      definition: api({ 'GET /small': mock(hundred), 'GET /big': proxy(backend.authority) }, from(10)),
      stage: {
        accessLogSettings: { destinationArn, format: '$context.status $context.responseLength' },
        methodSettings: { '*/*': { loggingLevel: 'INFO', dataTraceEnabled: true } },
      },
    },
  ]);
  const answers = [
    await call('/small', { headers: gzip }),
    await call('/big', { headers: gzip }),
    await call('/nowhere', { headers: gzip }),
  ];
  assert.equal(answers[1]!.headers['content-length'], undefined);
  await gateway.drain(100);
  const log = readFileSync(path.join(dataDir, 'logs/access/access.log'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    log,
    answers.map(({ status, bytes }) => `${status} ${bytes.length}`),
  );
});

// Requests.

const orderModel = { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } };

function receiving(authority: string): Record<string, MethodSpec> {
  const post = { requestModels: { 'application/json': 'Order' }, requestValidatorId: 'body' };
  return {
    'POST /proxy': proxy(authority, { httpMethod: 'POST' }),
    'POST /checked': { ...post, ...proxy(authority, { httpMethod: 'POST' }) },
    'POST /mapped': pass(authority, {
      requestTemplates: { 'application/json': '{"n":$input.json(\'$.id\')}' },
    }),
    'POST /mock': mock("$input.path('$')", {
      integration: {
        type: 'MOCK',
        requestTemplates: { 'application/json': '{"statusCode": $input.json(\'$.status\')}' },
      },
      responses: { 200: {}, '201:201': { responseTemplates: { 'application/json': 'created' } } },
    }),
  };
}

async function startReceiving(t: TestContext, minimum: number | null) {
  const backend = await startBackend(t, (_, response) => response.end('ok'));
  const definition = api(receiving(backend.authority), {
    ...(minimum === null ? {} : from(minimum)),
    models: { Order: orderModel },
  });
  const { call } = await startTestGateway(t, [{ definition } satisfies TestApi]);
  const post = (target: string, coding: string | null, body: Buffer | string) =>
    call(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(coding === null ? {} : { 'content-encoding': coding }),
      },
      body,
    });
  return { backend, post };
}

const order = JSON.stringify({ id: 7, status: 201, filling: textOf(400) });
const codings: readonly [coding: string, encode: (body: string) => Buffer][] = [
  ['gzip', (body) => zlib.gzipSync(body)],
  ['x-gzip', (body) => zlib.gzipSync(body)],
  ['GZIP', (body) => zlib.gzipSync(body)],
  ['gzip', (body) => Buffer.concat([zlib.gzipSync(body.slice(0, 9)), zlib.gzipSync(body.slice(9))])],
  ['deflate', (body) => zlib.deflateSync(body)],
  ['deflate', (body) => zlib.deflateRawSync(body)],
];

test('compression: a coded request body is decompressed before validation, mapping and the backend', async (t) => {
  const { backend, post } = await startReceiving(t, 1000);
  for (const [coding, encode] of codings) {
    const proxied = await post('/proxy', coding, encode(order));
    assert.deepEqual([proxied.status, backend.last().body.toString()], [200, order], coding);
    assert.equal(backend.last().headers['content-encoding'], undefined);
    assert.equal((await post('/checked', coding, encode(order))).status, 200, coding);
    assert.equal((await post('/checked', coding, encode('{"id":"x"}'))).status, 400, coding);
    await post('/mapped', coding, encode(order));
    assert.equal(backend.last().body.toString(), '{"n":7}');
    assert.deepEqual((await post('/mock', coding, encode(order))).body, 'created');
  }
});

test('compression: request bodies of all sizes are decompressed', async (t) => {
  const { backend, post } = await startReceiving(t, 1000);
  for (const size of [1, 65_536, 65_537, 1_000_000, 10_485_760]) {
    const text = textOf(size);
    const { status } = await post('/proxy', 'gzip', zlib.gzipSync(text));
    assert.equal(status, 200);
    assert.ok(backend.last().body.equals(Buffer.from(text)), String(size));
  }
  // What does not shrink is longer than what is tried in place.
  const random = randomBytes(40_000).toString('hex');
  await post('/proxy', 'deflate', zlib.deflateSync(random));
  assert.equal(backend.last().body.toString(), random);
});

test('compression: an unsupported Content-Encoding passes to the backend unchanged', async (t) => {
  const { backend, post } = await startReceiving(t, 1000);
  const body = zlib.brotliCompressSync(order);
  for (const coding of ['br', 'gzip, br', 'identity']) {
    await post('/proxy', coding, body);
    const { headers, body: received } = backend.last();
    assert.deepEqual([headers['content-encoding'], received.equals(body)], [coding, true]);
  }
});

test('compression: without a minimum a coded request body is not touched', async (t) => {
  const { backend, post } = await startReceiving(t, null);
  const body = zlib.gzipSync(order);
  await post('/proxy', 'gzip', body);
  assert.deepEqual(
    [backend.last().body.equals(body), backend.last().headers['content-encoding']],
    [true, undefined],
  );
  assert.equal((await post('/checked', 'gzip', body)).status, 400);
});

test('compression: a request body that inflates beyond 10 MB answers 413 in the listener’s words', async (t) => {
  const { backend, post } = await startReceiving(t, 1000);
  const large = Buffer.alloc(10_485_761, 'a');
  const bombs: [string, Buffer][] = [
    ['gzip', zlib.gzipSync(large)],
    ['deflate', zlib.deflateSync(large)],
    ['deflate', zlib.deflateRawSync(large)],
    ['gzip', Buffer.concat(Array.from({ length: 12 }, () => zlib.gzipSync(Buffer.alloc(1_000_000))))],
  ];
  for (const [i, [coding, bomb]] of bombs.entries()) {
    for (const target of i === 0 ? ['/proxy', '/checked', '/mapped', '/mock'] : ['/checked']) {
      const { status, headers, body } = await post(target, coding, bomb);
      assert.deepEqual(
        [status, headers['content-type'], body],
        [413, 'text/plain', 'HTTP content length exceeded 10485760 bytes.'],
      );
    }
  }
  assert.equal(backend.received.length, 0);
});

test('compression: a broken coded request body answers 400 and reaches no backend', async (t) => {
  const { backend, post } = await startReceiving(t, 1000);
  const good = zlib.gzipSync(order);
  const wrongSum = Buffer.from(good);
  wrongSum[good.length - 8]! ^= 1;
  const long = zlib.gzipSync(randomBytes(100_000));
  const broken: [string, Buffer][] = [
    ['gzip', Buffer.from(order)],
    ['gzip', good.subarray(0, -1)],
    ['gzip', good.subarray(0, 5)],
    ['gzip', wrongSum],
    ['gzip', long.subarray(0, -100)],
    ['gzip', zlib.deflateSync(order)],
    ['deflate', zlib.deflateSync(order).subarray(0, -2)],
    ['deflate', good],
  ];
  for (const [coding, body] of broken) {
    for (const target of ['/proxy', '/checked', '/mapped', '/mock']) {
      const answer = await post(target, coding, body);
      assert.deepEqual([answer.status, answer.body], [400, '{"message": "Invalid request body"}'], coding);
    }
  }
  assert.equal(backend.received.length, 0);
});

test('compression: requests in flight hold 256 MB of inflated bodies at most: more answer 503', async (t) => {
  let isHolding = true;
  const held: (() => void)[] = [];
  const backend = await startBackend(t, (_, response) => {
    if (isHolding) held.push(() => response.end('ok'));
    else response.end('ok');
  });
  const methods = { 'POST /proxy': proxy(backend.authority, { httpMethod: 'POST' }) };
  const { call } = await startTestGateway(t, [{ definition: api(methods, from(0)) }]);
  const body = zlib.gzipSync(Buffer.alloc(10_485_760, 'a'));
  const post = () => call('/proxy', { method: 'POST', headers: { 'content-encoding': 'gzip' }, body });
  const statuses: number[] = [];
  const refused = Promise.withResolvers<void>();
  const calls = Array.from({ length: 40 }, async () => {
    const { status } = await post();
    statuses.push(status);
    if (status === 503) refused.resolve();
  });
  await refused.promise;
  isHolding = false;
  for (const answer of held) answer();
  await Promise.all(calls);
  assert.equal((await post()).status, 200);
  const served = statuses.filter((status) => status === 200).length;
  assert.deepEqual(new Set(statuses), new Set([200, 503]));
  assert.ok(served >= 26, String(served));
});

test('compression: a request that names a coding but has no body goes on', async (t) => {
  const { backend, post } = await startReceiving(t, 1000);
  assert.equal((await post('/proxy', 'gzip', '')).status, 200);
  assert.equal(backend.last().body.length, 0);
});

// Streams.

/** 5 MB that shrink little, so that sockets fill. */
const large = randomBytes(65_536).toString('hex').repeat(40);

for (const isAnnounced of [true, false]) {
  test(`compression: 5 MB ${isAnnounced ? 'of announced length' : 'in chunks'} stream compressed through a slow client`, async (t) => {
    const backend = await startBackend(t, (_, response) => {
      response.writeHead(200, isAnnounced ? { 'content-length': large.length } : {});
      let at = 0;
      const more = (): void => {
        while (at < large.length) {
          at += 65_536;
          if (response.write(large.slice(at - 65_536, at))) continue;
          response.once('drain', more);
          return;
        }
        response.end();
      };
      more();
    });
    const { port } = await startTestGateway(t, [
      { definition: api({ 'GET /a': proxy(backend.authority) }, from(1024)) },
    ]);
    const request = http.get({
      port,
      host: '127.0.0.1',
      path: '/_aws/execute-api/testapi001/test/a',
      headers: gzip,
      agent: false,
    });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const { 'content-encoding': coding, 'content-length': length } = response.headers;
    assert.deepEqual([coding, length], ['gzip', undefined]);
    const chunks: Buffer[] = [];
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      // One turn of the loop for each chunk: the gateway, in the same process, fills the socket meanwhile.
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(zlib.gunzipSync(Buffer.concat(chunks)).equals(Buffer.from(large)));
  });
}

test('compression: a compressor gives nothing while its reader pauses, and takes nothing it has no room for', async () => {
  const chunk = Buffer.from(large.slice(0, 65_536));
  const parts: Buffer[] = [];
  let isPaused = false;
  let takenCount = 0;
  await new Promise<void>((resolve, reject) => {
    const put = (): void => {
      while (takenCount < 80) {
        takenCount++;
        if (!compressor.write(chunk)) return;
      }
      compressor.end();
    };
    const compressor = openCompressor('gzip', {
      onCompressed(part) {
        assert.equal(isPaused, false);
        // Two queues of 64 KB, and what is under way: far from the 5 MB that the writer has.
        if (parts.length === 0)
          assert.ok(takenCount <= 4, `${takenCount} chunks were taken before any was read`);
        parts.push(Buffer.from(part));
        isPaused = true;
        setImmediate(() => {
          isPaused = false;
          compressor.resume();
        });
        return false;
      },
      onRoom: put,
      onCompressedEnd: resolve,
      onCompressorError: reject,
    });
    put();
  });
  assert.equal(zlib.gunzipSync(Buffer.concat(parts)).length, 80 * 65_536);
});

test('compression: a client that goes away in the middle ends the compressor and the call', async (t) => {
  const gone = Promise.withResolvers<void>();
  const backend = await startBackend(t, (_, response) => {
    response.on('close', gone.resolve);
    const more = (): void => {
      while (!response.destroyed && response.write(large.slice(0, 65_536)));
      response.once('drain', more);
    };
    response.writeHead(200, { 'content-length': 10_000_000 });
    more();
  });
  const { port, call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': proxy(backend.authority), 'GET /b': mock(hundred) }, from(100)) },
  ]);
  const request = http.get({
    port,
    host: '127.0.0.1',
    path: '/_aws/execute-api/testapi001/test/a',
    headers: gzip,
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  await once(response, 'data');
  response.on('error', () => {});
  request.destroy();
  await gone.promise;
  assert.equal(seen(await call('/b', { headers: gzip })).text, hundred);
});

test('compression: a backend that breaks off in the middle cuts the client’s connection', async (t) => {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(200, { 'content-length': 10_000_000 });
    response.write(large.slice(0, 400_000), () => response.destroy());
  });
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': proxy(backend.authority) }, from(100)) },
  ]);
  await assert.rejects(call('/a', { headers: gzip }), /other side closed|terminated/);
});

test('compression: a proxied answer above 10 MB is refused however small it would be compressed', async (t) => {
  const backend = await startBackend(t, ({ headers }, response) => {
    response.flushHeaders();
    if (headers['x-late'] === undefined) response.end(Buffer.alloc(10_485_761));
    else response.end(Buffer.alloc(10_485_760));
  });
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /a': proxy(backend.authority) }, from(100)) },
  ]);
  await assert.rejects(call('/a', { headers: gzip }), /other side closed|terminated/);
  const { status, bytes } = await call('/a', { headers: { ...gzip, 'x-late': 'yes' } });
  assert.deepEqual([status, zlib.gunzipSync(bytes).length], [200, 10_485_760]);
});
