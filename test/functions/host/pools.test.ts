// Environments: how they are reused, bounded, retired and started again when they die.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { InvocationResult } from '../../../src/functions/functions.ts';
import { createWorld, functionOf, versionOf } from './fake-world.ts';

const summary = (result: InvocationResult | undefined): string => {
  if (result === undefined) return 'waits';
  if (result.outcome === 'lost') return 'lost';
  if (result.outcome === 'refused') return `${result.status} ${result.reason}`;
  return result.functionError === null ? 'ok' : Buffer.from(result.payload).toString();
};

test('pools: an environment is used again, the one used last first', async () => {
  const { host, environments, time, adopt, call } = createWorld();
  adopt(functionOf('hello'));
  call('hello');
  call('hello');
  await time.settle();
  const [first, second] = environments.all;
  second!.finish();
  first!.finish();
  for (let i = 0; i < 3; i++) {
    call('hello');
    assert.equal(first!.runs, 2 + i);
    first!.finish();
  }
  assert.deepEqual([environments.all.length, second!.runs], [2, 1]);
  const [stats] = host.stats().functions;
  assert.deepEqual(stats?.environments, { starting: 0, idle: 2, busy: 0 });
  assert.deepEqual([stats?.invocations, stats?.coldStarts, stats?.concurrentMax], [5, 2, 2]);
});

test('pools: who waits for a start takes whatever environment is free first', async () => {
  const { environments, time, adopt, call } = createWorld();
  environments.onStart = null;
  adopt(functionOf('hello'));
  const first = call('hello');
  const second = call('hello');
  environments.all[1]!.becomeReady();
  await time.settle();
  environments.all[1]!.finish();
  await time.settle();
  assert.deepEqual([first.results.length, second.results.length], [1, 0]);
  assert.equal(environments.all[1]!.runs, 2);
  environments.all[1]!.finish();
  assert.equal(second.results.length, 1);
  environments.all[0]!.becomeReady();
  await time.settle();
  assert.equal(environments.all[0]!.runs, 0);
});

test('pools: a start that fails answers nobody while another goes on for who waits', async () => {
  const { environments, time, adopt, call } = createWorld();
  environments.onStart = null;
  adopt(functionOf('hello'));
  const calls = [call('hello'), call('hello')];
  const [first, second, third] = [environments.all[0]!, environments.all[1]!, call('hello')];
  first.becomeReady();
  await time.settle();
  first.finish();
  await time.settle();
  // Two starts go on, and one call waits.
  second.failInit();
  await time.settle();
  assert.deepEqual(third.results, []);
  environments.all[2]!.failInit('Runtime.Other');
  await time.settle();
  assert.match(summary(third.results[0]), /Runtime\.Other/);
  first.finish();
  await time.settle();
  assert.deepEqual(
    [...calls, third].map(({ results }) => results.length),
    [1, 1, 1],
  );
});

test('starts: so many at once, one function after the other, and none for who was served meanwhile', async () => {
  const { host, environments, time, adopt, call } = createWorld({ limits: { startsMax: 2 } });
  environments.onStart = null;
  adopt(functionOf('flood'), functionOf('quiet'));
  for (let i = 0; i < 50; i++) call('flood');
  const quiet = call('quiet');
  const started = () => environments.all.map(({ spec }) => spec.functionName);
  assert.deepEqual(started(), ['flood', 'flood']);
  assert.equal(host.stats().functions[0]!.environments.starting, 50);
  environments.all[0]!.becomeReady();
  await time.settle();
  environments.all[1]!.becomeReady();
  await time.settle();
  assert.deepEqual(started(), ['flood', 'flood', 'flood', 'quiet']);
  environments.all[3]!.becomeReady();
  await time.settle();
  environments.all[3]!.finish();
  assert.equal(summary(quiet.results[0]), 'ok');
  // Two serve all that wait, while two more start in vain.
  for (let i = 0; i < 60; i++) {
    for (const environment of environments.busy) environment.finish();
    await time.settle();
  }
  assert.deepEqual(started(), ['flood', 'flood', 'flood', 'quiet', 'flood']);
  assert.deepEqual([host.stats().concurrent, host.stats().functions[0]!.environments.starting], [0, 2]);
});

