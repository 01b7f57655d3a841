// Node.js functions in real environments: each way to write a handler, each way to fail.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  grownBy,
  initFailureOf,
  invocationOf,
  invokeOnce,
  runIn,
  runtimesFolder,
  tryEnvironments,
} from './try-environments.ts';

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** Handlers in one module, each with what comes of `{"a":1}`. */
const answers: readonly {
  readonly name: string;
  readonly code: string;
  readonly answer: unknown;
  readonly runtime?: string;
}[] = [
  { name: 'async', code: 'async (event) => ({ got: event })', answer: { got: { a: 1 } } },
  { name: 'unicode', code: 'async () => "é\\u{1F600}"', answer: 'é\u{1F600}' },
  { name: 'nothing', code: 'async () => {}', answer: null },
  { name: 'functions', code: 'async () => () => 1', answer: null },
  { name: 'callback', code: '(event, context, callback) => callback(null, event.a)', answer: 1 },
  {
    name: 'waitsForTheLoop',
    code: '(event, context, callback) => { const seen = []; setTimeout(() => seen.push(1), 20); callback(null, seen); }',
    answer: [1],
  },
  {
    name: 'doesNotWait',
    code: '(event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1000); callback(null, 2); }',
    answer: 2,
  },
  {
    name: 'succeed',
    code: '(event, context) => { setTimeout(() => context.succeed("ok"), 1); }',
    answer: 'ok',
  },
  { name: 'silent', code: '(event, context, callback) => {}', answer: null },
  { name: 'returned', code: '() => "returned"', answer: 'returned' },
  { name: 'ignored', code: '() => "returned"', answer: null, runtime: 'nodejs22.x' },
];

const withStack = (errorType: string, errorMessage: string) => ({ errorType, errorMessage });

