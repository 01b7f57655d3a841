// What becomes of a proxy function's answer. See data-plane reference, sections 6.2, 6.3, 11.3 and 14.

import assert from 'node:assert/strict';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { api } from '../support/api.ts';
import { done, ending, proxy, startFunctionsGateway } from '../support/functions-gateway.ts';
import fc from '../support/properties.ts';

const error = '{"message": "Internal server error"}';

/** A function's answer, and what the client gets: status, body, and some of the fields. */
type Row = readonly [
  what: string,
  answer: unknown,
  status: number,
  body: string,
  fields?: Readonly<Record<string, unknown>>,
];

const rows: readonly Row[] = [
  ['an empty object', {}, 200, '', { 'content-type': 'application/json' }],
  ['a body', { statusCode: 201, body: 'b' }, 201, 'b', { 'content-type': 'application/json' }],
  ['headers alone', { headers: { a: 'b' } }, 200, '', { a: 'b' }],
  [
    'an unknown key',
    { statusCode: 200, foo: 1 },
    502,
    error,
    { 'x-amzn-errortype': 'InternalServerErrorException' },
  ],
  ['a key in another case', { statuscode: 200 }, 502, error],
  ['a key named __proto__', '{"__proto__":{"statusCode":200}}', 502, error],
  ['cookies, which are HTTP APIs’', { cookies: ['a=b'] }, 502, error],
  ['a string', '"text"', 502, error],
  ['a number', '7', 502, error],
  ['a list', '[]', 502, error],
  ['null', 'null', 502, error],
  ['nothing', '', 502, error],
  ['no JSON', '{"a', 502, error],
  ['a statusCode as text', { statusCode: '404' }, 404, ''],
  ['a statusCode of null', { statusCode: null }, 200, ''],
  ['a statusCode that is a word', { statusCode: 'ok' }, 502, error],
  ['a statusCode that is no integer', { statusCode: 200.5 }, 502, error],
  ['a statusCode out of range', { statusCode: 600 }, 502, error],
  ['a statusCode that is not final', { statusCode: 100 }, 502, error],
  ['a statusCode of 0', { statusCode: 0 }, 502, error],
  ['a statusCode that is a list', { statusCode: [200] }, 502, error],
  ['headers of null', { headers: null, multiValueHeaders: null }, 200, ''],
  ['headers that are a list', { headers: ['a'] }, 502, error],
  ['headers that are text', { headers: 'a' }, 502, error],
  ['a boolean header value', { headers: { a: true } }, 200, '', { a: 'true' }],
  ['a number as header value', { headers: { a: 7 } }, 200, '', { a: '7' }],
  ['a header value of null', { headers: { a: null } }, 200, '', { a: undefined }],
  ['a header value that is a list', { headers: { a: ['b'] } }, 502, error],
  ['a header value that is an object', { headers: { a: {} } }, 502, error],
  ['multiValueHeaders', { multiValueHeaders: { a: ['b', 'c'] } }, 200, '', { a: 'b, c' }],
  ['multiValueHeaders without a value', { multiValueHeaders: { a: [] } }, 200, '', { a: undefined }],
  ['multiValueHeaders that hold no lists', { multiValueHeaders: { a: 'b' } }, 502, error],
  ['multiValueHeaders that hold lists of lists', { multiValueHeaders: { a: [['b']] } }, 502, error],
  [
    'a name in both maps',
    { headers: { 'X-A': 'c' }, multiValueHeaders: { 'x-a': ['a', 'b'] } },
    200,
    '',
    { 'x-a': 'a, b, c' },
  ],
  [
    'cookies in both maps',
    { headers: { 'set-cookie': 'c=3' }, multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] } },
    200,
    '',
    { 'set-cookie': ['a=1', 'b=2', 'c=3'] },
  ],
  ['a header name with a blank', { headers: { 'a b': 'c' } }, 502, error],
  ['a header value with a line end', { headers: { a: 'b\r\nc: d' } }, 502, error],
  ['the same in multiValueHeaders', { multiValueHeaders: { a: ['b\nc'] } }, 502, error],
  [
    'a header value beyond ASCII',
    { headers: { a: 'ü中' } },
    200,
    '',
    { a: Buffer.from('ü中').toString('latin1') },
  ],
  [
    'its own Content-Type',
    { headers: { 'content-type': 'text/html' }, body: '<p>' },
    200,
    '<p>',
    { 'content-type': 'text/html' },
  ],
  ['a body of null', { body: null }, 200, ''],
  ['a body beyond ASCII', { body: 'ü中😀' }, 200, 'ü中😀'],
  ['a body that is an object', { body: { a: 1 } }, 502, error],
  ['a body that is a list', { body: [] }, 502, error],
  ['a body that is a number', { body: 7 }, 200, '7'],
  ['base64 for a client that asks for no binary type', { body: 'YQ==', isBase64Encoded: true }, 200, 'YQ=='],
  ['isBase64Encoded that is no boolean', { body: 'YQ==', isBase64Encoded: 'maybe' }, 502, error],
  [
    'fields whose names are the gateway’s',
    {
      headers: {
        ...{ Date: 'd', Server: 's', Connection: 'close', 'Content-Length': '3', 'x-amzn-RequestId': 'r' },
        ...{
          'WWW-Authenticate': 'Basic',
          Authorization: 'x',
          'Transfer-Encoding': 'chunked',
          'X-Amzn-Trace-Id': 't',
        },
      },
      body: 'b',
    },
    200,
    'b',
    {
      'x-amzn-remapped-date': 'd',
      'x-amzn-remapped-server': 's',
      'x-amzn-remapped-connection': 'close',
      'x-amzn-remapped-content-length': '3',
      'x-amzn-remapped-x-amzn-requestid': 'r',
      'x-amzn-remapped-www-authenticate': 'Basic',
      'x-amzn-remapped-authorization': 'x',
      'content-length': '1',
      'transfer-encoding': undefined,
    },
  ],
];