test('starts: one that takes longer than a second keeps no other from its turn', async () => {
  const { environments, time, adopt, call } = createWorld({ limits: { startsMax: 2 } });
  environments.onStart = null;
  adopt(functionOf('slow'), functionOf('other'));
  for (let i = 0; i < 5; i++) call('slow');
  await time.pass(500);
  call('other');
  assert.equal(environments.all.length, 2);
  await time.pass(499);
  assert.equal(environments.all.length, 2);
  await time.pass(1);
  assert.deepEqual(
    environments.all.slice(2).map(({ spec }) => spec.functionName),
    ['slow', 'other'],
  );
  await time.pass(2000);
  assert.equal(environments.all.length, 6);
});

test('starts: of a function that dies, those that wait their turn are given up', async () => {
  const { host, environments, time, adopt, call } = createWorld({ limits: { startsMax: 2 } });
  environments.onStart = (environment) => environment.failInit();
  adopt(functionOf('bad'));
  const calls = Array.from({ length: 100 }, () => call('bad'));
  await time.settle();
  assert.ok(calls.every(({ results }) => /Runtime\.ExitError/.test(summary(results[0]))));
  assert.ok(environments.all.length <= 21, `${environments.all.length} starts`);
  assert.deepEqual([host.stats().concurrent, host.stats().environments.live], [0, 0]);
});

test('starts: a host that drains or closes leaves nobody who waits for a turn', async () => {
  const { host, environments, time, adopt, call } = createWorld({ limits: { startsMax: 1 } });
  environments.onStart = null;
  adopt(functionOf('hello'), functionOf('other'));
  const calls = ['hello', 'hello', 'other', 'other'].map((name) => call(name));
  const drained = host.drain(time.ms + 5000);
  environments.all[0]!.becomeReady();
  await time.settle();
  environments.all[0]!.finish();
  await time.pass(5000);
  await drained;
  assert.deepEqual(
    calls.map(({ results }) => summary(results[0])),
    ['ok', 'lost', 'lost', 'lost'],
  );
  assert.equal(host.stats().concurrent, 0);
  host.close();
});

test('pools: the deadline is the timeout of the version after the run began, not after the call', async () => {
  const { environments, time, adopt, call } = createWorld();
  environments.onStart = null;
  adopt(functionOf('hello'));
  call('hello');
  await time.pass(5000);
  environments.all[0]!.becomeReady();
  await time.settle();
  assert.equal(environments.all[0]!.current!.invocation.deadlineMs, time.ms + 3000);
});

test('pools: environments that nobody uses are ended after idleMs, by one timer', async () => {
  const { host, environments, time, adopt, call } = createWorld({ limits: { idleMs: 600_000 } });
  adopt(functionOf('hello'));
  for (let i = 0; i < 5; i++) call('hello');
  await time.settle();
  for (const environment of environments.all) environment.finish();
  assert.equal(time.timers, 1);
  await time.pass(300_000);
  call('hello');
  environments.busy[0]!.finish();
  await time.pass(300_000);
  assert.deepEqual([environments.live.length, host.stats().environments.reaped], [1, 4]);
  await time.pass(300_000);
  assert.deepEqual([environments.live.length, host.stats().environments.live, time.timers], [0, 0, 0]);
});

test('pools: at environmentsMax the idle one that was used longest ago makes room; when all are busy, 429', async () => {
  const { host, environments, time, adopt, call } = createWorld({ limits: { environmentsMax: 2 } });
  adopt(functionOf('a'), functionOf('b'), functionOf('c'));
  for (const name of ['a', 'b']) {
    call(name);
    await time.settle();
    environments.busy[0]!.finish();
    await time.pass(10);
  }
  call('c');
  await time.settle();
  assert.deepEqual(
    environments.live.map(({ spec }) => spec.functionName),
    ['b', 'c'],
  );
  call('b');
  const refused = call('a');
  await time.settle();
  assert.equal(summary(refused.results[0]), '429 ConcurrentInvocationLimitExceeded');
  assert.equal(host.stats().environments.evicted, 1);
  assert.equal(host.stats().functions[0]!.throttles, 1);
});

