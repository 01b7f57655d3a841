import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';
import type { GuardSettings } from '../../src/config/index.ts';
import { api, mock } from '../support/api.ts';
import { guardDefaults, startTestGateway } from '../support/gateway.ts';
import { startSecureGateway } from '../support/mutual-tls.ts';

const definition = api({ 'GET /a': mock('here'), 'POST /a': mock('here') });

async function start(t: TestContext, guard: Partial<GuardSettings>) {
  const settings = { ...guardDefaults, trusted: [], ...guard };
  const { gateway, port } = await startTestGateway(t, [{ definition }], { guard: settings });
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  /** Linux lets a client be any address of 127.0.0.0/8. */
  const open = async (from: string): Promise<Socket> => {
    const socket = connect({ host: '127.0.0.1', port, localAddress: from });
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  return { gateway, open };
}

/** Status line and fields of the answer; '' when the connection was closed instead. */
async function ask(socket: Socket, verb = 'GET', body = '', target = '/a'): Promise<string> {
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  socket.write(
    `${verb} /_aws/execute-api/testapi001/test${target} HTTP/1.1\r\nHost: x\r\n${length}\r\n${body}`,
  );
  let text = '';
  const { promise, resolve } = Promise.withResolvers<void>();
  const take = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    if (text.includes('\r\n\r\n')) resolve();
  };
  socket.on('data', take).once('close', resolve);
  if (!socket.destroyed) await promise;
  socket.off('data', take).off('close', resolve);
  return text;
}

const statusOf = (answer: string): string => answer.slice(9, 12);

test('guard: connections of an address above its burst are closed, those of others are not', async (t) => {
  const { gateway, open } = await start(t, { connectRps: 1, connectBurst: 3 });
  const answers: string[] = [];
  for (let i = 0; i < 6; i++) answers.push(statusOf(await ask(await open('127.0.0.2'))));
  assert.deepEqual(answers, ['200', '200', '200', '', '', '']);
  assert.equal(statusOf(await ask(await open('127.0.0.3'))), '200');
  assert.equal(gateway.stats().processes[0]!.guard?.refusedConnections.rate, 3);
});

test('guard: requests of an address above its budget are answered 429 with Retry-After, on the same connection', async (t) => {
  const { gateway, open } = await start(t, { costRps: 1, costBurst: 12 });
  const socket = await open('127.0.0.2');
  const answers: string[] = [];
  for (let i = 0; i < 14; i++) answers.push(await ask(socket));
  const turned = answers.filter((answer) => statusOf(answer) === '429');
  // Two of the twelve are the connection's.
  assert.ok(turned.length >= 3 && turned.length <= 4, `${turned.length}`);
  assert.match(turned[0]!, /\r\nx-amzn-ErrorType: TooManyRequestsException\r\nRetry-After: [1-9]\d?\r\n/);
  assert.match(turned[0]!, /\r\n\r\n\{"message":"Too Many Requests"\}$/);
  assert.equal(statusOf(await ask(await open('127.0.0.3'))), '200');
  assert.equal(gateway.stats().processes[0]!.refused['address-over-budget'], turned.length);
});

test('guard: a request with a body that is turned away is answered, and its connection ends', async (t) => {
  const { open } = await start(t, { costRps: 1, costBurst: 3 });
  const socket = await open('127.0.0.2');
  for (let i = 0; i < 3; i++) await ask(socket);
  const answer = await ask(socket, 'POST', 'x'.repeat(1000));
  assert.match(answer, /^HTTP\/1\.1 429 Too Many Requests\r\n(.*\r\n)*Connection: close\r\n/);
  await once(socket, 'close');
});

test('guard: a HEAD that is turned away has no body, and health is answered to whoever asks too much', async (t) => {
  const { open } = await start(t, { costRps: 0.01, costBurst: 3 });
  const socket = await open('127.0.0.2');
  for (let i = 0; i < 3; i++) await ask(socket);
  const head = await ask(socket, 'HEAD');
  assert.match(head, /^HTTP\/1\.1 429 Too Many Requests\r\n(.*\r\n)*Content-Length: 31\r\n\r\n$/);
  for (const target of ['/ping', '/sping']) {
    const answer = once(socket, 'data');
    socket.write(`GET ${target} HTTP/1.1\r\nHost: testapi001.execute-api.us-east-1.localhost\r\n\r\n`);
    assert.equal(statusOf(String((await answer)[0])), '200', target);
  }
  assert.equal(statusOf(await ask(socket)), '429');
});

