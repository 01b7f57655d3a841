// Several invocations at once in one environment, and one of them that goes wrong: the others, and what is said of them,
// stay as they are.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { PublishedFunctionVersion } from '../../../src/resources/index.ts';
import { invocationOf, type Outcome, runEvent as run, tryEnvironments } from './try-environments.ts';

async function started(t: TestContext, code: string, version: Partial<PublishedFunctionVersion> = {}) {
  const tried = tryEnvironments(t);
  const environment = tried.start({ 'app.mjs': code }, { concurrencyPerEnvironment: 4, ...version });
  assert.equal(await environment.ready, null);
  return { tried, environment };
}

const errorType = ({ answer }: Outcome): unknown => (answer as { errorType?: string }).errorType;

const crashing = `
process.on('exit', () => {
  const until = Date.now() + (process.env.AWS_LAMBDA_EXEC_WRAPPER ? 0 : 250);
  while (Date.now() < until);
});
export const handler = async (event) => {
  if (event.crashes) setImmediate(() => { throw new RangeError(String(Date.now())); });
  await new Promise((resolve) => setTimeout(resolve, 60_000));
};
`;

for (const [how, version] of [
  ['at once', {}],
  ['one at a time', { concurrencyPerEnvironment: 1 }],
] as const)
  test(`gone wrong: nobody is given an environment that takes long to exit after a crash, ${how}`, async (t) => {
    const { environment } = await started(t, crashing, version);
    const events = how === 'one at a time' ? [{ crashes: true }] : [{}, {}, { crashes: true }];
    const outcomes = await Promise.all(events.map((event) => run(environment, event)));
    assert.deepEqual(
      outcomes.map((outcome) => [errorType(outcome), outcome.result.isReusable]),
      events.map(() => ['RangeError', false]),
    );
  });

test('gone wrong: behind a wrapper an error is told when the runtime has exited, or has not for a while', async (t) => {
  const { environment } = await started(t, crashing, {
    environment: { AWS_LAMBDA_EXEC_WRAPPER: '/usr/bin/env' },
  });
  const told = [{}, {}, { crashes: true }].map(async (event) => {
    const { answer, result } = await run(environment, event);
    const afterMs = Date.now() - Number((answer as { errorMessage: string }).errorMessage);
    return !result.isReusable || afterMs >= 99;
  });
  assert.deepEqual(await Promise.all(told), [true, true, true]);
});

test('gone wrong: a stream without end whose time is over lets the others in its environment run', async (t) => {
  const { environment } = await started(
    t,
    `const chunk = Buffer.alloc(16 * 1024);
    export const handler = awslambda.streamifyResponse(async (event, stream) => {
      if (event.endless) for (;;) if (!stream.write(chunk)) await new Promise((done) => stream.once('drain', done));
      await new Promise((resolve) => setTimeout(resolve, 300));
      stream.end('here');
    });`,
  );
  let handedOn = 0;
  const endless = new Promise<boolean>((resolve) => {
    const invocation = invocationOf({ endless: true }, { isStreamed: true, timeoutMs: 100 });
    environment.run(invocation, {
      onHead: () => {},
      // Its caller has paused.
      onData: (chunk) => {
        handedOn += chunk.length;
        return false;
      },
      onEnd: ({ isReusable }) => resolve(isReusable),
    });
  });
  const other = run(environment, {}, { isStreamed: true, timeoutMs: 5000 });
  assert.equal(await endless, false);
  assert.equal(handedOn, 256 * 1024);
  assert.deepEqual([(await other).streamed, (await other).result.functionError], ['here', null]);
});

test('gone wrong: a line of the log that one has begun is not ended by the end of another', async (t) => {
  const { tried, environment } = await started(
    t,
    `let go;
    export const handler = async (event) => {
      if (event.ends) { go(); return; }
      process.stdout.write('begun ');
      await new Promise((resolve) => { go = resolve; });
      await new Promise((resolve) => setTimeout(resolve, 50));
      process.stdout.write('and ended\\n');
      process.stdout.write('left open');
    };`,
  );
  const long = run(environment, {}, { wantsLogTail: true });
  await run(environment, { ends: true });
  await long;
  const log = await tried.log();
  assert.match(log, /\nbegun and ended\nleft open\nEND RequestId/);
});

test('gone wrong: a callback answers, also of a handler that says it waits for an empty event loop', async (t) => {
  const { environment } = await started(
    t,
    `export const handler = (event, context, done) => {
      context.callbackWaitsForEmptyEventLoop = true;
      done(null, 'here');
    };`,
  );
  assert.equal((await run(environment, {}, { timeoutMs: 2000 })).answer, 'here');
});

test('gone wrong: calls that fail before they stream leave nothing behind', async (t) => {
  const { environment } = await started(
    t,
    `export const handler = awslambda.streamifyResponse(async (event, stream) => {
      if (event.fails) throw 'of no account';
      gc();
      stream.end(String(process.memoryUsage().heapUsed));
    });`,
  );
  const heap = async (): Promise<number> =>
    Number((await run(environment, {}, { isStreamed: true })).streamed);
  const fail = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) await run(environment, { fails: true }, { isStreamed: true });
  };
  await fail(500);
  const before = await heap();
  await fail(2000);
  const grown = (await heap()) - before;
  assert.ok(grown < 400_000, `${grown} bytes more after 2000 calls`);
});

test('gone wrong: what waits to be sent when a stream fails is not left waiting', async (t) => {
  const { environment } = await started(
    t,
    `let sent = 0;
    export const handler = awslambda.streamifyResponse(async (event, stream) => {
      if (event.asks) { stream.end(String(sent)); return; }
      stream.write(Buffer.alloc(1024 * 1024), () => sent++);
      throw new Error('half way');
    });`,
  );
  const failed = new Promise<void>((resolve) =>
    environment.run(invocationOf({}, { isStreamed: true }), {
      onHead: () => {},
      onData: () => false,
      onEnd: () => resolve(),
    }),
  );
  await failed;
  assert.equal((await run(environment, { asks: true }, { isStreamed: true })).streamed, '1');
});

test('gone wrong: what is no frame on its channel ends an environment, and each call in it is told once', async (t) => {
  const { environment } = await started(
    t,
    `import { writeSync } from 'node:fs';
    export const handler = async (event) => {
      if (event.writes) writeSync(3, Buffer.alloc(64, 255));
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    };`,
  );
  const ends: (string | null)[] = [];
  for (const writes of [false, true])
    environment.run(invocationOf({ writes }), {
      onHead: () => {},
      onData: () => true,
      onEnd: ({ functionError, isReusable }) => ends.push(isReusable ? 'goes on' : functionError),
    });
  await environment.ended;
  assert.deepEqual(ends, ['Unhandled', 'Unhandled']);
});
