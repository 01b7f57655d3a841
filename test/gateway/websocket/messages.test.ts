import assert from 'node:assert/strict';
import test from 'node:test';
import { startBackend } from '../../support/backend.ts';
import { mockAnswering, openSocket, socketApi, startSocketGateway } from '../../support/websocket-api.ts';

test('websocket: a message goes to the route that it names, and the client gets the answer', async (t) => {
  const { url } = await startSocketGateway(
    t,
    socketApi({ join: mockAnswering('joined'), $default: mockAnswering('what?') }),
  );
  const client = await openSocket(t, url);
  client.send({ action: 'join' });
  assert.equal(await client.next(), 'joined');
  client.send({ action: 'other' });
  assert.equal(await client.next(), 'what?');
  client.send('no JSON');
  assert.equal(await client.next(), 'what?');
});

test('websocket: a message that no route takes is Forbidden, and the connection stays', async (t) => {
  const { url } = await startSocketGateway(t, socketApi({ join: mockAnswering('joined') }));
  const client = await openSocket(t, url);
  client.send({ action: 'other' });
  assert.match(
    await client.next(),
    /^\{"message": "Forbidden", "connectionId":"[\w+/-]{15}=", "requestId":"[\w+/-]{15}="\}$/,
  );
  client.send({ action: 'join' });
  assert.equal(await client.next(), 'joined');
});

test('websocket: a template sees the message and its context', async (t) => {
  const route = mockAnswering(
    '{"said":$input.json(\'$.text\'),"key":"$context.routeKey","type":"$context.eventType","v":"$stageVariables.v"}',
  );
  const { url } = await startSocketGateway(t, socketApi({ say: route }), {
    stage: { stageVariables: { v: '7' } },
  });
  const client = await openSocket(t, url);
  client.send({ action: 'say', text: 'hello' });
  assert.deepEqual(JSON.parse(await client.next()), { said: '', key: 'say', type: 'MESSAGE', v: '7' });
});

test('websocket: an HTTP backend gets the message as its body, and its answer goes back', async (t) => {
  const backend = await startBackend(t, ({ body }, response) => response.end(`echo ${body}`));
  const { url } = await startSocketGateway(
    t,
    socketApi({
      $default: {
        integration: {
          integrationType: 'HTTP_PROXY',
          integrationMethod: 'POST',
          integrationUri: `http://${backend.authority}/in`,
          requestParameters: { 'integration.request.header.X-Id': 'context.connectionId' },
        },
        isTwoWay: true,
      },
    }),
  );
  const client = await openSocket(t, url);
  client.send('{"a":1}');
  assert.equal(await client.next(), 'echo {"a":1}');
  assert.match(String(backend.last().headers['x-id']), /^[\w+/-]{15}=$/);
});

test('websocket: a message above the limit closes with 1009, a binary one with 1003', async (t) => {
  const { url } = await startSocketGateway(t, socketApi({ $default: mockAnswering('ok') }));
  const big = await openSocket(t, url);
  big.send('x'.repeat(131_072));
  assert.equal(await big.next(), 'ok');
  big.send('x'.repeat(131_073));
  assert.equal((await big.closed).code, 1009);
  const binary = await openSocket(t, url);
  binary.send(new Uint8Array([1, 2, 3]));
  assert.equal((await binary.closed).code, 1003);
});

test('websocket: a new deployment is what the next message meets, on connections that are open', async (t) => {
  const gateway = await startSocketGateway(t, socketApi({ $default: mockAnswering('one') }));
  const client = await openSocket(t, gateway.url);
  client.send('x');
  assert.equal(await client.next(), 'one');
  await gateway.publish(socketApi({ $default: mockAnswering('two') }));
  client.send('x');
  assert.equal(await client.next(), 'two');
  await gateway.publish(null);
  assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' });
});

test('websocket: a drain says goodbye with 1001', async (t) => {
  const { url, gateway } = await startSocketGateway(t, socketApi({ $default: mockAnswering('one') }));
  const client = await openSocket(t, url);
  const drained = gateway.drain(2_000);
  assert.deepEqual(await client.closed, { code: 1001, reason: 'Going away' });
  await drained;
});
