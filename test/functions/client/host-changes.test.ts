import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Functions, InvocationResult } from '../../../src/functions/functions.ts';
import { serveFunctions } from '../../../src/functions/server/functions-server.ts';
import { encodeHello, FrameReader, FrameWriter, frameType } from '../../../src/functions/wire/index.ts';
import { invocationOf, invoke, payloadOf, Told } from '../../contract/functions.ts';
import { FakeFunctions } from '../fake-functions.ts';
import { connect, overSocket, serve, socketFolder, until } from './over-socket.ts';

const toyHost = fileURLToPath(new URL('./toy-host.ts', import.meta.url));

test('client: everything that an invocation says arrives', async (t) => {
  const { client } = await overSocket(t);
  const { payload: _, ...whole } = invocationOf('head', {
    qualifier: 'prod',
    type: 'DryRun',
    by: {
      kind: 'service',
      service: 'apigateway.amazonaws.com',
      sourceArn: 'arn:aws:execute-api:us-east-1:000000000000:abcdef1234/prod/GET/pets/{id}',
      sourceAccount: '000000000000',
    },
    clientContext: 'e30=',
    traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    isStreamed: true,
    wantsLogTail: true,
  });
  for (const head of [
    whole,
    { ...whole, by: { kind: 'identity', arn: 'arn:aws:iam::0:user/a' } as const, type: 'Event' as const },
  ])
    assert.deepEqual(JSON.parse(payloadOf(await invoke(client, { ...head, payload: '' }))), head);
});

test('client: everything that a result says arrives', async (t) => {
  const { client, fake } = await overSocket(t);
  const results: InvocationResult[] = [];
  const direct = (name: string): Promise<InvocationResult> => invoke(fake, invocationOf(name));
  for (const name of ['fail', 'refuse', 'echo']) {
    results.push(await invoke(client, invocationOf(name)));
    const wanted = await direct(name);
    assert.deepEqual(
      results.at(-1),
      wanted.outcome === 'done' ? { ...wanted, payload: Buffer.from(wanted.payload) } : wanted,
    );
  }
});

