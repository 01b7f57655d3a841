import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test, { before } from 'node:test';
import { Agent, request } from 'undici';
import { bodyOf, exchange, open, startServer, statusesOf, type TestServer } from './wire.ts';

let server: TestServer;
before(async (t) => {
  server = await startServer(t as never);
});

const sha1 = (body: Uint8Array) => createHash('sha1').update(body).digest('hex');

/** A body split into chunks of odd sizes. */
function chunked(body: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0, size = 1; at < body.length; at += size, size = size * 3 + 1) {
    const piece = body.subarray(at, at + size);
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

test('listener: bodies of all sizes and framings are collected whole', async () => {
  for (const size of [0, 1, 5, 4096, 70_000, 1_000_000, 10_485_760]) {
    const body = Buffer.alloc(size, 'abcdefg');
    const head = 'POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';
    const byLength = await exchange(
      server.port,
      Buffer.concat([Buffer.from(`${head}Content-Length: ${size}\r\n\r\n`), body]),
    );
    const byChunks = await exchange(
      server.port,
      Buffer.concat([Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`), chunked(body)]),
    );
    const expected = { bodyBytes: size === 0 ? null : size, sha1: size === 0 ? null : sha1(body) };
    const { bodyBytes, sha1: sum } = JSON.parse(bodyOf(byLength));
    assert.deepEqual({ bodyBytes, sha1: sum }, expected);
    const other = JSON.parse(bodyOf(byChunks));
    assert.deepEqual({ bodyBytes: other.bodyBytes, sha1: other.sha1 }, { bodyBytes: size, sha1: sha1(body) });
  }
});

test('listener: a body that arrives byte by byte is collected whole', async () => {
  const client = open(server.port);
  for (const byte of 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello') {
    await new Promise((resolve) => client.socket.write(byte, resolve));
  }
  const text = await client.received((text) => text.includes('sha1'));
  assert.equal(JSON.parse(bodyOf(text)).sha1, sha1(Buffer.from('hello')));
  client.socket.destroy();
});

test('listener: a body waits unread for whoever asks for it later', async () => {
  const body = Buffer.alloc(3_000_000, 'wait');
  for (const head of [`Content-Length: ${body.length}`, 'Transfer-Encoding: chunked']) {
    const client = open(server.port);
    client.send(`POST /hold-body HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n\r\n`);
    client.send(head.startsWith('T') ? chunked(body) : body);
    await server.seen((seen) => seen.stats.inFlightCount === 2);
    server.tell('read-bodies');
    const { bodyBytes, sha1: sum } = JSON.parse(bodyOf(await client.closed()));
    assert.deepEqual([bodyBytes, sum], [body.length, sha1(body)]);
  }
});

test('listener: a sink that pauses after each chunk gets the whole body', async () => {
  const body = Buffer.alloc(5_000_000, 'x');
  const text = await exchange(
    server.port,
    Buffer.concat([
      Buffer.from(
        `POST /pausing HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`,
      ),
      body,
    ]),
  );
  assert.deepEqual(JSON.parse(bodyOf(text)), { bytes: body.length, hasPaused: true });
});

test('listener: a sink is told when the client goes away in the middle of the body', async () => {
  const client = open(server.port);
  client.send('POST /pausing HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhello');
  await server.seen((seen) => seen.paths.filter((path) => path === '/pausing').length === 2);
  client.socket.destroy();
  await server.seen((seen) => seen.events.includes('sink abort') && seen.events.includes('abort /pausing'));
});

test('listener: a sink is told when the exchange is destroyed in the middle of the body', async () => {
  const client = open(server.port);
  client.send('POST /destroy-reading HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhello');
  assert.equal(await client.closed(), '');
  const { events } = await server.seen();
  assert.deepEqual(
    events.filter((event) => event.startsWith('sink ') && event !== 'sink abort'),
    ['sink told'],
  );
});

test('listener: 100 Continue comes before the body is sent', async () => {
  const client = open(server.port);
  client.send(
    'POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n',
  );
  await client.received((text) => text.includes('100 Continue'));
  client.send('hi');
  assert.deepEqual(statusesOf(await client.closed()), [100, 200]);
});

test('listener: an answer that does not wait for the body leaves the connection usable', async () => {
  const client = open(server.port);
  client.send('POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello');
  await client.received((text) => text.includes('early'));
  client.send('world');
  client.send('GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.deepEqual(statusesOf(await client.closed()), [401, 200]);
});

test('listener: a streamed answer that comes later and does not wait for the body leaves the connection usable', {
  timeout: 20_000,
}, async () => {
  const client = open(server.port);
  client.send('POST /hold?/stream-length?5 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello');
  await server.seen((seen) => seen.stats.inFlightCount === 2);
  server.tell('release');
  await client.received((text) => text.endsWith('xxxxx'));
  client.send('world');
  client.send('GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.deepEqual(statusesOf(await client.closed()), [200, 200]);
});

test('listener: an early answer to a chunked body is sent after its last byte, and ends the connection', async () => {
  const client = open(server.port);
  client.send('POST /early HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
  await server.seen((seen) => seen.paths.filter((path) => path === '/early').length === 2);
  client.send('5\r\nworld\r\n0\r\n\r\n');
  const text = await client.closed();
  assert.match(text, /^HTTP\/1\.1 401 Unauthorized\r\n[\s\S]*\r\nConnection: close\r\n[\s\S]*early$/);
});

test('listener: streamed and bodiless answers to chunked requests end the connection too', async () => {
  const head = 'HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n';
  for (const target of ['/stream?200000', '/stream-length?200000', '/large?200000']) {
    assert.equal(bodyOf(await exchange(server.port, `POST ${target} ${head}`)).length, 200_000, target);
  }
  assert.match(
    await exchange(server.port, `POST /status?204 ${head}`),
    /^HTTP\/1\.1 204 [\s\S]*Connection: close\r\n\r\n$/,
  );
  assert.match(
    await exchange(server.port, `HEAD /ok ${head}`),
    /Connection: close\r\n[\s\S]*Content-Length: \d\r\n\r\n$/,
  );
});

test('listener: nothing that follows a chunked request is handled', async () => {
  for (const target of [
    '/ok',
    '/early',
    '/late',
    '/stream?5',
    '/stream-length?5',
    '/status?204',
    '/destroy',
  ]) {
    await exchange(
      server.port,
      `POST ${target} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`,
    );
  }
  assert.ok(!(await server.seen()).paths.includes('/smuggled'));
});

test('listener: undici sends and receives through one connection', async () => {
  const dispatcher = new Agent({ connections: 1 });
  const origin = `http://127.0.0.1:${server.port}`;
  for (let i = 0; i < 20; i++) {
    const body = Buffer.alloc(i * 5000, 'u');
    const { statusCode, body: answer } = await request(`${origin}/echo`, {
      method: 'POST',
      body,
      dispatcher,
    });
    assert.equal(statusCode, 200);
    assert.equal(
      ((await answer.json()) as { bodyBytes: number | null }).bodyBytes,
      body.length === 0 ? null : body.length,
    );
  }
  await dispatcher.close();
});
