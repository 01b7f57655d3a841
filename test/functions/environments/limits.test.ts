// What happens at each limit, and that nothing is left behind.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  initFailureOf,
  invocationOf,
  invokeOnce,
  processesCalled,
  processesWith,
  runIn,
  type Tried,
  tryEnvironments,
} from './try-environments.ts';

const sleep = 'await new Promise((done) => setTimeout(done, 60_000));';
const handler = (body: string): Record<string, string> => ({
  'app.js': `exports.handler = async (event, context) => { ${body} };`,
});

function assertNothingLeft(tried: Tried): void {
  assert.deepEqual(readdirSync(path.join(tried.dataDir, 'functions', 'tmp')), []);
  assert.deepEqual(processesWith(tried.dataDir), []);
}

test('environments: an invocation beyond its time ends with all that it has started', async (t) => {
  const tried = tryEnvironments(t, { limits: { memoryPollMs: 10 } });
  const environment = tried.start(
    handler(`
      const { spawn } = require('node:child_process');
      spawn('sleep', ['60']);
      spawn('sleep', ['60'], { detached: true });
      // Forgets its variables.
      spawn('env', ['-i', 'sleep', '60'], { detached: true });
      spawn('/bin/sh', ['-c', '(setsid sleep 60 &) &'], { stdio: 'inherit' });
      require('node:fs').writeFileSync(require('node:os').tmpdir() + '/file', 'x');
      ${sleep}`),
    { timeoutSeconds: 3 },
  );
  await environment.ready;
  const invocation = invocationOf({}, { timeoutMs: 500, wantsLogTail: true });
  const { answer, result } = await runIn(environment, invocation);
  const { errorMessage, ...rest } = answer as { errorMessage: string };
  assert.match(
    errorMessage,
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ Task timed out after 3\.00 seconds$/,
  );
  assert.deepEqual([rest, result.functionError, result.isReusable], [{}, 'Unhandled', false]);
  assert.ok(errorMessage.includes(invocation.requestId));
  const tail = Buffer.from(result.logTail!, 'base64').toString();
  assert.match(
    tail,
    /Task timed out after 3\.00 seconds\n\nEND RequestId: \S+\nREPORT .*\tStatus: timeout\t\n$/s,
  );
  await environment.ended;
  assertNothingLeft(tried);
});

test('environments: a runtime that is never ready is ended, and says so', async (t) => {
  const tried = tryEnvironments(t, { limits: { initMs: 200 } });
  const environment = tried.start({ 'app.js': 'while (true);' }, { timeoutSeconds: 0 });
  const failure = (await initFailureOf(environment)) as { errorType: string; errorMessage: string };
  assert.equal(failure.errorType, 'Sandbox.Timedout');
  assert.match(failure.errorMessage, /Error: Task timed out after 0\.20 seconds$/);
  await environment.ended;
  assertNothingLeft(tried);
});

test('environments: memory is counted over all processes, and more of it than allowed ends them', async (t) => {
  const tried = tryEnvironments(t, { limits: { memoryPollMs: 20 } });
  const grow = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(8e6, 1)), 5);';
  const [own, childs] = [
    `${grow} ${sleep}`,
    `require('node:child_process').spawn(process.execPath, ['-e', event.code]); ${sleep}`,
  ];
  for (const body of [own, childs]) {
    const environment = tried.start(handler(body), { memoryMb: 200 });
    const { answer, result } = await invokeOnce(environment, { code: grow });
    const { errorType, errorMessage } = answer as { errorType: string; errorMessage: string };
    assert.equal(errorType, 'Runtime.OutOfMemory');
    assert.match(errorMessage, /^RequestId: \S+ Error: Runtime exited with error: signal: killed$/);
    assert.equal(result.isReusable, false);
    await environment.ended;
  }
  assertNothingLeft(tried);
});

test('environments: more files than the storage holds end the invocation', async (t) => {
  const tried = tryEnvironments(t, { limits: { storagePollMs: 50, memoryPollMs: 50 } });
  const environment = tried.start(
    handler(
      `require('node:fs').writeFileSync(require('node:os').tmpdir() + '/big', Buffer.alloc(5e6)); ${sleep}`,
    ),
    { ephemeralStorageMb: 3 },
  );
  const { answer } = await invokeOnce(environment, {});
  assert.match((answer as { errorMessage: string }).errorMessage, /its files in \/tmp exceed 3 MB$/);
});

test('environments: an answer above 6 MB is refused and the environment goes on', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(handler(`return 'x'.repeat(event.size)`), { memoryMb: 1024 });
  const fits = await invokeOnce(environment, { size: 6 * 1024 * 1024 + 98 });
  assert.equal(fits.result.payload.length, 6_291_556);
  const huge = await invokeOnce(environment, { size: 1e8 }, { timeoutMs: 60_000 });
  assert.deepEqual(huge.answer, {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
  });
  assert.equal((await invokeOnce(environment, { size: 1 })).answer, 'x');
});

test('environments: 100 MB of logs and endless lines are cut, and the answer comes', async (t) => {
  const tried = tryEnvironments(t, { limits: { logBytesPerSecond: 500_000, logLineBytesMax: 1000 } });
  const environment = tried.start(
    handler(`
      const fs = require('node:fs');
      console.log('y'.repeat(5000));
      const block = Buffer.alloc(1e6, 'line of a log\\n');
      for (let i = 0; i < 100; i++) fs.writeSync(1, block);
      return 'ok';`),
  );
  const { answer } = await invokeOnce(environment, {}, { timeoutMs: 60_000 });
  assert.equal(answer, 'ok');
  environment.kill();
  await environment.ended;
  const log = await tried.log();
  assert.ok(log.length < 20_000_000, `${log.length}`);
  assert.match(log, /\(\d+ bytes of logs were dropped: more than 500000 in a second\)\n/);
  assert.match(log, /\ty+\.\.\. \(the line was cut\)\n/);
  assert.match(log, /END RequestId/);
});

