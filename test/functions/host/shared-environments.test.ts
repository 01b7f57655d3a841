// Environments that run several invocations at once: which of them gets the next, when another is started, and how one ends
// that may not be used again.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createWorld, functionOf, versionOf, type World } from './fake-world.ts';

/** A function whose environments run three at once. */
function three(options: Parameters<typeof createWorld>[0] = {}): World {
  const world = createWorld(options);
  world.adopt(functionOf('hello', { versions: [{ ...versionOf('$LATEST'), concurrencyPerEnvironment: 3 }] }));
  return world;
}

const loads = ({ environments }: World): number[] => environments.all.map(({ currents }) => currents.length);
const environmentsOf = ({ host }: World) => host.stats().functions[0]!.environments;

test('shared environments: calls fill an environment before another is started', async () => {
  const world = three();
  for (let i = 0; i < 7; i++) {
    world.call('hello');
    await world.time.settle();
  }
  assert.deepEqual(loads(world), [3, 3, 1]);
  assert.deepEqual(environmentsOf(world), { starting: 0, idle: 0, busy: 3 });
  assert.equal(world.host.stats().functions[0]!.concurrent, 7);
});

test('shared environments: a free one comes first, then the one that does least', async () => {
  const world = three();
  for (let i = 0; i < 9; i++) world.call('hello');
  await world.time.settle();
  const [first, second, third] = world.environments.all;
  for (const [environment, count] of [
    [first!, 1],
    [second!, 3],
    [third!, 2],
  ] as const)
    for (let i = 0; i < count; i++) environment.finish();
  assert.deepEqual(loads(world), [2, 0, 1]);
  const after: number[][] = [];
  for (let i = 0; i < 6; i++) {
    world.call('hello');
    after.push(loads(world).sort());
  }
  assert.deepEqual(after, [
    [1, 1, 2],
    [1, 2, 2],
    [2, 2, 2],
    [2, 2, 3],
    [2, 3, 3],
    [3, 3, 3],
  ]);
});

test('shared environments: one start is made for as many calls as it will take', async () => {
  const world = three();
  const { environments, time, call } = world;
  environments.onStart = null;
  const calls = [1, 2, 3, 4].map(() => call('hello'));
  assert.deepEqual([environments.all.length, environmentsOf(world).starting], [2, 2]);
  environments.all[0]!.becomeReady();
  await time.settle();
  // The fourth takes whichever has room first.
  assert.deepEqual(loads(world), [3, 0]);
  environments.all[0]!.finish();
  assert.deepEqual(loads(world), [3, 0]);
  assert.equal(calls[0]!.results.length, 1);
});

test('shared environments: a start that fails is told to all who waited for it, and to no others', async () => {
  const world = three();
  const { environments, time, call } = world;
  environments.onStart = null;
  const calls = [1, 2, 3, 4].map(() => call('hello'));
  environments.all[0]!.failInit();
  await time.settle();
  assert.deepEqual(
    calls.map(({ results }) => results.length),
    [1, 0, 0, 0],
  );
  environments.all[1]!.becomeReady();
  await time.settle();
  assert.deepEqual(loads(world), [0, 3]);
});

test('shared environments: one in which a call ran out of time takes no more, and ends with the last in it', async () => {
  const world = three();
  const { environments, time, call } = world;
  const calls = [1, 2, 3].map(() => call('hello'));
  await time.settle();
  const [spoiled] = environments.all;
  spoiled!.finish({ functionError: 'Unhandled', isReusable: false });
  call('hello');
  await time.settle();
  assert.deepEqual(loads(world), [2, 1]);
  spoiled!.finish();
  assert.equal(spoiled!.isKilled, false);
  spoiled!.finish();
  assert.equal(spoiled!.isKilled, true);
  assert.deepEqual(
    calls.map(({ results: [result] }) => result?.outcome === 'done' && result.functionError),
    ['Unhandled', null, null],
  );
});

