import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { linesOfRequest } from '../../src/cli/functions/logs.ts';
import { readPublishedState } from '../../src/resources/snapshot-file.ts';
import { Sluice } from '../supervisor/sluice.ts';
import { runLines } from './run-lines.ts';

const arn = 'arn:aws:lambda:us-east-1:000000000000:function:greeting';
const uriOf = (functionArn: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`;
const node = '--runtime nodejs24.x --handler app.handler';

/** A data folder with code in `code/`. */
function folders(t: TestContext): { dataDir: string; code: string } {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-functions-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const code = join(dataDir, 'code');
  mkdirSync(code);
  writeFileSync(join(code, 'app.mjs'), 'export const handler = async () => 1;\n');
  return { dataDir, code };
}

const runAll = (dataDir: string, ...lines: string[]): string[] =>
  runLines(dataDir, lines).map(({ exit, out, err }, i) => {
    assert.equal(exit, 0, `${lines[i]}: ${err}`);
    return out;
  });

const published = (dataDir: string) => readPublishedState(dataDir)!.functions!;

test('sluice functions add: a new function is published with what was asked for, and the same again changes nothing', (t) => {
  const { dataDir, code } = folders(t);
  const line = `functions add greeting ${node} --code ${code} --timeout 9 --memory 256 --env AA=1 --env BB=x=y --concurrency 4 --json`;
  const [first, second] = runAll(dataDir, line, line).map((out) => JSON.parse(out));
  assert.equal(first.outcome, 'created');
  assert.equal(first.functionArn, arn);
  assert.equal(first.integrationUri, uriOf(arn));
  assert.deepEqual({ ...second, outcome: 'created' }, first);
  assert.equal(second.outcome, 'unchanged');
  const [one] = published(dataDir);
  const [{ codeHash, ...latest } = { codeHash: '' }] = one!.versions;
  assert.equal(one!.reservedConcurrency, 4);
  assert.deepEqual(latest, {
    version: '$LATEST',
    runtime: 'nodejs24.x',
    handler: 'app.handler',
    environment: { AA: '1', BB: 'x=y' },
    timeoutSeconds: 9,
    memoryMb: 256,
    ephemeralStorageMb: 512,
    concurrencyPerEnvironment: 1,
  });
  assert.deepEqual(readdirSync(join(dataDir, 'functions', 'code', codeHash)), ['app.mjs']);
  assert.match(one!.policies['']!, /apigateway\.amazonaws\.com/);
});

test('sluice functions add: what it prints can be pasted, and --no-permission leaves APIs out', (t) => {
  const { dataDir, code } = folders(t);
  const [printed] = runLines(dataDir, [`functions add greeting ${node} --code ${code} --no-permission`]);
  const { out, err } = printed!;
  assert.match(out, /^Function greeting is made \(\d+ bytes of zipped code\)\.\n/);
  assert.ok(out.endsWith(`\n  ARN              ${arn}\n  integration URI  ${uriOf(arn)}\n`));
  assert.equal(
    err,
    `APIs may not invoke it until a permission is added: aws lambda add-permission.\nNo gateway runs on the data folder "${dataDir}"; "sluice start" will run it.\n`,
  );
  assert.deepEqual(published(dataDir)[0]!.policies, {});
});

test('sluice functions add --environment-concurrency: it is published, shown, kept, and taken away by 1', (t) => {
  const { dataDir, code } = folders(t);
  const add = `functions add greeting --code ${code}`;
  const [, list, table, show, shown, kept, , one] = runAll(
    dataDir,
    `${add} ${node} --environment-concurrency 64`,
    'functions list --json',
    'functions list',
    'functions show greeting',
    'functions show greeting --json',
    `${add} --json`,
    `${add} --environment-concurrency 1`,
    'functions show greeting',
  );
  assert.equal(JSON.parse(list!)[0].environmentConcurrency, 64);
  assert.match(table!, /concurrency +per environment +code/);
  assert.match(table!, / 64 /);
  assert.match(show!, /^ {2}per environment {2}64 invocations at once$/m);
  assert.equal(JSON.parse(shown!).environmentConcurrency, 64);
  const { outcome, environmentConcurrency } = JSON.parse(kept!);
  assert.deepEqual([outcome, environmentConcurrency], ['unchanged', 64]);
  assert.match(one!, /^ {2}per environment {2}one invocation at a time$/m);
  assert.equal(published(dataDir)[0]!.versions[0]!.concurrencyPerEnvironment, 1);
});

test('sluice functions add --environment-concurrency: what it means is in the help, and for Python is told', (t) => {
  const { dataDir, code } = folders(t);
  writeFileSync(join(code, 'app.py'), 'def handler(event, context): return 1\n');
  const [help, python, zero, many, half] = runLines(dataDir, [
    'functions add --help',
    `functions add py --runtime python3.13 --handler app.handler --code ${code} --environment-concurrency 16`,
    ...['0', '1601', '1.5'].map(
      (n) => `functions add f ${node} --code ${code} --environment-concurrency ${n}`,
    ),
  ]);
  assert.match(
    help!.out.replace(/\s+/g, ' '),
    /invocations at once in one environment; above 1, handlers must not keep what belongs to one invocation in the module/,
  );
  assert.equal(python!.exit, 0);
  assert.match(
    python!.err,
    /^"py" runs one invocation at a time in each environment, as Python does at AWS too:/,
  );
  for (const { exit, err } of [zero!, many!, half!]) {
    assert.equal(exit, 2);
    assert.match(err, /'--environment-concurrency <n>' argument '[^']+' is invalid\. Expected a /);
  }
  assert.deepEqual(
    published(dataDir).map(({ functionName }) => functionName),
    ['py'],
  );
});

test('sluice functions: versions are published, aliases point at them, and everything is listed and shown', (t) => {
  const { dataDir, code } = folders(t);
  runAll(dataDir, `functions add greeting ${node} --code ${code} --env SECRET=hunter2 --publish`);
  writeFileSync(join(code, 'app.mjs'), 'export const handler = async () => 2;\n');
  const [, published2, again, alias, text, list, table, show, values, removed] = runAll(
    dataDir,
    `functions add greeting --code ${code}`,
    'functions publish greeting --json',
    'functions publish greeting',
    'functions alias greeting prod 1 --also 2=0.1 --json',
    'functions alias greeting beta 2',
    'functions list --json',
    'functions list',
    'functions show greeting',
    'functions show greeting --json --values',
    'functions alias greeting beta --remove',
  );
  assert.deepEqual(JSON.parse(published2!), {
    functionName: 'greeting',
    version: '2',
    functionArn: `${arn}:2`,
    isNew: true,
  });
  assert.equal(again, 'Nothing has changed since version 2 of greeting; no other is published.\n');
  assert.deepEqual(JSON.parse(alias!), {
    functionName: 'greeting',
    alias: 'prod',
    version: '1',
    additionalVersionWeights: { 2: 0.1 },
    integrationUri: uriOf(`${arn}:prod`),
  });
  assert.equal(text, `Alias beta of greeting is version 2.\n  integration URI  ${uriOf(`${arn}:beta`)}\n`);
  const [listed] = JSON.parse(list!);
  assert.deepEqual(listed.versions, ['1', '2']);
  assert.deepEqual(
    listed.aliases
      .map((one: { name: string; functionVersion: string }) => [one.name, one.functionVersion])
      .sort(),
    [
      ['beta', '2'],
      ['prod', '1'],
    ],
  );
  assert.match(table!, /^function +runtime +handler +versions +aliases/);
  assert.match(table!, /prod=1\+2:10%/);
  assert.match(show!, /^ {2}environment {6}SECRET=\*\*\*$/m);
  assert.ok(!show!.includes('hunter2'));
  assert.deepEqual(JSON.parse(values!).environment, { SECRET: 'hunter2' });
  assert.equal(removed, 'Alias beta of greeting is removed.\n');
  const audit = readFileSync(join(dataDir, 'logs', 'audit.log'), 'utf8');
  assert.match(audit, /AddFunction/);
  assert.ok(!audit.includes('hunter2'), 'the audit log has a value of the environment');
});

test('sluice functions remove: it wants to be sure, and leaves nothing published', (t) => {
  const { dataDir, code } = folders(t);
  const [, unsure, sure] = runLines(dataDir, [
    `functions add greeting ${node} --code ${code} --publish`,
    'functions remove greeting',
    'functions remove greeting --yes',
  ]);
  assert.deepEqual(
    [unsure!.exit, unsure!.err],
    [1, 'error: this removes "greeting" with 1 version and 0 aliases for good; say so with --yes\n'],
  );
  assert.deepEqual(
    [sure!.exit, sure!.out],
    [0, 'Function greeting is removed. APIs that call it answer 500 from now on.\n'],
  );
  assert.deepEqual(published(dataDir), []);
});

test('sluice functions logs: the newest lines, those of one request, and none', (t) => {
  const { dataDir, code } = folders(t);
  const logs = join(dataDir, 'logs', 'functions');
  mkdirSync(logs, { recursive: true });
  runAll(
    dataDir,
    `functions add greeting ${node} --code ${code}`,
    `functions add quiet ${node} --code ${code}`,
  );
  writeFileSync(join(logs, 'greeting.log.1'), 'one\n');
  writeFileSync(join(logs, 'greeting.log'), 'two\nthree\nunfinish');
  const [all, last, none, request, misspelt] = runLines(dataDir, [
    'functions logs greeting',
    'functions logs greeting --lines 1',
    'functions logs quiet',
    'functions logs greeting --request 5b3f0d1e',
    'functions logs greting',
  ]);
  assert.equal(all!.out, 'one\ntwo\nthree\n');
  assert.equal(last!.out, 'three\n');
  assert.deepEqual([none!.out, none!.err], ['', 'The function "quiet" has logged nothing yet.\n']);
  assert.equal(request!.err, 'The log of "greeting" has nothing of request 5b3f0d1e.\n');
  assert.equal(misspelt!.err, 'error: no function has the name "greting"; did you mean "greeting"?\n');
});

test('sluice functions logs --follow: lines appear as they are written, also after the file was set aside', async (t) => {
  const { dataDir } = folders(t);
  const logs = join(dataDir, 'logs', 'functions');
  mkdirSync(logs, { recursive: true });
  const file = join(logs, 'greeting.log');
  writeFileSync(file, 'first\nsec');
  const sluice = new Sluice(t, ['functions', 'logs', 'greeting', '--follow', '--data-dir', dataDir], dataDir);
  await sluice.printed('first\n');
  writeFileSync(file, 'ond\n', { flag: 'a' });
  await sluice.printed('second\n');
  rmSync(file);
  writeFileSync(file, 'third\n');
  await sluice.printed('third\n');
  sluice.kill('SIGINT');
  assert.equal(await sluice.exited, 0);
  assert.equal(sluice.text, 'first\nsecond\nthird\n');
});

test('function logs: lines of one request are those that name it and those within it that name none', () => {
  const [mine, other] = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];
  const lines = [
    'before',
    `START RequestId: ${mine} Version: 1`,
    'printed',
    `START RequestId: ${other} Version: 1`,
    `2026-01-01T00:00:00.000Z\t${mine}\tINFO\thello`,
    `END RequestId: ${mine}`,
    `REPORT RequestId: ${mine}\tDuration: 1 ms`,
    'after',
  ];
  assert.deepEqual(linesOfRequest(lines, mine), [lines[1], lines[2], lines[4], lines[5], lines[6]]);
});

const refused: readonly (readonly [line: string, problem: string, exit?: number])[] = [
  [
    'functions add f --code CODE --runtime nodejs42.x --handler app.handler',
    '"nodejs42.x" is not a runtime that this gateway runs; did you mean "nodejs22.x"?',
  ],
  [
    'functions add f --code CODE --handler app.handler',
    'the function "f" is new: say what runs it with --runtime, such as nodejs24.x',
  ],
  [
    'functions add f --code CODE --runtime nodejs24.x',
    'the function "f" is new: say where its code begins with --handler, such as app.handler',
  ],
  [
    'functions add f --code none --runtime nodejs24.x --handler app.handler',
    'there is no "none"; name the folder or the zip file of the code',
  ],
  [
    'functions add f --code /dev/null --runtime nodejs24.x --handler app.handler',
    '"/dev/null" is neither a folder nor a file; name the folder or the zip file of the code',
  ],
  [
    'functions add f --code CODE/app.mjs --runtime nodejs24.x --handler app.handler',
    '"CODE/app.mjs" is neither a folder nor a zip file; name the folder that it lies in',
  ],
  [
    'functions add f --code CODE --runtime nodejs24.x --handler handler',
    '"handler" is not a handler; expected file.function, such as app.handler',
  ],
  [
    'functions add f --code CODE --runtime nodejs24.x --handler index.handler',
    '"CODE" has no file for the handler "index.handler": expected index.js or index.mjs or index.cjs; name another with --handler',
  ],
  [
    'functions add f --code CODE --runtime nodejs24.x --handler typed.handler',
    'the handler "typed.handler" is in TypeScript: "typed.ts" of "CODE"; compile it to JavaScript first',
  ],
  [
    'functions add f --code CODE --runtime python3.13 --handler pkg.app.handler',
    '"CODE" has no file for the handler "pkg.app.handler": expected pkg/app.py or pkg/app/__init__.py; name another with --handler',
  ],
  [
    'functions add f --code CODE --runtime provided.al2023',
    '"CODE" has no file "bootstrap", which runtimes of your own begin with; add it',
  ],
  [
    'functions add f --code CODE/flat --runtime provided.al2023',
    'the file "bootstrap" of "CODE/flat" is not executable; chmod +x it',
  ],
  ['functions show nobody', 'no function has the name "nobody"; there is none yet: sluice functions add'],
  ['functions publish nobody', 'no function has the name "nobody"; there is none yet: sluice functions add'],
  [
    'functions invoke nobody',
    'no gateway runs on the data folder "DATA", and functions run beside one: sluice start',
  ],
  [
    'functions invoke nobody --payload {',
    `the payload is not JSON (Expected property name or '}' in JSON at position 1 (line 1 column 2)); give JSON text, @FILE or "-"`,
  ],
  ['functions invoke nobody --payload @none', 'Cannot read "none": ENOENT'],
  ['functions alias f prod', 'say which version, or --remove: sluice functions alias f prod VERSION', 2],
  [
    'functions alias f prod 1 --also 2=10',
    '"2=10" is not VERSION=SHARE: a number, and a share from 0 to 1, such as 2=0.1',
    2,
  ],
  [
    'functions alias f prod 1 --also 2=0.1 --also 3=0.1',
    'an alias has one more version at most: give --also once',
    2,
  ],
];

test('sluice functions: what cannot be done is told in one line that says what to change', (t) => {
  const { dataDir, code } = folders(t);
  writeFileSync(join(code, 'typed.ts'), '');
  mkdirSync(join(code, 'flat'));
  writeFileSync(join(code, 'flat', 'bootstrap'), '#!/bin/sh\n');
  chmodSync(join(code, 'flat', 'bootstrap'), 0o644);
  const named = (text: string): string => text.replaceAll('CODE', code).replaceAll('DATA', dataDir);
  const printed = runLines(
    dataDir,
    refused.map(([line]) => named(line)),
  );
  for (const [i, [line, problem, exit = 1]] of refused.entries())
    assert.deepEqual(printed[i], { exit, out: '', err: `error: ${named(problem)}\n` }, line);
});
