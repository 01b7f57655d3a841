// Backends that fail in every way: the documented answer, a line in the execution log that tells why, and the gateway
// goes on.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { api, type MethodSpec, mock } from '../support/api.ts';
import { startBackend, startRawBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

const networkError = '504 {"message": "Network error communicating with endpoint"}';
const timedOut = '504 {"message": "Endpoint request timed out"}';
const internalError = '500 {"message": "Internal server error"}';
/** What has begun cannot be taken back: the client sees that its answer is not whole. */
const cut = 'cut';

const bytesMax = 10_485_760;
const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

interface Failing {
  readonly title: string;
  /** Once the request is here. */
  answer(socket: Socket): void;
  readonly http: string;
  readonly proxy: string;
  readonly reason: RegExp;
}

const failing: readonly Failing[] = [
  {
    title: 'closes without an answer',
    answer: (socket) => socket.end(),
    http: networkError,
    proxy: networkError,
    reason: /network error communicating with endpoint: http:.* closed .*before any answer/,
  },
  {
    title: 'speaks no HTTP',
    answer: (socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n\r\n'),
    http: networkError,
    proxy: networkError,
    reason: /network error communicating with endpoint: http:.*: the answer is not valid HTTP\/1\.1/,
  },
  {
    title: 'has a head of 100 KB',
    answer: (socket) => socket.write(`HTTP/1.1 200 OK\r\nX-Large: ${'x'.repeat(100_000)}\r\n\r\n`),
    http: networkError,
    proxy: networkError,
    reason: /network error communicating with endpoint: http:.*: the answer's head is above 65536 bytes/,
  },
  {
    title: 'is too slow',
    answer: () => {},
    http: timedOut,
    proxy: timedOut,
    reason: /Execution failed due to a timeout error/,
  },
  {
    title: 'closes in the middle of its answer',
    answer: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin'),
    http: networkError,
    proxy: cut,
    reason: /network error communicating with endpoint: http:.* closed .*before the end of the answer/,
  },
  {
    title: 'breaks its chunks in the middle of its answer',
    answer: (socket) => socket.write(`${chunkedHead}5\r\nbegin\r\nzz\r\n`),
    http: networkError,
    proxy: cut,
    reason: /network error communicating with endpoint: http:.*: the answer is not valid HTTP\/1\.1/,
  },
  {
    title: 'announces 100 MB',
    answer: (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\nbegin'),
    http: internalError,
    proxy: internalError,
    reason: /the integration's answer is above 10485760 bytes/,
  },
  {
    title: 'sends a byte more than 10 MB',
    answer: (socket) => {
      socket.write(`${chunkedHead}a00001\r\n`);
      socket.write(Buffer.alloc(bytesMax + 1, 'x'));
    },
    http: internalError,
    proxy: cut,
    reason: /the integration's answer is above 10485760 bytes/,
  },
];

const to = (type: 'HTTP' | 'HTTP_PROXY', authority: string, timeoutInMillis = 29_000): MethodSpec => ({
  integration: { type, httpMethod: 'GET', uri: `http://${authority}/`, timeoutInMillis },
  responses: { 200: {} },
});

function start(t: TestContext, method: MethodSpec) {
  const definition = api({ 'GET /x': method, 'GET /ok': mock('ok') });
  return startTestGateway(t, [
    { definition, stage: { methodSettings: { '*/*': { loggingLevel: 'ERROR' } } } },
  ]);
}

for (const type of ['HTTP', 'HTTP_PROXY'] as const) {
  for (const { title, answer, reason, ...outcomes } of failing) {
    const expected = type === 'HTTP' ? outcomes.http : outcomes.proxy;
    const what = expected === cut ? 'has its answer cut' : `is told as ${expected.slice(0, 3)}`;
    test(`${type}: a backend that ${title} ${what}, and the log tells why`, async (t) => {
      const authority = await startRawBackend(t, (socket) => socket.once('data', () => answer(socket)));
      const timeoutInMillis = expected === timedOut ? 60 : 29_000;
      const { call, dataDir, gateway } = await start(t, to(type, authority, timeoutInMillis));
      const got = await call('/x').then(
        ({ status, body }) => `${status} ${body}`,
        () => cut,
      );
      assert.equal(got, expected);
      assert.equal((await call('/ok')).body, 'ok');
      await gateway.drain(100);
      const log = path.join(dataDir, 'logs/API-Gateway-Execution-Logs_testapi001/test.log');
      assert.match(readFileSync(log, 'utf8'), reason);
    });
  }

  test(`${type}: an answer of 10 MB goes through, whether its length is announced or not`, async (t) => {
    const body = Buffer.alloc(bytesMax, 'x');
    for (const isAnnounced of [true, false]) {
      const backend = await startBackend(t, (_, response) => {
        if (isAnnounced) response.setHeader('content-length', bytesMax);
        response.write(body);
        response.end();
      });
      const { call } = await start(t, to(type, backend.authority));
      const got = await call('/x');
      assert.deepEqual([got.status, got.bytes.length], [200, bytesMax]);
    }
  });
}

for (const type of ['HTTP', 'HTTP_PROXY'] as const) {
  test(`${type}: the access log has what went wrong with the backend, the execution log that a request was sent again`, async (t) => {
    const backend = await startBackend(t, (_, response) => {
      if (backend.received.length === 2) response.destroy();
      else response.end('ok');
    });
    const definition = api({
      'GET /x': to(type, backend.authority),
      'GET /down': to(type, '127.0.0.1:1'),
    });
    const format = '$context.requestId $context.status $context.integrationErrorMessage';
    const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
    const stage = {
      accessLogSettings: { destinationArn, format },
      methodSettings: { '*/*': { loggingLevel: 'INFO' as const } },
    };
    const { call, dataDir, gateway } = await startTestGateway(t, [{ definition, stage }]);
    for (const target of ['/x', '/x', '/down']) await call(target);
    await gateway.drain(100);
    const read = (file: string) => readFileSync(path.join(dataDir, 'logs', file), 'utf8');
    assert.match(
      read('access/access.log'),
      /^\S+ 200 -\n\S+ 200 -\n\S+ 504 .*connect ECONNREFUSED 127\.0\.0\.1:1\n$/,
    );
    assert.match(
      read('API-Gateway-Execution-Logs_testapi001/test.log'),
      /Retried on a fresh connection: http:.* before any answer\n/,
    );
    assert.equal(backend.received.length, 3);
  });
}

test('HTTP_PROXY: an answer that is gathered to be converted is refused with 500 above 10 MB', async (t) => {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'image/png' });
    response.write(Buffer.alloc(bytesMax));
    response.end('x');
  });
  const definition = api(
    { 'GET /x': to('HTTP_PROXY', backend.authority) },
    { restApi: { binaryMediaTypes: ['image/png'] } },
  );
  const { call } = await startTestGateway(t, [{ definition }]);
  const { status, body } = await call('/x', { headers: { accept: 'text/plain' } });
  assert.equal(`${status} ${body}`, internalError);
});
