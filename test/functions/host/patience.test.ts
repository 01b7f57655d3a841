// Waiting for an environment that is about to be free: who waits, for how long, and what becomes of it otherwise.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Patience } from '../../../src/functions/host/patience.ts';
import fc from '../../support/properties.ts';
import { createWorld, functionOf, versionOf, type World } from './fake-world.ts';

/** A function that was seen to take so long, with one environment free. */
async function warmed(
  durationMs: number,
  limits: { readonly environmentsMax?: number; readonly startsMax?: number } = {},
  reservedConcurrency: number | null = null,
): Promise<World> {
  const world = createWorld({ limits });
  world.adopt(functionOf('hello', { reservedConcurrency }));
  for (let i = 0; i < 8; i++) {
    world.call('hello');
    await world.time.pass(durationMs);
    world.environments.all[0]!.finish();
  }
  assert.equal(world.environments.all.length, 1);
  return world;
}

const endings = (calls: readonly ReturnType<World['call']>[]): unknown[] =>
  calls.map(({ results: [result] }) => (result?.outcome === 'refused' ? result.status : result?.outcome));

test('patience: calls of a quick function wait for the environment that runs, in turn, and none is started', async () => {
  const { environments, time, call } = await warmed(1);
  const calls = Array.from({ length: 5 }, () => call('hello'));
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(
      calls.map(({ results }) => results.length),
      calls.map((_, at) => (at < i ? 1 : 0)),
    );
    await time.pass(1);
    environments.all[0]!.finish();
  }
  await time.pass(100);
  assert.equal(environments.all.length, 1);
});

test('patience: so many wait for each environment; for more others are started, a few at a time', async () => {
  const { environments, time, call, host } = await warmed(0.1);
  environments.onStart = null;
  const starting = () => host.stats().functions[0]!.environments.starting;
  for (let i = 0; i < 9; i++) call('hello');
  assert.deepEqual([environments.all.length, starting()], [1, 0]);
  for (let i = 0; i < 5; i++) call('hello');
  assert.deepEqual([environments.all.length, starting()], [2, 1]);
  environments.all[1]!.becomeReady();
  await time.settle();
  assert.deepEqual([environments.busy.length, starting()], [2, 0]);
  for (let i = 0; i < 10; i++) call('hello');
  assert.deepEqual([environments.all.length, starting()], [3, 1]);
});

test('patience: of many that would wait for long each has its start', async () => {
  const { environments, call, host } = await warmed(4);
  environments.onStart = null;
  for (let i = 0; i < 30; i++) call('hello');
  // One runs. With one start under way twelve may wait for it, since that takes 50 ms at most.
  assert.equal(host.stats().functions[0]!.environments.starting, 17);
});

test('patience: of a slow function, and of one that is hardly known, each call has its start at once', async () => {
  const slow = await warmed(6);
  for (let i = 0; i < 3; i++) slow.call('hello');
  assert.equal(slow.environments.all.length, 3);

  const { environments, time, adopt, call } = createWorld();
  adopt(functionOf('new'));
  for (let i = 0; i < 7; i++) {
    call('new');
    await time.settle();
    environments.all[0]!.finish();
  }
  call('new');
  call('new');
  assert.equal(environments.all.length, 2);
});

test('patience: nobody waits for an environment that has ended nothing for long', async () => {
  const { environments, time, call } = await warmed(1);
  const stuck = call('hello');
  await time.pass(51);
  const other = call('hello');
  await time.settle();
  assert.equal(environments.all.length, 2);
  environments.all[1]!.finish();
  assert.deepEqual(endings([stuck, other]), [undefined, 'done']);
});

test('patience: who has waited in vain has an environment started after 60 ms, all at once', async () => {
  const { environments, time, call } = await warmed(1);
  const calls = Array.from({ length: 5 }, () => call('hello'));
  await time.pass(49);
  assert.equal(environments.all.length, 1);
  await time.pass(11);
  assert.equal(environments.all.length, 5);
  for (const environment of environments.busy) environment.finish();
  assert.deepEqual(endings(calls), ['done', 'done', 'done', 'done', 'done']);
  await time.pass(100);
  assert.equal(time.timers, 1, 'the one that ends idle environments');
});

