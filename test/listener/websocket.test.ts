import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test, { type TestContext } from 'node:test';
import { headerBlock } from '../../src/base/header-field.ts';
import type { IncomingRequest } from '../../src/exchange/downstream.ts';
import type { Socket, SocketEvents } from '../../src/exchange/socket.ts';
import { socketLimitsDefault } from '../../src/gateway/listener/client-socket.ts';
import { type Listener, openListener } from '../../src/gateway/listener/listener.ts';

interface Seen extends SocketEvents {
  readonly messages: string[];
  readonly closed: Promise<[number, string]>;
  socket: Socket;
}

/** Accepts all sockets with `events`; other requests are answered 200 "http". */
async function open(
  t: TestContext,
  take: (request: IncomingRequest, accept: () => Seen) => void = (_, accept) => void accept(),
): Promise<{ listener: Listener; url: string; sockets: Seen[] }> {
  const sockets: Seen[] = [];
  const listener = await openListener({ host: '127.0.0.1', port: 0, tls: null }, (request) => {
    const { upgrade } = request.downstream;
    if (upgrade === null) {
      request.downstream.send(200, headerBlock(['Content-Type', 'text/plain']), 'http');
      return;
    }
    take(request, () => {
      const { promise, resolve } = Promise.withResolvers<[number, string]>();
      const messages: string[] = [];
      const seen: Seen = {
        messages,
        closed: promise,
        socket: null as never,
        onMessage: (message, isBinary) => {
          messages.push(`${isBinary ? 'binary' : 'text'} ${Buffer.from(message)}`);
          seen.socket.send(isBinary ? message : Buffer.from(message).toString(), isBinary);
        },
        onDrain: () => {},
        onClose: (code, reason) => resolve([code, reason]),
      };
      seen.socket = upgrade.accept('', headerBlock([]), seen)!;
      sockets.push(seen);
      return seen;
    });
  });
  t.after(() => listener.close());
  return { listener, url: `ws://127.0.0.1:${listener.port}/prod?x=1`, sockets };
}

const once = (target: WebSocket, event: string): Promise<Event> =>
  new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));

async function connected(url: string, protocols: string[] = []): Promise<WebSocket> {
  const client = new WebSocket(url, protocols);
  client.binaryType = 'arraybuffer';
  await once(client, 'open');
  return client;
}

test('listener: a message of a WebSocket arrives whole, text as text and bytes as bytes, and so does the answer', async (t) => {
  const { url, sockets } = await open(t);
  const client = await connected(url);
  client.send('grüße');
  assert.equal(((await once(client, 'message')) as MessageEvent).data, 'grüße');
  client.send(new Uint8Array([0, 255, 1]));
  assert.deepEqual(
    new Uint8Array(((await once(client, 'message')) as MessageEvent).data),
    new Uint8Array([0, 255, 1]),
  );
  assert.equal(sockets[0]!.messages[0], 'text grüße');
  client.close(1000, 'done');
  assert.deepEqual(await sockets[0]!.closed, [1000, 'done']);
});

test('listener: an upgrade may be answered later, in another turn', async (t) => {
  const { url } = await open(t, (_, accept) => void setTimeout(accept, 5));
  const client = await connected(url);
  client.send('later');
  assert.equal(((await once(client, 'message')) as MessageEvent).data, 'later');
  client.close();
});

test('listener: an upgrade is refused like any request', async (t) => {
  const { listener } = await open(t, ({ downstream }) =>
    downstream.send(403, headerBlock(['Content-Type', 'application/json']), '{"message":"Forbidden"}'),
  );
  const answer = await raw(
    listener.port,
    upgradeHead(['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']),
    /\}$/,
  );
  assert.match(answer, /^HTTP\/1\.1 403 Forbidden\r\n/);
  assert.match(answer, /\{"message":"Forbidden"\}$/);
});

test('listener: a GET with a key is no upgrade unless both Connection and Upgrade say so', async (t) => {
  const { listener } = await open(t);
  for (const fields of [
    [],
    ['Connection: Upgrade'],
    ['Upgrade: websocket'],
    ['Connection: Upgrade', 'Upgrade: h2c'],
    ['Connection: keep-alive', 'Upgrade: websocket'],
  ]) {
    const answer = await raw(listener.port, upgradeHead(fields), /http$| 101 /);
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*http$/, fields.join());
  }
  const listed = ['Connection: keep-alive, UPGRADE', 'Upgrade: h2c', 'Upgrade: x, WebSocket'];
  assert.match(await raw(listener.port, upgradeHead(listed)), /^HTTP\/1\.1 101 /);
});

