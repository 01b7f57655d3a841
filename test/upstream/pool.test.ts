// The pool's order of connections, and the clients it takes by default.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test from 'node:test';
import { createUpstream } from '../../src/gateway/upstream/index.ts';
import { exchange, onEachRequest, requestOf, serve, targetOf, until } from '../contract/upstream-harness.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const lean = { name: 'lean', client: 'lean', secure: false, cannot: {} } as const;
const verified = { insecureSkipVerification: false };

test('pool: the connection used last is used next, so that the others can age out', async (t) => {
  const open: Socket[] = [];
  const server = await serve(
    t,
    lean,
    onEachRequest((socket) => open.push(socket)),
  );
  const target = targetOf(t, lean, server);
  const both = [exchange(target), exchange(target)];
  await until(() => open.length === 2);
  const [first, second] = open.splice(0);
  first!.write(ok);
  await Promise.race(both);
  second!.write(ok);
  await Promise.all(both);
  for (let i = 0; i < 3; i++) {
    const again = exchange(target);
    await until(() => open.length === 1);
    assert.equal(open[0], second);
    open.pop()!.write(ok);
    await again;
  }
});

test('pool: a connection that is past its idle time is not used, though nobody has closed it yet', async (t) => {
  const server = await serve(
    t,
    lean,
    onEachRequest((socket) => socket.write(ok)),
  );
  const target = targetOf(t, lean, server, { idleTimeoutMs: 1 });
  assert.equal((await exchange(target)).body, 'ok');
  const idleSinceMs = performance.now();
  while (performance.now() < idleSinceMs + 3); // no turn of the event loop, in which the sweep would close it
  assert.equal((await exchange(target)).body, 'ok');
  assert.equal(server.connections, 2);
});

test('pool: a request that is sent again is told of in the log, and counted', async (t) => {
  const server = await serve(t, lean, (socket, index) => {
    let seen = 0;
    onEachRequest(() => (index === 0 && seen++ > 0 ? socket.destroy() : socket.write(ok)))(socket);
  });
  const upstream = createUpstream();
  t.after(() => upstream.close());
  const target = upstream.target(server.origin, verified);
  await exchange(target);
  const notes: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const onNote = (line: string) => notes.push(line);
    target.send(requestOf({}), { onHead() {}, onData: () => true, onEnd: resolve, onError: reject, onNote });
  });
  assert.equal(notes.length, 1);
  assert.match(notes[0]!, /^Retried on a fresh connection: http:.* closed .*before any answer$/);
  assert.deepEqual([upstream.stats()[0]!.retries, upstream.stats()[0]!.requests], [1, 2]);
});

test('pool: beyond originsMax the oldest origin is forgotten, and its holder can go on using it', async (t) => {
  const server = await serve(
    t,
    lean,
    onEachRequest((socket) => socket.write(ok)),
  );
  const upstream = createUpstream({ originsMax: 1 });
  t.after(() => upstream.close());
  const target = upstream.target(server.origin, verified);
  assert.equal((await exchange(target)).body, 'ok');
  upstream.target('http://other:1', verified);
  assert.notEqual(upstream.target(server.origin, verified), target);
  assert.equal((await exchange(target)).body, 'ok');
  assert.equal(server.connections, 1);
});

test('pool: an http origin gets the lean client and an https origin undici', async (t) => {
  for (const [secure, connection] of [
    [false, null],
    [true, 'keep-alive'],
  ] as const) {
    const subject = { name: '', client: 'lean', secure, cannot: {} } as const;
    const server = await serve(
      t,
      subject,
      onEachRequest((socket) => socket.write(ok)),
    );
    const upstream = createUpstream();
    t.after(() => upstream.close());
    await exchange(upstream.target(server.origin, { insecureSkipVerification: true }));
    // undici says `connection: keep-alive`, which HTTP/1.1 does not need and the lean client does not send.
    assert.equal(/\r\nconnection: (.*)\r\n/.exec(server.received[0]!)?.[1] ?? null, connection);
  }
});
