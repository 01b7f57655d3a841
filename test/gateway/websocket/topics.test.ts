// biome-ignore-all lint/suspicious/noTemplateCurlyInString: selection expressions are written so
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { startBackend } from '../../support/backend.ts';
import {
  backend,
  identity,
  idOf,
  inPath,
  joinFolder,
  manage,
  whoRoute,
} from '../../support/management-calls.ts';
import {
  mockAnswering,
  openSocket,
  type RouteSpec,
  socketApi,
  startSocketGateway,
  type TestSocket,
} from '../../support/websocket-api.ts';

const routes: Readonly<Record<string, RouteSpec>> = {
  who: whoRoute,
  ping: mockAnswering('pong'),
  join: { target: 'topics/room-${request.body.room}?act=join', isTwoWay: true },
  leave: { target: 'topics/room-${request.body.room}?act=leave', isTwoWay: true },
  say: { target: 'topics/room-${request.body.room}' },
  tell: { target: 'topics/room-${request.body.room}?message=$request.body.text', isTwoWay: true },
  price: {
    target: 'topics/price-$request.body.symbol?message=$request.body.price&retain=true&ttl=60',
  },
  watch: { target: 'topics/price-$request.body.symbol?act=join' },
};
const start = (t: TestContext, more: Parameters<typeof startSocketGateway>[2] = {}) =>
  startSocketGateway(t, socketApi(routes), { ...more, published: { identities: [backend] } });

async function joined(client: TestSocket, room: unknown): Promise<void> {
  client.send({ action: 'join', room });
  assert.equal(await client.next(), `{"topic":"room-${room}","joined":true}`);
}

/** All that was sent to it before has arrived. */
async function assertNothingMore(client: TestSocket): Promise<void> {
  client.send({ action: 'ping' });
  assert.equal(await client.next(), 'pong');
}

test('topics: a client joins by a route, and gets what others say by a route until it leaves', async (t) => {
  const { url } = await start(t);
  const [ann, bob, eve] = await Promise.all([openSocket(t, url), openSocket(t, url), openSocket(t, url)]);
  await joined(ann, 1);
  await joined(bob, 1);
  await joined(eve, 2);
  ann.send({ action: 'say', room: 1, text: 'hi' });
  const said = '{"action":"say","room":1,"text":"hi"}';
  assert.deepEqual([await ann.next(), await bob.next()], [said, said]);
  ann.send({ action: 'tell', room: 1, text: 'grüß dich' });
  assert.equal(await bob.next(), 'grüß dich');
  assert.deepEqual(
    new Set([await ann.next(), await ann.next()]),
    new Set(['grüß dich', '{"topic":"room-1","deliveries":2,"conflated":0,"dropped":0}']),
  );
  bob.send({ action: 'leave', room: 1 });
  assert.equal(await bob.next(), '{"topic":"room-1","left":true}');
  ann.send({ action: 'say', room: 1 });
  await ann.next();
  await assertNothingMore(bob);
  await assertNothingMore(eve);
});

