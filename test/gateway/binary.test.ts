import assert from 'node:assert/strict';
import test from 'node:test';
import type { ContentHandling } from '../../src/resources/index.ts';
import { type ApiSpec, api } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

const raw = Buffer.from([0xff, 0xd8, 0x61]);
const base64 = raw.toString('base64');
const damaged = '\ufffd\ufffda';
const withPng: ApiSpec = { restApi: { binaryMediaTypes: ['image/png'] } };

/** `error` stands for 500. */
type Bytes = Buffer | string | 'error';

const requests: readonly [
  type: string,
  handling: ContentHandling | undefined,
  sent: Buffer | string,
  received: Bytes,
][] = [
  ['text/plain', undefined, raw, damaged],
  ['text/plain', 'CONVERT_TO_TEXT', raw, damaged],
  ['text/plain', 'CONVERT_TO_BINARY', base64, raw],
  ['text/plain', 'CONVERT_TO_BINARY', 'not base64!', 'error'],
  ['image/png', undefined, raw, raw],
  ['image/png', 'CONVERT_TO_BINARY', raw, raw],
  ['image/png', 'CONVERT_TO_TEXT', raw, base64],
];

for (const kind of ['HTTP', 'HTTP_PROXY'] as const) {
  for (const [type, contentHandling, sent, received] of requests) {
    test(`contentHandling: ${kind} request of ${type} under ${contentHandling ?? 'nothing'} ${received === 'error' ? 'answers 500' : `reaches the backend as ${typeof received === 'string' ? 'text' : 'bytes'}`}`, async (t) => {
      const backend = await startBackend(t, (_, response) => response.end());
      const integration = { type: kind, httpMethod: 'POST', uri: `http://${backend.authority}/` };
      const definition = api(
        {
          'POST /b': {
            integration: contentHandling === undefined ? integration : { ...integration, contentHandling },
            responses: { 200: {} },
          },
        },
        withPng,
      );
      const { call } = await startTestGateway(t, [{ definition }]);
      const answer = await call('/b', { method: 'POST', headers: { 'content-type': type }, body: sent });
      if (received === 'error') assert.deepEqual([answer.status, backend.received.length], [500, 0]);
      // A small body of a proxied text type is read too, unless it streams.
      else if (kind === 'HTTP_PROXY' && contentHandling === undefined && type === 'text/plain')
        assert.equal(backend.last().body.length, raw.length);
      else assert.deepEqual(backend.last().body, Buffer.from(received));
    });
  }
}

const responses: readonly [
  payload: string,
  accept: string,
  handling: ContentHandling | undefined,
  sent: Buffer | string,
  received: Bytes,
][] = [
  ['text/plain', 'text/plain', undefined, 'text', 'text'],
  ['text/plain', 'image/png', undefined, base64, raw],
  ['text/plain', 'image/png', undefined, '%%%', 'error'],
  ['image/png', 'text/plain', undefined, raw, base64],
  ['image/png', 'image/png', undefined, raw, raw],
  ['image/png', 'image/png, text/plain', undefined, raw, raw],
  ['image/png', 'text/plain, image/png', undefined, raw, base64],
  ['text/plain', 'text/plain', 'CONVERT_TO_BINARY', base64, raw],
  ['text/plain', 'image/png', 'CONVERT_TO_BINARY', base64, raw],
  ['image/png', 'text/plain', 'CONVERT_TO_BINARY', raw, raw],
  ['image/png', 'image/png', 'CONVERT_TO_BINARY', raw, raw],
  ['text/plain', 'image/png', 'CONVERT_TO_TEXT', base64, base64],
  ['image/png', 'text/plain', 'CONVERT_TO_TEXT', raw, base64],
  ['image/png', 'image/png', 'CONVERT_TO_TEXT', raw, base64],
];

for (const [payload, accept, contentHandling, sent, received] of responses) {
  test(`contentHandling: HTTP answer of ${payload} for Accept ${accept} under ${contentHandling ?? 'nothing'} is ${received === 'error' ? '500' : typeof received === 'string' ? 'text' : 'bytes'}`, async (t) => {
    const backend = await startBackend(t, (_, response) => {
      response.writeHead(200, { 'content-type': payload });
      response.end(sent);
    });
    const definition = api(
      {
        'GET /b': {
          integration: { type: 'HTTP', httpMethod: 'GET', uri: `http://${backend.authority}/` },
          responses: { 200: contentHandling === undefined ? {} : { contentHandling } },
        },
      },
      withPng,
    );
    const { call } = await startTestGateway(t, [{ definition }]);
    const answer = await call('/b', { headers: { accept } });
    if (received === 'error') assert.equal(answer.status, 500);
    else assert.deepEqual(answer.bytes, Buffer.from(received));
  });
}

test('contentHandling: a template on a body that stays binary answers 500', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end());
  const definition = api(
    {
      'POST /b': {
        integration: {
          type: 'HTTP',
          httpMethod: 'POST',
          uri: `http://${backend.authority}/`,
          requestTemplates: { 'image/png': '$input.body' },
        },
        responses: { 200: {} },
      },
    },
    withPng,
  );
  const { call } = await startTestGateway(t, [{ definition }]);
  const answer = await call('/b', { method: 'POST', headers: { 'content-type': 'image/png' }, body: raw });
  assert.deepEqual([answer.status, answer.body], [500, '{"message": "Internal server error"}']);
});

test('contentHandling: under CONVERT_TO_TEXT a template sees a binary body as base64', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end());
  const definition = api(
    {
      'POST /b': {
        integration: {
          type: 'HTTP',
          httpMethod: 'POST',
          uri: `http://${backend.authority}/`,
          contentHandling: 'CONVERT_TO_TEXT',
          requestTemplates: { 'image/png': '{"image":"$input.body"}' },
        },
        responses: { 200: {} },
      },
    },
    withPng,
  );
  const { call } = await startTestGateway(t, [{ definition }]);
  await call('/b', { method: 'POST', headers: { 'content-type': 'image/png' }, body: raw });
  assert.equal(backend.last().body.toString(), `{"image":"${base64}"}`);
});