const failures: readonly { readonly name: string; readonly code: string; readonly error: object }[] = [
  {
    name: 'throws',
    code: 'async () => { const e = new TypeError("boom"); e.code = 7; throw e; }',
    error: withStack('TypeError', 'boom'),
  },
  {
    name: 'throwsNow',
    code: '() => { throw new RangeError("now"); }',
    error: withStack('RangeError', 'now'),
  },
  { name: 'throwsText', code: 'async () => { throw "text"; }', error: withStack('string', 'text') },
  {
    name: 'throwsNull',
    code: 'async () => { throw null; }',
    error: withStack(
      'handled',
      'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    ),
  },
  {
    name: 'callsBackError',
    code: '(event, context, callback) => callback(new Error("called"))',
    error: withStack('Error', 'called'),
  },
  {
    name: 'circular',
    code: 'async () => { const a = {}; a.a = a; return a; }',
    error: withStack('Error', 'Unable to stringify response body'),
  },
  { name: 'bigInt', code: 'async () => 1n', error: withStack('Error', 'Unable to stringify response body') },
];

test('environments: each way to write a Node.js handler has its answer, and errors have type, message and trace', async (t) => {
  const tried = tryEnvironments(t);
  const code = [...answers, ...failures]
    .map(({ name, code: text }) => `exports.${name} = ${text};`)
    .join('\n');
  for (const runtime of ['nodejs24.x', 'nodejs22.x']) {
    // One module, one environment for each handler that is tried: all start together.
    const cases = answers.filter((each) => (each.runtime ?? 'nodejs24.x') === runtime);
    await Promise.all(
      cases.map(async ({ name, answer }) => {
        const environment = tried.start({ 'app.js': code }, { runtime, handler: `app.${name}` });
        const outcome = await invokeOnce(environment, { a: 1 });
        assert.deepEqual([outcome.answer, outcome.result.functionError], [answer, null], name);
        assert.equal(outcome.result.isReusable, true);
      }),
    );
  }
  const all = failures.map(({ name }) => `${name}: exports.${name}`).join(', ');
  const dispatch = `${code}\nexports.handler = (event, context, callback) => ({ ${all} })[event.name](event, context, callback);`;
  const environment = tried.start({ 'app.js': dispatch });
  for (const { name, error } of failures) {
    const { answer, result } = await invokeOnce(environment, { name });
    const { trace, ...shape } = answer as { trace: string[] };
    assert.deepEqual([shape, result.functionError, result.isReusable], [error, 'Unhandled', true], name);
    assert.ok(Array.isArray(trace), name);
  }
  const log = await tried.log();
  assert.match(
    log,
    /\tERROR\tInvoke Error \t\{"errorType":"TypeError","errorMessage":"boom","code":7,"stack":\[/,
  );
});

test('environments: modules are found as Lambda finds them', async (t) => {
  const tried = tryEnvironments(t);
  const es = 'export const handler = async () => "es";';
  const cases: readonly [Record<string, string>, string, unknown][] = [
    [{ 'app.mjs': es }, 'app.handler', 'es'],
    [{ 'app.js': es, 'package.json': '{"type":"module"}' }, 'app.handler', 'es'],
    [{ 'app.mjs': 'const x = await 5; export const handler = async () => x;' }, 'app.handler', 5],
    [
      { 'dir/sub/app.cjs': 'exports.a = { b: { handler: async () => "nested" } };' },
      'dir/sub/app.a.b.handler',
      'nested',
    ],
    [{ 'node_modules/lib/index.js': 'exports.handler = async () => "lib";' }, 'lib.handler', 'lib'],
  ];
  await Promise.all(
    cases.map(async ([files, handler, answer]) => {
      const outcome = await invokeOnce(tried.start(files, { handler }), {});
      assert.deepEqual(outcome.answer, answer, handler);
    }),
  );
});

test('environments: a Node.js function that cannot be loaded says why', async (t) => {
  const tried = tryEnvironments(t);
  const cases: readonly [Record<string, string>, string, string, RegExp][] = [
    [{ 'other.js': '' }, 'app.handler', 'Runtime.ImportModuleError', /^Error: Cannot find module 'app'/],
    [
      { 'app.js': 'require("absent")' },
      'app.handler',
      'Runtime.ImportModuleError',
      /Cannot find module 'absent'/,
    ],
    [
      { 'app.mjs': 'import "absent"' },
      'app.handler',
      'Runtime.ImportModuleError',
      /Cannot find package 'absent'/,
    ],
    [
      { 'app.js': '' },
      'app.handler',
      'Runtime.HandlerNotFound',
      /^app\.handler is undefined or not exported$/,
    ],
    [
      { 'app.js': 'exports.handler = 5' },
      'app.handler',
      'Runtime.HandlerNotFound',
      /^app\.handler is not a function$/,
    ],
    [{ 'app.js': 'const = ;' }, 'app.handler', 'Runtime.UserCodeSyntaxError', /^SyntaxError: /],
    [{ 'app.js': '' }, 'app', 'Runtime.MalformedHandlerName', /^Bad handler$/],
    [{ 'app.js': '' }, '../app.handler', 'Runtime.MalformedHandlerName', /is not a valid handler name/],
    [{ 'app.js': 'throw new RangeError("at start")' }, 'app.handler', 'RangeError', /^at start$/],
    [
      { 'app.js': 'process.exit(3)' },
      'app.handler',
      'Runtime.ExitError',
      /Error: Runtime exited with error: exit status 3$/,
    ],
    [
      { 'app.js': 'process.abort()' },
      'app.handler',
      'Runtime.ExitError',
      /Runtime exited with error: signal: aborted$/,
    ],
  ];
  await Promise.all(
    cases.map(async ([files, handler, type, message]) => {
      const environment = tried.start(files, { handler });
      const failure = (await initFailureOf(environment)) as { errorType: string; errorMessage: string };
      assert.equal(failure.errorType, type, JSON.stringify(failure));
      assert.match(failure.errorMessage, message);
      await environment.ended;
    }),
  );
});

test('environments: the context and the variables are those of Lambda, and none of the host are seen', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(
    {
      'app.js': `exports.handler = async (event, context) => ({
        context, remaining: context.getRemainingTimeInMillis(), env: process.env, cwd: process.cwd() });`,
    },
    { environment: { MINE: 'yes', AWS_REGION: 'mars-1' }, memoryMb: 192 },
  );
  const invocation = invocationOf(
    {},
    {
      traceId: 'Root=1-65937ae5-0123456789abcdef01234567',
      clientContext: Buffer.from('{"custom":{"ü":1}}').toString('base64'),
      timeoutMs: 5_000,
    },
  );
  await environment.ready;
  const { answer } = await runIn(environment, invocation);
  const { context, remaining, env, cwd } = answer as {
    context: Record<string, unknown>;
    remaining: number;
    env: Record<string, string>;
    cwd: string;
  };
  const { logStreamName, ...rest } = context;
  assert.match(String(logStreamName), /^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
  assert.deepEqual(rest, {
    functionVersion: '$LATEST',
    functionName: 'hello',
    memoryLimitInMB: '192',
    logGroupName: '/aws/lambda/hello',
    clientContext: { custom: { ü: 1 } },
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:hello:prod',
    awsRequestId: invocation.requestId,
  });
  assert.ok(remaining > 0 && remaining <= 5_000);
  const { PATH, TMPDIR, LD_LIBRARY_PATH, SLUICE_ENVIRONMENT, LAMBDA_RUNTIME_DIR, ...known } = env;
  assert.ok([PATH, TMPDIR, LD_LIBRARY_PATH, SLUICE_ENVIRONMENT, LAMBDA_RUNTIME_DIR].every(Boolean));
  // A shell on the way keeps where it is.
  for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_']) delete known[name];
  assert.deepEqual(known, {
    LANG: 'en_US.UTF-8',
    NODE_PATH: cwd,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    MINE: 'yes',
    TZ: ':UTC',
    _HANDLER: 'app.handler',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: 'hello',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '192',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/hello',
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    LAMBDA_TASK_ROOT: cwd,
    _X_AMZN_TRACE_ID: 'Root=1-65937ae5-0123456789abcdef01234567',
  });
});

test('environments: an answer may be streamed, with metadata, and fail half way', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start({
    'app.js': `exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
      if (event.fails === 'before') throw new Error('before');
      if (event.http) stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 });
      else stream.setContentType('text/event-stream');
      for (let i = 0; i < (event.count ?? 2); i++) {
        stream.write('chunk' + i + ';');
        await new Promise(setImmediate);
      }
      if (event.fails === 'half way') throw new RangeError('half way');
      stream.end();
    });`,
  });
  const plain = await invokeOnce(environment, {}, { isStreamed: true });
  assert.deepEqual([plain.contentType, plain.streamed], ['text/event-stream', 'chunk0;chunk1;']);
  const http = await invokeOnce(environment, { http: true }, { isStreamed: true });
  assert.equal(http.contentType, 'application/vnd.awslambda.http-integration-response');
  assert.equal(http.streamed, `{"statusCode":201}${'\0'.repeat(8)}chunk0;chunk1;`);
  const empty = await invokeOnce(environment, { http: true, count: 0 }, { isStreamed: true });
  assert.equal(empty.streamed, `{"statusCode":201}${'\0'.repeat(8)}`);
  const gathered = await invokeOnce(environment, {});
  assert.equal(gathered.answer, 'chunk0;chunk1;');
  const before = await invokeOnce(environment, { fails: 'before' }, { isStreamed: true });
  assert.deepEqual([before.contentType, before.result.functionError], [null, 'Unhandled']);
  const halfWay = await invokeOnce(environment, { fails: 'half way' }, { isStreamed: true });
  assert.equal(halfWay.streamed, 'chunk0;chunk1;');
  assert.equal(halfWay.result.functionError, 'Unhandled');
  assert.equal((halfWay.answer as { errorType: string }).errorType, 'RangeError');
  const again = await invokeOnce(environment, {}, { isStreamed: true });
  assert.equal(again.streamed, 'chunk0;chunk1;');
});

test('environments: a streamed answer waits while nobody takes it', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start({
    'app.js': `let written = 0;
    exports.handler = awslambda.streamifyResponse(async (event, stream) => {
      const chunk = Buffer.alloc(65536, 'x');
      for (let i = 0; i < 160; i++) if (!stream.write(chunk)) await new Promise((done) => stream.once('drain', done));
      stream.end();
    });`,
  });
  await environment.ready;
  let bytes = 0;
  let pauses = 0;
  await new Promise<void>((resolve) => {
    const call = environment.run(invocationOf({}, { isStreamed: true }), {
      onHead: () => {},
      onData: (chunk) => {
        bytes += chunk.length;
        if (++pauses % 10 !== 0) return true;
        setImmediate(() => call.resume());
        return false;
      },
      onEnd: ({ functionError }) => {
        assert.equal(functionError, null);
        resolve();
      },
    });
  });
  assert.equal(bytes, 160 * 65_536);
});

test('environments: errors that nobody catches, and exits, cost their own invocation only', async (t) => {
  const tried = tryEnvironments(t);
  const code = `exports.handler = async (event) => {
    if (event.does === 'reject') { Promise.reject(new TypeError('lost')); await new Promise((r) => setTimeout(r, 1000)); }
    if (event.does === 'throw') { setTimeout(() => { throw new Error('thrown') }); await new Promise((r) => setTimeout(r, 1000)); }
    if (event.does === 'exit') process.exit(1);
    if (event.does === 'exit0') process.exit(0);
    if (event.does === 'kill') process.kill(process.pid, 'SIGKILL');
    if (event.does === 'hang') await new Promise(() => {});
    return 'ok';
  };`;
  const cases: readonly [string, string, RegExp, boolean][] = [
    ['reject', 'Runtime.UnhandledPromiseRejection', /^TypeError: lost$/, false],
    ['throw', 'Error', /^thrown$/, false],
    ['exit', 'Runtime.ExitError', /^RequestId: \S+ Error: Runtime exited with error: exit status 1$/, false],
    [
      'exit0',
      'Runtime.ExitError',
      /^RequestId: \S+ Error: Runtime exited without providing a reason$/,
      false,
    ],
    ['kill', 'Runtime.ExitError', /^RequestId: \S+ Error: Runtime exited with error: signal: killed$/, false],
    ['hang', 'Runtime.NodeJsExit', /a Promise that was never settled/, true],
  ];
  await Promise.all(
    cases.map(async ([does, type, message, isReusable]) => {
      const environment = tried.start({ 'app.js': code });
      const { answer, result } = await invokeOnce(environment, { does });
      const { errorType, errorMessage } = answer as { errorType: string; errorMessage: string };
      assert.deepEqual([errorType, result.functionError, result.isReusable], [type, 'Unhandled', isReusable]);
      assert.match(errorMessage, message);
      if (isReusable) assert.equal((await invokeOnce(environment, {})).answer, 'ok');
      else await environment.ended;
    }),
  );
});

test('environments: the log has the lines of Lambda, and its tail comes with the answer', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start({
    'app.js': `console.log('loading');
      exports.handler = async (event) => { console.log('said %s', event.word); console.error({ a: 1 }); process.stdout.write('raw'); return 1; };`,
  });
  const { result } = await invokeOnce(environment, { word: 'hi' }, { wantsLogTail: true });
  const tail = Buffer.from(result.logTail!, 'base64').toString();
  assert.match(
    tail.replace(new RegExp(uuid, 'g'), 'ID').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'),
    /^START RequestId: ID Version: \$LATEST\nTIME\tID\tINFO\tsaid hi\nTIME\tID\tERROR\t\{ a: 1 \}\nraw\nEND RequestId: ID\nREPORT RequestId: ID\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: [1-9]\d* MB\tInit Duration: [\d.]+ ms\t\n$/,
  );
  const second = await invokeOnce(environment, {}, { wantsLogTail: true });
  assert.doesNotMatch(Buffer.from(second.result.logTail!, 'base64').toString(), /Init Duration/);
  environment.kill();
  await environment.ended;
  const log = await tried.log();
  assert.match(log, /^INIT_START Runtime Version: nodejs24\.x\n\S+\tundefined\tINFO\tloading\nSTART /);
});