test('environments: kill ends an invocation, and a dead environment refuses the next', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(handler(sleep));
  await environment.ready;
  const running = runIn(environment, invocationOf({}));
  environment.kill();
  const { answer, result } = await running;
  assert.match(
    (answer as { errorMessage: string }).errorMessage,
    /^RequestId: \S+ Error: Runtime exited with error: signal: killed$/,
  );
  assert.equal(result.isReusable, false);
  await environment.ended;
  const late = await runIn(environment, invocationOf({}));
  assert.deepEqual([late.result.functionError, late.result.isReusable], ['Unhandled', false]);
  const never = tried.start(handler(''));
  never.kill();
  assert.equal(((await initFailureOf(never)) as { errorType: string }).errorType, 'Runtime.ExitError');
  await never.ended;
  assertNothingLeft(tried);
});

test('environments: each has a /tmp of its own', async (t) => {
  // Outside the system's folder for such, which would be hidden by a /tmp of one's own.
  const parent = fileURLToPath(new URL('../../../build/', import.meta.url));
  mkdirSync(parent, { recursive: true });
  const tried = tryEnvironments(t, { parent });
  const code = handler(`
    const fs = require('node:fs'), os = require('node:os');
    fs.writeFileSync(os.tmpdir() + '/' + event.name, 'x');
    let written = true;
    try { fs.writeFileSync('own-code', 'x'); } catch { written = false; }
    return { files: fs.readdirSync(os.tmpdir()), tmpdir: os.tmpdir(), written };`);
  const names = ['one', 'two'];
  const answers = await Promise.all(
    names.map(async (name) => (await invokeOnce(tried.start(code), { name })).answer),
  );
  const [{ tmpdir, written }] = answers as [{ tmpdir: string; written: boolean }];
  assert.deepEqual(
    answers.map((answer) => (answer as { files: string[] }).files),
    names.map((name) => [name]),
  );
  // Bound over /tmp where this machine allows it; then the code is safe from its function too.
  if (tmpdir === '/tmp') {
    assert.equal(written, false);
    assert.ok(!existsSync('/tmp/one') || readFileSync('/tmp/one', 'utf8') !== 'x');
    // A daemon that has thrown off group, session, parent and variables still sees these mounts.
    const daemon = handler(`
      require('node:child_process').spawn('setsid', ['env', '-i', '/bin/sleep', '60.0123'], { detached: true });
      await new Promise((done) => setTimeout(done, 100));`);
    const environment = tried.start(daemon);
    await invokeOnce(environment, {});
    assert.equal(processesCalled('/bin/sleep\u000060.0123').length, 1);
    environment.kill();
    await environment.ended;
    assert.deepEqual(processesCalled('/bin/sleep\u000060.0123'), []);
  } else t.diagnostic(`no mounts here: TMPDIR is ${path.basename(path.dirname(tmpdir))}/...`);
});

test('environments: what a killed host leaves behind is swept up by the next', async (t) => {
  const tried = tryEnvironments(t);
  const modules = new URL('./try-environments.ts', import.meta.url).href;
  const script = `
    import { createEnvironments, createFunctionLogs, createPythonFinder, defaultLimits } from ${JSON.stringify(new URL('../../../src/functions/environments/index.ts', modules).href)};
    import { systemClock } from ${JSON.stringify(new URL('../../../src/base/clock.ts', modules).href)};
    import { mkdirSync, writeFileSync, chmodSync } from 'node:fs';
    const dataDir = ${JSON.stringify(tried.dataDir)};
    mkdirSync(dataDir + '/functions/code/ab', { recursive: true });
    writeFileSync(dataDir + '/functions/code/ab/bootstrap', '#!/bin/sh\\nsetsid sleep 60 &\\necho up > "$TMPDIR/up"\\nsleep 60\\n');
    chmodSync(dataDir + '/functions/code/ab/bootstrap', 0o755);
    const environments = createEnvironments({ dataDir, nodePath: process.execPath, python: createPythonFinder(''), clock: systemClock, logs: createFunctionLogs({ logsDir: dataDir }), limits: defaultLimits });
    const environment = environments.start({ id: '1', functionName: 'f', functionArn: '', accountId: '', region: '', version: { version: '1', runtime: 'provided', handler: '', codeHash: 'ab', environment: {}, timeoutSeconds: 60, memoryMb: 128, ephemeralStorageMb: 512, concurrencyPerEnvironment: 1 } });
    const timer = setInterval(() => { if (environment.pid !== null) { clearInterval(timer); console.log('up'); } }, 5);`;
  const host = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => host.stdout.once('data', resolve));
  const exited = new Promise((resolve) => host.once('exit', resolve));
  // What a living host runs is left alone.
  await tried.sweep();
  assert.notDeepEqual(processesWith(`LAMBDA_TASK_ROOT=${tried.dataDir}`), []);
  const caches = (): string[] => readdirSync(path.join(tried.dataDir, 'functions', 'cache'));
  assert.deepEqual(caches(), ['ab']);
  host.kill('SIGKILL');
  await exited;
  rmSync(path.join(tried.dataDir, 'functions', 'code', 'ab'), { recursive: true });
  await tried.sweep();
  assert.deepEqual(caches(), []);
  assertNothingLeft(tried);
});
