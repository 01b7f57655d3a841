import assert from 'node:assert/strict';
import type http from 'node:http';
import test, { type TestContext } from 'node:test';
import { startBackend } from '../../support/backend.ts';
import { frame, opcodes, openRaw } from '../../support/raw-websocket.ts';
import {
  mockAnswering,
  openSocket,
  type RouteSpec,
  socketApi,
  startSocketGateway,
} from '../../support/websocket-api.ts';

const id = '[\\w+/-]{15}=';
const tooMany = new RegExp(
  `^\\{"message": "Too Many Requests", "connectionId":"${id}", "requestId":"${id}"\\}$`,
);

/** A backend that answers when, and in which order, the test says. */
async function heldBackend(t: TestContext) {
  const held: { readonly text: string; readonly response: http.ServerResponse }[] = [];
  let arrived = (): void => {};
  const { authority } = await startBackend(t, ({ body }, response) => {
    held.push({ text: body.toString(), response });
    arrived();
  });
  const route: RouteSpec = {
    integration: {
      integrationType: 'HTTP_PROXY',
      integrationMethod: 'POST',
      integrationUri: `http://${authority}/`,
    },
    isTwoWay: true,
  };
  return {
    route,
    held,
    /** Waits until so many are held. */
    has: async (count: number) => {
      while (held.length < count) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
    /** Answers one with its own text. */
    release: (at = 0) => {
      const [one] = held.splice(at, 1);
      one!.response.end(one!.text);
    },
  };
}

test('limits: a message above the rate of its route, or of the account, is told so, and the connection stays', async (t) => {
  for (const more of [
    { stage: { routeSettings: { $default: { throttlingRateLimit: 1, throttlingBurstLimit: 2 } } } },
    { published: { accountThrottle: { rateRps: 1, burst: 2 } } },
    { stage: { tags: { 'sluice:messages-per-second': '1', 'sluice:message-burst': '2' } } },
  ]) {
    const { url } = await startSocketGateway(t, socketApi({ $default: mockAnswering('ok') }), {
      throttle: 'twin',
      ...more,
    });
    const client = await openSocket(t, url);
    const said: string[] = [];
    for (let i = 0; i < 4; i++) {
      client.send('x');
      said.push(await client.next());
    }
    assert.deepEqual(said.slice(0, 2), ['ok', 'ok']);
    assert.match(said[3]!, tooMany);
    assert.equal(client.socket.readyState, WebSocket.OPEN);
  }
});

test("limits: a connection's own rate is no other's", async (t) => {
  const { url } = await startSocketGateway(t, socketApi({ $default: mockAnswering('ok') }), {
    stage: { tags: { 'sluice:messages-per-second': '1', 'sluice:message-burst': '1' } },
  });
  const [one, other] = [await openSocket(t, url), await openSocket(t, url)];
  for (const expected of [/^ok$/, tooMany]) {
    one.send('x');
    assert.match(await one.next(), expected);
  }
  other.send('x');
  assert.equal(await other.next(), 'ok');
});

test('limits: messages above what is handled at once wait, and above what may wait are refused', async (t) => {
  const backend = await heldBackend(t);
  const { url } = await startSocketGateway(t, socketApi({ $default: backend.route }), {
    stage: { tags: { 'sluice:max-in-flight': '2', 'sluice:max-waiting': '3' } },
  });
  const client = await openSocket(t, url);
  for (let i = 0; i < 7; i++) client.send(String(i));
  assert.match(await client.next(), tooMany);
  assert.match(await client.next(), tooMany);
  await backend.has(2);
  assert.deepEqual(
    backend.held.map(({ text }) => text),
    ['0', '1'],
  );
  const said: string[] = [];
  for (let i = 0; i < 5; i++) {
    await backend.has(1);
    backend.release();
    said.push(await client.next());
  }
  assert.deepEqual(said, ['0', '1', '2', '3', '4']);
});

test('limits: what waits is bounded in bytes, too', async (t) => {
  const backend = await heldBackend(t);
  const { url } = await startSocketGateway(t, socketApi({ $default: backend.route }), {
    stage: { tags: { 'sluice:max-in-flight': '1', 'sluice:max-waiting-bytes': '100' } },
  });
  const client = await openSocket(t, url);
  for (const text of ['first', 'a'.repeat(60), 'b'.repeat(60), 'c']) client.send(text);
  assert.match(await client.next(), tooMany);
  const said: string[] = [];
  for (let i = 0; i < 3; i++) {
    await backend.has(1);
    backend.release();
    said.push(await client.next());
  }
  assert.deepEqual(said, ['first', 'a'.repeat(60), 'c']);
});

test('order: messages of ordered routes are handled one after the other, those of others beside them', async (t) => {
  const backend = await heldBackend(t);
  const { url } = await startSocketGateway(
    t,
    socketApi({ order: backend.route, quote: backend.route, $default: mockAnswering('ok') }),
    { stage: { tags: { 'sluice:ordered': 'order' } } },
  );
  const client = await openSocket(t, url);
  for (const [action, n] of [
    ['order', 1],
    ['order', 2],
    ['quote', 3],
    ['order', 4],
    ['quote', 5],
  ] as const)
    client.send({ action, n });
  await backend.has(3);
  assert.deepEqual(backend.held.map(({ text }) => JSON.parse(text).n).sort(), [1, 3, 5]);
  const order: number[] = [];
  while (order.length < 5) {
    await backend.has(1);
    // Whoever came last is answered first.
    backend.release(backend.held.length - 1);
    order.push(JSON.parse(await client.next()).n);
  }
  assert.deepEqual(
    order.filter((n) => n !== 3 && n !== 5),
    [1, 2, 4],
  );
});

test('deploy: messages that are in flight end on the routes that they met, later ones on the new', async (t) => {
  const backend = await heldBackend(t);
  const gateway = await startSocketGateway(t, socketApi({ $default: backend.route }), {
    stage: { tags: { 'sluice:max-in-flight': '1' } },
  });
  const client = await openSocket(t, gateway.url);
  client.send('flying');
  client.send('waiting');
  await backend.has(1);
  await gateway.publish(socketApi({ $default: mockAnswering('new') }));
  client.send('later');
  backend.release();
  assert.equal(await client.next(), 'flying');
  await backend.has(1);
  backend.release();
  assert.equal(await client.next(), 'waiting');
  assert.equal(await client.next(), 'new');
});

test('frames: bytes are let in where the stage allows them, as base64, and answered as bytes', async (t) => {
  const backend = await startBackend(t, ({ body }, response) => response.end(body));
  const { url } = await startSocketGateway(
    t,
    socketApi({
      $default: {
        integration: {
          integrationType: 'HTTP',
          integrationMethod: 'POST',
          integrationUri: `http://${backend.authority}/`,
          contentHandlingStrategy: 'CONVERT_TO_BINARY',
        },
        responses: { $default: { contentHandlingStrategy: 'CONVERT_TO_TEXT' } },
        isTwoWay: true,
      },
    }),
    { stage: { tags: { 'sluice:binary': 'allow' } } },
  );
  const client = await openSocket(t, url);
  client.send(new Uint8Array([1, 2, 253]));
  await client.next();
  assert.deepEqual([...backend.last().body], [1, 2, 253]);
});

test('frames: 128 KB go both ways, in as many fragments as the client likes', async (t) => {
  const backend = await startBackend(t, ({ body }, response) => response.end(body));
  const { url } = await startSocketGateway(
    t,
    socketApi({
      $default: {
        integration: {
          integrationType: 'HTTP_PROXY',
          integrationMethod: 'POST',
          integrationUri: `http://${backend.authority}/`,
        },
        isTwoWay: true,
      },
    }),
  );
  const text = 'grüße '.repeat(16_384);
  assert.equal(Buffer.byteLength(text), 131_072);
  const client = await openSocket(t, url);
  client.send(text);
  assert.equal(await client.next(), text);
  const raw = await openRaw(t, url);
  const bytes = Buffer.from('x'.repeat(131_072));
  for (let at = 0; at < bytes.length; at += 32_768)
    raw.write(
      frame(at === 0 ? opcodes.text : opcodes.continuation, bytes.subarray(at, at + 32_768), {
        isFinal: at + 32_768 >= bytes.length,
      }),
    );
  assert.equal((await raw.next()).payload.length, 131_072);
});

test('frames: a ping gets its pong, and no route hears of it; an empty message is one', async (t) => {
  const { url, gateway } = await startSocketGateway(t, socketApi({ $default: mockAnswering('ok') }));
  const raw = await openRaw(t, url);
  raw.write(frame(opcodes.ping, 'are you there'));
  const pong = await raw.next();
  assert.deepEqual([pong.opcode, pong.payload.toString()], [opcodes.pong, 'are you there']);
  raw.write(frame(opcodes.pong, 'unasked'));
  raw.write(frame(opcodes.text, ''));
  assert.equal((await raw.next()).payload.toString(), 'ok');
  // A ping between two fragments is answered before the message is whole.
  raw.write(frame(opcodes.text, '"a', { isFinal: false }));
  raw.write(frame(opcodes.ping, 'between'));
  assert.equal((await raw.next()).payload.toString(), 'between');
  raw.write(frame(opcodes.continuation, 'b"'));
  assert.equal((await raw.next()).payload.toString(), 'ok');
  assert.equal(gateway.stats().sockets!.stages[0]!.messagesIn, 2);
});

/** Asks for so many large answers without reading any. */
async function floods(t: TestContext, policy: string, asked: number) {
  const gateway = await startSocketGateway(t, socketApi({ $default: mockAnswering('y'.repeat(100_000)) }), {
    stage: { tags: { 'sluice:slow-reader': policy, 'sluice:max-buffered-bytes': '65536' } },
  });
  const raw = await openRaw(t, gateway.url);
  raw.socket.pause();
  for (let i = 0; i < asked; i++) raw.write(frame(opcodes.text, 'x'));
  const traffic = () => gateway.gateway.stats().sockets!.stages[0]!;
  while (traffic().messagesIn < asked && traffic().connections > 0) await new Promise(setImmediate);
  return { raw, traffic, gateway };
}

test('slow readers: with drop they miss messages and stay', async (t) => {
  const { raw, traffic } = await floods(t, 'drop', 400);
  const { dropped, messagesOut, connections, closedSlow } = traffic();
  assert.ok(dropped > 0);
  assert.equal(dropped + messagesOut, 400);
  assert.deepEqual([connections, closedSlow], [1, 0]);
  raw.socket.resume();
  for (let i = 0; i < messagesOut; i++) assert.equal((await raw.next()).payload.length, 100_000);
  raw.write(frame(opcodes.ping, 'still here'));
  assert.equal((await raw.next()).opcode, opcodes.pong);
});

test('slow readers: with close they are cut, and their end is told with 1008', async (t) => {
  const { traffic, raw } = await floods(t, 'close', 400);
  const { connections, closedSlow, dropped } = traffic();
  assert.deepEqual([connections, closedSlow, dropped], [0, 1, 1]);
  raw.socket.resume();
  assert.deepEqual(await raw.closed(), { code: null, reason: '' });
});