test('listener: the chosen sub-protocol and fields of ours are in the answer', async (t) => {
  const listener = await openListener({ host: '127.0.0.1', port: 0, tls: null }, ({ downstream }) => {
    const events = { onMessage: () => {}, onDrain: () => {}, onClose: () => {} };
    downstream.upgrade!.accept('b', headerBlock(['X-Ours', 'yes']), events)!.end(4001, 'enough');
  });
  t.after(() => listener.close());
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/`, ['a', 'b']);
  const closed = (await once(client, 'close')) as CloseEvent;
  assert.deepEqual([client.protocol, closed.code, closed.reason], ['b', 4001, 'enough']);
  const answer = await raw(
    listener.port,
    upgradeHead(['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']),
    /\r\n\r\n/,
  );
  assert.match(answer, /^HTTP\/1\.1 101 Switching Protocols\r\n[\s\S]*X-Ours: yes\r\n/);
});

test('listener: what is published to a topic reaches its members alone, in order', async (t) => {
  const { listener, url, sockets } = await open(t);
  const clients = [await connected(url), await connected(url), await connected(url)];
  sockets[0]!.socket.join('prices');
  sockets[1]!.socket.join('prices');
  const got: string[][] = clients.map(() => []);
  for (const [i, client] of clients.entries())
    client.addEventListener('message', ({ data }) => void got[i]!.push(data));
  assert.equal(listener.publish('prices', '1', false), 2);
  assert.equal(listener.publish('prices', '2', false), 2);
  sockets[1]!.socket.leave('prices');
  assert.equal(listener.publish('prices', '3', false), 1);
  assert.equal(listener.publish('nobody', '4', false), 0);
  for (const { socket } of sockets) socket.end(1001, '');
  await Promise.all(clients.map((client) => once(client, 'close')));
  assert.deepEqual(got, [['1', '2', '3'], ['1', '2'], []]);
});

test('listener: a drain waits for sockets until their owner has closed them', async (t) => {
  const { listener, url, sockets } = await open(t);
  const client = await connected(url);
  assert.equal(listener.stats.socketCount, 1);
  let isDrained = false;
  const drained = listener.drain(60_000).then(() => {
    isDrained = true;
  });
  client.send('still here');
  await once(client, 'message');
  assert.equal(isDrained, false);
  sockets[0]!.socket.end(1001, 'Going away');
  const { code, reason } = (await once(client, 'close')) as CloseEvent;
  assert.deepEqual([code, reason], [1001, 'Going away']);
  await drained;
});

test('listener: late calls to a socket that is closed do nothing', async (t) => {
  const { url, sockets } = await open(t);
  const client = await connected(url);
  const { socket, closed } = sockets[0]!;
  socket.destroy();
  assert.deepEqual(await closed, [1006, '']);
  assert.deepEqual([socket.isOpen, socket.bufferedBytes, socket.send('x', false)], [false, 0, 'dropped']);
  socket.end(1000, '');
  socket.join('t');
  socket.leave('t');
  socket.destroy();
  await (client.readyState === WebSocket.CLOSED ? undefined : once(client, 'close'));
});

test('listener: a socket that is cut tells no reason that is uWS’s own', async (t) => {
  const { url, sockets } = await open(t);
  const client = await connected(url);
  client.addEventListener('error', () => {});
  client.send(new Uint8Array(socketLimitsDefault.messageBytesMax + 1));
  assert.deepEqual(await sockets[0]!.closed, [1006, '']);
});

test('listener: what the handler of a message throws is told, and ends its own socket alone', async (t) => {
  const errors: unknown[] = [];
  const closed: number[] = [];
  const options = { host: '127.0.0.1', port: 0, tls: null, onError: (error: unknown) => errors.push(error) };
  const listener = await openListener(options, ({ downstream }) => {
    const socket: Socket = downstream.upgrade!.accept('', headerBlock([]), {
      onMessage: (message) => {
        if (message.length === 0) throw new Error('thrown on a message');
        socket.send('still here', false);
      },
      onDrain: () => {},
      onClose: (code) => void closed.push(code),
    })!;
  });
  t.after(() => listener.close());
  const [one, other] = [
    await connected(`ws://127.0.0.1:${listener.port}/`),
    await connected(`ws://127.0.0.1:${listener.port}/`),
  ];
  one.send('');
  assert.equal(((await once(one, 'close')) as CloseEvent).code, 1006);
  assert.deepEqual([String(errors), closed], ['Error: thrown on a message', [1006]]);
  other.send('x');
  assert.equal(((await once(other, 'message')) as MessageEvent).data, 'still here');
  other.close();
});

test('listener: a reason that is too long is cut at a letter', async (t) => {
  const { url, sockets } = await open(t);
  const client = await connected(url);
  sockets[0]!.socket.end(1000, 'ü'.repeat(100));
  assert.equal(((await once(client, 'close')) as CloseEvent).reason, 'ü'.repeat(61));
});

const upgradeHead = (fields: readonly string[]): string =>
  ['GET /prod HTTP/1.1', 'Host: x', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...fields, '', ''].join(
    '\r\n',
  );

/** What comes back until the connection ends, or `last` is there. */
function raw(port: number, text: string, last = / 101 /): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (last.test(answer)) socket.destroy();
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