test('concurrency: what is reserved is a function’s own, and the others share the rest of the account', async () => {
  const { environments, time, adopt, call } = createWorld({ limits: { accountConcurrency: 5 } });
  adopt(
    functionOf('own', { reservedConcurrency: 2 }),
    functionOf('x'),
    functionOf('y'),
    functionOf('off', { reservedConcurrency: 0 }),
  );
  const calls = ['x', 'y', 'x', 'y', 'own', 'own', 'own', 'off'].map((name) => call(name));
  await time.settle();
  assert.deepEqual(
    calls.map(({ results }) => summary(results[0])),
    [
      ...['waits', 'waits', 'waits', '429 ConcurrentInvocationLimitExceeded'],
      ...['waits', 'waits', '429 ReservedFunctionConcurrentInvocationLimitExceeded'],
      '429 ReservedFunctionConcurrentInvocationLimitExceeded',
    ],
  );
  const [refusal] = calls[3]!.results;
  assert.ok(refusal?.outcome === 'refused');
  assert.deepEqual([refusal.type, refusal.message], ['TooManyRequestsException', 'Rate Exceeded.']);
  environments.busy[0]!.finish();
  const next = call('y');
  await time.settle();
  assert.equal(summary(next.results[0]), 'waits');
});

test('concurrency: what runs counts on when functions are adopted, reserved or not any more', async () => {
  const { environments, time, adopt, call } = createWorld({ limits: { accountConcurrency: 3 } });
  adopt(functionOf('a'), functionOf('b', { reservedConcurrency: 1 }));
  const refusalOf = async (name: string) => {
    const { results } = call(name);
    await time.settle();
    return summary(results[0]);
  };
  assert.deepEqual(
    [await refusalOf('a'), await refusalOf('a'), await refusalOf('b')],
    ['waits', 'waits', 'waits'],
  );
  environments.busy.find(({ spec }) => spec.functionName === 'b')!.finish();
  adopt(functionOf('a'), functionOf('b', { reservedConcurrency: 1 }));
  assert.equal(await refusalOf('a'), '429 ConcurrentInvocationLimitExceeded');
  adopt(functionOf('a', { reservedConcurrency: 2 }));
  assert.equal(await refusalOf('a'), '429 ReservedFunctionConcurrentInvocationLimitExceeded');
  adopt(functionOf('a'));
  assert.equal(await refusalOf('a'), 'waits');
  assert.equal(await refusalOf('a'), '429 ConcurrentInvocationLimitExceeded');
});

test('concurrency: functions that have reserved more than the account has are bounded by the account', async () => {
  const { time, adopt, call } = createWorld({ limits: { accountConcurrency: 2 } });
  adopt(functionOf('a', { reservedConcurrency: 2 }), functionOf('b', { reservedConcurrency: 2 }));
  const calls = ['a', 'a', 'b'].map((name) => call(name));
  await time.settle();
  assert.deepEqual(
    calls.map(({ results }) => summary(results[0])),
    ['waits', 'waits', '429 ConcurrentInvocationLimitExceeded'],
  );
});

test('concurrency: 1,000 calls at once against a limit of 10 each get one answer, and each answer is one run', async () => {
  const { host, environments, time, adopt, call } = createWorld();
  adopt(functionOf('hello', { reservedConcurrency: 10 }));
  const calls = Array.from({ length: 1000 }, () => call('hello'));
  await time.settle();
  assert.equal(environments.busy.length, 10);
  for (const environment of environments.busy) environment.finish();
  await time.settle();
  assert.ok(calls.every(({ results }) => results.length === 1));
  const done = calls.filter(({ results }) => results[0]!.outcome === 'done').length;
  const runs = environments.all.reduce((sum, environment) => sum + environment.runs, 0);
  assert.deepEqual([done, runs, host.stats().concurrent], [10, 10, 0]);
  assert.equal(host.stats().functions[0]!.throttles, 990);
});

test('adopt: environments of a version that changed end, after what they have begun', async () => {
  const { environments, time, adopt, call } = createWorld();
  adopt(functionOf('hello'), functionOf('gone'), functionOf('same'));
  const calls = ['hello', 'hello', 'gone', 'same'].map((name) => call(name));
  await time.settle();
  const [idle, busy, gone, same] = environments.all;
  idle!.finish();
  same!.finish();
  adopt(functionOf('hello', { versions: [versionOf('$LATEST', 'other')] }), functionOf('same'));
  assert.deepEqual(
    [idle!.isKilled, busy!.isKilled, gone!.isKilled, same!.isKilled],
    [true, false, false, false],
  );
  call('hello');
  await time.settle();
  assert.equal(environments.all.at(-1)!.spec.version.codeHash, 'other');
  busy!.finish();
  gone!.finish();
  await time.settle();
  assert.deepEqual([busy!.isKilled, gone!.isKilled], [true, true]);
  assert.ok(calls.every(({ results }) => summary(results[0]) === 'ok'));
  const refused = call('gone');
  await time.settle();
  assert.equal(refused.results[0]?.outcome, 'refused');
});

