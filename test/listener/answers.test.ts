import assert from 'node:assert/strict';
import test, { before } from 'node:test';
import { bodyOf, exchange, headOf, open, startServer, statusesOf, type TestServer } from './wire.ts';

let server: TestServer;
before(async (t) => {
  server = await startServer(t as never);
});

const last = '\r\nHost: x\r\nConnection: close\r\n\r\n';
const ask = (target: string, method = 'GET') => exchange(server.port, `${method} ${target} HTTP/1.1${last}`);

test('listener: the request arrives with its target, method and fields as they were sent', async () => {
  const text = await exchange(
    server.port,
    'pUt /echo?a=%20&b HTTP/1.1\r\nHost: Api.Test:80\r\nX-A: 1\r\nx_b.~:  caf\xc3\xa9 x \r\nX-a: 2\r\nConnection: close\r\n\r\n',
  );
  assert.deepEqual(JSON.parse(bodyOf(text)), {
    method: 'pUt',
    path: '/echo',
    query: 'a=%20&b',
    headers: ['host', 'Api.Test:80', 'x-a', '1', 'x_b.~', 'cafÃ© x', 'x-a', '2', 'connection', 'close'],
    bodyBytes: null,
    sha1: null,
  });
});

test('listener: the path is neither decoded nor normalised', async () => {
  const text = await ask('/a/../b//c;v=1%2F%zz');
  assert.equal(statusesOf(text)[0], 200);
  const { paths } = await server.seen();
  assert.ok(paths.includes('/a/../b//c;v=1%2F%zz'));
});

test('listener: an answer given at once and one given later look the same', async () => {
  const atOnce = await ask('/ok');
  const later = await ask('/late');
  const shape = (text: string) => headOf(text).replace(/Date: [^\r]+/, 'Date');
  assert.equal(
    shape(atOnce),
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate\r\nContent-Length: 2\r\n'.replace(
      'Date\r\n',
      'Date\r\n',
    ),
  );
  assert.equal(shape(later), shape(atOnce).replace('Length: 2', 'Length: 4'));
  assert.equal(bodyOf(later), 'late');
});

test('listener: HEAD tells the length and sends no body', async () => {
  const text = await ask('/large?70000', 'HEAD');
  assert.match(text, /\r\nContent-Length: 70000\r\n\r\n$/);
  assert.match(await ask('/stream-head', 'HEAD'), /\r\nContent-Length: 77\r\n\r\n$/);
  assert.doesNotMatch(await ask('/stream?5', 'HEAD'), /Content-Length|chunked|x{5}/);
});

test('listener: 204 and 304 have neither body nor Content-Length', async () => {
  for (const status of [204, 304]) {
    const text = await ask(`/status?${status}`);
    assert.equal(statusesOf(text)[0], status);
    assert.doesNotMatch(text, /content-length|body/i);
    assert.ok(text.endsWith('\r\n\r\n'));
  }
});

test('listener: an answer without body says Content-Length 0', async () => {
  assert.match(await ask('/null'), /\r\nContent-Length: 0\r\n\r\n$/);
});

test('listener: statuses without a reason phrase are sent with an empty one', async () => {
  assert.match(await ask('/status?499'), /^HTTP\/1\.1 499 \r\n/);
  assert.match(await ask('/status?599'), /^HTTP\/1\.1 599 \r\n/);
});

test('listener: latin1 field values go out as the same bytes, text bodies as UTF-8', async () => {
  const text = await ask('/latin1');
  assert.match(text, /\r\nX-Name: caf\xe9\r\n/);
  assert.equal(bodyOf(text), '\xc3\xa9');
});

test('listener: text bodies are sent as UTF-8, whatever letters they hold', async () => {
  const lengths = [255, 1_000, 16_384, 16_385, 65_000];
  const ascii = lengths.map((length) => 'x'.repeat(length));
  const texts = ['plain', 'é', '日本é', '\u{1f600}', 'é'.repeat(1000), '日'.repeat(100_000), ...ascii];
  for (const text of texts) {
    const sent = await exchange(
      server.port,
      `POST /text HTTP/1.1\r\nContent-Length: ${Buffer.byteLength(text)}${last}${Buffer.from(text).toString('latin1')}`,
    );
    assert.equal(Buffer.from(bodyOf(sent), 'latin1').toString(), text);
  }
});

test('listener: letters that V8 keeps in two bytes each go out in one where they are ASCII', async () => {
  assert.equal(bodyOf(await ask('/wide')), 'a'.repeat(1_000));
});

test('listener: 65536 bytes are taken before send returns', async () => {
  const client = open(server.port);
  client.socket.pause();
  for (let i = 0; i < 150; i++) client.send(`GET /reuse HTTP/1.1${i < 149 ? '\r\nHost: x\r\n\r\n' : last}`);
  await server.seen((seen) => seen.paths.filter((path) => path === '/reuse').length > 50);
  client.socket.resume();
  const text = await client.closed();
  assert.equal(statusesOf(text).length, 150);
  assert.ok(!/b{10}/.test(text));
});

test('listener: large and streamed answers arrive whole, to slow readers too', async () => {
  for (const target of [
    '/large?8000000',
    '/stream?8000000',
    '/stream-length?8000000',
    '/stream-length?1',
    '/stream?0',
    '/stream-length?0',
  ]) {
    const client = open(server.port);
    client.socket.pause();
    client.send(`GET ${target} HTTP/1.1${last}`);
    await server.seen((seen) => seen.paths.includes(target.split('?')[0]!));
    client.socket.resume();
    const text = await client.closed();
    assert.equal(bodyOf(text).length, Number(target.split('?')[1]), target);
    assert.equal(
      /content-length/i.test(headOf(text)),
      !target.startsWith('/stream?') || target.endsWith('?0'),
      target,
    );
  }
});

