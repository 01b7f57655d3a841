// Fields that are for one hop only, or that the gateway alone may write, in both directions of HTTP_PROXY: whole heads,
// so that a field too many is seen.

import assert from 'node:assert/strict';
import test from 'node:test';
import { api, type MethodSpec } from '../support/api.ts';
import { startBackend, startRawBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';
import { exchangeRaw, rawRequest } from '../support/raw-client.ts';

const proxyTo = (authority: string): MethodSpec => ({
  integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: `http://${authority}/` },
});

test('HTTP_PROXY: the backend gets no field of the client’s hop, and those that the gateway writes once', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('ok'));
  const { port } = await startTestGateway(t, [
    { definition: api({ 'POST /x': proxyTo(backend.authority) }) },
  ]);
  const trace = 'Root=1-67891233-abcdef012345678912345678';
  const answer = await exchangeRaw(
    port,
    [
      'POST /_aws/execute-api/testapi001/test/x HTTP/1.1',
      'Host: x',
      'Connection: X-Hop, close, x-other',
      'X-Hop: 1',
      'x-oTHer: 2',
      'Keep-Alive: timeout=5',
      'Proxy-Authorization: Basic abc',
      'Proxy-Connection: keep-alive',
      'Upgrade: h2c',
      'Expect: 100-continue',
      'X-Forwarded-For: 203.0.113.9',
      'X-Forwarded-For: 198.51.100.7, 192.0.2.1',
      'X-Forwarded-Port: 1',
      'X-Forwarded-Proto: gopher',
      `X-Amzn-Trace-Id: ${trace}`,
      'X-Kept: yes',
      'Transfer-Encoding: chunked',
      '',
      '2',
      'hi',
      '0',
      '',
      '',
    ].join('\r\n'),
  );
  assert.match(answer, /\r\n\r\nHTTP\/1\.1 200 /);
  const { rawHeaders, body } = backend.last();
  const fields = rawHeaders.flatMap((name, i) =>
    i % 2 === 0 ? [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`] : [],
  );
  const traces = fields.filter((field) => field.startsWith('x-amzn-trace-id: '));
  assert.equal(traces.length, 1);
  assert.ok(traces[0]!.includes(trace));
  assert.deepEqual(
    fields.filter((field) => field !== traces[0]).toSorted(),
    [
      `host: ${backend.authority}`,
      'transfer-encoding: chunked',
      'user-agent: AmazonAPIGateway_testapi001',
      'x-amzn-apigateway-api-id: testapi001',
      'x-forwarded-for: 203.0.113.9, 198.51.100.7, 192.0.2.1, 127.0.0.1',
      `x-forwarded-port: ${port}`,
      'x-forwarded-proto: http',
      'x-kept: yes',
    ].toSorted(),
  );
  assert.equal(body.toString(), 'hi');
});

test('HTTP_PROXY: the client gets no field of the backend’s hop, and those that the gateway writes once', async (t) => {
  const authority = await startRawBackend(t, (socket) =>
    socket.once('data', () =>
      socket.end(
        [
          'HTTP/1.1 200 OK',
          'Content-Type: text/plain',
          'Connection: close',
          'Keep-Alive: timeout=5',
          'Upgrade: h2c',
          'Date: Thu, 01 Jan 1970 00:00:00 GMT',
          'Server: theirs',
          'x-amz-apigw-id: theirs',
          'X-Amzn-RequestId: theirs',
          'X-Kept: yes',
          'Transfer-Encoding: chunked',
          '',
          '2',
          'ok',
          '0',
          'X-Trailer: 1',
          '',
          '',
        ].join('\r\n'),
      ),
    ),
  );
  const { port } = await startTestGateway(t, [{ definition: api({ 'GET /x': proxyTo(authority) }) }]);
  const answer = await exchangeRaw(port, rawRequest('GET', '/x'));
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const own = /^(date|x-amzn-requestid|x-amz-apigw-id|connection|content-length): (.*)$/i;
  const fields = head.split('\r\n').slice(1);
  const theirs = fields.filter((field) => !own.test(field));
  assert.deepEqual(
    theirs.map((field) => field.toLowerCase()).toSorted(),
    [
      'content-type: text/plain',
      'transfer-encoding: chunked',
      'x-amzn-remapped-connection: close',
      'x-amzn-remapped-date: thu, 01 jan 1970 00:00:00 gmt',
      'x-amzn-remapped-server: theirs',
      'x-amzn-remapped-x-amz-apigw-id: theirs',
      'x-amzn-remapped-x-amzn-requestid: theirs',
      'x-kept: yes',
    ].toSorted(),
  );
  const ours = fields.filter((field) => own.test(field));
  assert.deepEqual(ours.map((field) => field.split(':')[0]!.toLowerCase()).toSorted(), [
    'date',
    'x-amz-apigw-id',
    'x-amzn-requestid',
  ]);
  for (const field of ours) assert.doesNotMatch(field, /theirs|1970/);
  assert.doesNotMatch(rest.join(), /X-Trailer/);
});
