// Streamed answers hold a connection each, and count apart.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import test from 'node:test';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { exchange, until } from '../contract/upstream-harness.ts';

const verified = { insecureSkipVerification: false };

test('streams: 50 are open where 2 connections are allowed, and other calls find theirs', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data) =>
      socket.write(
        data.toString().startsWith('GET /stream')
          ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n'
          : 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const upstream = createUpstream({ connectionsMax: 2, queuedMax: 2 });
  t.after(() => upstream.close());
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const target = upstream.target(origin, verified);
  let heads = 0;
  const streams = Array.from({ length: 50 }, () =>
    target.send(
      { method: 'GET', path: '/stream', headers: [], body: null, timeoutMs: 5_000, timeoutCovers: 'head' },
      { onHead: () => heads++, onData: () => true, onEnd: () => {}, onError: () => {} },
    ),
  );
  await until(() => heads === 50);
  assert.equal((await exchange(target)).body, 'ok');
  assert.equal(upstream.stats()[0]!.connections, 51);
  for (const stream of streams) stream.abort();
  assert.equal(upstream.stats()[0]!.connections, 1);
  assert.equal(upstream.stats()[0]!.outstanding, 0);
});
