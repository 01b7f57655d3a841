// Streamed answers hold a connection each, and count apart.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import type { UpstreamOptions } from '../../src/gateway/upstream/options.ts';
import { exchange, onEachRequest, serve, settle, until } from '../contract/upstream-harness.ts';

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

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
const lean = { name: 'lean', client: 'lean', secure: false, cannot: {} } as const;

/** A target whose server answers when it is told to, and what was asked of it, in order. */
async function held(t: TestContext, options: UpstreamOptions) {
  const asked: { path: string; socket: Socket }[] = [];
  const script = onEachRequest((socket, head) => asked.push({ path: head.split(' ')[1]!, socket }));
  const server = await serve(t, lean, script);
  const upstream = createUpstream(options);
  t.after(() => upstream.close());
  const target = upstream.target(server.origin, verified);
  const stream = (path: string) => exchange(target, { path, timeoutCovers: 'head' });
  const call = (path: string) => exchange(target, { path });
  const paths = () => asked.map(({ path }) => path);
  const answer = (path: string, text: string) => asked.find((one) => one.path === path)!.socket.write(text);
  return { asked: paths, answer, stream, call, connections: () => upstream.stats()[0]!.connections };
}

test('streams: one that has begun leaves its place to a call that waits', async (t) => {
  const { asked, answer, stream, call } = await held(t, { connectionsMax: 1 });
  const streamed = stream('/s');
  const waiting = call('/c');
  await until(() => asked().length === 1);
  await settle();
  assert.deepEqual(asked(), ['/s']);
  answer('/s', chunkedHead);
  await until(() => asked().length === 2);
  answer('/c', ok);
  assert.equal((await waiting).failure, null);
  answer('/s', '0\r\n\r\n');
  assert.equal((await streamed).failure, null);
});

test('streams: those that ended leave no more connections than there may be', async (t) => {
  const { asked, answer, stream, connections } = await held(t, { connectionsMax: 2 });
  const streams: ReturnType<typeof stream>[] = [];
  for (let i = 0; i < 5; i++) {
    streams.push(stream(`/${i}`));
    await until(() => asked().length === i + 1);
    answer(`/${i}`, chunkedHead);
    await settle();
  }
  assert.equal(connections(), 5);
  for (let i = 0; i < 5; i++) answer(`/${i}`, '0\r\n\r\n');
  for (const { failure } of await Promise.all(streams)) assert.equal(failure, null);
  assert.equal(connections(), 2);
});

test('streams: calls that want one wait apart, and behind other calls', async (t) => {
  const { asked, answer, stream, call } = await held(t, { connectionsMax: 1, queuedMax: 1, streamsMax: 2 });
  const first = call('/first');
  const wanting = [stream('/s1'), stream('/s2')];
  const waiting = call('/waiting');
  const refused = await Promise.all([call('/c'), stream('/s3')]);
  for (const { failure } of refused)
    assert.deepEqual([failure?.kind, failure?.source], ['connect', 'ourselves']);
  await until(() => asked().length === 1);
  answer('/first', ok);
  await until(() => asked().length === 2);
  answer('/waiting', ok);
  await until(() => asked().length === 3);
  answer('/s1', ok);
  await until(() => asked().length === 4);
  answer('/s2', ok);
  for (const { failure } of await Promise.all([first, waiting, ...wanting])) assert.equal(failure, null);
  assert.deepEqual(asked(), ['/first', '/waiting', '/s1', '/s2']);
});

test('streams: beyond streamsMax they count as other calls do', async (t) => {
  const { asked, answer, stream, call } = await held(t, { connectionsMax: 1, streamsMax: 1 });
  const streams: ReturnType<typeof stream>[] = [];
  for (const path of ['/s1', '/s2']) {
    streams.push(stream(path));
    await until(() => asked().includes(path));
    answer(path, chunkedHead);
    await settle();
  }
  const waiting = call('/c');
  await settle();
  assert.deepEqual(asked(), ['/s1', '/s2']);
  answer('/s2', '0\r\n\r\n');
  await until(() => asked().includes('/c'));
  answer('/s1', '0\r\n\r\n');
  for (const { failure } of await Promise.all(streams)) assert.equal(failure, null);
  answer('/c', ok);
  assert.equal((await waiting).failure, null);
});