test('environments: each invocation finds its own trace id among the variables, wherever it looks', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start({
    'app.js': `const { env } = process;
    exports.handler = async (event) => {
      if (event.set !== undefined) process.env._X_AMZN_TRACE_ID = event.set;
      if (event.gone) delete process.env._X_AMZN_TRACE_ID;
      process.env.OTHER = event.n;
      const child = require('node:child_process').execFileSync(process.execPath, ['-p', '[process.env._X_AMZN_TRACE_ID, process.env.OTHER].join()']);
      const name = '_X_AMZN_TRACE_ID';
      return [env[name], process.env[name], { ...process.env }[name], Object.keys(env).includes(name), name in env, String(child).trim(), typeof env.OTHER];
    };`,
  });
  await environment.ready;
  const found = async (event: object, traceId: string | null): Promise<unknown> =>
    (await runIn(environment, invocationOf(event, { traceId }))).answer;
  const everywhere = (id: string, n: number): unknown[] => [id, id, id, true, true, `${id},${n}`, 'string'];
  assert.deepEqual(await found({ n: 1 }, 'Root=1-a'), everywhere('Root=1-a', 1));
  assert.deepEqual(await found({ n: 2 }, 'Root=1-b'), everywhere('Root=1-b', 2));
  assert.deepEqual(await found({ n: 3, set: 5 }, 'Root=1-c'), everywhere('5', 3));
  const nowhere = (n: number): unknown[] => [null, null, null, false, false, `,${n}`, 'string'];
  assert.deepEqual(await found({ n: 4, gone: true }, 'Root=1-d'), nowhere(4));
  assert.deepEqual(await found({ n: 5 }, null), nowhere(5));
});

test('environments: trace ids of the past take no memory of a Node.js function', () => {
  const node = `const { runFor } = require('${runtimesFolder}node/current.cjs');
    require('${runtimesFolder}node/trace-id.cjs').keepTraceId();
    const calls = (from, to) => { for (let i = from; i < to; i++) runFor({ traceId: 'Root=1-67891233-' + String(i).padStart(100, '0') }, () => process.env._X_AMZN_TRACE_ID); };
    calls(0, 50_000);
    const before = process.memoryUsage.rss();
    calls(50_000, 250_000);
    console.log((process.memoryUsage.rss() - before) / 2 ** 20);`;
  assert.ok(grownBy(process.execPath, ['--max-semi-space-size=1', '-e', node]) < 15);
});
