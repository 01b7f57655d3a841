import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startBackend, startRawBackend } from '../../support/backend.ts';
import {
  mockAnswering,
  openSocket,
  type RouteSpec,
  socketApi,
  startSocketGateway,
} from '../../support/websocket-api.ts';

test('websocket: connections, messages and errors are counted, and each event is a line of the access log', async (t) => {
  const { gateway, url, dataDir } = await startSocketGateway(
    t,
    socketApi({ join: mockAnswering('joined'), $connect: mockAnswering('') }),
    {
      stage: {
        accessLogSettings: {
          destinationArn: 'arn:aws:logs:us-east-1:123456789012:log-group:chat',
          format: '$context.eventType $context.routeKey $context.status $context.requestId',
        },
        defaultRouteSettings: { loggingLevel: 'INFO', dataTraceEnabled: true },
      },
    },
  );
  const client = await openSocket(t, url);
  client.send({ action: 'join' });
  assert.equal(await client.next(), 'joined');
  client.send({ action: 'other' });
  const refusal = await client.next();
  const { sockets } = gateway.stats();
  assert.deepEqual(sockets!.stages, [
    {
      apiId: 'wsapi00001',
      apiName: 'chat',
      stageName: 'prod',
      connections: 1,
      messagesIn: 2,
      bytesIn: 17 + 18,
      messagesOut: 2,
      bytesOut: 'joined'.length + refusal.length,
      dropped: 0,
      conflated: 0,
      closedSlow: 0,
    },
  ]);
  const { connects, messages, clientErrors, executionErrors } = sockets!.series[0]!;
  assert.deepEqual(
    { connects, messages, clientErrors, executionErrors },
    {
      connects: 1,
      messages: 2,
      clientErrors: 1,
      executionErrors: 0,
    },
  );
  client.socket.close(1000);
  await client.closed;
  await gateway.drain(500);
  assert.equal(gateway.stats().sockets!.stages[0]!.connections, 0);
  const access = readFileSync(path.join(dataDir, 'logs/access/chat.log'), 'utf8');
  assert.deepEqual(
    access
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').slice(0, 3).join(' ')),
    ['CONNECT $connect 200', 'MESSAGE join 200', 'MESSAGE - 403'],
  );
  const execution = readFileSync(path.join(dataDir, 'logs/+aws+apigateway+wsapi00001+prod.log'), 'utf8');
  assert.match(execution, /Route request body before transformations: \{"action":"join"\}\n/);
  assert.match(execution, /Route response body after transformations: joined\n/);
  assert.match(execution, /Route completed with status: 403\n/);
});

test('websocket: what a backend is asked and answers, and why it fails, stands in the log of the event', async (t) => {
  const backend = await startBackend(t, (_, response) => response.end('pong'));
  const cut = await startRawBackend(t, (socket) => socket.destroy());
  const to = (authority: string): RouteSpec => ({
    integration: {
      integrationType: 'HTTP_PROXY',
      integrationMethod: 'POST',
      integrationUri: `http://${authority}/x`,
    },
    isTwoWay: true,
  });
  const { gateway, url, dataDir } = await startSocketGateway(
    t,
    socketApi({ ping: to(backend.authority), fail: to(cut) }),
    { stage: { defaultRouteSettings: { loggingLevel: 'INFO', dataTraceEnabled: true } } },
  );
  const client = await openSocket(t, url);
  client.send({ action: 'ping' });
  assert.equal(await client.next(), 'pong');
  client.send({ action: 'fail' });
  await client.next();
  client.socket.close(1000);
  await client.closed;
  await gateway.drain(500);
  const log = readFileSync(path.join(dataDir, 'logs/+aws+apigateway+wsapi00001+prod.log'), 'utf8');
  const linesOf = (text: string): string[] => log.split('\n').filter((line) => line.includes(text));
  assert.equal(linesOf(`Sending request to http://${backend.authority}/x`).length, 1);
  assert.equal(linesOf('Endpoint request body after transformations: {"action":"ping"}').length, 1);
  assert.equal(linesOf('Endpoint response body before transformations: pong').length, 1);
  assert.equal(linesOf('Execution failed due to').length, 1);
});
