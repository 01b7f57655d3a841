import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { request } from 'undici';
import { bodyOf, exchange, open, startServer, statusesOf, type TestServer } from './wire.ts';

let server: TestServer;
before(async (t) => {
  server = await startServer(t as never);
});

const limit = 10_485_760;
const bodyText = `HTTP content length exceeded ${limit} bytes.`;
const last = '\r\nHost: x\r\nConnection: close\r\n';

async function refusalsSince(act: () => Promise<unknown>): Promise<string[]> {
  const before = (await server.seen()).refusals.length;
  await act();
  return (await server.seen()).refusals.slice(before);
}

test('listener: a Content-Length above the limit is answered 413 before the body is sent', async () => {
  const refusals = await refusalsSince(async () => {
    const text = await exchange(
      server.port,
      `POST /never HTTP/1.1${last}Content-Length: ${limit + 1}\r\n\r\n`,
    );
    assert.match(
      text,
      /^HTTP\/1\.1 413 Payload Too Large\r\n[\s\S]*\r\nConnection: close\r\nContent-Type: text\/plain\r\n/,
    );
    assert.equal(bodyOf(text), bodyText);
  });
  assert.deepEqual(refusals, ['body-too-large']);
  assert.ok(!(await server.seen()).paths.includes('/never'));
});

test('listener: a chunked body is refused when it passes the limit', async () => {
  const refusals = await refusalsSince(async () => {
    const client = open(server.port);
    client.send('POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const piece = Buffer.concat([
      Buffer.from('100000\r\n'),
      Buffer.alloc(0x100000, 'x'),
      Buffer.from('\r\n'),
    ]);
    for (let i = 0; i < 11; i++) client.send(piece);
    const text = await client.closed();
    assert.deepEqual(statusesOf(text), [413]);
    assert.equal(bodyOf(text), bodyText);
  });
  assert.deepEqual(refusals, ['body-too-large']);
  const { stats, events } = await server.seen();
  assert.equal(stats.inFlightCount, 1);
  assert.ok(events.includes('abort /echo'));
});

