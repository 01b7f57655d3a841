import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { exchange, open, startServer, statusesOf, type TestServer } from './wire.ts';

const drained = async (server: TestServer) =>
  (await once(server.child, 'message'))[0] as { told: string; events: string[] };

test('drain: an answer in flight is finished and ends its connection, new connections are refused', async (t) => {
  const server = await startServer(t);
  const client = open(server.port);
  client.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
  await server.seen((seen) => seen.paths.includes('/hold'));
  server.tell('drain', 60_000);
  while ((await exchange(server.port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')) !== '');
  const over = drained(server);
  server.tell('release');
  assert.match(
    await client.closed(),
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nConnection: close\r\n[\s\S]*released$/,
  );
  assert.equal((await over).told, 'drained');
});

test('drain: idle connections are closed long before their timeout', async (t) => {
  const server = await startServer(t);
  const client = open(server.port);
  client.send('GET /ok HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.received((text) => text.endsWith('ok'));
  const over = drained(server);
  server.tell('drain', 60_000);
  await over;
  assert.deepEqual(statusesOf(await client.closed()), [200]);
});

test('drain: what still runs at the deadline is cut and told of', async (t) => {
  const server = await startServer(t);
  const client = open(server.port);
  client.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
  await server.seen((seen) => seen.paths.includes('/hold'));
  const over = drained(server);
  server.tell('drain', 1);
  assert.ok((await over).events.includes('abort /hold'));
  assert.equal(await client.closed(), '');
  server.tell('release');
});

test('drain: large answers are sent to their end', async (t) => {
  const server = await startServer(t);
  const clients = ['/large?9000000', '/stream?9000000', '/stream-length?9000000'].map((target) => {
    const client = open(server.port);
    client.socket.pause();
    client.send(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return client;
  });
  await server.seen((seen) => seen.stats.inFlightCount === clients.length + 1);
  const over = drained(server);
  server.tell('drain', 60_000);
  for (const client of clients) client.socket.resume();
  await over;
  for (const client of clients) assert.ok((await client.closed()).length > 9_000_000);
});

test('drain: every kind of answer says that it ends its connection', async (t) => {
  const server = await startServer(t);
  const clients = [
    'GET /hold?/large?200000',
    'GET /hold?/stream?5',
    'GET /hold?/stream-length?5',
    'GET /hold?/status?204',
    'HEAD /hold?/stream?5',
    'HEAD /hold?/ok',
    'GET /hold?/null',
  ].map((line) => {
    const client = open(server.port);
    client.send(`${line} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return { line, client };
  });
  await server.seen((seen) => seen.stats.inFlightCount === clients.length + 1);
  server.tell('drain', 60_000);
  while ((await exchange(server.port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')) !== '');
  const over = drained(server);
  server.tell('release');
  for (const { line, client } of clients)
    assert.match(await client.closed(), /^HTTP\/1\.1 20[04] [\s\S]*\r\nConnection: close\r\n/, line);
  await over;
});
