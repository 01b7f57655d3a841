// HTTP_PROXY answers under responseTransferMode STREAM. See data-plane reference, section 15.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { api, type MethodSpec } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

function streamed(authority: string, more: Partial<MethodSpec['integration']> = {}): MethodSpec {
  return {
    integration: {
      type: 'HTTP_PROXY',
      httpMethod: 'GET',
      uri: `http://${authority}/`,
      responseTransferMode: 'STREAM',
      ...more,
    },
  };
}

/** A client that waits for parts of what it gets. */
function startReader(port: number) {
  const socket = net.connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(
    'GET /_aws/execute-api/testapi001/test/x HTTP/1.1\r\nHost: a\r\nAccept: image/png\r\nAccept-Encoding: gzip\r\n\r\n',
  );
  return {
    socket,
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

for (const binaryMediaTypes of [[], ['image/png'], ['*/*'], ['text/event-stream']])
  test(`streamed backend: each event reaches the client when it is written, binaryMediaTypes ${JSON.stringify(binaryMediaTypes)}`, async (t) => {
    const asked = Promise.withResolvers<http.ServerResponse>();
    const { authority } = await startBackend(t, (_, response) => asked.resolve(response));
    const restApi = { binaryMediaTypes, minimumCompressionSize: 0 };
    const { port } = await startTestGateway(t, [
      { definition: api({ 'GET /x': streamed(authority) }, { restApi }) },
    ]);
    const client = startReader(port);
    const response = await asked.promise;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let i = 0; i < 3; i++) {
      response.write(`data: ${i}\n\n`);
      await client.until(`data: ${i}\n\n`);
    }
    response.end();
    const text = await client.until('0\r\n\r\n');
    assert.doesNotMatch(text, /content-encoding/i);
    client.socket.destroy();
  });

test('streamed backend: its time bounds the whole answer, and the end is told in the logs', async (t) => {
  const { authority } = await startBackend(t, (_, response) => {
    response.write('some');
  });
  const format =
    '$context.requestId $context.status $context.integration.responseTransferMode $context.integration.timeToAllHeaders $context.integration.timeToFirstContent';
  const { gateway, port, dataDir } = await startTestGateway(t, [
    {
      definition: api({ 'GET /x': streamed(authority, { timeoutInMillis: 100 }) }),
      stage: {
        methodSettings: { '*/*': { loggingLevel: 'ERROR' } },
        accessLogSettings: { destinationArn: 'arn:aws:logs:us-east-1:1:log-group:access', format },
      },
    },
  ]);
  const text = await startReader(port).closed();
  assert.match(text, /some/);
  assert.doesNotMatch(text, /0\r\n\r\n$/);
  await gateway.drain(100);
  const logs = path.join(dataDir, 'logs');
  assert.match(readFileSync(path.join(logs, 'access/access.log'), 'utf8'), /^\S+ 200 STREAMED \d+ \d+\n$/);
  assert.match(
    readFileSync(path.join(logs, 'API-Gateway-Execution-Logs_testapi001/test.log'), 'utf8'),
    /Execution failed due to a timeout error/,
  );
});

test('streamed backend: before its head a timeout answers 504', async (t) => {
  const { authority } = await startBackend(t, () => {});
  const { call } = await startTestGateway(t, [
    { definition: api({ 'GET /x': streamed(authority, { timeoutInMillis: 50 }) }) },
  ]);
  const { status, body } = await call('/x');
  assert.deepEqual([status, body], [504, '{"message": "Endpoint request timed out"}']);
});

test('streamed backend: silence of 5 minutes ends it, behind an edge-optimised API of 30 seconds', async (t) => {
  for (const [type, idleMs] of [
    ['REGIONAL', 300_000],
    ['EDGE', 30_000],
  ] as const)
    await t.test(type, async (sub) => {
      const { authority } = await startBackend(sub, (_, response) => {
        response.write('some');
      });
      const restApi = { endpointConfiguration: { types: [type] } };
      const { port } = await startTestGateway(sub, [
        { definition: api({ 'GET /x': streamed(authority, { timeoutInMillis: 900_000 }) }, { restApi }) },
      ]);
      let fire = (): void => assert.fail('nobody waits for silence');
      const real = globalThis.setTimeout;
      sub.mock.method(
        globalThis,
        'setTimeout',
        (act: (...given: unknown[]) => void, ms: number, ...given: unknown[]) => {
          if (ms === idleMs) fire = () => act(...given);
          return real(act, ms, ...given);
        },
      );
      const client = startReader(port);
      await client.until('some');
      fire();
      await client.closed();
    });
});

test('streamed backend: more than 10 MB go through', async (t) => {
  const { authority } = await startBackend(t, (_, response) => response.end(Buffer.alloc(12_000_000, 'y')));
  const { call } = await startTestGateway(t, [{ definition: api({ 'GET /x': streamed(authority) }) }]);
  assert.equal((await call('/x')).bytes.length, 12_000_000);
});
