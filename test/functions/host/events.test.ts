// Asynchronous invocations: accepted once written, run at least once, retried, given up, told to destinations.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { FunctionEventInvokeConfig } from '../../../src/resources/index.ts';
import {
  arnOf,
  createWorld,
  type FakeEnvironment,
  FakeTime,
  functionOf,
  versionOf,
  type World,
} from './fake-world.ts';

const failed = { functionError: 'Unhandled', payload: Buffer.from('{"errorMessage":"no"}') } as const;

/** Has every run end at once, as the function of that name does. */
function behave(
  world: World,
  behaviour: Record<string, (environment: FakeEnvironment) => void> = {},
): string[] {
  const runs: string[] = [];
  world.environments.onRun = (environment, { payload }) => {
    const { functionName } = environment.spec;
    runs.push(`${functionName} ${Buffer.from(payload).toString()}`);
    queueMicrotask(() => {
      const act = behaviour[functionName];
      if (act === undefined) environment.finish();
      else act(environment);
    });
  };
  return runs;
}

const settings = (given: Partial<FunctionEventInvokeConfig>): Record<string, FunctionEventInvokeConfig> => ({
  $LATEST: { qualifier: '$LATEST', lastModified: '2024-01-02T03:04:05Z', ...given },
});

function temporaryFile(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-events-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'functions', 'events.sqlite');
}

test('events: one is accepted before it runs, and runs once when it ends well', async () => {
  const world = createWorld();
  const runs = behave(world);
  world.adopt(functionOf('hello'));
  const { results } = world.call('hello', {
    type: 'Event',
    payload: Buffer.from('{"a":1}'),
    traceId: 'Root=1-2-3',
  });
  assert.equal(results.length, 0);
  await world.time.settle();
  const [result] = results;
  assert.ok(result?.outcome === 'done');
  assert.deepEqual(
    [result.payload.length, result.functionError, result.executedVersion],
    [0, null, '$LATEST'],
  );
  await world.time.pass(86_400_000);
  assert.deepEqual(runs, ['hello {"a":1}']);
  assert.deepEqual(world.host.stats().events, { queued: 0, queuedBytes: 0, running: 0 });
  assert.equal(world.host.stats().functions[0]!.eventsQueued, 0);
});

test('events: the function sees the request id that the caller was given, and its own ARN, trace and context', async () => {
  const world = createWorld();
  world.adopt(
    functionOf('hello', {
      aliases: [{ name: 'prod', functionVersion: '$LATEST', additionalVersionWeights: {} }],
    }),
  );
  const clientContext = Buffer.from('{"custom":{}}').toString('base64');
  const { results } = world.call('hello:prod', {
    type: 'Event',
    payload: '',
    clientContext,
    traceId: 'Root=1-2-3',
  });
  await world.time.settle();
  const { invocation } = world.environments.all[0]!.current!;
  assert.ok(results[0]?.outcome === 'done');
  assert.equal(invocation.requestId, results[0].requestId);
  assert.equal(invocation.invokedFunctionArn, arnOf('hello:prod'));
  assert.deepEqual([invocation.clientContext, invocation.traceId], [clientContext, 'Root=1-2-3']);
  assert.equal(Buffer.from(invocation.payload).toString(), '{}');
});

test('events: one that fails is tried again after one minute and after two more, and then given up', async () => {
  const world = createWorld();
  const runs = behave(world, { hello: (environment) => environment.finish(failed) });
  world.adopt(functionOf('hello'));
  world.call('hello', { type: 'Event' });
  const counts: number[] = [];
  for (const ms of [59_999, 1, 119_999, 1, 86_400_000]) {
    await world.time.pass(ms);
    counts.push(runs.length);
  }
  assert.deepEqual(counts, [1, 2, 2, 3, 3]);
  assert.match(
    world.log[0]!,
    /^An event of function "hello" is given up: RetriesExhausted after 3 attempts of event "[0-9a-f-]{36}": \{"errorMessage":"no"\}$/,
  );
  const [stats] = world.host.stats().functions;
  assert.deepEqual(
    [stats?.eventsRetried, stats?.eventsDropped, stats?.errors, stats?.eventsQueued],
    [2, 1, 3, 0],
  );
});

