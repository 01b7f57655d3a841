// Several invocations at once in one environment: each has its own answer, log lines, trace id and time, and what
// happens to one happens to others only where it cannot be otherwise.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import test, { type TestContext } from 'node:test';
import type { EnvironmentResult } from '../../../src/functions/host/environment.ts';
import type { PublishedFunctionVersion } from '../../../src/resources/index.ts';
import { invocationOf, type Outcome, runEvent as run, tryEnvironments } from './try-environments.ts';

/** `event.does` says what becomes of it; `meet` waits until so many have come. */
const code = `
import { setTimeout as sleep } from 'node:timers/promises';
let here = 0;
let settled = 0;
let open = Promise.withResolvers();
async function meet(count) {
  if (++here === count) { here = 0; open.resolve(); open = Promise.withResolvers(); }
  else await open.promise;
}
const acts = {
  answer: (event) => event.n,
  meet: async ({ n, count }) => { const mine = open.promise; await meet(count); return [n, process.pid]; },
  tell: async ({ n, count }, context) => {
    console.log('came', n);
    await meet(count);
    await sleep(1);
    console.log('goes', n);
    const store = globalThis.awslambda.InvokeStore;
    store.set('n', n);
    await sleep(1);
    return [context.awsRequestId, process.env._X_AMZN_TRACE_ID, store.getRequestId(), store.getXRayTraceId(), store.get('n')];
  },
  hang: () => new Promise(() => {}),
  spin: () => { for (;;); },
  compute: async () => {
    const before = settled;
    for (const endMs = Date.now() + 20; Date.now() < endMs; );
    queueMicrotask(() => settled++);
    return before;
  },
  throw: async () => { throw new RangeError('mine'); },
  crash: async () => { setImmediate(() => { throw new Error('of nobody'); }); await sleep(60_000); },
  exit: () => process.exit(3),
  settings: () => [process.env.AWS_LAMBDA_MAX_CONCURRENCY ?? null, process.env.SLUICE_CHANNEL_FD ?? null],
};
export const handler = async (event, context) => acts[event.does](event, context);
export const callback = (event, context, done) => { setInterval(() => {}, 1000).unref(); done(null, event.n); };
export const streamed = awslambda.streamifyResponse(async (event, stream) => {
  stream.setContentType('text/plain');
  for (let i = 0; i < event.parts; i++) {
    stream.write(event.n + ':' + i + ' ');
    await meet(event.count);
  }
  await new Promise((done) => stream.write('.', done));
  if (event.fails) throw new Error('half way');
  stream.end();
});
`;

/** An environment that takes four at once. */
async function four(t: TestContext, version: Partial<PublishedFunctionVersion> = {}) {
  const tried = tryEnvironments(t);
  const environment = tried.start({ 'app.mjs': code }, { concurrencyPerEnvironment: 4, ...version });
  assert.equal(await environment.ready, null);
  return { tried, environment };
}

const kinds = (outcomes: readonly Outcome[]): (string | null)[] =>
  outcomes.map(({ answer, result }) =>
    result.functionError === null ? null : ((answer as { errorType?: string }).errorType ?? 'none'),
  );

test('several at once: invocations of one environment run beside each other, each with its own answer', async (t) => {
  const { environment } = await four(t);
  for (let round = 0; round < 3; round++) {
    const met = [0, 1, 2, 3].map((n) => run(environment, { does: 'meet', count: 4, n }));
    const answers = (await Promise.all(met)).map(({ answer }) => answer as [number, number]);
    assert.deepEqual(
      answers.map(([n]) => n),
      [0, 1, 2, 3],
    );
    assert.equal(new Set(answers.map(([, pid]) => pid)).size, 1, 'one process');
  }
  assert.deepEqual((await run(environment, { does: 'settings' })).answer, ['4', null]);
  // One at a time there is none, also where the function has one of its own from before the name was reserved.
  const { environment: alone } = await four(t, {
    concurrencyPerEnvironment: 1,
    environment: { AWS_LAMBDA_MAX_CONCURRENCY: '9' },
  });
  assert.deepEqual((await run(alone, { does: 'settings' })).answer, [null, null]);
});

