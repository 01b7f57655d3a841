// One bad target among three, over real sockets: once it is ejected, no idempotent request fails, also not those that
// try it again.

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import type { UpstreamTarget } from '../../../src/exchange/upstream.ts';
import type { FollowingBackends } from '../../../src/gateway/backends/index.ts';
import type { TargetPool } from '../../../src/resources/index.ts';
import { type Answer, answering, exchange, onEachRequest, serve } from '../../contract/upstream-harness.ts';
import { addressOf, backendsOf, handClock, poolOf, verified } from './support.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const plain = { name: 'lean', client: 'lean', secure: false, cannot: {} } as const;
const baseEjectionMs = 10_000;

async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

const bad: Readonly<Record<string, (socket: Socket) => void>> = {
  slow: () => {},
  dripping: onEachRequest((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
    const drip = setInterval(() => socket.write('.'), 5);
    socket.on('close', () => clearInterval(drip));
  }),
  'lying about its length': onEachRequest((socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno'),
  ),
  'speaking garbage': onEachRequest((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n\r\n')),
  resetting: onEachRequest((socket) => socket.resetAndDestroy()),
  'answering 503': answering('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n'),
};

async function threeTargets(
  t: TestContext,
  badAddress: string,
  pass: ReturnType<typeof handClock>,
  settings: Partial<TargetPool> = {},
) {
  const good = await Promise.all([serve(t, plain, answering(ok)), serve(t, plain, answering(ok))]);
  const pool = poolOf([badAddress, ...good.map(({ origin }) => addressOf(origin))], {
    outlierDetection: {
      consecutiveFailures: 2,
      baseEjectionMs,
      maxEjectionMs: 60_000,
      maxEjectedPercent: 34,
    },
    ...settings,
  });
  const backends = backendsOf(t, pool, { clock: pass.clock });
  return { backends, target: backends.linked('link1', 'http://app.internal', verified) };
}

const ejectionsOf = (backends: FollowingBackends): number =>
  backends.stats().reduce((sum, { ejections }) => sum + ejections, 0);

const ask = (target: UpstreamTarget): Promise<Answer> => exchange(target, { timeoutMs: 120 });
const isGood = (answer: Answer): boolean =>
  answer.failure === null && answer.status === 200 && answer.body === 'ok';

async function untilEjected(target: UpstreamTarget, backends: FollowingBackends): Promise<void> {
  for (let i = 0; ejectionsOf(backends) === 0; i++) {
    assert.ok(i < 50, 'the bad target is never ejected');
    await ask(target);
  }
}

for (const kind of ['dead', ...Object.keys(bad)])
  test(`bad target: after a target ${kind === 'dead' ? 'that is dead' : kind} was ejected no GET fails, whenever it is tried again`, async (t) => {
    const time = handClock();
    const address =
      kind === 'dead' ? await deadAddress() : addressOf((await serve(t, plain, bad[kind]!)).origin);
    const { backends, target } = await threeTargets(t, address, time);
    await untilEjected(target, backends);
    for (let round = 1; round <= 3; round++) {
      for (let i = 0; i < 10; i++) assert.ok(isGood(await ask(target)));
      assert.equal(ejectionsOf(backends), round, 'it was left alone');
      // Each ejection is longer than the one before.
      time.pass(baseEjectionMs * round - 1);
      assert.ok(isGood(await ask(target)));
      assert.equal(ejectionsOf(backends), round);
      time.pass(2);
    }
    const [state] = backends.stats().filter(({ target: label }) => label === address);
    assert.deepEqual([state!.healthy, state!.outstanding], [0, 0]);
  });

test('bad target: one that is well again is believed after three good calls, and gets its share', async (t) => {
  const time = handClock();
  let isWell = false;
  const flapping = await serve(
    t,
    plain,
    onEachRequest((socket) => (isWell ? socket.write(ok) : socket.resetAndDestroy())),
  );
  const { backends, target } = await threeTargets(t, addressOf(flapping.origin), time);
  await untilEjected(target, backends);
  isWell = true;
  time.pass(baseEjectionMs);
  for (let i = 0; i < 3; i++) assert.ok(isGood(await ask(target)));
  const before = backends.stats()[0]!.requests;
  for (let i = 0; i < 30; i++) assert.ok(isGood(await ask(target)));
  assert.equal(backends.stats()[0]!.requests - before, 10);
});

for (const balance of ['roundRobin', 'leastOutstanding'] as const)
  test(`bad target: with a slow start one that is well again gets its share little by little, by ${balance}`, async (t) => {
    const time = handClock();
    let isWell = false;
    const flapping = await serve(
      t,
      plain,
      onEachRequest((socket) => (isWell ? socket.write(ok) : socket.resetAndDestroy())),
    );
    const slowStartMs = 10_000;
    const settings = { balance, slowStartMs };
    const { backends, target } = await threeTargets(t, addressOf(flapping.origin), time, settings);
    await untilEjected(target, backends);
    isWell = true;
    time.pass(baseEjectionMs);
    // On probation, until it is believed.
    for (let i = 0; i < 3; i++) assert.ok(isGood(await ask(target)));
    const shareOf = async (calls: number): Promise<number> => {
      const before = backends.stats()[0]!.requests;
      for (let i = 0; i < calls; i++) assert.ok(isGood(await ask(target)));
      return backends.stats()[0]!.requests - before;
    };
    const near = (share: number, expected: number): void =>
      assert.ok(Math.abs(share - expected) <= 1, `${share} calls, ${expected} are its share`);
    // A tenth of its weight beside two whole ones, then half of it, then all.
    near(await shareOf(42), 2);
    time.pass(slowStartMs / 2);
    near(await shareOf(40), 8);
    time.pass(slowStartMs / 2);
    near(await shareOf(30), 10);
  });

test('bad target: a POST is not sent twice after it was written, and does not try targets on probation', async (t) => {
  const time = handClock();
  const server = await serve(t, plain, bad.resetting!);
  const { backends, target } = await threeTargets(t, addressOf(server.origin), time);
  const answers: Answer[] = [];
  for (let i = 0; i < 12; i++) answers.push(await exchange(target, { method: 'POST', body: 'once' }));
  assert.equal(
    answers.filter((answer) => !isGood(answer)).length,
    2,
    'the two failures that led to its ejection',
  );
  assert.equal(
    backends.stats().reduce((sum, { retries }) => sum + retries, 0),
    0,
  );
  time.pass(baseEjectionMs);
  for (let i = 0; i < 6; i++) assert.ok(isGood(await exchange(target, { method: 'POST', body: 'once' })));
  assert.equal(server.received.join('').match(/POST/g)!.length, 2);
});

test('bad target: a POST that could not be sent is sent to another target', async (t) => {
  const time = handClock();
  const { backends, target } = await threeTargets(t, await deadAddress(), time);
  for (let i = 0; i < 9; i++) assert.ok(isGood(await exchange(target, { method: 'POST', body: 'once' })));
  assert.equal(backends.stats()[0]!.retries, 2);
});

test('bad target: retries are told, and there are none without a budget', async (t) => {
  const time = handClock();
  const dead = await deadAddress();
  const { target } = await threeTargets(t, dead, time);
  const notes: string[] = [];
  const told = (): Promise<boolean> =>
    new Promise((resolve) => {
      target.send(
        { method: 'GET', path: '/', headers: [], body: null, timeoutMs: 1_000, timeoutCovers: 'answer' },
        {
          onHead: () => {},
          onData: () => true,
          onEnd: () => resolve(true),
          onError: () => resolve(false),
          onNote: (line) => notes.push(line),
        },
      );
    });
  for (let i = 0; i < 8; i++) assert.ok(await told());
  assert.match(
    notes[0]!,
    /^Retried on target 127\.0\.0\.1:\d+ of pool "app": 127\.0\.0\.1:\d+ for http:\/\/app\.internal: connect ECONNREFUSED/,
  );
  assert.match(notes.at(-1)!, new RegExp(`^Skipped targets of pool "app": ${dead} \\(ejected\\)`));

  const without = backendsOf(t, poolOf([dead], { retryBudgetPercent: 0 }));
  const got = await exchange(without.linked('link1', 'http://app.internal', verified));
  assert.deepEqual([got.failure?.kind, got.failure?.retrySafe], ['connect', true]);
});

test('bad target: a queue that is full is another reason to take the next target', async (t) => {
  const held: Socket[] = [];
  const busy = await serve(
    t,
    plain,
    onEachRequest((socket) => held.push(socket)),
  );
  const backends = backendsOf(t, poolOf([addressOf(busy.origin)], { connectionsMax: 1, queuedMax: 1 }));
  const target = backends.linked('link1', 'http://app.internal', verified);
  const waiting = [exchange(target), exchange(target)];
  const refused = await exchange(target);
  assert.deepEqual([refused.failure?.kind, refused.failure?.source], ['connect', 'ourselves']);
  assert.deepEqual(backends.stats()[0]!.failures, { refused: 1 });
  assert.equal(backends.stats()[0]!.outstanding, 2);
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
  held[0]!.write(ok);
  await waiting[0];
  while (held.length === 1) await new Promise((resolve) => setImmediate(resolve));
  held[1]!.write(ok);
  await waiting[1];
});