test('function answer', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /x': proxy() });
  for (const [what, given, status, body, fields = {}] of rows)
    await t.test(`${what} is answered ${status}`, async () => {
      functions.script = ending(done(given));
      const answer = await call('/x');
      assert.deepEqual([answer.status, answer.body], [status, body]);
      const found = Object.fromEntries(Object.keys(fields).map((name) => [name, answer.headers[name]]));
      assert.deepEqual(found, fields);
      const trace = status === 502 ? /^Root=1-[0-9a-f-]+$/ : /^Root=1-[0-9a-f-]+;Parent=[0-9a-f]+;Sampled=0$/;
      assert.match(answer.headers['x-amzn-trace-id'] as string, trace);
    });
});

test('function answer: the spelling of a name in both maps is that of the list', async (t) => {
  const { port } = await startFunctionsGateway(
    t,
    { 'GET /x': proxy() },
    ending(done({ headers: { 'x-tWO': 'b', 'X-One': '1' }, multiValueHeaders: { 'X-Two': ['a'] } })),
  );
  const answer = await request(`http://127.0.0.1:${port}/_aws/execute-api/testapi001/test/x`, {
    responseHeaders: 'raw',
  });
  await answer.body.dump();
  const raw = (answer.headers as unknown as Buffer[]).map(String);
  assert.deepEqual(
    [raw.includes('X-Two'), raw.includes('x-tWO'), raw.includes('X-One')],
    [true, false, true],
  );
});