test('listener: an answer that ends before its announced length, or would pass it, is cut', async () => {
  assert.ok(bodyOf(await ask('/stream-short')).length < 10);
  assert.ok(bodyOf(await ask('/stream-long')).length < 10);
});

test('listener: a streamed answer of 204 or 304 has neither body nor length', async () => {
  for (const status of [204, 304]) {
    const text = await ask(`/begin?${status}`);
    assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\\r\\n\\r\\n$`));
    assert.doesNotMatch(text, /content-length|transfer-encoding|body/i);
  }
});

test('listener: destroy cuts the connection, at once or in the middle', async () => {
  assert.equal(await ask('/destroy'), '');
  const text = await ask('/destroy-late');
  assert.match(text, /\r\nContent-Length: 10\r\n\r\n12345$/);
});

test('listener: only the first answer of an exchange is sent', async () => {
  const text = await ask('/twice');
  assert.deepEqual(statusesOf(text), [200]);
  assert.equal(bodyOf(text), 'first');
});

test('listener: what the handler throws becomes a 500, and is told', async () => {
  const text = await ask('/throw');
  assert.equal(statusesOf(text)[0], 500);
  assert.equal(bodyOf(text), '{"message": "Internal server error"}');
  const late = await exchange(server.port, `POST /throw-late HTTP/1.1\r\nContent-Length: 2${last}hi`);
  assert.deepEqual(statusesOf(late), []);
  const { errors } = await server.seen();
  assert.deepEqual(errors, ['thrown by the handler', 'thrown while collecting']);
});

test('listener: what the handler throws in the middle of its answer cuts the connection', {
  timeout: 20_000,
}, async () => {
  const before = (await server.seen()).errors.length;
  const text = await ask('/throw-begun');
  assert.doesNotMatch(text, /HTTP\/1\.1 500|\r\n0\r\n/);
  assert.deepEqual((await server.seen()).errors.slice(before), ['thrown in the middle']);
});

test('listener: the peer is known by address, port and protocol', async () => {
  assert.deepEqual(JSON.parse(bodyOf(await ask('/peer'))), ['127.0.0.1', server.port, false]);
});

test('listener: pipelined requests are answered in order', async () => {
  const client = open(server.port);
  client.send(
    `GET /null HTTP/1.1\r\nHost: x\r\n\r\nHEAD /ok HTTP/1.1\r\nHost: x\r\n\r\nGET /status?404 HTTP/1.1${last}`,
  );
  assert.deepEqual(statusesOf(await client.closed()), [200, 200, 404]);
});

test('listener: a request that is pipelined behind a pending answer is not handled, and the connection ends', async () => {
  const text = await exchange(
    server.port,
    'GET /late HTTP/1.1\r\nHost: x\r\n\r\nGET /behind HTTP/1.1\r\nHost: x\r\n\r\n',
  );
  assert.equal(text, '');
  assert.ok(!(await server.seen()).paths.includes('/behind'));
});

test('listener: what callbacks throw is told, and takes only their own connection down', async () => {
  const before = (await server.seen()).errors.length;
  const client = open(server.port);
  client.send('GET /throw-on-abort HTTP/1.1\r\nHost: x\r\n\r\n');
  await server.seen((seen) => seen.paths.includes('/throw-on-abort'));
  client.socket.resetAndDestroy();
  const draining = open(server.port);
  draining.socket.pause();
  draining.send('GET /throw-on-drain HTTP/1.1\r\nHost: x\r\n\r\n');
  await server.seen((seen) => seen.paths.includes('/throw-on-drain'));
  draining.socket.resume();
  await draining.closed();
  const { errors } = await server.seen((seen) => seen.errors.length === before + 2);
  assert.deepEqual(errors.slice(before).toSorted(), ['thrown on abort', 'thrown on drain']);
});

test('listener: a connection is kept for the next request', async () => {
  const client = open(server.port);
  for (let count = 1; count <= 3; count++) {
    client.send('GET /late HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.received((text) => text.split('late').length === count + 1);
  }
  assert.ok(!client.isClosed);
  client.socket.destroy();
});

test('listener: a client that shuts its side down after the request is answered', async () => {
  const client = open(server.port);
  client.send('GET /ok HTTP/1.1\r\nHost: x\r\n\r\n');
  client.socket.end();
  assert.equal(bodyOf(await client.closed()), 'ok');
});

test('listener: a client that goes away while it waits is told of once, and a late answer does nothing', async () => {
  const client = open(server.port);
  client.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
  await server.seen((seen) => seen.paths.includes('/hold'));
  client.socket.resetAndDestroy();
  const seen = await server.seen((seen) => seen.events.includes('abort /hold'));
  server.tell('release');
  assert.equal(seen.events.filter((event) => event === 'abort /hold').length, 1);
  await server.seen((seen) => seen.events.includes('late abort /hold'));
  assert.equal((await server.seen((seen) => seen.stats.inFlightCount === 1)).stats.inFlightCount, 1);
});

test('listener: destroying an exchange that waits closes its connection without an abort', async () => {
  const client = open(server.port);
  client.send('GET /hold HTTP/1.1\r\nHost: x\r\n\r\n');
  await server.seen((seen) => seen.stats.inFlightCount === 2);
  const before = (await server.seen()).events.length;
  server.tell('destroy');
  assert.equal(await client.closed(), '');
  assert.equal((await server.seen()).events.length, before);
});
