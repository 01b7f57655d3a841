import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { api, type MethodSpec } from '../support/api.ts';
import { startBackend, startRawBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

function proxy(authority: string, more: Partial<MethodSpec['integration']> = {}) {
  return api({
    'ANY /{proxy+}': {
      integration: {
        type: 'HTTP_PROXY',
        httpMethod: 'ANY',
        uri: `http://${authority}/{proxy}`,
        requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
        ...more,
      },
    },
  });
}

const timeout = { status: 504, body: '{"message": "Endpoint request timed out"}' };
const networkError = { status: 504, body: '{"message": "Network error communicating with endpoint"}' };

test('HTTP_PROXY: the request goes on with its verb, path, query, headers and body', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('ok'));
  const { call, port } = await startTestGateway(t, [{ definition: proxy(backend.authority) }]);
  await call('/a/b%20c/d?x=1&x=%2B&y', {
    method: 'PUT',
    headers: {
      'content-type': 'text/plain',
      'x-custom': Buffer.from('grün').toString('latin1'),
      accept: 'text/html',
      authorization: 'Basic abc',
      'user-agent': 'me',
      te: 'trailers',
      via: '1.1 x',
      'content-md5': 'x',
      'max-forwards': '5',
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'gopher',
    },
    body: 'hello',
  });
  const { method, url, headers, body } = backend.last();
  const { 'x-amzn-trace-id': trace, connection: _, 'x-custom': custom, ...rest } = headers;
  assert.deepEqual([method, url, body.toString()], ['PUT', '/a/b%20c/d?x=1&x=%2B&y', 'hello']);
  assert.match(String(trace), /^Root=1-/);
  assert.equal(Buffer.from(String(custom), 'latin1').toString('utf8'), 'grün');
  assert.deepEqual(rest, {
    host: backend.authority,
    'content-type': 'text/plain',
    accept: 'text/html',
    authorization: 'Basic abc',
    'user-agent': 'me',
    'content-length': '5',
    'x-forwarded-for': '203.0.113.9, 127.0.0.1',
    'x-forwarded-port': String(port),
    'x-forwarded-proto': 'http',
    'x-amzn-apigateway-api-id': 'testapi001',
  });
});

test('HTTP_PROXY: the URI’s own query comes first, then mapped parameters, then the client’s', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end());
  const { call } = await startTestGateway(t, [
    {
      definition: proxy(backend.authority, {
        uri: `http://${backend.authority}/q?foo=bar`,
        requestParameters: {
          'integration.request.querystring.m': 'method.request.path.proxy',
          'integration.request.header.x-set': "'mapped'",
        },
      }),
    },
  ]);
  await call('/abc?foo=mine', { headers: { 'x-set': 'client' } });
  assert.equal(backend.last().url, '/q?foo=bar&m=abc&foo=mine');
  assert.equal(backend.last().headers['x-set'], 'mapped');
});

