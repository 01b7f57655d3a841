// Exchanges that end otherwise than by a whole request and a whole answer: nothing is left behind.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { api, type MethodSpec, mock } from '../support/api.ts';
import { startBackend, startRawBackend } from '../support/backend.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { exchangeRaw, rawRequest } from '../support/raw-client.ts';

const destinationArn = 'arn:aws:logs:us-east-1:123456789012:log-group:access';
const logged = { accessLogSettings: { destinationArn, format: '$context.requestId $context.resourcePath' } };

const inFlight = ({ gateway }: TestGateway): number => gateway.stats().processes[0]!.exchangesInFlight;
const rendering = ({ gateway }: TestGateway): number => gateway.stats().processes[0]!.renderQueueLength;

async function idle(gateway: TestGateway): Promise<void> {
  while (inFlight(gateway) > 0) await nextTurn();
}

function accessLog(dataDir: string): string[] {
  const text = readFileSync(path.join(dataDir, 'logs/access/access.log'), 'utf8').trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => line.slice(37));
}

const proxyTo = (authority: string, more: Partial<MethodSpec['integration']> = {}): MethodSpec => ({
  integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: `http://${authority}/`, ...more },
});
const httpTo = (authority: string, more: Partial<MethodSpec['integration']> = {}): MethodSpec => ({
  integration: { type: 'HTTP', httpMethod: 'POST', uri: `http://${authority}/`, ...more },
  responses: { 200: {} },
});

interface Abort {
  readonly title: string;
  readonly method: (authority: string) => MethodSpec;
  /** What the backend does with a connection when it has read something. */
  readonly backend: (socket: net.Socket) => void;
  readonly request: string;
  /** The client goes away when the gateway has answered something, or when the backend was asked, or at once. */
  readonly when: 'answered' | 'asked' | 'sent';
  /** A request whose body never came whole is not logged, as one that is too large is not. */
  readonly isLogged: boolean;
}

const halfBody = `${rawRequest('POST', '/x', ['Content-Length: 100', 'Content-Type: application/json'])}{"a":`;
const whole = rawRequest('POST', '/x', ['Content-Type: application/json'], '{"a":1}');
const endless = (socket: net.Socket): void => {
  socket.write('HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 9000000\r\n\r\nbegin');
};
const aborts: readonly Abort[] = [
  {
    title: 'while a body is gathered for a template',
    method: (authority) => httpTo(authority, { requestTemplates: { 'application/json': '$input.body' } }),
    backend: () => {},
    request: halfBody,
    when: 'sent',
    isLogged: false,
  },
  {
    title: 'while a body streams to the backend',
    method: proxyTo,
    backend: () => {},
    request: halfBody,
    when: 'asked',
    isLogged: true,
  },
  {
    title: 'while an HTTP backend thinks',
    method: httpTo,
    backend: () => {},
    request: whole,
    when: 'asked',
    isLogged: true,
  },
  {
    title: 'while an HTTP_PROXY backend thinks',
    method: proxyTo,
    backend: () => {},
    request: whole,
    when: 'asked',
    isLogged: true,
  },
  {
    title: 'while the answer streams',
    method: proxyTo,
    backend: endless,
    request: whole,
    when: 'answered',
    isLogged: true,
  },
  {
    title: 'while a non-proxy answer is gathered',
    method: httpTo,
    backend: endless,
    request: whole,
    when: 'asked',
    isLogged: true,
  },
];

for (const { title, method, backend, request, when, isLogged } of aborts) {
  test(`client gone ${title}: nothing stays in flight, the backend is let go, the books are closed once`, async (t) => {
    const asked = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const authority = await startRawBackend(t, (socket) => {
      socket.once('data', () => {
        backend(socket);
        asked.resolve();
      });
      socket.once('close', () => released.resolve());
    });
    const gateway = await startTestGateway(t, [
      { definition: api({ 'POST /x': method(authority), 'GET /after': mock('after') }), stage: logged },
    ]);
    const client = net.connect(gateway.port, '127.0.0.1');
    await once(client, 'connect');
    client.write(request);
    if (when === 'answered') await once(client, 'data');
    else if (when === 'asked') await asked.promise;
    else while (inFlight(gateway) === 0) await nextTurn();
    client.destroy();
    await idle(gateway);
    assert.equal(gateway.gateway.stats().processes[0]!.aborted, 1);
    if (when !== 'sent') await released.promise;
    assert.equal((await gateway.call('/after')).body, 'after');
    await gateway.gateway.drain(100);
    assert.deepEqual(accessLog(gateway.dataDir), isLogged ? ['/x', '/after'] : ['/after']);
  });
}

