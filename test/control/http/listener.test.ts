// The HTTP server of the management port, told over plain sockets: what clients may do, and what they are refused.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'node:test';
import type { HttpRequest } from '../../../src/control/http/http-request.ts';
import { createHttpListener, type HttpLimits } from '../../../src/control/http/listener.ts';

const limitsDefault: HttpLimits = {
  connectionsMax: 100,
  headBytesMax: 4096,
  headTimeoutMs: 60_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 65_000,
  stillTimeoutMs: 60_000,
  drainTimeoutMs: 60_000,
};

interface World {
  readonly port: number;
  close(): Promise<void>;
  /** A connection, and all that it was told until it was closed. */
  open(): { socket: Socket; told: Promise<string> };
  /** Sends text and waits for the end of the connection. */
  tell(text: string): Promise<string>;
}

/** @param onRequest - by default each request is answered with its target, a turn later */
async function world(
  t: { after(work: () => unknown): void },
  onRequest: (request: HttpRequest) => void = (request) =>
    setImmediate(() => request.answer(200, ['A', 'b'], request.head.target, false)),
  limits: Partial<HttpLimits> = {},
): Promise<World> {
  const listener = createHttpListener({
    host: '127.0.0.1',
    port: 0,
    limits: { ...limitsDefault, ...limits },
    onRequest,
    malformed: (status) => `HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`,
    log: assert.fail,
  });
  const port = await listener.listen();
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return listener.close();
  });
  const open = () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    return { socket, told: once(socket, 'close').then(() => text) };
  };
  const tell = (text: string): Promise<string> => {
    const { socket, told } = open();
    socket.write(text, 'latin1');
    return told;
  };
  return { port, close: () => listener.close(), open, tell };
}

