// Python, custom runtimes, and runtimes that misbehave at the Runtime API.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  grownBy,
  initFailureOf,
  invocationOf,
  invokeOnce,
  runIn,
  runtimesFolder,
  tryEnvironments,
} from './try-environments.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const has = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const noPython = has('python3', '--version') ? false : 'there is no python3';

test('environments: Python functions answer, fail, log and see their context', {
  skip: noPython,
}, async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(
    {
      'pkg/__init__.py': '',
      'pkg/mod.py': `
import decimal, logging, os, sys
logger = logging.getLogger()
logger.setLevel(logging.INFO)
def func(event, context):
    does = event.get("does")
    if does == "raise":
        raise ValueError("boom")
    if does == "set":
        return {1, 2}
    if does == "circular":
        a = []
        a.append(a)
        return a
    if does == "exit":
        sys.exit(4)
    if does == "fork":
        pid = os.fork()
        if pid == 0:
            return "child"
        os.waitpid(pid, 0)
        return "parent"
    if does == "log":
        logger.info("said é")
        print("printed")
        return None
    return {"got": event, "number": decimal.Decimal("1.5"), "name": context.function_name, "arn": context.invoked_function_arn,
            "id": context.aws_request_id, "left": 0 < context.get_remaining_time_in_millis() <= 10000,
            "memory": context.memory_limit_in_mb, "custom": context.client_context.custom if context.client_context else None,
            "trace": os.environ.get("_X_AMZN_TRACE_ID"), "task": os.environ["LAMBDA_TASK_ROOT"] == os.getcwd()}
`,
    },
    { runtime: 'python3.11', handler: 'pkg.mod.func' },
  );
  await environment.ready;
  const invocation = invocationOf(
    { a: 'é' },
    { traceId: 'Root=1-x', clientContext: Buffer.from('{"custom":{"k":"ü"}}').toString('base64') },
  );
  assert.deepEqual((await runIn(environment, invocation)).answer, {
    got: { a: 'é' },
    number: 1.5,
    name: 'hello',
    arn: invocation.invokedFunctionArn,
    id: invocation.requestId,
    left: true,
    memory: '256',
    custom: { k: 'ü' },
    trace: 'Root=1-x',
    task: true,
  });
  const raised = await invokeOnce(environment, { does: 'raise' });
  const { stackTrace, requestId, ...shape } = raised.answer as { stackTrace: string[]; requestId: string };
  assert.deepEqual(
    [shape, raised.result.functionError],
    [{ errorMessage: 'boom', errorType: 'ValueError' }, 'Unhandled'],
  );
  assert.match(
    stackTrace.join(''),
    /^ {2}File ".*pkg\/mod\.py", line 8, in func\n {4}raise ValueError\("boom"\)\n/,
  );
  assert.ok(requestId.length === 36);
  for (const [does, message] of [
    ['set', 'Unable to marshal response: Object of type set is not JSON serializable'],
    ['circular', 'Unable to marshal response: Circular reference detected'],
  ]) {
    const { answer } = await invokeOnce(environment, { does });
    const { errorType, errorMessage } = answer as { errorType: string; errorMessage: string };
    assert.deepEqual([errorType, errorMessage], ['Runtime.MarshalError', message]);
  }
  assert.equal((await invokeOnce(environment, { does: 'fork' })).answer, 'parent');
  const logged = await invokeOnce(environment, { does: 'log' }, { wantsLogTail: true });
  assert.match(
    Buffer.from(logged.result.logTail!, 'base64').toString(),
    /^START .*\n\[INFO\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[0-9a-f-]{36}\tsaid é\nprinted\nEND /,
  );
  const exited = await invokeOnce(environment, { does: 'exit' });
  assert.match((exited.answer as { errorMessage: string }).errorMessage, /exited with error: exit status 4$/);
  await environment.ended;
  assert.ok(!existsSync(path.join(tried.dataDir, 'functions/code/c0de0000/pkg/__pycache__')));
});