test('topics: a message that names no topic, or has nothing to publish, is a bad request body', async (t) => {
  const { url } = await start(t);
  const client = await openSocket(t, url);
  for (const message of [
    { action: 'price', price: 1, symbol: 'x'.repeat(300) },
    { action: 'price', symbol: 'X' },
    { action: 'join', room: 'a\nb' },
  ]) {
    client.send(message);
    assert.match(await client.next(), /^\{"message":"Bad request body"/);
  }
});

test('topics: one call publishes to all members of all data planes, and tells their number', async (t) => {
  const { url, gateway, dataDir } = await start(t);
  const other = await joinFolder(t, dataDir);
  const clients = await Promise.all(
    [url, url, other.url, other.url, other.url].map((to) => openSocket(t, to)),
  );
  for (const client of clients) await joined(client, 'a/b');
  for (const { port } of [gateway, other]) {
    const answer = await manage(port, 'POST', '/@topics/room-a%2Fb', { body: `by ${port}` });
    assert.deepEqual([answer.status, answer.json()], [200, { deliveries: 5, conflated: 0, dropped: 0 }]);
    for (const client of clients) assert.equal(await client.next(), `by ${port}`);
    assert.deepEqual((await manage(port, 'GET', '/@topics')).json(), {
      topics: [{ topic: 'room-a/b', members: 5 }],
      isTruncated: false,
    });
    assert.deepEqual((await manage(port, 'GET', '/@topics/room-a/b')).json(), {
      topic: 'room-a/b',
      members: 5,
    });
    const presence = (await manage(port, 'GET', '/@topics/room-a/b?members=1')).json() as {
      connectionIds: string[];
    };
    const ids = await Promise.all(clients.map(idOf));
    assert.deepEqual(presence.connectionIds.toSorted(), ids.toSorted());
    assert.deepEqual((await manage(port, 'GET', '/@topics/room-a/b?members=2')).json(), {
      topic: 'room-a/b',
      members: 5,
      connectionIds: presence.connectionIds.slice(0, 2),
      isTruncated: true,
    });
  }
  clients[4]!.send({ action: 'tell', room: 'a/b', text: 'from there' });
  for (const client of clients.slice(0, 4)) assert.equal(await client.next(), 'from there');
});

test('topics: membership ends with the connection', async (t) => {
  const { gateway, dataDir } = await start(t);
  const other = await joinFolder(t, dataDir);
  const client = await openSocket(t, other.url);
  await joined(client, 1);
  const target = inPath(await idOf(client));
  await manage(gateway.port, 'DELETE', target);
  await client.closed;
  assert.deepEqual((await manage(gateway.port, 'GET', '/@topics')).json(), {
    topics: [],
    isTruncated: false,
  });
  const answer = await manage(gateway.port, 'POST', '/@topics/room-1', { body: 'x' });
  assert.deepEqual(answer.json(), { deliveries: 0, conflated: 0, dropped: 0 });
});

test('topics: a backend puts a connection of any data plane into a topic, lists them, takes it out', async (t) => {
  const { url, gateway, dataDir } = await start(t);
  const other = await joinFolder(t, dataDir);
  const client = await openSocket(t, url);
  const target = inPath(await idOf(client));
  for (const topic of ['a', 'b%2Fc', 'd/e', 'a'])
    assert.equal((await manage(other.port, 'PUT', `${target}/topics/${topic}`)).status, 204);
  const listed = await manage(other.port, 'GET', `${target}/topics`);
  assert.deepEqual(listed.json(), { topics: ['a', 'b/c', 'd/e'], conflated: 0, dropped: 0 });
  assert.equal((await manage(other.port, 'DELETE', `${target}/topics/b/c`)).status, 204);
  assert.equal((await manage(other.port, 'DELETE', `${target}/topics/never`)).status, 204);
  await manage(gateway.port, 'POST', '/@topics/b/c', { body: 'left' });
  await manage(gateway.port, 'POST', '/@topics/a', { body: 'once' });
  assert.equal(await client.next(), 'once');
  await assertNothingMore(client);
  const gone = `/@connections/${encodeURIComponent('AAAAAAAAAAAAAAA=')}/topics`;
  for (const [method, path] of [
    ['GET', gone],
    ['PUT', `${gone}/a`],
    ['DELETE', `${gone}/a`],
  ] as const)
    assert.equal((await manage(gateway.port, method, path)).status, 410);
  assert.equal((await manage(gateway.port, 'PUT', `${target}/topics/${'x'.repeat(257)}`)).status, 400);
});

test('topics: a connection joins as many topics as its stage lets it', async (t) => {
  const { url, gateway } = await start(t, { stage: { tags: { 'sluice:topics-max': '2' } } });
  const client = await openSocket(t, url);
  await joined(client, 1);
  await joined(client, 2);
  client.send({ action: 'join', room: 3 });
  assert.match(await client.next(), /^\{"message": "Too Many Requests"/);
  const answer = await manage(gateway.port, 'PUT', `${inPath(await idOf(client))}/topics/x`);
  assert.deepEqual([answer.status, answer.errorType], [429, 'LimitExceededException']);
});

test('topics: topics of two stages have nothing to do with each other, and policies tell them apart', async (t) => {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'execute-api:ManageConnections',
        Resource: 'arn:aws:execute-api:us-east-1:123456789012:wsapi00001/prod/POST/@topics/news*',
      },
    ],
  };
  const editor = identity('editor', policy);
  const { url, gateway } = await startSocketGateway(t, socketApi(routes), {
    published: { identities: [backend, editor] },
  });
  const client = await openSocket(t, url);
  await manage(gateway.port, 'PUT', `${inPath(await idOf(client))}/topics/news`);
  const by = { by: editor, body: 'x' };
  assert.equal((await manage(gateway.port, 'POST', '/@topics/news', by)).status, 200);
  assert.equal(await client.next(), 'x');
  for (const [method, target] of [
    ['POST', '/@topics/other'],
    ['GET', '/@topics/news'],
    ['GET', '/@topics'],
    ['PUT', `${inPath('AAAAAAAAAAAAAAA=')}/topics/news`],
  ] as const)
    assert.equal((await manage(gateway.port, method, target, by)).status, 403);
  assert.equal((await manage(gateway.port, 'POST', '/@topics/news', { by: null })).status, 403);
});

test('topics: a newcomer gets the last value at once, whichever data plane it comes to and whenever that began', async (t) => {
  const { url, gateway, dataDir } = await start(t);
  const other = await joinFolder(t, dataDir);
  const trader = await openSocket(t, url);
  for (const price of [1, 2, 3]) trader.send({ action: 'price', symbol: 'X', price });
  await assertNothingMore(trader);
  await manage(gateway.port, 'POST', '/@topics/price-Y?retain=true', { body: 'seven' });
  const late = await joinFolder(t, dataDir);
  for (const to of [url, other.url, late.url]) {
    const client = await openSocket(t, to);
    client.send({ action: 'watch', symbol: 'X' });
    assert.equal(await client.next(), '3');
    client.send({ action: 'watch', symbol: 'Y' });
    assert.equal(await client.next(), 'seven');
    client.send({ action: 'watch', symbol: 'Y' });
    await assertNothingMore(client);
  }
  const presence = (await manage(late.port, 'GET', '/@topics/price-Y')).json();
  assert.deepEqual(presence, {
    topic: 'price-Y',
    members: 3,
    retained: { message: 'seven', isBase64Encoded: false },
  });
  assert.equal((await manage(late.port, 'DELETE', '/@topics/price-Y')).status, 204);
  const client = await openSocket(t, url);
  client.send({ action: 'watch', symbol: 'Y' });
  await assertNothingMore(client);
});