test('adopt: who waited for a start is served by the version it was called in', async () => {
  const { environments, time, adopt, call } = createWorld();
  environments.onStart = null;
  adopt(functionOf('hello'));
  const { results } = call('hello');
  adopt();
  environments.all[0]!.becomeReady();
  await time.settle();
  environments.all[0]!.finish();
  await time.settle();
  assert.equal(summary(results[0]), 'ok');
  assert.equal(environments.all[0]!.isKilled, true);
});

test('pools: an environment that says it goes on no longer is not used again', async () => {
  const { environments, time, adopt, call } = createWorld();
  adopt(functionOf('hello'));
  const first = call('hello');
  await time.settle();
  environments.all[0]!.finish({ functionError: 'Unhandled', payload: Buffer.from('"x"'), isReusable: false });
  const second = call('hello');
  await time.settle();
  assert.equal(environments.all.length, 2);
  environments.all[1]!.crash();
  await time.settle();
  assert.deepEqual([summary(first.results[0]), environments.all[0]!.isKilled], ['"x"', true]);
  assert.match(summary(second.results[0]), /Runtime\.ExitError/);
});

test('pools: an idle environment that dies is forgotten', async () => {
  const { host, environments, time, adopt, call } = createWorld();
  adopt(functionOf('hello'));
  call('hello');
  await time.settle();
  environments.all[0]!.finish();
  environments.all[0]!.crash();
  await time.settle();
  assert.equal(host.stats().environments.live, 0);
  call('hello');
  await time.settle();
  assert.equal(environments.busy[0], environments.all[1]);
});

test('pools: a run is told even when its environment goes without a word', async () => {
  const { host, environments, time, adopt, call } = createWorld();
  adopt(functionOf('hello'));
  const { results } = call('hello');
  await time.settle();
  environments.all[0]!.gone();
  await time.settle();
  assert.match(summary(results[0]), /Runtime\.ExitError/);
  environments.onStart = (environment) => environment.gone();
  const second = call('hello');
  await time.settle();
  assert.match(summary(second.results[0]), /Runtime\.ExitError/);
  assert.equal(host.stats().concurrent, 0);
});

test('crash loop: each start that fails answers one call; starts are bounded, and others do not notice', async () => {
  const { host, environments, time, log, adopt, call } = createWorld();
  environments.onStart = (environment) =>
    environment.spec.functionName === 'bad'
      ? environment.failInit('Runtime.ImportModuleError')
      : environment.becomeReady();
  environments.onRun = (environment) => queueMicrotask(() => environment.finish());
  adopt(functionOf('bad'), functionOf('good'));
  const starts = () => environments.all.filter(({ spec }) => spec.functionName === 'bad').length;
  // A thousand calls a second for a minute.
  for (let second = 0; second < 60; second++) {
    for (let i = 0; i < 100; i++) {
      const calls = Array.from({ length: 10 }, () => call('bad'));
      await time.settle();
      for (const { results } of calls) assert.match(summary(results[0]), /Runtime\.ImportModuleError/);
    }
    const good = call('good');
    await time.settle();
    assert.equal(summary(good.results[0]), 'ok');
    await time.pass(1000);
  }
  assert.ok(starts() <= 40, `${starts()} starts in a minute`);
  assert.ok(starts() >= 25, `${starts()} starts in a minute`);
  assert.equal(log.length, 1);
  assert.match(
    log[0]!,
    /^Environments of function "bad" version "\$LATEST" die one after the other; starts are held back/,
  );
  // Mended: the next start serves, and then as many as are needed.
  environments.onStart = (environment) => environment.becomeReady();
  await time.pass(10_000);
  const mended = call('bad');
  await time.settle();
  assert.equal(summary(mended.results[0]), 'ok');
  assert.equal(host.stats().concurrent, 0);
});