test('client: a host that is killed loses the calls under way on it, and the next call finds its successor', async (t) => {
  const socketPath = socketFolder(t);
  const host = spawn(process.execPath, [toyHost, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => host.kill('SIGKILL'));
  await once(host.stdout!, 'data');
  const client = connect(t, socketPath);
  assert.equal(payloadOf(await invoke(client, invocationOf('echo'))), '{}');
  const held = [1, 2, 3].map(() => invoke(client, invocationOf('hold')));
  await until(() => client.stats().underWay === 3);
  await invoke(client, invocationOf('echo')); // the three have arrived
  host.kill('SIGKILL');
  for (const result of await Promise.all(held))
    assert.deepEqual(result, { outcome: 'lost', detail: 'the function host has ended during the call' });
  const early = invoke(client, invocationOf('echo', { payload: '"again"' })); // before its successor is there
  await until(() => client.stats().waiting === 1);
  await serve(t, socketPath, new FakeFunctions());
  assert.equal(payloadOf(await early), '"again"');
  assert.deepEqual(client.stats(), { underWay: 0, waiting: 0, connections: 2 });
});

test('client: calls made before there is a host wait for it, and are sent in order', async (t) => {
  const socketPath = socketFolder(t);
  const client = connect(t, socketPath);
  const seen: string[] = [];
  const calls = [1, 2, 3].map((n) => invoke(client, invocationOf('echo', { payload: `${n}` })));
  const unwanted = new Told();
  client.invoke(invocationOf('echo'), unwanted).abort();
  const fake = new FakeFunctions();
  await serve(t, socketPath, {
    invoke: (invocation, handler) => {
      seen.push(Buffer.from(invocation.payload as Uint8Array).toString());
      return fake.invoke(invocation, handler);
    },
  });
  assert.deepEqual((await Promise.all(calls)).map(payloadOf), ['1', '2', '3']);
  assert.deepEqual([seen, unwanted.events], [['1', '2', '3'], []]);
});

test('client: a call waits for a host for so long, and says what it met', async (t) => {
  const socketPath = socketFolder(t);
  const client = connect(t, socketPath, { waitMs: 20 });
  const result = await invoke(client, invocationOf('echo'));
  assert.ok(result.outcome === 'lost');
  assert.match(result.detail, /^no function host was reached within 20 ms: connect ENOENT /);
});

test('client: of too many waiting calls the last are lost at once', async (t) => {
  const client = connect(t, socketFolder(t), { waitMs: 50, waitingMax: 2 });
  const [first, , third] = [1, 2, 3].map(() => invoke(client, invocationOf('echo')));
  assert.deepEqual(await third, { outcome: 'lost', detail: '2 calls wait already for a function host' });
  assert.match(((await first) as { detail: string }).detail, /^no function host was reached/);
});

test('client: no call waits for a host that nobody expects', async (t) => {
  const client = connect(t, socketFolder(t), { isHostExpected: () => false, waitMs: 2 ** 30 });
  assert.deepEqual(await invoke(client, invocationOf('echo')), {
    outcome: 'lost',
    detail: 'no function host runs: no function is published',
  });
});

test('client: a payload far above the quota is refused in the words of AWS, and no other call suffers', async (t) => {
  const { client, fake } = await overSocket(t);
  const large = await invoke(client, invocationOf('echo', { payload: Buffer.alloc(17 * 1024 * 1024) }));
  assert.deepEqual([large.outcome, large.outcome === 'refused' && large.status], ['refused', 413]);
  assert.equal(payloadOf(await invoke(client, invocationOf('echo'))), '{}');
  assert.equal(fake.invoked, 1);
});

test('client: closed, it loses calls under way and later ones', async (t) => {
  const { client } = await overSocket(t);
  await invoke(client, invocationOf('echo'));
  const held = invoke(client, invocationOf('hold'));
  client.close();
  const results = [await held, await invoke(client, invocationOf('echo'))];
  assert.deepEqual(
    results.map((result) => result.outcome),
    ['lost', 'lost'],
  );
});

test('client: a handler that throws harms no other call', async (t) => {
  const bugs: unknown[] = [];
  const socketPath = socketFolder(t);
  await serve(t, socketPath, new FakeFunctions());
  const client = connect(t, socketPath, { onBug: (error) => bugs.push((error as Error).message) });
  const boom = (where: string) => (): never => {
    throw new Error(where);
  };
  client.invoke(invocationOf('echo'), { onHead: () => {}, onData: () => true, onEnd: boom('end') });
  client.invoke(invocationOf('stream:9:3', { isStreamed: true }), {
    onHead: boom('head'),
    onData: () => true,
    onEnd: boom('never'),
  });
  for (let i = 0; i < 3; i++) assert.equal(payloadOf(await invoke(client, invocationOf('echo'))), '{}');
  assert.deepEqual(bugs.sort(), ['end', 'head']);
});

test('server: memory stays bounded while a stream is not read', async (t) => {
  const { client, fake } = await overSocket(t);
  const told = new Told();
  told.mayGoOn = () => false;
  const call = client.invoke(invocationOf('stream:104857600:65536', { isStreamed: true }), told);
  await until(() => told.bytes > 0);
  for (let i = 0; i < 100; i++) await invoke(client, invocationOf('echo'));
  assert.ok(fake.streamedBytes <= 512 * 1024, `${fake.streamedBytes} bytes were written for nobody`);
  assert.ok(told.bytes <= 256 * 1024);
  call.abort();
  await until(() => fake.aborted === 1);
});

test('server: a bug in the host costs the call that met it', async (t) => {
  const socketPath = socketFolder(t);
  const fake = new FakeFunctions();
  await serve(t, socketPath, {
    invoke: (invocation, handler) => {
      if (invocation.functionName === 'bug') throw new Error('oh');
      return fake.invoke(invocation, handler);
    },
  });
  const client = connect(t, socketPath);
  const [bug, echo] = await Promise.all(['bug', 'echo'].map((name) => invoke(client, invocationOf(name))));
  assert.deepEqual(bug, { outcome: 'lost', detail: 'the function host has met a bug; its log says more' });
  assert.equal(payloadOf(echo!), '{}');
});

test('server: a caller that goes away aborts its calls', async (t) => {
  const { client, fake } = await overSocket(t);
  void invoke(client, invocationOf('hold'));
  await until(() => fake.held.size === 1);
  client.close();
  await until(() => fake.aborted === 1);
  assert.equal(fake.held.size, 0);
});

test('server: a successor takes the path; calls under way end on the old one, new calls go to the new one, none is lost', async (t) => {
  const socketPath = socketFolder(t);
  const [before, after] = [new FakeFunctions(), new FakeFunctions()];
  const old = await serveFunctions({ socketPath, functions: Promise.resolve(before) });
  const client = connect(t, socketPath);
  const held = invoke(client, invocationOf('hold'));
  await until(() => before.held.size === 1);

  const ready = Promise.withResolvers<Functions>();
  const next = await serveFunctions({ socketPath, functions: ready.promise });
  t.after(() => next.close());
  const between = Promise.all(Array.from({ length: 50 }, () => invoke(client, invocationOf('echo'))));
  await old.leave();
  const early = invoke(client, invocationOf('echo')); // the successor is not ready: it waits
  const drained = old.drain(60_000);
  ready.resolve(after);
  assert.equal(payloadOf(await early), '{}');
  for (const result of await between) assert.equal(result.outcome, 'done');
  assert.deepEqual([before.invoked + after.invoked, after.invoked > 0], [52, true]);
  before.release();
  assert.equal(payloadOf(await held), '"released"');
  await drained;
  assert.ok(statSync(socketPath).isSocket(), 'the successor keeps its socket');
  assert.deepEqual(readdirSync(path.dirname(socketPath)), ['functions.sock']);
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
});

test('server: drained past its deadline, it disconnects, and what ran there is lost', async (t) => {
  const { client, server, fake } = await overSocket(t);
  const held = invoke(client, invocationOf('hold'));
  await until(() => fake.held.size === 1);
  await server.drain(20);
  assert.equal((await held).outcome, 'lost');
});

test('wire: a caller of another version is told which are spoken, and parts', async (t) => {
  const { socketPath, client } = await overSocket(t);
  const socket = connectSocket(socketPath);
  const frames: number[] = [];
  const reader = new FrameReader((type) => frames.push(type));
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  const writer = new FrameWriter(socket);
  writer.bytes(frameType.hello, 0, encodeHello({ min: 7, max: 9, pid: 1 }));
  await once(socket, 'close');
  assert.deepEqual(frames, [frameType.hello]);
  assert.equal(payloadOf(await invoke(client, invocationOf('echo'))), '{}');
});

test('wire: bytes that are no frames end their connection alone', async (t) => {
  const { socketPath, client } = await overSocket(t);
  await invoke(client, invocationOf('echo'));
  for (const bytes of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.from([0, 0, 0, 5, 2, 0, 0, 0, 1])]) {
    const socket = connectSocket(socketPath);
    socket.on('error', () => {});
    socket.resume();
    socket.write(bytes);
    await once(socket, 'close');
  }
  assert.equal(payloadOf(await invoke(client, invocationOf('echo'))), '{}');
  assert.equal(client.stats().connections, 1);
});