test('client gone while a template renders in the pool: nothing stays in flight and the books are closed once', async (t) => {
  const slow =
    '#foreach($a in [1..1000])#foreach($b in [1..300])#set($x = $a + $b)#end#end{"statusCode": 200}';
  const spec = mock('done', {
    integration: { type: 'MOCK', requestTemplates: { 'application/json': slow } },
  });
  const gateway = await startTestGateway(
    t,
    [{ definition: api({ 'GET /x': spec, 'GET /after': mock('after') }), stage: logged }],
    { offload: 'always' },
  );
  const client = net.connect(gateway.port, '127.0.0.1');
  await once(client, 'connect');
  client.write(rawRequest('GET', '/x'));
  while (inFlight(gateway) === 0) await nextTurn();
  client.destroy();
  await idle(gateway);
  while (rendering(gateway) > 0) await nextTurn();
  assert.equal((await gateway.call('/after')).body, 'after');
  await gateway.gateway.drain(100);
  // The abandoned render ends when it ends.
  assert.deepEqual(accessLog(gateway.dataDir).sort(), ['/after', '/x']);
});

test('HTTP_PROXY: an answer that comes before the request body was read reaches the client', async (t) => {
  const authority = await startRawBackend(t, (socket) => {
    socket.once('data', () => {
      socket.pause();
      socket.write('HTTP/1.1 413 Too Much\r\nContent-Length: 6\r\n\r\nenough');
    });
  });
  const gateway = await startTestGateway(t, [{ definition: api({ 'PUT /x': proxyTo(authority) }) }]);
  const answer = await gateway.call('/x', { method: 'PUT', body: Buffer.alloc(8_000_000) });
  assert.deepEqual([answer.status, answer.body], [413, 'enough']);
  await idle(gateway);
  assert.equal(inFlight(gateway), 0);
});