test('crash loop: a function that dies in each invocation is started ever more rarely, until one ends well', async () => {
  const { environments, time, adopt, call } = createWorld();
  environments.onRun = (environment) => queueMicrotask(() => environment.crash());
  adopt(functionOf('hello'));
  const told = new Map<string, number>();
  for (let i = 0; i < 1000; i++) {
    const { results } = call('hello');
    await time.pass(10);
    const text = summary(results[0]);
    told.set(text, (told.get(text) ?? 0) + 1);
  }
  assert.ok(environments.all.length < 30, `${environments.all.length} starts in ten seconds`);
  assert.equal(
    [...told.values()].reduce((a, b) => a + b),
    1000,
  );
  assert.equal(told.get('429 ConcurrentInvocationLimitExceeded'), 1000 - environments.all.length);
  environments.onRun = (environment) => queueMicrotask(() => environment.finish());
  await time.pass(10_000);
  for (let i = 0; i < 100; i++) {
    const { results } = call('hello');
    await time.settle();
    assert.equal(summary(results[0]), 'ok');
  }
});

test('crash loop: new code is started at once', async () => {
  const { environments, time, adopt, call } = createWorld();
  environments.onStart = (environment) => environment.failInit();
  adopt(functionOf('hello'));
  for (let i = 0; i < 100; i++) call('hello');
  await time.settle();
  environments.onStart = (environment) => environment.becomeReady();
  environments.onRun = (environment) => queueMicrotask(() => environment.finish());
  adopt(functionOf('hello', { versions: [versionOf('$LATEST', 'mended')] }));
  const { results } = call('hello');
  await time.settle();
  assert.equal(summary(results[0]), 'ok');
});

test('streams: what the function writes is handed on, pauses and resumes too, and nothing after abort', async () => {
  const { environments, time, adopt, call } = createWorld();
  adopt(functionOf('hello'));
  const { streamed, handle, results } = call('hello', { isStreamed: true });
  await time.settle();
  const [environment] = environments.all;
  const { handler, invocation } = environment!.current!;
  assert.equal(invocation.isStreamed, true);
  handler.onHead('text/plain');
  assert.equal(handler.onData(Buffer.from('short')), true);
  assert.equal(handler.onData(Buffer.from('a longer one')), false);
  handle.resume();
  assert.equal(environment!.resumes, 1);
  handle.abort();
  assert.equal(handler.onData(Buffer.from('a longer one')), true);
  environment!.finish();
  await time.settle();
  assert.deepEqual([streamed, results], [['head text/plain', 'short', 'a longer one'], []]);
  handle.abort();
  handle.resume();
});

test('handlers: one that throws costs its own call only', async () => {
  const { host, environments, time, log, adopt, call } = createWorld();
  adopt(functionOf('hello'));
  const { results } = call('hello');
  results.push = () => {
    throw new Error('oops');
  };
  await time.settle();
  environments.all[0]!.finish();
  await time.settle();
  assert.match(log[0]!, /^Cannot tell the result of an invocation: Error: oops/);
  assert.deepEqual([host.stats().concurrent, host.stats().functions[0]!.environments.idle], [0, 1]);
});

test('drain: new calls are refused, those under way end, and then all environments are gone', async () => {
  const { host, environments, time, adopt, call } = createWorld();
  adopt(functionOf('hello'));
  const calls = [call('hello'), call('hello'), call('hello')];
  await time.settle();
  environments.all[0]!.finish();
  let isDrained = false;
  void host.drain(time.ms + 10_000).then(() => {
    isDrained = true;
  });
  const late = call('hello');
  environments.all[1]!.finish();
  await time.pass(9000);
  assert.deepEqual([isDrained, environments.live.length], [false, 1]);
  await time.pass(1000);
  assert.deepEqual([isDrained, environments.live.length], [true, 0]);
  assert.deepEqual(
    calls.map(({ results }) => summary(results[0])),
    ['ok', 'ok', 'lost'],
  );
  assert.equal(summary(late.results[0]), '500 null');
  host.close();
});

test('close: calls under way and waiting are told as lost, later ones are refused', async () => {
  const { host, environments, time, adopt, call } = createWorld();
  environments.onStart = null;
  adopt(functionOf('hello'));
  const calls = [call('hello'), call('hello')];
  environments.all[0]!.becomeReady();
  await time.settle();
  host.close();
  host.close();
  const late = call('hello');
  await time.settle();
  assert.deepEqual(
    calls.map(({ results }) => results.map(summary)),
    [['lost'], ['lost']],
  );
  assert.equal(summary(late.results[0]), '500 null');
  assert.deepEqual([environments.live.length, host.stats().concurrent, time.timers], [0, 0, 0]);
});