test('topics: a stage that is deleted takes its last values with it', async (t) => {
  const { url, gateway, publish } = await start(t);
  await manage(gateway.port, 'POST', '/@topics/price-X?retain=true', { body: '1' });
  await publish(null);
  await publish(socketApi(routes));
  const client = await openSocket(t, url);
  client.send({ action: 'watch', symbol: 'X' });
  await assertNothingMore(client);
});

test('topics: a mistaken publish is told', async (t) => {
  const { gateway } = await start(t);
  for (const [target, body] of [
    ['/@topics/a?retain=yes', 'x'],
    ['/@topics/a?retain=true&ttl=-1', 'x'],
    [`/@topics/${'x'.repeat(257)}`, 'x'],
    ['/@topics/a%00b', 'x'],
  ] as const)
    assert.equal((await manage(gateway.port, 'POST', target, { body })).errorType, 'BadRequestException');
  assert.equal((await manage(gateway.port, 'POST', '/@topics/a', { body: 'x'.repeat(131_073) })).status, 413);
  assert.equal((await manage(gateway.port, 'PATCH', '/@topics/a')).status, 403);
  assert.equal((await manage(gateway.port, 'POST', '/@topics')).status, 403);
});

test("topics: a server's answer joins and leaves, at $connect and later", async (t) => {
  const server = await startBackend(t, ({ url }, response) => {
    if (url === '/connect') response.setHeader('X-Sluice-Topics-Join', 'lobby, a%2Cb');
    else {
      response.setHeader('X-Sluice-Topics-Leave', 'lobby');
      response.setHeader('X-Sluice-Topics-Join', 'room/1');
    }
    response.end('moved');
  });
  const at = (path: string): RouteSpec => ({
    integration: {
      integrationType: 'HTTP_PROXY',
      integrationMethod: 'POST',
      integrationUri: `http://${server.authority}/${path}`,
    },
  });
  const { url, gateway } = await startSocketGateway(
    t,
    socketApi({ ...routes, $connect: at('connect'), move: { ...at('move'), isTwoWay: true } }),
    { published: { identities: [backend] } },
  );
  const client = await openSocket(t, url);
  const topics = async (): Promise<unknown> =>
    (
      (await manage(gateway.port, 'GET', `${inPath(await idOf(client))}/topics`)).json() as {
        topics: unknown;
      }
    ).topics;
  assert.deepEqual(await topics(), ['lobby', 'a,b']);
  client.send({ action: 'move' });
  assert.equal(await client.next(), 'moved');
  assert.deepEqual(await topics(), ['a,b', 'room/1']);
});

test('topics: at the end of a connection the others are told by a route that needs no backend', async (t) => {
  const { url } = await startSocketGateway(
    t,
    socketApi({
      ...routes,
      $connect: { target: 'topics/room-${request.querystring.room}?act=join' },
      $disconnect: { target: 'topics/room-1?message=gone: ${context.connectionId}' },
    }),
    { published: { identities: [backend] } },
  );
  const [ann, bob] = [await openSocket(t, `${url}?room=1`), await openSocket(t, `${url}?room=1`)];
  const id = await idOf(bob);
  bob.socket.close();
  assert.equal(await ann.next(), `gone: ${id}`);
});

test('topics: what is published, and what newcomers get, is counted in bytes of the wire', async (t) => {
  const { url, gateway } = await start(t);
  const traffic = () => {
    const { messagesOut, bytesOut } = gateway.stats().sockets!.stages[0]!;
    return { messagesOut, bytesOut };
  };
  const [ann, bob] = await Promise.all([openSocket(t, url), openSocket(t, url)]);
  await joined(ann, 1);
  await joined(bob, 1);
  const before = traffic();
  ann.send({ action: 'price', symbol: 'x', price: 'zwölf €' });
  const said = '{"action":"say","room":1,"text":"grüß €"}';
  ann.send(said);
  assert.deepEqual([await ann.next(), await bob.next()], [said, said]);
  assert.deepEqual(traffic(), {
    messagesOut: before.messagesOut + 2,
    bytesOut: before.bytesOut + 2 * Buffer.byteLength(said),
  });
  bob.send({ action: 'watch', symbol: 'x' });
  assert.equal(await bob.next(), 'zwölf €');
  assert.deepEqual(traffic(), {
    messagesOut: before.messagesOut + 3,
    bytesOut: before.bytesOut + 2 * Buffer.byteLength(said) + Buffer.byteLength('zwölf €'),
  });
});