const decoding: readonly [
  list: readonly string[],
  accept: string | undefined,
  body: string,
  status: number,
  sent: string,
][] = [
  [['image/png'], 'image/png', 'AP8=', 200, '\0\xff'],
  [['image/png'], 'image/png,*/*', 'AP8=', 200, '\0\xff'],
  [['image/png'], '*/*,image/png', 'AP8=', 200, 'AP8='],
  [['image/png'], 'image/*', 'AP8=', 200, 'AP8='],
  [['image/png'], '*/*', 'AP8=', 200, 'AP8='],
  [['image/png'], undefined, 'AP8=', 200, 'AP8='],
  [['image/*'], 'image/png', 'AP8=', 200, '\0\xff'],
  [['image/*'], 'image/*', 'AP8=', 200, '\0\xff'],
  [['*/*'], undefined, 'AP8=', 200, '\0\xff'],
  [['image/png'], 'image/png', 'no base64!', 500, error],
  [['image/png'], 'text/html', 'no base64!', 200, 'no base64!'],
];
test('function answer: base64 is decoded for clients whose first accepted type is binary', async (t) => {
  const lists = [['image/png'], ['image/*'], ['*/*']];
  const apis = lists.map((binaryMediaTypes, i) => ({
    definition: api({ 'GET /x': proxy() }, { id: `api${i}`, restApi: { binaryMediaTypes } }),
  }));
  const { call, functions } = await startFunctionsGateway(t, apis);
  for (const [list, accept, body, status, sent] of decoding)
    await t.test(`${list} accept ${accept} ${body}`, async () => {
      functions.script = ending(
        done({ body, isBase64Encoded: true, headers: { 'Content-Type': 'text/plain' } }),
      );
      const answer = await call('/x', {
        api: `api${lists.findIndex(([one]) => one === list[0])}`,
        headers: accept === undefined ? {} : { accept },
      });
      assert.deepEqual([answer.status, answer.bytes.toString('latin1')], [status, sent]);
    });
});

test('function answer: it is compressed like any other', async (t) => {
  const text = 'text '.repeat(100);
  const definition = api({ 'GET /x': proxy() }, { restApi: { minimumCompressionSize: 100 } });
  const { call } = await startFunctionsGateway(t, [{ definition }], ending(done({ body: text })));
  const answer = await call('/x', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(answer.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(answer.bytes).toString(), text);
});

test('function answer: HEAD gets the fields and no body', async (t) => {
  const { call } = await startFunctionsGateway(t, { 'ANY /x': proxy() }, ending(done({ body: 'abc' })));
  const answer = await call('/x', { method: 'HEAD' });
  assert.deepEqual([answer.status, answer.headers['content-length'], answer.body], [200, '3', '']);
});

test('function answer: 204 has no body, whatever the function gives', async (t) => {
  const { call } = await startFunctionsGateway(
    t,
    { 'GET /x': proxy() },
    ending(done({ statusCode: 204, body: 'x' })),
  );
  const answer = await call('/x');
  assert.deepEqual([answer.status, answer.body], [204, '']);
});

test('function answer: a body above 10 MB is refused', async (t) => {
  const { call } = await startFunctionsGateway(
    t,
    { 'GET /x': proxy() },
    ending(done({ body: 'x'.repeat(10_485_761) })),
  );
  assert.equal((await call('/x')).status, 502);
});

/** Values near to what the contract allows. */
const someText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('a', 'Set-Cookie', '200'),
);
const header = fc.oneof(
  someText,
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.array(someText),
  fc.object(),
);
const someAnswer = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      statusCode: fc.oneof(fc.integer(), fc.integer({ min: 199, max: 600 }), someText, fc.jsonValue()),
      headers: fc.oneof(fc.dictionary(someText, header), fc.jsonValue()),
      multiValueHeaders: fc.oneof(fc.dictionary(someText, fc.array(header)), fc.jsonValue()),
      body: fc.oneof(someText, fc.jsonValue()),
      isBase64Encoded: fc.oneof(fc.boolean(), fc.jsonValue()),
      other: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);

test('function answer: whatever a function answers, the client gets one HTTP answer and nothing breaks', async (t) => {
  const { call, functions } = await startFunctionsGateway(t, { 'GET /x': proxy() });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        someAnswer.map((value) => Buffer.from(JSON.stringify(value) ?? '')),
        fc.uint8Array().map(Buffer.from),
      ),
      async (payload) => {
        functions.script = ending({ ...(done('') as object), payload } as never);
        const { status, body } = await call('/x');
        assert.ok(status >= 200 && status <= 599);
        if (status === 502 && body === error) return;
        const given = JSON.parse(payload.toString());
        assert.equal(status, Number(given.statusCode ?? 200));
        if (status !== 204 && status !== 304) assert.equal(body, String(given.body ?? '').toWellFormed());
      },
    ),
    { numRuns: 150 },
  );
});