test('environments: a Python function that cannot be loaded says why', { skip: noPython }, async (t) => {
  const tried = tryEnvironments(t);
  const cases: readonly [string, string, string, RegExp][] = [
    [
      'import absent',
      'app.handler',
      'Runtime.ImportModuleError',
      /^Unable to import module 'app': No module named 'absent'$/,
    ],
    ['', 'app.handler', 'Runtime.HandlerNotFound', /^Handler 'handler' missing on module 'app'$/],
    ['def', 'app.handler', 'Runtime.UserCodeSyntaxError', /^Syntax error in module 'app': /],
    ['', 'app', 'Runtime.MalformedHandlerName', /^Bad handler 'app'/],
    ['raise KeyError("x")', 'app.handler', 'KeyError', /^'x'$/],
  ];
  await Promise.all(
    cases.map(async ([code, handler, type, message]) => {
      const environment = tried.start({ 'app.py': code }, { runtime: 'python3.11', handler });
      const failure = (await initFailureOf(environment)) as { errorType: string; errorMessage: string };
      assert.equal(failure.errorType, type, JSON.stringify(failure));
      assert.match(failure.errorMessage, message);
    }),
  );
});

const awslambdaric = path.join(root, 'build/python/bin/python');
const noAwslambdaric = has(awslambdaric, '-c', 'import awslambdaric')
  ? false
  : 'awslambdaric is not installed: make aws-clients';

test("environments: AWS's own Python client runs unchanged", { skip: noAwslambdaric }, async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(
    {
      bootstrap: `#!/bin/sh\nexec ${awslambdaric} -m awslambdaric "$_HANDLER"\n`,
      'app.py': `
def handler(event, context):
    if event.get("fails"):
        raise ValueError("boom")
    print("printed")
    return {"got": event, "id": context.aws_request_id}
`,
    },
    { runtime: 'provided.al2023', timeoutSeconds: 30 },
  );
  await environment.ready;
  for (let i = 0; i < 3; i++) {
    const invocation = invocationOf({ i });
    const { answer } = await runIn(environment, invocation);
    assert.deepEqual(answer, { got: { i }, id: invocation.requestId });
  }
  const failed = await invokeOnce(environment, { fails: true });
  assert.equal((failed.answer as { errorType: string }).errorType, 'ValueError');
  assert.equal(failed.result.functionError, 'Unhandled');
  assert.deepEqual((await invokeOnce(environment, {})).result.functionError, null);
});

/** Compiles a program that speaks plain sockets to an executable. */
function compiled(
  t: TestContext,
  name: string,
  source: string,
  compile: (from: string, to: string) => void,
): Buffer {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-bootstrap-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, name), source);
  compile(path.join(folder, name), path.join(folder, 'bootstrap'));
  return readFileSync(path.join(folder, 'bootstrap'));
}

const noRust = has('rustc', '--version') ? false : 'there is no rustc';
test('environments: a bootstrap written in Rust answers', { skip: noRust }, async (t) => {
  const source = `
use std::io::{Read, Write};
use std::net::TcpStream;
fn exchange(request: &str) -> String {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(format!("{request}").as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}
fn main() {
    loop {
        let event = exchange("GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n");
        let (head, payload) = event.split_once("\\r\\n\\r\\n").unwrap();
        let id = head.lines().find_map(|line| line.strip_prefix("Lambda-Runtime-Aws-Request-Id: ")).unwrap();
        let body = format!("{{\\"rust\\":{payload}}}");
        exchange(&format!("POST /2018-06-01/runtime/invocation/{id}/response HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Length: {}\\r\\n\\r\\n{body}", body.len()));
    }
}`;
  const bootstrap = compiled(t, 'main.rs', source, (from, to) => {
    execFileSync('rustc', ['--edition=2021', '-o', to, from], { stdio: 'ignore' });
  });
  const tried = tryEnvironments(t);
  const environment = tried.start({ bootstrap }, { runtime: 'provided.al2023', handler: '' });
  for (let i = 0; i < 3; i++)
    assert.deepEqual((await invokeOnce(environment, { i })).answer, { rust: { i } });
});

const bootstrapOf = (body: string): Record<string, string> => ({
  bootstrap: `#!${process.execPath}
const http = require('node:http');
const root = '/2018-06-01/runtime/';
const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ask = (method, path, body, headers = {}) => new Promise((resolve, reject) => {
  const request = http.request({ host, port, agent, method, path: root + path, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
  });
  request.on('error', reject);
  request.end(body);
});
const next = async () => { const { headers, text } = await ask('GET', 'invocation/next'); return { id: headers['lambda-runtime-aws-request-id'], event: JSON.parse(text), headers }; };
const answer = (id, value, headers) => ask('POST', 'invocation/' + id + '/response', JSON.stringify(value), headers);
(async () => { ${body} })();
`,
});