const get = (target: string, more = ''): string => `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const last = get('/last', 'Connection: close\r\n');
/** Heads without the date, and bodies. */
const plain = (told: string): string => told.replace(/Date: [^\r]+ GMT\r\n/g, '');
const kept = 'Connection: keep-alive\r\nKeep-Alive: timeout=65\r\n\r\n';

test('http: requests that are sent together are answered in order, on one connection', async (t) => {
  const { tell } = await world(t);
  assert.equal(
    plain(await tell(get('/a') + get('/bc') + last)),
    `HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n${kept}/aHTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3\r\n${kept}/bc` +
      'HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n/last',
  );
});

test('http: a client that sends many requests ahead is read as fast as it is answered', async (t) => {
  const { tell } = await world(t);
  const told = await tell(get('/a', `X: ${'x'.repeat(1000)}\r\n`).repeat(300) + last);
  assert.equal(told.split('HTTP/1.1 200 OK').length, 302);
});

test('http: a client that has sent all it will is answered still', async (t) => {
  const { open } = await world(t, (request) => setTimeout(() => request.answer(200, [], 'late', false), 5));
  const { socket, told } = open();
  socket.end(get('/a'));
  assert.match(await told, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nlate$/);
});

test('http: an answer to HEAD, and one of 204, has no body', async (t) => {
  const { tell } = await world(t, (request) =>
    setImmediate(() => request.answer(request.head.method === 'HEAD' ? 200 : 204, [], 'body', false)),
  );
  const told = plain(await tell(`HEAD / HTTP/1.1\r\nHost: x\r\n\r\n${last}`));
  assert.equal(
    told,
    `HTTP/1.1 200 OK\r\nContent-Length: 4\r\n${kept}HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n`,
  );
});

test('http: text that is not ASCII is sent as UTF-8, and bytes as they are', async (t) => {
  const bodies = ['ä€😀', Buffer.from([0, 255])];
  const { tell } = await world(t, (request) =>
    setImmediate(() => request.answer(200, [], bodies.shift()!, false)),
  );
  const told = Buffer.from(await tell(get('/') + last), 'latin1').toString('latin1');
  assert.ok(told.includes(`Content-Length: 9\r\n`));
  assert.ok(told.includes(Buffer.from('ä€😀').toString('latin1')));
  assert.ok(told.endsWith('\r\n\r\n\0\xff'));
});

test('http: a client of HTTP/1.0 is answered, a stream to it ends with the connection', async (t) => {
  const { tell } = await world(t, (request) => {
    const stream = request.answerStream(200, [], false);
    stream.write(Buffer.from('one '));
    setImmediate(() => {
      stream.write(Buffer.from('two'));
      stream.end();
      stream.end();
    });
  });
  assert.equal(
    plain(await tell('GET / HTTP/1.0\r\n\r\n')),
    'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none two',
  );
  assert.equal(
    plain(await tell(last)),
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n',
  );
});

test('http: what nobody can answer is refused, and its connection ended', async (t) => {
  const { tell } = await world(t);
  const cases: readonly (readonly [text: string, status: number])[] = [
    ['NONSENSE\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    [get('/', 'A: b\nc: d\r\n'), 400],
    [get('/', 'Transfer-Encoding: gzip, chunked\r\n'), 400],
    [get('/', 'Expect: a-pony\r\n'), 417],
    [get(`/${'x'.repeat(5000)}`), 431],
  ];
  for (const [text, status] of cases)
    assert.ok((await tell(text)).startsWith(`HTTP/1.1 ${status} `), `${status}: ${text.slice(0, 60)}`);
  const patient = await world(t, () => {});
  for (const half of ['GET / HT', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab']) {
    const { socket, told } = patient.open();
    socket.end(half);
    assert.match(await told, /HTTP\/1\.1 400 /);
  }
});

test('http: a body that comes too slowly is refused, and whoever waits for it is told', async (t) => {
  const gone = Promise.withResolvers<void>();
  let isAsked = false;
  const onRequest = (request: HttpRequest): void => {
    isAsked = true;
    request.readTo({ onData: () => {}, onEnd: assert.fail, onGone: gone.resolve });
  };
  const { tell } = await world(t, onRequest, { requestTimeoutMs: 40 });
  assert.match(await tell('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab'), /^HTTP\/1\.1 408 /);
  // On a busy machine the time may be over before the head was read.
  if (isAsked) await gone.promise;
});

test('http: a connection that sends nothing is refused, one that waits for its next request is closed', async (t) => {
  const silent = await world(t, undefined, { headTimeoutMs: 40 });
  assert.match(await silent.tell(''), /^HTTP\/1\.1 408 /);
  const idle = await world(t, undefined, { keepAliveTimeoutMs: 40 });
  assert.match(await idle.tell(get('/a')), /^HTTP\/1\.1 200 [\s\S]*\/a$/);
});

test('http: a request that is answered before its body has come has the rest of it thrown away', async (t) => {
  const { open } = await world(t, (request) => request.answer(403, [], 'no', false));
  const { socket, told } = open();
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
  await once(socket, 'data');
  socket.write(`${'x'.repeat(100_000)}GET / HTTP/1.1\r\nHost: x\r\n\r\n`);
  const text = await told;
  assert.match(text, /^HTTP\/1\.1 403 [\s\S]*Connection: close\r\n\r\nno$/);
  assert.equal(text.split('HTTP/1.1 403').length, 2);
});

test('http: closing ends idle connections at once and others when they are answered', async (t) => {
  const asked = Promise.withResolvers<HttpRequest>();
  const { open, close } = await world(t, asked.resolve);
  const idle = open();
  await once(idle.socket, 'connect');
  const busy = open();
  busy.socket.write(get('/'));
  const request = await asked.promise;
  const closed = close();
  assert.equal(await idle.told, '');
  request.answer(200, [], 'done', true);
  assert.match(await busy.told, /done$/);
  await closed;
});

test('http: closing waits no longer than its time', async (t) => {
  const asked = Promise.withResolvers<HttpRequest>();
  const { tell, close } = await world(t, asked.resolve, { drainTimeoutMs: 20 });
  const told = tell(get('/'));
  await asked.promise;
  await close();
  assert.equal(await told, '');
});

test('http: a field that cannot be written is a TypeError, and nothing was written', async (t) => {
  const thrown = Promise.withResolvers<unknown>();
  const { tell } = await world(t, (request) => {
    try {
      request.answer(200, ['A', 'b\r\nc: d'], 'x', false);
    } catch (error) {
      thrown.resolve(error);
      request.destroy();
    }
  });
  assert.equal(await tell(get('/')), '');
  assert.ok((await thrown.promise) instanceof TypeError);
});