test('shared environments: one that dies counts as one death, whatever was in it', async () => {
  const world = three();
  const { environments, time, call } = world;
  for (let death = 0; death < 15; death++) {
    const calls = [1, 2, 3].map(() => call('hello'));
    await time.settle();
    environments.live[0]!.crash();
    await time.settle();
    assert.ok(calls.every(({ results }) => results.length === 1));
  }
  // 45 calls have failed; twenty deaths would hold back starts.
  const after = call('hello');
  await time.settle();
  assert.deepEqual([environments.all.length, after.results.length], [16, 0]);
  assert.deepEqual(world.log, []);
});

test('shared environments: one that is retired ends when the last in it has ended', async () => {
  const world = three();
  const { environments, time, call, adopt } = world;
  for (let i = 0; i < 2; i++) call('hello');
  await time.settle();
  adopt(
    functionOf('hello', { versions: [{ ...versionOf('$LATEST', 'other'), concurrencyPerEnvironment: 3 }] }),
  );
  call('hello');
  await time.settle();
  const [old] = environments.all;
  assert.deepEqual(loads(world), [2, 1]);
  old!.finish();
  assert.equal(old!.isKilled, false);
  old!.finish();
  assert.equal(old!.isKilled, true);
});

test('shared environments: reserved concurrency counts calls, not environments', async () => {
  const world = createWorld();
  const versions = [{ ...versionOf('$LATEST'), concurrencyPerEnvironment: 3 }];
  world.adopt(functionOf('hello', { versions, reservedConcurrency: 2 }));
  const calls = [1, 2, 3].map(() => world.call('hello'));
  await world.time.settle();
  assert.deepEqual(loads(world), [2]);
  const [refused] = calls[2]!.results;
  assert.equal(refused?.outcome === 'refused' && refused.status, 429);
});

test('shared environments: when the host loses all, each call is told once', async () => {
  const world = three();
  const calls = Array.from({ length: 5 }, () => world.call('hello'));
  await world.time.settle();
  world.host.close();
  await world.time.settle();
  assert.deepEqual(
    calls.map(({ results }) => results.map(({ outcome }) => outcome)),
    calls.map(() => ['lost']),
  );
  assert.ok(world.environments.all.every(({ isKilled }) => isKilled));
});

test('shared environments: an event waits with others for a start that has room for it, and needs none of its own', async () => {
  const world = three({ limits: { environmentsMax: 1 } });
  const { environments, time, call } = world;
  environments.onStart = null;
  call('hello');
  call('hello', { type: 'Event' });
  await time.settle();
  environments.all[0]!.becomeReady();
  await time.settle();
  assert.deepEqual(loads(world), [2]);
});

test('shared environments: of a quick function a few starts are enough for all who wait', async () => {
  const world = createWorld();
  const { environments, time, call, adopt } = world;
  adopt(functionOf('hello', { versions: [{ ...versionOf('$LATEST'), concurrencyPerEnvironment: 8 }] }));
  for (let i = 0; i < 8; i++) {
    call('hello');
    await time.pass(0.1);
    environments.all[0]!.finish();
  }
  environments.onStart = null;
  for (let i = 0; i < 8 + 100; i++) call('hello');
  // Eight run, and 64 of those who wait do so for them.
  assert.deepEqual(environmentsOf(world), { starting: 1, idle: 0, busy: 1 });
});

test('shared environments: what an earlier gateway has published runs one at a time, and goes on', async () => {
  const world = createWorld();
  const { concurrencyPerEnvironment: _, ...before } = versionOf('$LATEST');
  world.adopt(functionOf('hello', { versions: [before as ReturnType<typeof versionOf>] }));
  for (let i = 0; i < 2; i++) world.call('hello');
  await world.time.settle();
  assert.deepEqual(loads(world), [1, 1]);
  world.adopt(functionOf('hello'));
  for (const environment of world.environments.all) environment.finish();
  assert.deepEqual(environmentsOf(world), { starting: 0, idle: 2, busy: 0 });
});