test('patience: where there is no room for one more, who waits in vain is refused, as he would have been at once', async () => {
  const { environments, time, call, host } = await warmed(1, { environmentsMax: 1 });
  const calls = [call('hello'), call('hello'), call('hello')];
  await time.pass(1);
  environments.all[0]!.finish();
  await time.pass(60);
  assert.deepEqual(endings(calls), ['done', undefined, 429]);
  assert.equal(host.stats().functions[0]!.throttles, 1);
  environments.all[0]!.finish();
  assert.deepEqual(endings(calls), ['done', 'done', 429]);
  assert.deepEqual([host.stats().concurrent, host.stats().functions[0]!.invocations], [0, 10]);
});

test('patience: who waits for an environment that dies has another started at once', async () => {
  const { environments, time, call } = await warmed(1);
  const calls = [call('hello'), call('hello'), call('hello')];
  environments.all[0]!.crash();
  await time.settle();
  assert.equal(environments.live.length, 2);
  for (const environment of environments.busy) environment.finish();
  assert.deepEqual(endings(calls), ['done', 'done', 'done']);
});

test('patience: who waits counts against what the function has reserved', async () => {
  const { environments, time, call } = await warmed(1, {}, 2);
  const calls = [call('hello'), call('hello'), call('hello')];
  await time.settle();
  assert.deepEqual(endings(calls), [undefined, undefined, 429]);
  environments.all[0]!.finish();
  environments.all[0]!.finish();
  assert.deepEqual(endings(calls), ['done', 'done', 429]);
});

test('patience: who waits is served by the version it was called in, also while the host drains', async () => {
  const { host, environments, time, adopt, call } = await warmed(1);
  const calls = [call('hello'), call('hello'), call('hello')];
  adopt(functionOf('hello', { versions: [versionOf('$LATEST', 'other')] }));
  let isDrained = false;
  void host.drain(time.ms + 60_000).then(() => {
    isDrained = true;
  });
  environments.all[0]!.finish();
  // The other two wait in vain for it: one has a start of its own, although the host takes no new calls.
  await time.pass(60);
  assert.equal(environments.all.length, 2);
  for (const environment of environments.busy) environment.finish();
  await time.settle();
  assert.deepEqual(endings(calls), ['done', 'done', 'done']);
  assert.ok(environments.all.every(({ spec }) => spec.version.codeHash === 'code$LATEST'));
  assert.ok(isDrained);
});

test('patience: a flood upon a new function starts no more than are needed once it is known to be quick', async () => {
  const { environments, time, adopt, call, host } = createWorld({ limits: { startsMax: 2 } });
  environments.onStart = null;
  adopt(functionOf('hello'));
  const calls = Array.from({ length: 40 }, () => call('hello'));
  environments.all[0]!.becomeReady();
  await time.settle();
  for (let i = 0; i < 37; i++) environments.all[0]!.finish();
  await time.settle();
  assert.equal(calls.filter(({ results }) => results.length === 1).length, 37);
  assert.deepEqual(host.stats().functions[0]!.environments, { starting: 2, idle: 0, busy: 1 });
});

test('patience: whatever it has seen, few wait, for a short time, and only for what is known to be quick', () => {
  const seen = fc.array(fc.tuple(fc.double({ min: 0, max: 200, noNaN: true }), fc.nat(100)), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(seen, fc.nat(50), fc.nat(8), fc.nat(3), fc.nat(120), (ends, waiting, busy, starts, ageMs) => {
      const patience = new Patience();
      let nowNs = 1e15;
      for (const [durationMs, pauseMs] of ends) {
        nowNs += pauseMs * 1e6;
        patience.onBegin(nowNs);
        nowNs += durationMs * 1e6;
        patience.onEnd(durationMs, nowNs);
      }
      if (!patience.waits(waiting, busy, starts, nowNs - ageMs * 1e6, nowNs)) return;
      const durations = ends.map(([durationMs]) => durationMs);
      const shortestMs = (Math.min(...durations) * waiting) / busy;
      assert.ok(durations.length >= 8 && busy > 0 && shortestMs <= 50);
      if (starts === 0) assert.ok(waiting <= 8 * busy && ageMs < 50 && shortestMs <= 5);
      assert.ok(patience.isStill(nowNs + 50.1e6) && !patience.isStill(nowNs + 49.9e6));
    }),
  );
});