test('several at once: request id, trace id and store are each invocation’s own, across whatever it awaits', async (t) => {
  const { tried, environment } = await four(t);
  const given = [0, 1, 2, 3].map((n) => ({ n, requestId: randomUUID(), traceId: `Root=1-${n}` }));
  const outcomes = await Promise.all(
    given.map(({ n, requestId, traceId }) =>
      run(environment, { does: 'tell', count: 4, n }, { requestId, traceId, wantsLogTail: true }),
    ),
  );
  const log = await tried.log();
  for (const [at, { n, requestId, traceId }] of given.entries()) {
    const { answer, result } = outcomes[at]!;
    assert.deepEqual(answer, [requestId, traceId, requestId, traceId, n]);
    for (const said of ['came', 'goes'])
      assert.match(log, new RegExp(`\\t${requestId}\\tINFO\\t${said} ${n}\\n`));
    const tail = Buffer.from(result.logTail!, 'base64').toString();
    const lines = tail.trimEnd().split('\n');
    assert.ok(
      lines.every((line) => line.includes(requestId)),
      tail,
    );
    assert.deepEqual(
      lines.map((line) => line.replace(/^.*INFO\t/, '').split(' ')[0]),
      ['START', 'came', 'goes', 'END', 'REPORT'],
    );
  }
});

test('several at once: what AWS’s libraries find as the store of an invocation is there', async (t) => {
  const { environment } = await four(t);
  const { InvokeStore } = createRequire(import.meta.url)('@aws/lambda-invoke-store') as {
    InvokeStore: { getInstanceAsync(isMulti: boolean): Promise<object> };
  };
  const theirs = Object.getPrototypeOf(await InvokeStore.getInstanceAsync(true)) as object;
  const asked = [
    'getContext',
    'hasContext',
    'get',
    'set',
    'run',
    'getRequestId',
    'getXRayTraceId',
    'getTenantId',
    'isProtectedKey',
  ];
  for (const name of asked) assert.ok(name in theirs, `${name} is asked of it`);
  const tried = tryEnvironments(t);
  const probe = tried.start(
    {
      'app.mjs': `export const handler = async () => {
        const store = awslambda.InvokeStore;
        const refused = [];
        for (const key of Object.values(store.constructor.PROTECTED_KEYS))
          try { store.set(key, 1); } catch (error) { refused.push(error.message); }
        return [${JSON.stringify(asked)}.map((name) => typeof store[name]), store.hasContext(), refused.length];
      };`,
    },
    { concurrencyPerEnvironment: 2 },
  );
  await probe.ready;
  assert.deepEqual((await run(probe, {})).answer, [asked.map(() => 'function'), true, 3]);
  assert.deepEqual((await run(environment, { does: 'answer', n: 1 })).answer, 1);
});

test('several at once: one that throws fails alone, and the environment goes on', async (t) => {
  const { environment } = await four(t);
  const outcomes = await Promise.all([
    run(environment, { does: 'throw' }),
    run(environment, { does: 'meet', count: 2, n: 1 }),
    run(environment, { does: 'meet', count: 2, n: 2 }),
  ]);
  assert.deepEqual(kinds(outcomes), ['RangeError', null, null]);
  assert.ok(outcomes.every(({ result }) => result.isReusable));
});

test('several at once: one that runs out of time fails alone, and its environment is not to be used again', async (t) => {
  const { tried, environment } = await four(t);
  const met = run(environment, { does: 'meet', count: 2, n: 1 });
  const hung = await run(environment, { does: 'hang' }, { timeoutMs: 60 });
  assert.match(
    (hung.answer as { errorMessage: string }).errorMessage,
    /Task timed out after 10\.00 seconds$/,
  );
  assert.equal(hung.result.isReusable, false);
  // Those that were in it beside it go on to their end.
  const late = await Promise.all([met, run(environment, { does: 'meet', count: 2, n: 2 })]);
  assert.deepEqual(kinds(late), [null, null]);
  assert.match(await tried.log(), /Task timed out[\s\S]*REPORT RequestId: .*\tStatus: timeout\t/);
});

test('several at once: what ends the process fails all that are in it', async (t) => {
  for (const [does, errorType] of [
    ['crash', 'Error'],
    ['exit', 'Runtime.ExitError'],
  ] as const) {
    const { environment } = await four(t);
    const acts = ['hang', 'hang', does];
    const outcomes = await Promise.all(acts.map((act) => run(environment, { does: act })));
    assert.deepEqual(kinds(outcomes), [errorType, errorType, errorType]);
    assert.ok(outcomes.every(({ result }) => !result.isReusable));
    await environment.ended;
  }
});

test('several at once: an answer does not wait for what others of the same moment compute', async (t) => {
  const { environment } = await four(t);
  const calls = await Promise.all([0, 1, 2, 3].map(() => run(environment, { does: 'compute' })));
  // Each finds all before it settled when it begins.
  assert.deepEqual(
    calls.map(({ answer }) => answer),
    [0, 1, 2, 3],
  );
});