test('HTTP_PROXY: the answer comes back with its status and headers, some renamed as on AWS', async (t) => {
  const backend = await startBackend(t, (_, response) => {
    response.writeHead(418, {
      Server: 'teapot',
      Date: 'Thu, 01 Jan 1970 00:00:00 GMT',
      'X-Custom': 'c',
      'Set-Cookie': ['a=1', 'b=2'],
      'Content-Type': 'text/plain',
      'Content-Length': 5,
      'x-amzn-RequestId': 'backend-id',
      'WWW-Authenticate': 'Basic',
      Via: '1.1 y',
    });
    response.end('short');
  });
  const { call } = await startTestGateway(t, [{ definition: proxy(backend.authority) }]);
  const { status, headers, body } = await call('/x');
  assert.deepEqual(
    [status, body, headers['content-type'], headers['x-custom']],
    [418, 'short', 'text/plain', 'c'],
  );
  assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2']);
  assert.equal(headers['x-amzn-remapped-server'], 'teapot');
  assert.equal(headers['x-amzn-remapped-date'], 'Thu, 01 Jan 1970 00:00:00 GMT');
  assert.equal(headers['x-amzn-remapped-content-length'], '5');
  assert.equal(headers['x-amzn-remapped-x-amzn-requestid'], 'backend-id');
  assert.equal(headers['x-amzn-remapped-www-authenticate'], 'Basic');
  assert.deepEqual(
    [headers.via, headers.server, headers['x-amzn-trace-id']],
    [undefined, undefined, undefined],
  );
  assert.match(String(headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/);
});

test('HTTP_PROXY: large bodies stream both ways and arrive whole', async (t) => {
  const backend = await startBackend(t, (received, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end(received.body);
  });
  const { call } = await startTestGateway(t, [
    {
      definition: api(
        {
          'POST /{proxy+}': {
            integration: { type: 'HTTP_PROXY', httpMethod: 'POST', uri: `http://${backend.authority}/` },
          },
        },
        { restApi: { binaryMediaTypes: ['*/*'] } },
      ),
    },
  ]);
  const body = Buffer.alloc(9_000_000, Buffer.from([0, 1, 2, 250, 251, 252, 253]));
  const answer = await call('/up', { method: 'POST', body });
  assert.equal(answer.status, 200);
  assert.ok(answer.bytes.equals(body));
});

test('HTTP_PROXY: an empty answer, 204 and HEAD have no body', async (t) => {
  const backend = await startBackend(t, (received, response) => {
    response.writeHead(
      received.url === '/204' ? 204 : 200,
      received.method === 'HEAD' ? { 'content-length': '1234' } : {},
    );
    response.end();
  });
  const { call } = await startTestGateway(t, [{ definition: proxy(backend.authority) }]);
  const empty = await call('/200');
  assert.deepEqual([empty.status, empty.body, empty.headers['content-length']], [200, '', '0']);
  assert.deepEqual(
    [(await call('/204')).status, (await call('/204')).headers['content-length']],
    [204, undefined],
  );
  const head = await call('/h', { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['content-length']], [200, '1234']);
});

test('HTTP_PROXY: a backend that is down answers 504 Network error', async (t) => {
  const { call } = await startTestGateway(t, [{ definition: proxy('127.0.0.1:1') }]);
  const { status, body, headers } = await call('/x');
  assert.deepEqual({ status, body }, networkError);
  assert.deepEqual(
    [headers['x-amzn-errortype'], headers['x-amzn-trace-id']],
    ['InternalServerErrorException', undefined],
  );
});

test('HTTP_PROXY: a host that has no address answers 504 Network error', async (t) => {
  const { call } = await startTestGateway(t, [{ definition: proxy('no-such-host.invalid') }]);
  const { status, body } = await call('/x');
  assert.deepEqual({ status, body }, networkError);
});

test('HTTP_PROXY: a backend that is too slow answers 504 Endpoint request timed out', async (t) => {
  const authority = await startRawBackend(t, () => {});
  const { call } = await startTestGateway(t, [{ definition: proxy(authority, { timeoutInMillis: 60 }) }]);
  const { status, body } = await call('/x');
  assert.deepEqual({ status, body }, timeout);
});

const garbage: readonly [title: string, answer: string][] = [
  ['that is no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n\r\n'],
  ['with two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['with a broken chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ['that ends before its head is whole', 'HTTP/1.1 200 OK\r\nContent-'],
  ['that is empty', ''],
];
for (const [title, answer] of garbage) {
  test(`HTTP_PROXY: an answer ${title} is told as 504 Network error, and the next request is served`, async (t) => {
    const authority = await startRawBackend(t, (socket) => socket.once('data', () => socket.end(answer)));
    const { call } = await startTestGateway(t, [{ definition: proxy(authority) }]);
    for (let i = 0; i < 2; i++) {
      const { status, body } = await call('/x');
      assert.deepEqual({ status, body }, networkError);
    }
  });
}

test('HTTP_PROXY: a backend that cuts mid-body has the client’s connection cut too', async (t) => {
  const authority = await startRawBackend(t, (socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin');
      setImmediate(() => socket.destroy());
    }),
  );
  const { call } = await startTestGateway(t, [{ definition: proxy(authority) }]);
  await assert.rejects(call('/x'));
});

test('HTTP_PROXY: an answer announced above 10 MB is refused with 500 before a byte is read', async (t) => {
  const authority = await startRawBackend(t, (socket) =>
    socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n')),
  );
  const { call } = await startTestGateway(t, [{ definition: proxy(authority) }]);
  const { status, body } = await call('/x');
  assert.deepEqual([status, body], [500, '{"message": "Internal server error"}']);
});

test('HTTP_PROXY: a chunked answer that passes 10 MB is cut', async (t) => {
  const chunk = Buffer.alloc(1 << 20, 'a');
  const backend = await startBackend(t, (_, response) => {
    const more = (left: number): void => {
      if (left === 0) response.end();
      else if (response.write(chunk)) setImmediate(more, left - 1);
      else response.once('drain', () => more(left - 1));
    };
    more(100);
  });
  const { call } = await startTestGateway(t, [{ definition: proxy(backend.authority) }]);
  await assert.rejects(call('/x'));
});

test('HTTP_PROXY: when the client goes away the call to the backend is ended', async (t) => {
  const closed = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const authority = await startRawBackend(t, (socket) => {
    socket.once('data', () => asked.resolve());
    socket.once('close', () => closed.resolve());
  });
  const { port } = await startTestGateway(t, [{ definition: proxy(authority) }]);
  const client = net.connect(port, '127.0.0.1');
  await once(client, 'connect');
  client.write('GET /_aws/execute-api/testapi001/test/x HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked.promise;
  client.destroy();
  await closed.promise;
});

test('HTTP_PROXY: bytes of a text type that are not UTF-8 are damaged as on AWS, binary types are not', async (t) => {
  const bytes = Buffer.from([0x61, 0xff, 0x62]);
  const backend = await startBackend(t, (received, response) => {
    response.writeHead(200, { 'content-type': received.url === '/png' ? 'image/png' : 'text/plain' });
    response.end(bytes);
  });
  const { call } = await startTestGateway(t, [
    {
      definition: api(
        {
          'ANY /{proxy+}': {
            integration: {
              type: 'HTTP_PROXY',
              httpMethod: 'ANY',
              uri: `http://${backend.authority}/{proxy}`,
              requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
            },
          },
        },
        { restApi: { binaryMediaTypes: ['image/png'] } },
      ),
    },
  ]);
  assert.equal((await call('/text')).body, 'a\ufffdb');
  assert.ok((await call('/png', { headers: { accept: 'image/png' } })).bytes.equals(bytes));
  assert.equal((await call('/png')).body, bytes.toString('base64'));
});