test('environments: the Runtime API answers as the real one does, also what it refuses', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(
    bootstrapOf(`
      const early = await ask('POST', 'invocation/nobody/response', '{}');
      const { id, headers } = await next();
      const seen = [early];
      seen.push(await ask('GET', 'invocation/next'));
      seen.push(await ask('POST', 'invocation/another/response', '{}'));
      seen.push(await ask('GET', 'invocation/' + id + '/response'));
      seen.push(await ask('POST', 'init/error', '{}'));
      seen.push(await ask('GET', 'elsewhere'));
      const first = await answer(id, 'done');
      const twice = await answer(id, 'again');
      const second = await next();
      await answer(second.id, { seen: [...seen, first, twice].map(({ status, text }) => [status, text]), deadline: headers['lambda-runtime-deadline-ms'], context: headers['lambda-runtime-client-context'] ?? null });
      const third = await next();
      await ask('POST', 'invocation/' + third.id + '/error', JSON.stringify({ errorMessage: 'm', errorType: 'T' }), { 'Lambda-Runtime-Function-Error-Type': 'T' });
      const fourth = await next();
      const tooLarge = await answer(fourth.id, 'x'.repeat(7e6), { Expect: '100-continue' });
      const fifth = await next();
      await answer(fifth.id, [tooLarge.status, tooLarge.text]);
      await next();`),
    { runtime: 'provided', handler: '' },
  );
  await environment.ready;
  const invocation = invocationOf({}, { clientContext: 'no base64 of JSON', traceId: 'bad\r\ninjected: 1' });
  assert.equal((await runIn(environment, invocation)).answer, 'done');
  const transition = (from: string, to: string) =>
    `{"errorMessage":"State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}\n`;
  const invalidId = '{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}\n';
  assert.deepEqual((await invokeOnce(environment, {})).answer, {
    seen: [
      [400, invalidId],
      [403, transition('Running', 'Ready')],
      [400, invalidId],
      [405, ''],
      [403, transition('Running', 'InitError')],
      [404, '404 page not found\n'],
      [202, '{"status":"OK"}\n'],
      [403, transition('ResponseSent', 'InvocationResponse')],
    ],
    deadline: String(invocation.deadlineMs),
    context: null,
  });
  const failed = await invokeOnce(environment, {});
  assert.deepEqual(
    [failed.answer, failed.result.functionError],
    [{ errorMessage: 'm', errorType: 'T' }, 'Unhandled'],
  );
  const tooLarge = await invokeOnce(environment, {});
  assert.equal((tooLarge.answer as { errorType: string }).errorType, 'Function.ResponseSizeTooLarge');
  assert.deepEqual((await invokeOnce(environment, {})).answer, [
    413,
    '{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}\n',
  ]);
});

test('environments: a runtime that talks garbage or hangs up in the middle fails its own invocation', async (t) => {
  const tried = tryEnvironments(t);
  const raw = (text: string): Record<string, string> =>
    bootstrapOf(`
      const { id } = await next();
      agent.destroy();
      const socket = require('node:net').connect(port, host);
      socket.write(${text});
      socket.on('data', () => {}).on('error', () => {});
      setTimeout(() => socket.destroy(), 50);
      await new Promise((done) => setTimeout(done, 60_000));`);
  const post = (rest: string) => `'POST ' + root + 'invocation/' + id + '/response HTTP/1.1\\r\\n${rest}'`;
  const cases: readonly [string, string][] = [
    [post('Content-Length: 10\\r\\n\\r\\nshort'), 'Runtime.TruncatedResponse'],
    [post('Transfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n'), 'Runtime.TruncatedResponse'],
    [post('Transfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabcdef'), 'Runtime.TruncatedResponse'],
    [`'\\0garbage\\r\\n\\r\\n'`, 'timeout'],
    [post('Content-Length: 5\\r\\nContent-Length: 6\\r\\n\\r\\nhello!'), 'timeout'],
    [post('Content-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nhello'), 'timeout'],
    [`'x'.repeat(2e6)`, 'timeout'],
  ];
  await Promise.all(
    cases.map(async ([text, type]) => {
      const environment = tried.start(raw(text), { runtime: 'provided', handler: '' });
      const { answer, result } = await invokeOnce(environment, {}, { timeoutMs: 1_200 });
      const { errorType = 'timeout' } = answer as { errorType?: string };
      assert.deepEqual(
        [errorType, result.functionError, result.isReusable],
        [type, 'Unhandled', false],
        text,
      );
      await environment.ended;
    }),
  );
});

