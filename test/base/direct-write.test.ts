import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { isDirect, unwrittenBytes, writeBytes, writeText } from '../../src/base/direct-write.ts';
import { collectGarbage } from '../support/collect-garbage.ts';

/** Two ends of one connection. */
async function pair(t: TestContext): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  if (near.connecting) await once(near, 'connect');
  near.on('error', () => {});
  far.on('error', () => {});
  t.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return { near, far };
}

test('direct write: heads go past the stream on the pinned Node.js', () => {
  assert.equal(isDirect, true);
});

for (const isPlain of [true, false])
  test(`direct write: every octet arrives, in order with what the stream writes (${isPlain ? 'direct' : 'stream'})`, async (t) => {
    const { near, far } = await pair(t);
    far.pause();
    // More than the kernel takes at once, so that a part has to wait.
    const octets = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('');
    const large = octets.repeat(64 * 1024);
    writeText(near, 'first ', isPlain);
    writeText(near, large, isPlain);
    assert.ok(unwrittenBytes(near) > 0);
    near.write('then the stream ', 'latin1');
    writeText(near, 'last', isPlain);
    near.end();
    const read: Buffer[] = [];
    for await (const chunk of far) read.push(chunk as Buffer);
    assert.equal(Buffer.concat(read).toString('latin1'), `first ${large}then the stream last`);
    assert.equal(unwrittenBytes(near), 0);
  });

test('direct write: bytes arrive in order with text and with what the stream writes, and are read from until they have', async (t) => {
  const { near, far } = await pair(t);
  far.pause();
  const piece = Buffer.alloc(60_000, 'p');
  let wanted = '';
  for (let i = 0; i < 200; i++) {
    writeBytes(near, Buffer.concat([Buffer.from(`${i}:`), piece]));
    wanted += `${i}:${piece}`;
  }
  // Far more than the kernel takes.
  assert.ok(unwrittenBytes(near) > 5_000_000);
  writeText(near, 'text', true);
  writeBytes(near, Buffer.alloc(100_000, 'l'));
  near.end();
  let read = '';
  for await (const chunk of far) read += String(chunk);
  assert.equal(read, `${wanted}text${'l'.repeat(100_000)}`);
  assert.equal(unwrittenBytes(near), 0);
});

test('direct write: bytes for a socket that is still connecting wait until it is', async (t) => {
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
  writeBytes(socket, Buffer.from('early'));
  writeBytes(socket, Buffer.from(' bytes'));
  socket.end();
  let read = '';
  for await (const chunk of socket) read += String(chunk);
  assert.equal(read, 'early bytes');
});

test('direct write: a peer that is gone destroys the socket with the reason', async (t) => {
  const { near, far } = await pair(t);
  far.resetAndDestroy();
  const closed = new Promise((resolve) => near.once('close', resolve));
  for (let i = 0; i < 1000 && !near.destroyed; i++) {
    writeText(near, 'x'.repeat(1000), true);
    await new Promise(setImmediate);
  }
  await closed;
  assert.match(String(near.errored?.message), /^(write (EPIPE|ECONNRESET)|read ECONNRESET)$/);
  writeText(near, 'to nobody', true); // nothing happens
});

test('direct write: what waits is read from until it has gone, whatever other sockets write meanwhile', async (t) => {
  const [slow, quick] = [await pair(t), await pair(t)];
  slow.far.pause();
  let wanted = '';
  for (let i = 0; unwrittenBytes(slow.near) === 0; i++) {
    const piece = `${i}:${'p'.repeat(60_000)}`;
    wanted += piece;
    // Memory of its own, which nobody else keeps.
    writeBytes(slow.near, Buffer.alloc(piece.length, piece));
  }
  let read = '';
  quick.far.on('data', (chunk) => {
    read += String(chunk);
  });
  for (let i = 0; i < 100; i++) writeText(quick.near, `${i} `, true);
  for (let i = 100; i < 200; i++) writeBytes(quick.near, Buffer.from(`${i} `));
  for (let i = 0; i < 5; i++) await collectGarbage();
  const junk = Array.from({ length: 200 }, () => Buffer.alloc(60_010, 'j'));
  slow.near.end();
  quick.near.end();
  let slowRead = '';
  for await (const chunk of slow.far) slowRead += String(chunk);
  assert.equal(junk.length, 200);
  assert.ok(slowRead === wanted);
  assert.equal(read, Array.from({ length: 200 }, (_, i) => `${i} `).join(''));
});

test('direct write: a write that fails ends the socket that wrote, and no other', async (t) => {
  const [broken, whole] = [await pair(t), await pair(t)];
  broken.far.pause();
  writeText(broken.near, 's'.repeat(8_000_000), true);
  assert.ok(unwrittenBytes(broken.near) > 0);
  writeText(whole.near, 'as ever', true);
  const failed = once(broken.near, 'error');
  broken.far.resetAndDestroy();
  const [error] = (await failed) as [NodeJS.ErrnoException];
  assert.match(error.code ?? '', /^(EPIPE|ECONNRESET)$/);
  writeText(broken.near, 'more', true);
  writeText(whole.near, ' and on', true);
  whole.near.end();
  let read = '';
  for await (const chunk of whole.far) read += String(chunk);
  assert.equal(read, 'as ever and on');
});
