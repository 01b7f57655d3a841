// Functions that do what no function should, in real processes behind a gateway: each costs its own call, the client gets
// one HTTP answer, the next call of another function is served, and nothing is left behind.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import type { PublishedFunction } from '../../src/resources/index.ts';
import { until } from '../supervisor/sluice.ts';
import { allowedFunction, functionMethod, startRealFunctions } from '../support/real-functions.ts';

const code = `
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const json = (value) => ({ statusCode: 200, body: JSON.stringify(value) });
exports.good = async () => json('good');
exports.echo = async (event) => json(event);
exports.returns = async (event) => (0, eval)('(' + event.body + ')');
exports.throws = async (event) => { throw (0, eval)('(' + event.body + ')'); };
exports.exits = async () => process.exit(0);
exports.kills = async () => process.kill(process.pid, 'SIGKILL');
exports.aborts = async () => process.abort();
exports.later = async () => { setTimeout(() => { throw new Error('later'); }, 1); await new Promise(() => {}); };
exports.rejects = async () => { Promise.reject(new Error('nobody looks')); await new Promise(() => {}); };
exports.never = () => new Promise(() => {});
exports.blocks = async () => { for (;;); };
exports.twice = (event, context, callback) => { callback(null, json(1)); callback(null, json(2)); callback(new Error('x')); };
exports.forks = async () => {
  for (let i = 0; i < 20; i++) spawn('sleep', ['1234567'], { detached: true, stdio: 'ignore' }).unref();
  return json('forked');
};
exports.prints = async () => { for (let i = 0; i < 100; i++) process.stdout.write('x'.repeat(1048576)); return json('printed'); };
exports.large = async (event) => 'x'.repeat(Number(event.body));
exports.closes = async () => { for (let fd = 3; fd < 40; fd++) try { fs.closeSync(fd); } catch {} return json('closed'); };
exports.garbage = async () => {
  for (let fd = 3; fd < 40; fd++) try { fs.writeSync(fd, 'HTTP/9.9 no\\r\\n\\0\\r\\n\\r\\n'.repeat(50)); } catch {}
  return json('written');
};
exports.hides = async () => { Object.prototype.statusCode = 299; Array.prototype.push = null; JSON.stringify = () => '{'; return {}; };
exports.eats = async () => { const all = []; for (;;) all.push(Buffer.alloc(16 << 20, 1)); };
`;
const handlers = [...code.matchAll(/^exports\.(\w+)/gm)].map(([, name]) => name!);

function allowed(name: string): PublishedFunction {
  const published = allowedFunction(name, `app.${name}`);
  // Those that never end do so soon.
  const timeoutSeconds = ['never', 'blocks', 'later', 'rejects'].includes(name) ? 1 : 20;
  const memoryMb = name === 'eats' ? 256 : 512;
  return {
    ...published,
    versions: published.versions.map((version) => ({ ...version, timeoutSeconds, memoryMb })),
  };
}

function start(t: TestContext) {
  const methods = handlers.map((name) => [`POST /${name}`, functionMethod(name)] as const);
  return startRealFunctions(
    t,
    code,
    handlers.map(allowed),
    { ...Object.fromEntries(methods), 'ANY /echo/{proxy+}': functionMethod('echo') },
    { variables: { constructor: 'b', toString: 'c' } as never },
  );
}

/** Function, request body, expected status, and body where it is not the gateway's own. */
const attacks: readonly (readonly [name: string, body: string, status: number, answer?: string])[] = [
  ...['undefined', 'null', '1', '"text"', '[]', '[{}]', 'Symbol()', '() => 1', '1n'].map(
    (value) => ['returns', value, 502] as const,
  ),
  ['returns', '(() => { const a = {}; a.a = a; return a; })()', 502],
  ['returns', '({ toJSON() { throw 1; } })', 502],
  // In JSON it is null, and null is as good as none: 200.
  ['returns', '({ statusCode: NaN, body: "" })', 200, ''],
  ['returns', '({ statusCode: -1, body: "" })', 502],
  ['returns', '({ statusCode: 1e9, body: "" })', 502],
  ['returns', '({ statusCode: 200.5, body: "" })', 502],
  ['returns', '({ statusCode: "abc", body: "" })', 502],
  ['returns', '({ statusCode: 200, body: {} })', 502],
  ['returns', '({ statusCode: 200, headers: "x", body: "" })', 502],
  ['returns', '({ statusCode: 200, headers: [], multiValueHeaders: 7, body: "" })', 502],
  ['returns', '({ statusCode: 200, isBase64Encoded: "maybe", body: "" })', 502],
  ['returns', '({ statusCode: 200, unknown: 1, body: "" })', 502],
  ['returns', '({ statusCode: 200, ["__proto__"]: 1, body: "" })', 502],
  ['throws', 'undefined', 502],
  ['throws', 'null', 502],
  ['throws', '"text"', 502],
  ['throws', '{ message: { a: 1 } }', 502],
  ['throws', 'new Proxy({}, { get() { throw 1; } })', 502],
  ['throws', 'Object.assign(new Error("x".repeat(1e6)), { stack: 7, name: Symbol() })', 502],
  ['exits', '', 502],
  ['kills', '', 502],
  ['aborts', '', 502],
  ['later', '', 502],
  ['rejects', '', 502],
  ['never', '', 502],
  ['blocks', '', 502],
  ['eats', '', 502],
  ['twice', '', 200, '1'],
  ['forks', '', 200, '"forked"'],
  ['prints', '', 200, '"printed"'],
  ['large', '7000000', 502],
  ['large', '100000000', 502],
];