test('environments: a bootstrap that is absent or may not be executed says so', async (t) => {
  const tried = tryEnvironments(t);
  const cases: readonly [Record<string, string>, string, RegExp][] = [
    [{ 'boot.sh': '' }, 'provided.al2023', /Couldn't find valid bootstrap\(s\): \[.*bootstrap\]$/],
    [
      { bootstrap: '#!/no/such/interpreter\n' },
      'provided',
      /Error: Runtime exited with error: exit status 12[67]$/,
    ],
    [{ bootstrap: '#!/bin/sh\nexit 0' }, 'provided', /Runtime exited without providing a reason$/],
    [{ 'app.js': '' }, 'java21', /The runtime "java21" is not supported$/],
  ];
  await Promise.all(
    cases.map(async ([files, runtime, message]) => {
      const environment = tried.start(files, { runtime });
      assert.match(((await initFailureOf(environment)) as { errorMessage: string }).errorMessage, message);
      await environment.ended;
    }),
  );
});

test('environments: a shell script with curl is a runtime', {
  skip: has('curl', '--version') ? false : 'no curl',
}, async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(
    {
      bootstrap: `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while true; do
  event=$(curl -sS -D "$TMPDIR/head" "$api/next")
  id=$(tr -d '\\r' < "$TMPDIR/head" | sed -n 's/^Lambda-Runtime-Aws-Request-Id: //p')
  curl -sS -o /dev/null -d "{\\"shell\\":$event}" "$api/$id/response"
done
`,
    },
    { runtime: 'provided.al2', handler: '' },
  );
  for (let i = 0; i < 2; i++)
    assert.deepEqual((await invokeOnce(environment, { i })).answer, { shell: { i } });
});

test('environments: a wrapper that the function names runs in front of its runtime', async (t) => {
  const tried = tryEnvironments(t);
  const cases: readonly [string, Record<string, string>][] = [
    [
      'nodejs24.x',
      {
        'app.js':
          'exports.handler = async (event) => [process.env.WRAPPED, event, process.env.AWS_LAMBDA_RUNTIME_API !== undefined];',
      },
    ],
    [
      'python3.11',
      {
        'app.py':
          'import os\ndef handler(event, context):\n    return [os.environ["WRAPPED"], event, "AWS_LAMBDA_RUNTIME_API" in os.environ]\n',
      },
    ],
  ];
  for (const [runtime, files] of cases) {
    if (runtime.startsWith('python') && noPython !== false) continue;
    const codeHash = runtime.startsWith('python') ? 'beef' : 'f00d';
    const wrapper = path.join(tried.dataDir, 'functions', 'code', codeHash, 'bootstrap');
    const environment = tried.start(
      { ...files, bootstrap: '#!/bin/sh\nexport WRAPPED=yes\nexec "$@"\n' },
      { runtime, codeHash, environment: { AWS_LAMBDA_EXEC_WRAPPER: wrapper } },
    );
    for (let i = 0; i < 2; i++) {
      const { answer } = await invokeOnce(environment, { text: 'x'.repeat(200_000) });
      assert.deepEqual(answer, ['yes', { text: 'x'.repeat(200_000) }, true]);
    }
  }
});

test('environments: a runtime that works on after its answer has given it, and gets the next when it asks', async (t) => {
  const tried = tryEnvironments(t);
  const environment = tried.start(
    bootstrapOf(`
      for (;;) {
        const { id, event } = await next();
        await answer(id, event);
        if (event.exits) process.exit(5);
        await new Promise((done) => setTimeout(done, event.worksMs));
      }`),
    { runtime: 'provided', handler: '' },
  );
  await environment.ready;
  for (let i = 0; i < 2; i++) {
    const { answer, result } = await runIn(environment, invocationOf({ i, worksMs: 250 }));
    assert.deepEqual([answer, result.isReusable], [{ i, worksMs: 250 }, true]);
  }
  const last = await runIn(environment, invocationOf({ exits: true }));
  assert.deepEqual(
    [last.answer, last.result.functionError, last.result.isReusable],
    [{ exits: true }, null, false],
  );
  await environment.ended;
  assert.match(await tried.log(), /Error: Runtime exited with error: exit status 5\nRuntime\.ExitError\n/);
});

test('environments: trace ids of the past take no memory of a Python function', { skip: noPython }, () => {
  const python = `import os, sys
sys.path.insert(0, '${runtimesFolder}python')
import runtime
rss = lambda: int(open('/proc/self/statm').read().split()[1]) * 4096 / 2 ** 20
before = rss()
for i in range(200000): runtime._set_trace_id('Root=1-67891233-%0100d' % i)
assert os.environ['_X_AMZN_TRACE_ID'].endswith('199999')
print(rss() - before)`;
  assert.ok(grownBy('python3', ['-c', python]) < 15);
});