test('listener: a body that passes the limit while the answer streams cuts the connection, and adds nothing', async () => {
  const client = open(server.port);
  client.send('POST /begun-reading HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
  await client.received((text) => text.endsWith('begun'));
  client.send('b00000\r\n');
  client.send(Buffer.alloc(0xb00000, 'x'));
  const text = await client.closed();
  assert.deepEqual(statusesOf(text), [200]);
  assert.match(text, /\r\n5\r\nbegun$/);
  assert.ok((await server.seen()).events.includes('reading ends'));
});

test('listener: clients that send the whole oversized body read the 413', async () => {
  for (const body of [Buffer.alloc(limit + 1), Buffer.alloc(2 * limit)]) {
    const answer = await request(`http://127.0.0.1:${server.port}/`, { method: 'POST', body });
    assert.equal(answer.statusCode, 413);
    assert.equal(await answer.body.text(), bodyText);
  }
});

test('listener: a target of 10240 bytes is served and one more is answered 414', async () => {
  const ask = (path: string) => exchange(server.port, `GET ${path} HTTP/1.1${last}\r\n`);
  assert.deepEqual(statusesOf(await ask(`/${'a'.repeat(10_239)}`)), [200]);
  assert.deepEqual(statusesOf(await ask(`/a?${'a'.repeat(10_237)}`)), [200]);
  const refusals = await refusalsSince(async () => {
    assert.deepEqual(statusesOf(await ask(`/${'a'.repeat(10_240)}`)), [414]);
    assert.deepEqual(statusesOf(await ask(`/a?${'a'.repeat(10_238)}`)), [414]);
  });
  assert.deepEqual(refusals, ['target-too-long', 'target-too-long']);
});

test('listener: header fields of 10240 bytes, separators included, are served and one more is answered 431', async () => {
  const ask = (value: string) =>
    exchange(server.port, `GET /ok HTTP/1.1\r\nConnection: close\r\nHost: x\r\nX: ${value}\r\n\r\n`);
  const used = 'Connection: close\r\nHost: x\r\nX: \r\n'.length;
  assert.deepEqual(statusesOf(await ask('a'.repeat(10_240 - used))), [200]);
  // As many bytes in letters of two: 'é' as UTF-8, with a letter at the end that uWS does not trim.
  assert.deepEqual(statusesOf(await ask(`${'\xc3\xa9'.repeat((10_240 - used - 1) / 2)}a`)), [200]);
  const text = await ask('a'.repeat(10_240 - used + 1));
  assert.deepEqual(statusesOf(text), [431]);
  assert.equal(bodyOf(text), 'HTTP header is larger than 10240 bytes.');
  assert.deepEqual(statusesOf(await ask(`b${'\xc3\xa9'.repeat((10_240 - used - 1) / 2)}a`)), [431]);
});

test('listener: far too large headers and too many fields are refused as well', async () => {
  const ask = (fields: string) => exchange(server.port, `GET /ok HTTP/1.1${last}${fields}\r\n`);
  assert.deepEqual(statusesOf(await ask(`X: ${'a'.repeat(60_000)}\r\n`)), [431]);
  assert.deepEqual(statusesOf(await ask('X: a\r\n'.repeat(200))), [431]);
});

test('listener: a refused HEAD has no body', async () => {
  const text = await exchange(server.port, `HEAD /${'a'.repeat(10_240)} HTTP/1.1${last}\r\n`);
  assert.match(text, /^HTTP\/1\.1 414 [\s\S]*\r\n\r\n$/);
  assert.equal(text.indexOf('\r\n\r\n'), text.length - 4);
});

test('listener: what follows a refused request is not handled', async () => {
  await exchange(server.port, 'GET / HTTP/1.1\r\nHost: a b\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.ok(!(await server.seen()).paths.includes('/smuggled'));
});

test('listener: targets with letters above ASCII and hosts that are none are answered 400', async () => {
  for (const head of [
    'GET /caf\xc3\xa9 HTTP/1.1\r\nHost: x',
    'GET /?caf\xe9 HTTP/1.1\r\nHost: x',
    'GET / HTTP/1.1\r\nHost: x/y',
    'GET / HTTP/1.1\r\nHost: user@x',
    'GET / HTTP/1.1\r\nHost: [::1',
    'GET / HTTP/1.1\r\nHost: x:port',
    'G@T / HTTP/1.1\r\nHost: x',
  ]) {
    assert.deepEqual(statusesOf(await exchange(server.port, `${head}\r\n\r\n`)), [400], head);
  }
  for (const host of ['x', 'api.example.com:8080', '[::1]:80', '127.0.0.1', 'a_b-c.d:']) {
    const text = await exchange(server.port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.deepEqual(statusesOf(text), [200], host);
  }
});

test('listener: a field value with any control character but TAB is refused', async () => {
  const controls = [...Array.from({ length: 32 }, (_, code) => code), 127].filter(
    (code) => code !== 9 && code !== 13,
  );
  for (const code of controls) {
    const request = `GET /never HTTP/1.1\r\nHost: x\r\nX: a${String.fromCharCode(code)}b\r\n\r\n`;
    assert.deepEqual(statusesOf(await exchange(server.port, request)), [400], `0x${code.toString(16)}`);
  }
  assert.ok(!(await server.seen()).paths.includes('/never'));
});

test('listener: a client of one byte a second is cut, in its head and in its body, and one that is idle', {
  timeout: 30_000,
}, async () => {
  const clients = [
    'GET / HTTP/1.1\r\nX: ',
    'POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n',
    'POST /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n',
  ].map((begin) => {
    const client = open(server.port);
    client.send(begin);
    return client;
  });
  const idle = open(server.port);
  idle.send('GET /ok HTTP/1.1\r\nHost: x\r\n\r\n');
  const timer = setInterval(() => {
    for (const client of clients) client.send('a');
  }, 1000);
  assert.deepEqual(await Promise.all(clients.map((client) => client.closed())), ['', '', '']);
  assert.deepEqual(statusesOf(await idle.closed()), [200]);
  clearInterval(timer);
});