test('events: the settings of the function say how often and how long it is tried', async () => {
  const once = createWorld();
  const runs = behave(once, { hello: (environment) => environment.finish(failed) });
  once.adopt(functionOf('hello', { eventInvokeConfigs: settings({ maximumRetryAttempts: 0 }) }));
  once.call('hello', { type: 'Event' });
  await once.time.pass(600_000);
  assert.equal(runs.length, 1);
  assert.match(once.log[0]!, /RetriesExhausted after 1 attempt of/);

  const brief = createWorld();
  const briefRuns = behave(brief, { hello: (environment) => environment.finish(failed) });
  brief.adopt(functionOf('hello', { eventInvokeConfigs: settings({ maximumEventAgeInSeconds: 90 }) }));
  brief.call('hello', { type: 'Event' });
  await brief.time.pass(89_999);
  assert.deepEqual([briefRuns.length, brief.log.length], [2, 0]);
  await brief.time.pass(1);
  assert.match(brief.log[0]!, /EventAgeExceeded after 2 attempts/);
  assert.equal(briefRuns.length, 2);
});

test('events: destinations are told in Lambda’s form how it went', async () => {
  const world = createWorld();
  const runs = behave(world, { bad: (environment) => environment.finish(failed) });
  const destinations = settings({
    maximumRetryAttempts: 0,
    onSuccess: arnOf('won'),
    onFailure: arnOf('lost:1'),
  });
  world.adopt(
    functionOf('good', { eventInvokeConfigs: destinations }),
    functionOf('bad', { eventInvokeConfigs: destinations }),
    functionOf('won'),
    functionOf('lost', { versions: [versionOf('$LATEST'), versionOf('1')] }),
  );
  const calls = [
    world.call('good', { type: 'Event', payload: '{"n":1}' }),
    world.call('bad', { type: 'Event', payload: '{"n":2}' }),
  ];
  await world.time.settle();
  const told = runs.filter((run) => /^(won|lost) /.test(run)).sort();
  assert.equal(told.length, 2);
  const timestamp = new Date(world.time.ms).toISOString();
  const idOf = (i: number) => (calls[i]!.results[0] as { requestId: string }).requestId;
  assert.deepEqual(JSON.parse(told[1]!.slice(4)), {
    version: '1.0',
    timestamp,
    requestContext: {
      requestId: idOf(0),
      functionArn: arnOf('good:$LATEST'),
      condition: 'Success',
      approximateInvokeCount: 1,
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST' },
    responsePayload: 'ok',
  });
  assert.deepEqual(JSON.parse(told[0]!.slice(5)), {
    version: '1.0',
    timestamp,
    requestContext: {
      requestId: idOf(1),
      functionArn: arnOf('bad:$LATEST'),
      condition: 'RetriesExhausted',
      approximateInvokeCount: 1,
    },
    requestPayload: { n: 2 },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    responsePayload: { errorMessage: 'no' },
  });
});

test('events: destinations that go in a circle end', async () => {
  const world = createWorld();
  const runs = behave(world);
  world.adopt(
    functionOf('a', { eventInvokeConfigs: settings({ onSuccess: arnOf('b') }) }),
    functionOf('b', { eventInvokeConfigs: settings({ onSuccess: arnOf('a') }) }),
  );
  world.call('a', { type: 'Event' });
  await world.time.pass(86_400_000);
  assert.equal(runs.length, 17);
  assert.match(world.log[0]!, /^The destination ".*" of function ".*" is not told: it is the 17th in a row$/);
});

test('events: of a function that may not run at all, the failure destination is told at once', async () => {
  const world = createWorld();
  const runs = behave(world);
  world.adopt(
    functionOf('off', { reservedConcurrency: 0, eventInvokeConfigs: settings({ onFailure: arnOf('told') }) }),
    functionOf('told'),
  );
  const { results } = world.call('off', { type: 'Event' });
  await world.time.settle();
  assert.equal(results[0]?.outcome, 'done');
  assert.equal(runs.length, 1);
  const { requestContext, responseContext } = JSON.parse(runs[0]!.slice(5));
  assert.deepEqual(
    [requestContext.condition, requestContext.approximateInvokeCount, responseContext],
    ['ZeroReservedConcurrency', 0, undefined],
  );
});

test('events: 1,000 against a concurrency of 10 each run exactly once, never more than 10 at a time', async () => {
  const world = createWorld();
  const seen = new Map<string, number>();
  let most = 0;
  world.environments.onRun = (_, { payload }) => {
    const text = Buffer.from(payload).toString();
    seen.set(text, (seen.get(text) ?? 0) + 1);
    most = Math.max(most, world.environments.busy.length);
  };
  world.adopt(functionOf('hello', { reservedConcurrency: 10 }));
  const calls = Array.from({ length: 1000 }, (_, i) =>
    world.call('hello', { type: 'Event', payload: `${i}` }),
  );
  await world.time.settle();
  assert.ok(calls.every(({ results }) => results.length === 1 && results[0]!.outcome === 'done'));
  for (let i = 0; world.environments.busy.length > 0 && i < 2000; i++) {
    world.environments.busy[0]!.finish();
    await world.time.settle();
  }
  assert.deepEqual([seen.size, [...seen.values()].every((count) => count === 1), most], [1000, true, 10]);
  assert.equal(world.host.stats().events.queued, 0);
});

test('events: a flood of one function neither delays another’s nor takes all environments', async () => {
  const world = createWorld({ limits: { eventConcurrencyMax: 4 } });
  const order: string[] = [];
  world.environments.onRun = (environment) => order.push(environment.spec.functionName);
  world.adopt(functionOf('flood'), functionOf('quiet'));
  for (let i = 0; i < 100; i++) world.call('flood', { type: 'Event' });
  world.call('quiet', { type: 'Event' });
  await world.time.settle();
  assert.deepEqual(order, ['flood', 'quiet', 'flood', 'flood']);
  const { results } = world.call('flood');
  await world.time.settle();
  assert.equal(world.environments.busy.length, 5);
  assert.deepEqual(results, []);
});

test('events: those of a function that dies at each start wait for the next start, and count only real attempts', async () => {
  const world = createWorld();
  world.environments.onStart = (environment) => environment.failInit();
  world.adopt(functionOf('hello'));
  for (let i = 0; i < 100; i++) world.call('hello', { type: 'Event' });
  await world.time.pass(600_000);
  const starts = world.environments.all.length;
  assert.ok(starts < 150, `${starts} starts in ten minutes`);
  const [stats] = world.host.stats().functions;
  assert.equal(stats!.eventsRetried + stats!.eventsDropped, starts);
  world.environments.onStart = (environment) => environment.becomeReady();
  behave(world);
  await world.time.pass(600_000);
  assert.equal(world.host.stats().events.queued, 0);
});

test('events: more than the host keeps are refused', async () => {
  const world = createWorld({ limits: { eventsMax: 3, eventBytesMax: 100 } });
  world.adopt(functionOf('hello', { reservedConcurrency: 1 }));
  const big = world.call('hello', { type: 'Event', payload: `"${'x'.repeat(99)}"` });
  const calls = Array.from({ length: 4 }, () => world.call('hello', { type: 'Event' }));
  await world.time.settle();
  const told = [big, ...calls].map(({ results: [result] }) =>
    result?.outcome === 'refused' ? `${result.status} ${result.type}` : result?.outcome,
  );
  const throttled = '429 TooManyRequestsException';
  assert.deepEqual(told, [throttled, 'done', 'done', 'done', throttled]);
});

test('events: those of a function that is gone are given up', async () => {
  const world = createWorld();
  world.adopt(functionOf('hello', { reservedConcurrency: 1 }));
  world.call('hello', { type: 'Event' });
  world.call('hello', { type: 'Event' });
  await world.time.settle();
  world.adopt();
  await world.time.settle();
  world.environments.all[0]!.finish();
  await world.time.settle();
  assert.match(
    world.log[0]!,
    /^An event of function "hello" is given up: ResourceNotFoundException: Function not found: /,
  );
  assert.equal(world.host.stats().events.queued, 0);
});

test('events: when the file cannot be written, callers are told, and results are written later', async (context) => {
  const eventsFile = temporaryFile(context);
  const world = createWorld({ eventsFile });
  world.adopt(functionOf('hello'));
  world.call('hello', { type: 'Event' });
  await world.time.settle();
  const other = new DatabaseSync(eventsFile);
  context.after(() => other.close());
  other.exec('ALTER TABLE events RENAME TO hidden');
  const { results } = world.call('hello', { type: 'Event' });
  await world.time.settle();
  assert.ok(results[0]?.outcome === 'refused');
  assert.deepEqual([results[0].status, results[0].type], [500, 'ServiceException']);
  world.environments.all[0]!.finish();
  await world.time.settle();
  other.exec('ALTER TABLE hidden RENAME TO events');
  await world.time.pass(1000);
  assert.deepEqual({ ...other.prepare('SELECT count(*) AS rows FROM events').get() }, { rows: 0 });
  assert.equal(world.host.stats().events.queued, 0);
  world.host.close();
});

for (const hasReadBefore of [false, true]) {
  test(`events: a host that drains hands over what waits, and what runs is not run twice${hasReadBefore ? ' by one that had read the file before' : ''}`, async (context) => {
    const eventsFile = temporaryFile(context);
    const time = new FakeTime();
    const old = createWorld({ eventsFile, time });
    const hello = functionOf('hello', { reservedConcurrency: 3 });
    old.adopt(hello);
    for (let i = 0; i < 5; i++) old.call('hello', { type: 'Event', payload: `${i}` });
    await time.settle();
    const early = createWorld({ eventsFile, time });
    const drained = old.host.drain(time.ms + 30_000);
    const next = hasReadBefore ? early : createWorld({ eventsFile, time });
    const runs = behave(next);
    next.adopt(hello);
    await time.settle();
    assert.deepEqual(runs, ['hello 3', 'hello 4']);
    const [first, second] = old.environments.all;
    first!.finish();
    second!.finish(failed);
    await time.pass(60_000);
    await drained;
    old.host.close();
    // The first is done; the second is retried; the third was lost at the deadline and is run again.
    await time.pass(60_000);
    assert.deepEqual(runs.slice(2).sort(), ['hello 1', 'hello 2']);
    assert.equal(next.host.stats().events.queued, 0);
    next.host.close();
    early.host.close();
  });
}

test('events: a file that is no database is put aside, and the host goes on', async (context) => {
  const eventsFile = temporaryFile(context);
  mkdirSync(path.dirname(eventsFile));
  writeFileSync(eventsFile, 'no database '.repeat(100));
  const world = createWorld({ eventsFile });
  const runs = behave(world);
  world.adopt(functionOf('hello'));
  world.call('hello', { type: 'Event' });
  await world.time.settle();
  world.host.close();
  assert.deepEqual(runs, ['hello {}']);
  assert.match(
    world.log[0]!,
    /^Cannot read the file of events, it is put aside as ".*events\.sqlite\.damaged-\d+": /,
  );
  assert.deepEqual(readdirSync(path.dirname(eventsFile)).sort(), [
    'events.sqlite',
    `events.sqlite.damaged-${world.time.ms}`,
  ]);
});

test('events: what was accepted is there after a kill -9 of the host', async (context) => {
  const eventsFile = temporaryFile(context);
  const script = fileURLToPath(new URL('./event-child.ts', import.meta.url));
  const child = spawn(process.execPath, [script, eventsFile, '200'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.on('exit', resolve));
  const accepted = new Set<string>();
  let running = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('run ')) running++;
    else accepted.add(line);
    if (accepted.size === 200 && running === 3) child.kill('SIGKILL');
  }
  await exited;
  const world = createWorld({ eventsFile });
  const seen: string[] = [];
  world.environments.onRun = (environment, { requestId }) => {
    seen.push(requestId);
    queueMicrotask(() => environment.finish());
  };
  world.time.ms = Date.now() + 1000;
  world.adopt(functionOf('hello', { reservedConcurrency: 10 }));
  await world.time.pass(1000);
  assert.deepEqual([seen.length, new Set(seen)], [200, accepted]);
  assert.equal(world.host.stats().events.queued, 0);
  world.host.close();
});
