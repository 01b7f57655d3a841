// How connections end where it is time that ends them. The timers are stepped.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { headerBlock } from '../../src/base/header-field.ts';
import type { Downstream } from '../../src/exchange/downstream.ts';
import { type Listener, openListener } from '../../src/gateway/listener/listener.ts';
import { bodyOf, open, statusesOf } from './wire.ts';

/** Requests for `/hold` are held, others answered at once. */
async function start(t: TestContext): Promise<{ listener: Listener; held: Downstream[] }> {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const held: Downstream[] = [];
  const listener = await openListener({ host: '127.0.0.1', port: 0, tls: null }, ({ path, downstream }) => {
    if (path === '/hold') held.push(downstream);
    else downstream.send(200, headerBlock([]), 'ok');
  });
  t.after(() => listener.close());
  return { listener, held };
}

const tooLong = (bytes: number): string => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`;

test('listener: a refused client that neither reads on nor closes is cut, long before an idle one', async (t) => {
  const { listener } = await start(t);
  const idle = open(listener.port);
  await once(idle.socket, 'connect');
  const refused = open(listener.port);
  refused.send(tooLong(20_000_000));
  assert.deepEqual(statusesOf(await refused.received((text) => text.endsWith('\r\n\r\n'))), [413]);
  assert.equal(refused.isClosed, false);
  t.mock.timers.tick(1_000);
  const first = await Promise.race([
    refused.closed().then(() => 'refused'),
    idle.closed().then(() => 'idle'),
  ]);
  assert.equal(first, 'refused');
  idle.socket.destroy();
});

test('listener: of a refused body only the beginning is read', async (t) => {
  const { listener } = await start(t);
  const client = open(listener.port);
  client.send(tooLong(128 * 1024 * 1024));
  await client.received((text) => text.includes('413'));
  client.send(Buffer.alloc(128 * 1024 * 1024));
  for (let i = 0; i < 2_000 && client.socket.writableLength > 0; i++) await nextTurn();
  assert.ok(client.socket.writableLength > 0);
  client.socket.destroy();
});

test('drain: a request that comes while the last clients are left to read is answered', async (t) => {
  const { listener, held } = await start(t);
  const client = open(listener.port);
  client.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await client.received((text) => text.endsWith('ok'));
  const drained = listener.drain(60_000);
  client.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
  while (held.length === 0) await nextTurn();
  t.mock.timers.tick(1_000);
  await nextTurn();
  held[0]!.send(200, headerBlock([]), 'late');
  assert.equal(bodyOf(await client.closed()), 'late');
  t.mock.timers.tick(1_000);
  await drained;
});