test('HTTP_PROXY: an answer that waits for the end of its request keeps its bytes, whatever others are sent', async (t) => {
  const asked = Promise.withResolvers<void>();
  const authority = await startRawBackend(t, (socket) => {
    socket.on('data', (data: Buffer) => {
      const [verb] = data.toString().split(' ', 1);
      if (verb !== 'PUT' && verb !== 'GET') return;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${verb === 'PUT' ? 'first' : 'other'}`);
      if (verb === 'PUT') asked.resolve();
    });
  });
  const { port, call } = await startTestGateway(t, [{ definition: api({ 'ANY /x': proxyTo(authority) }) }]);
  const client = net.connect(port, '127.0.0.1');
  let answer = '';
  client.on('data', (chunk) => {
    answer += chunk.toString();
  });
  // What answers a chunked request leaves after its last byte.
  client.write(rawRequest('PUT', '/x', ['Transfer-Encoding: chunked']));
  client.write('2\r\nhi\r\n');
  await asked.promise;
  for (let i = 0; i < 3; i++) assert.equal((await call('/x')).body, 'other');
  client.write('0\r\n\r\n');
  await once(client, 'close');
  assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*first/);
  assert.doesNotMatch(answer, /other/);
});

test('HTTP_PROXY: an upload waits for a backend that reads slowly, and arrives whole', async (t) => {
  const sent = Buffer.alloc(6_000_000, 'abcdefghij');
  let readBytes = 0;
  const authority = await startRawBackend(t, (socket) => {
    let head = '';
    socket.on('data', (chunk: Buffer) => {
      if (!head.includes('\r\n\r\n')) {
        head += chunk.toString('latin1');
        readBytes = head.length - head.indexOf('\r\n\r\n') - 4;
      } else readBytes += chunk.length;
      if (readBytes >= sent.length) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      socket.pause();
      setImmediate(() => setImmediate(() => socket.resume()));
    });
  });
  const { call } = await startTestGateway(t, [{ definition: api({ 'PUT /x': proxyTo(authority) }) }]);
  const answer = await call('/x', { method: 'PUT', body: sent });
  assert.deepEqual([answer.status, answer.body, readBytes], [200, 'ok', sent.length]);
});

test('HTTP_PROXY: a GET may have a body, which goes on', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('ok'));
  const { port } = await startTestGateway(t, [{ definition: api({ 'GET /x': proxyTo(backend.authority) }) }]);
  const answer = await exchangeRaw(port, rawRequest('GET', '/x', [], 'with a body'));
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.deepEqual([backend.last().method, backend.last().body.toString()], ['GET', 'with a body']);
});

test('HTTP_PROXY: a POST without a body has Content-Length 0', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('ok'));
  const { port } = await startTestGateway(t, [
    { definition: api({ 'POST /x': proxyTo(backend.authority) }) },
  ]);
  await exchangeRaw(port, rawRequest('POST', '/x', ['Content-Length: 0']));
  assert.equal(backend.last().headers['content-length'], '0');
});

const heads: readonly [title: string, answer: string, status: number, body: string][] = [
  [
    'a 103 before the answer is left out',
    'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    200,
    'ok',
  ],
  ['a 204 with a length has no body', 'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n', 204, ''],
  ['a 304 with a length has no body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n', 304, ''],
  ['a status without a reason is read', 'HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok', 200, 'ok'],
  [
    'a body that ends with the connection is whole',
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok',
    200,
    'ok',
  ],
  [
    'a status of three digits that nobody knows goes on',
    'HTTP/1.1 299 X\r\nContent-Length: 2\r\n\r\nok',
    299,
    'ok',
  ],
  [
    'a status above 599 is told as 504',
    'HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok',
    504,
    '{"message": "Network error communicating with endpoint"}',
  ],
  [
    'a switch of protocols that nobody asked for is told as 504',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    504,
    '{"message": "Network error communicating with endpoint"}',
  ],
];
for (const type of ['HTTP', 'HTTP_PROXY'] as const) {
  for (const [title, answer, status, body] of heads) {
    test(`${type} backend: ${title}`, async (t) => {
      const authority = await startRawBackend(t, (socket) => socket.once('data', () => socket.end(answer)));
      const method: MethodSpec = {
        integration: { type, httpMethod: 'GET', uri: `http://${authority}/` },
        responses: { 200: {}, '204:204': {}, '304:304': {}, '299:299': {} },
      };
      const { call } = await startTestGateway(t, [{ definition: api({ 'GET /x': method }) }]);
      const got = await call('/x');
      assert.deepEqual([got.status, got.body], [status, body]);
      if (status === 504) assert.equal(got.headers['x-amzn-errortype'], 'InternalServerErrorException');
    });
  }

  test(`${type} backend: the shortest time-out, 50 ms, answers 504 and lets the backend go`, async (t) => {
    const released = Promise.withResolvers<void>();
    const authority = await startRawBackend(t, (socket) => {
      socket.resume();
      socket.once('close', () => released.resolve());
    });
    const method: MethodSpec = {
      integration: { type, httpMethod: 'GET', uri: `http://${authority}/`, timeoutInMillis: 50 },
      responses: { 200: {} },
    };
    const gatewayResponses = {
      INTEGRATION_TIMEOUT: {
        responseParameters: { 'gatewayresponse.header.X-T': 'context.error.responseType' },
      },
    };
    const { call } = await startTestGateway(t, [
      { definition: api({ 'GET /x': method }, { gatewayResponses }) },
    ]);
    const got = await call('/x');
    assert.deepEqual(
      [got.status, got.body, got.headers['x-amzn-errortype'], got.headers['x-t']],
      [
        504,
        '{"message": "Endpoint request timed out"}',
        'InternalServerErrorException',
        'INTEGRATION_TIMEOUT',
      ],
    );
    await released.promise;
  });
}
