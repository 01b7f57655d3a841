// Clients that stop reading, on real sockets: what a topic's messages become for them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { backend, inPath, manage } from '../../support/management-calls.ts';
import { openSocket, socketApi, startSocketGateway } from '../../support/websocket-api.ts';

const api = socketApi({ $connect: { target: 'topics/feed?act=join' } });
const messageBytes = 100_000;
const numbered = (n: number): string => `#${n}.`.padEnd(messageBytes, '-');

async function start(t: TestContext, slowReader: string) {
  const tags = { 'sluice:slow-reader': slowReader, 'sluice:max-buffered-bytes': '200000' };
  const { gateway, url } = await startSocketGateway(t, api, {
    stage: { tags },
    published: { identities: [backend] },
  });
  return { port: gateway.port, url };
}

/** A client that reads nothing until it is told to. */
async function openIdle(t: TestContext, url: string): Promise<Socket> {
  const { port, pathname } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  t.after(() => socket.destroy());
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
  );
  await once(socket, 'readable');
  assert.match(String(socket.read()), /^HTTP\/1\.1 101/);
  return socket;
}

interface Done {
  readonly deliveries: number;
  readonly conflated: number;
  readonly dropped: number;
}

const publish = async (port: number, n: number): Promise<Done> =>
  (await manage(port, 'POST', '/@topics/feed', { body: numbered(n) })).json() as Done;

const post = (port: number, id: string) =>
  manage(port, 'POST', inPath(id), { body: 'x'.repeat(messageBytes) });

/** Publishes until one of two members does not get a message; the kernel takes some megabytes first. */
async function publishUntilFull(port: number): Promise<{ count: number; last: Done }> {
  for (let n = 1; n < 500; n++) {
    const last = await publish(port, n);
    if (last.deliveries < 2) return { count: n, last };
  }
  throw new Error('whatever is published fits');
}

/** Reads from now on; gives all numbers that came since it was asked last, when one has come. */
function reading(socket: Socket): (last: number) => Promise<number[]> {
  let text = '';
  let look = (): void => {};
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1').replaceAll('-', '');
    look();
  });
  return (last) =>
    new Promise((resolve) => {
      look = () => {
        if (!text.includes(`#${last}.`)) return;
        resolve([...text.matchAll(/#(\d+)\./g)].map(([, digits]) => Number(digits)));
        text = '';
        look = () => {};
      };
      look();
    });
}

test('slow readers: conflated, a client that reads again gets the newest value, and then all', async (t) => {
  const { port, url } = await start(t, 'conflate');
  const quick = await openSocket(t, url);
  const slow = await openIdle(t, url);
  const { count, last } = await publishUntilFull(port);
  assert.deepEqual(last, { deliveries: 1, conflated: 1, dropped: 0 });
  for (let n = count + 1; n <= count + 5; n++)
    assert.deepEqual(await publish(port, n), { deliveries: 1, conflated: 1, dropped: 0 });
  const { connectionIds } = (await manage(port, 'GET', '/@connections')).json() as {
    connectionIds: string[];
  };
  const counts = await Promise.all(
    connectionIds.map(async (id) => (await manage(port, 'GET', `${inPath(id)}/topics`)).json()),
  );
  assert.deepEqual(counts, [
    { topics: ['feed'], conflated: 0, dropped: 0 },
    { topics: ['feed'], conflated: 5, dropped: 0 },
  ]);
  assert.equal((await post(port, connectionIds[0]!)).status, 200);
  // What there is room for depends on what the kernel has taken meanwhile; there is an end to it.
  let lagging = await post(port, connectionIds[1]!);
  for (let i = 0; i < 10 && lagging.status === 200; i++) lagging = await post(port, connectionIds[1]!);
  assert.deepEqual([lagging.status, lagging.errorType], [429, 'LimitExceededException']);
  const readUntil = reading(slow);
  const got = await readUntil(count + 5);
  assert.deepEqual(got, [...Array.from({ length: count - 1 }, (_, i) => i + 1), count + 5]);
  assert.equal((await publish(port, 1000)).deliveries, 2);
  await readUntil(1000);
  for (let n = 1; n <= count + 5; n++)
    assert.equal((await quick.next()).slice(0, 8), numbered(n).slice(0, 8));
});

test('slow readers: dropped, a client that reads again goes on with what is published then', async (t) => {
  const { port, url } = await start(t, 'drop');
  await openSocket(t, url);
  const slow = await openIdle(t, url);
  const { count, last } = await publishUntilFull(port);
  assert.deepEqual(last, { deliveries: 1, conflated: 0, dropped: 1 });
  const readUntil = reading(slow);
  assert.equal((await readUntil(count - 1)).length, count - 1);
  // It has read all that was sent to it; the gateway learns that in a turn of its own.
  let n = count;
  while ((await publish(port, ++n)).deliveries < 2);
  assert.deepEqual(await readUntil(n), [n]);
});

test('slow readers: closed, a client that lags is let go, and the others have all', async (t) => {
  const { port, url } = await start(t, 'close');
  const quick = await openSocket(t, url);
  const slow = await openIdle(t, url);
  const { count, last } = await publishUntilFull(port);
  assert.deepEqual(last, { deliveries: 1, conflated: 0, dropped: 0 });
  for (let n = 1; n <= count; n++) assert.equal((await quick.next()).slice(0, 8), numbered(n).slice(0, 8));
  slow.resume();
  await once(slow, 'close');
});