test('hostile functions', async (t) => {
  const { call, host, dataDir } = await start(t);
  for (const [name, body, status, expected] of attacks)
    await t.test(
      `hostile function: ${name} ${body.slice(0, 60)} answers ${status} and harms no other`,
      async () => {
        const answer = await call(`/${name}`, { method: 'POST', body });
        const text = expected ?? '{"message": "Internal server error"}';
        assert.deepEqual([answer.status, answer.body], [status, text]);
        const good = await call('/good', { method: 'POST' });
        assert.deepEqual([good.status, good.body], [200, '"good"']);
      },
    );
  for (const name of ['closes', 'garbage', 'hides'])
    await t.test(`hostile function: ${name} gets one answer and harms no other`, async () => {
      for (let i = 0; i < 2; i++) {
        const { status } = await call(`/${name}`, { method: 'POST' });
        assert.ok([200, 299, 502].includes(status), String(status));
      }
      assert.equal((await call('/good', { method: 'POST' })).status, 200);
    });
  await t.test('hostile functions: nothing is left of their processes and folders', async () => {
    await host.drain(1_000);
    assert.deepEqual(readdirSync(path.join(dataDir, 'functions/tmp')), []);
    await until(() => !commandLines().some((line) => line.includes('1234567')));
  });
});

/** Of all processes of this machine. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    });

test('function answers: fields that would break out of their line never do', async (t) => {
  const { call, port } = await start(t);
  const answers = [
    '{ statusCode: 200, headers: { "X-A": "a\\r\\nX-Evil: 1" }, body: "" }',
    '{ statusCode: 200, headers: { "X-A\\r\\nX-Evil": "1" }, body: "" }',
    '{ statusCode: 200, multiValueHeaders: { "X-A": ["a", "b\\nX-Evil: 1"] }, body: "" }',
    '{ statusCode: 200, headers: { "": "1", "a b": "2", "\\0": "3", "X:Evil": "1" }, body: "" }',
    '{ statusCode: 200, headers: { "Content-Length": "5", "Transfer-Encoding": "chunked", "Connection": "close" }, body: "0123456789" }',
    '{ statusCode: 200, headers: { "X-A": { a: 1 }, "X-B": null, "X-C": [1] }, body: "" }',
    '{ statusCode: 204, body: "a body" }',
    '{ statusCode: 304, body: "a body" }',
    '{ statusCode: 101, headers: { Upgrade: "websocket", Connection: "upgrade" }, body: "a body" }',
    '{ statusCode: 200, headers: Object.fromEntries(Array.from({ length: 10000 }, (_, i) => ["x-" + i, "v"])), body: "many" }',
    '{ statusCode: 200, headers: { "x-long": "v".repeat(1000000) }, body: "long" }',
    '{ statusCode: 200, headers: { ["__proto__"]: "a", constructor: "b", toString: "c" }, body: "names" }',
    '{ statusCode: 200, body: "\\ud800 alone" }',
    '{ statusCode: 200, isBase64Encoded: true, body: "***" }',
  ];
  for (const body of answers) {
    const request = http.request({
      port,
      method: 'POST',
      path: '/_aws/execute-api/testapi001/test/returns',
      maxHeaderSize: 8 << 20,
    });
    request.end(`(${body})`);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response.resume(), 'end');
    assert.equal(response.headers['x-evil'], undefined, body);
    assert.ok([200, 204, 304, 500, 502].includes(response.statusCode!), `${body}: ${response.statusCode}`);
    assert.equal((await call('/good', { method: 'POST' })).body, '"good"');
  }
});

test('function events: strange names and bytes of requests reach the function as they are', async (t) => {
  const { call } = await start(t);
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const query = names.map((name) => `${name}=${name}1&${name}=2`).join('&');
  const headers = Object.fromEntries(names.map((name) => [`x-${name}`, name]));
  const answer = await call(`/echo/a/../__proto__?${query}`, { headers: { ...headers, constructor: 'c' } });
  assert.equal(answer.status, 200, answer.body);
  const event = JSON.parse(answer.body);
  for (const name of names) {
    assert.ok(Object.hasOwn(event.queryStringParameters, name), name);
    assert.deepEqual(event.multiValueQueryStringParameters[name], [`${name}1`, '2']);
  }
  assert.deepEqual(Object.entries(event.stageVariables).sort(), [
    ['constructor', 'b'],
    ['toString', 'c'],
  ]);
  for (const bytes of [Buffer.from([0xff, 0xfe, 0]), Buffer.from('\ud800'), Buffer.from('"\\u0000')]) {
    const echoed = await call('/echo/x', { method: 'POST', body: bytes });
    assert.equal(echoed.status, 200);
    assert.equal(JSON.parse(echoed.body).body, bytes.toString());
  }
});

test('function events: one above 6 MB answers 413, one below it reaches the function', async (t) => {
  const { call } = await start(t);
  const bare = JSON.parse((await call('/echo', { method: 'POST', body: 'x' })).body);
  // Ports and times differ by some bytes from call to call.
  const room = 6 * 1024 * 1024 - JSON.stringify(bare).length;
  const statusOf = async (bytes: number): Promise<number> =>
    (await call('/good', { method: 'POST', body: 'x'.repeat(bytes) })).status;
  assert.equal(await statusOf(room - 500), 200);
  assert.equal(await statusOf(room + 500), 413);
});