test('guard: what the listener refuses costs its address more than a request does', async (t) => {
  const { open } = await start(t, { costRps: 0.001, costBurst: 30 });
  for (let i = 0; i < 4; i++) {
    const socket = await open('127.0.0.2');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.equal(statusOf(answer.toString()), '413');
    socket.destroy();
  }
  assert.equal(statusOf(await ask(await open('127.0.0.2'))), '429');
  assert.equal(statusOf(await ask(await open('127.0.0.3'))), '200');
});

test('guard: addresses that are trusted may do everything', async (t) => {
  const { open } = await start(t, {
    trusted: ['127.0.0.2/31'],
    connectRps: 1,
    connectBurst: 1,
    costRps: 1,
    costBurst: 8,
  });
  for (const from of ['127.0.0.2', '127.0.0.3'])
    for (let i = 0; i < 9; i++) assert.equal(statusOf(await ask(await open(from))), '200');
  assert.equal(statusOf(await ask(await open('127.0.0.4'))), '200');
  assert.equal(statusOf(await ask(await open('127.0.0.4'))), '');
});

test('guard: an address with as many connections as it may have gets no more, until it has closed some', async (t) => {
  const { gateway, open } = await start(t, { connectionsPerAddress: 20 });
  const held: Socket[] = [];
  for (let i = 0; i < 30; i++) held.push(await open('127.0.0.2'));
  const probe = async (): Promise<string> => {
    const socket = await open('127.0.0.2');
    const status = statusOf(await ask(socket));
    socket.destroy();
    return status;
  };
  await until(async () => (await probe()) === '');
  assert.ok(gateway.stats().processes[0]!.guard!.refusedConnections['too-many-of-address']! > 0);
  assert.equal(statusOf(await ask(await open('127.0.0.3'))), '200');
  for (const socket of held) socket.destroy();
  await until(async () => (await probe()) === '200');
});

test('guard: connections above the most there may be are closed, those of trusted addresses are not', async (t) => {
  const { gateway, open } = await start(t, { trusted: ['127.0.0.9'], connectionsMax: 5 });
  for (let i = 0; i < 5; i++) assert.equal(statusOf(await ask(await open(`127.0.0.${20 + i}`))), '200');
  assert.equal(await ask(await open('127.0.0.30')), '');
  assert.equal(statusOf(await ask(await open('127.0.0.9'))), '200');
  assert.equal(gateway.stats().processes[0]!.guard?.refusedConnections['too-many'], 1);
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, 'not within 20 s');
    await delay(50);
  }
}

for (const front of ['never', 'always'] as const)
  test(`guard: connections above the burst are closed over TLS too, with front ${front}`, async (t) => {
    const { port, gateway } = await startSecureGateway(t, definition, {
      tls: () => ({ front }),
      guard: { ...guardDefaults, trusted: [], connectRps: 1, connectBurst: 5 },
    });
    const shake = async (from: string): Promise<boolean> => {
      const options = { host: '127.0.0.1', port, localAddress: from, rejectUnauthorized: false };
      const socket = tlsConnect(options as ConnectionOptions);
      const outcome = Promise.race([
        once(socket, 'secureConnect').then(() => true),
        once(socket, 'close').then(() => false),
      ]).catch(() => false);
      socket.on('error', () => {});
      const isThrough = await outcome;
      socket.destroy();
      return isThrough;
    };
    const outcomes: boolean[] = [];
    for (let i = 0; i < 100; i++) outcomes.push(await shake('127.0.0.2'));
    const through = outcomes.filter((isThrough) => isThrough).length;
    assert.ok(through >= 5 && through < 50, `${through}`);
    assert.equal(await shake('127.0.0.3'), true);
    assert.equal(gateway.stats().processes[0]!.guard!.refusedConnections.rate, 100 - through);
  });