test('several at once: a handler that lets nobody else run is ended when its time is over', async (t) => {
  const { environment } = await four(t, { timeoutSeconds: 1 });
  const ends: EnvironmentResult[] = [];
  const handler = {
    onHead: () => {},
    onData: () => true,
    onEnd: (result: EnvironmentResult) => ends.push(result),
  };
  for (let i = 0; i < 2; i++) environment.run(invocationOf({ does: 'spin' }, { timeoutMs: 100 }), handler);
  const answered = run(environment, { does: 'answer', n: 1 }, { timeoutMs: 100 });
  await answered;
  assert.deepEqual(
    ends.map(({ functionError, isReusable }) => [functionError, isReusable]),
    [
      ['Unhandled', false],
      ['Unhandled', false],
    ],
  );
  environment.kill(); // as the pool does with the last of them
  await environment.ended;
});

test('several at once: streams flow beside each other, and one that fails half way fails alone', async (t) => {
  const { environment } = await four(t, { handler: 'app.streamed' });
  const event = { parts: 3, count: 3 };
  const outcomes = await Promise.all([
    run(environment, { ...event, n: 1 }, { isStreamed: true }),
    run(environment, { ...event, n: 2, fails: true }, { isStreamed: true }),
    // Nobody wants it streamed: it is gathered.
    run(environment, { ...event, n: 3 }),
  ]);
  assert.deepEqual(
    outcomes.map(({ streamed, contentType }) => [streamed, contentType]),
    [
      ['1:0 1:1 1:2 .', 'text/plain'],
      ['2:0 2:1 2:2 .', 'text/plain'],
      ['', null],
    ],
  );
  assert.deepEqual(kinds(outcomes), [null, 'Error', null]);
  assert.equal(Buffer.from(outcomes[2]!.result.payload).toString(), '3:0 3:1 3:2 .');
});

test('several at once: a callback answers at once, whatever else goes on', async (t) => {
  const { environment } = await four(t, { handler: 'app.callback' });
  const outcomes = await Promise.all([1, 2, 3].map((n) => run(environment, { n })));
  assert.deepEqual(
    outcomes.map(({ answer }) => answer),
    [1, 2, 3],
  );
});

test('several at once: a runtime behind a wrapper has the same, over its port', async (t) => {
  const { environment } = await four(t, { environment: { AWS_LAMBDA_EXEC_WRAPPER: '/usr/bin/env' } });
  const met = [0, 1, 2, 3].map((n) => run(environment, { does: 'meet', count: 4, n }));
  assert.deepEqual(kinds(await Promise.all(met)), [null, null, null, null]);
});

/** Asks on two connections, and answers when both have something; then it tries what it may not. */
const bootstrap = `#!${process.execPath}
const http = require('node:http');
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const ask = (agent, method, path, body) => new Promise((resolve, reject) => {
  http.request({ host, port, method, path: '/2018-06-01/runtime/invocation/' + path, agent }, (response) => {
    let text = '';
    response.on('data', (part) => { text += part; });
    response.on('end', () => resolve({ status: response.statusCode, id: response.headers['lambda-runtime-aws-request-id'], text }));
  }).on('error', reject).end(body);
});
let taken = [];
let answered = Promise.withResolvers();
let before = [];
async function answerBoth() {
  const third = await ask(undefined, 'GET', 'next');
  const both = taken;
  const seen = [third.status, ...before];
  before = [];
  taken = [];
  for (const { id, text } of both) {
    const answer = JSON.stringify([JSON.parse(text).n, process.env.AWS_LAMBDA_MAX_CONCURRENCY, seen]);
    before.push((await ask(undefined, 'POST', id + '/response', answer)).status);
    before.push((await ask(undefined, 'POST', id + '/response', '0')).status);
  }
  answered.resolve();
  answered = Promise.withResolvers();
}
async function worker() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (;;) {
    taken.push(await ask(agent, 'GET', 'next'));
    const done = answered.promise;
    if (taken.length === 2) answerBoth();
    await done;
  }
}
worker();
worker();
`;

test('several at once: a runtime of one’s own asks for as many as it may, each on a connection', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(
    { bootstrap },
    { runtime: 'provided.al2023', handler: '', concurrencyPerEnvironment: 2 },
  );
  assert.equal(await environment.ready, null);
  for (let round = 0; round < 3; round++) {
    const outcomes = await Promise.all([1, 2].map((n) => run(environment, { n })));
    const seen = round === 0 ? [403] : [403, 202, 403, 202, 403];
    assert.deepEqual(
      outcomes.map(({ answer }) => answer),
      [
        [1, '2', seen],
        [2, '2', seen],
      ],
    );
  }
});
