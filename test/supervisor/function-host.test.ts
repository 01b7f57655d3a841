import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectFunctions, type FunctionsClient } from '../../src/functions/client/index.ts';
import { adoptEverywhere, runningStatus, type Status, stopRunning } from '../../src/supervisor/index.ts';
import { findFunctionHosts } from '../../src/supervisor/run-folder.ts';
import { invocationOf, invoke, payloadOf } from '../contract/functions.ts';
import { publishedFunction, publishFunctions, writeCode } from '../functions/published-functions.ts';
import { dataFolder, until } from './sluice.ts';

const toySupervisor = fileURLToPath(new URL('./toy-supervisor.ts', import.meta.url));
const compileCache = fileURLToPath(new URL('../../build/compile-cache', import.meta.url));

const publish = (dataDir: string, revision: number, count: number): void =>
  publishFunctions(
    dataDir,
    revision,
    Array.from({ length: count }, (_, i) => publishedFunction(`f${i}`, 'app.handler')),
  );

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<unknown>;
  text: string;
}

/** A supervisor of one toy data plane without a control plane: what is published is written by the test. */
async function startSupervisor(t: TestContext, dataDir: string, settings: object = {}): Promise<Running> {
  const child = spawn(process.execPath, [toySupervisor, dataDir, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  const running: Running = { child, exited: once(child, 'exit'), text: '' };
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    running.text += text;
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await running.exited;
    await stopRunning(dataDir, 0);
  });
  await printed(running, 'ready\n');
  return running;
}

async function printed(running: Running, wanted: string | RegExp): Promise<void> {
  while (running.text.search(wanted) < 0) await once(running.child.stdout!, 'data');
}

function client(t: TestContext, dataDir: string): FunctionsClient {
  const functions = connectFunctions({ dataDir });
  t.after(() => functions.close());
  return functions;
}

const pidOf = async (functions: FunctionsClient): Promise<number> =>
  Number(payloadOf(await invoke(functions, invocationOf('pid'))));

const statusWithHost = (dataDir: string): Promise<Status> =>
  until(async () => {
    const status = await runningStatus(dataDir);
    return status?.functionHost?.state === 'ready' ? status : null;
  });

test('function host: there is none while no function is published', async (t) => {
  const dataDir = dataFolder(t);
  publish(dataDir, 1, 0);
  const { child, exited } = await startSupervisor(t, dataDir);
  assert.equal((await runningStatus(dataDir))!.functionHost, null);
  assert.deepEqual(await findFunctionHosts(dataDir), []);
  const result = await invoke(client(t, dataDir), invocationOf('pid'));
  assert.deepEqual(result, { outcome: 'lost', detail: 'no function host runs: no function is published' });
  child.kill('SIGTERM');
  await exited;
});

test('function host: it starts with the first function, and serves it when adopt is told', async (t) => {
  const dataDir = dataFolder(t);
  await startSupervisor(t, dataDir);
  publish(dataDir, 5, 2);
  const report = await adoptEverywhere(dataDir);
  assert.deepEqual([report.failed, report.functionsProblem], [[], undefined]);
  const { pid, revision, functions } = (await runningStatus(dataDir))!.functionHost!;
  assert.deepEqual([revision, functions], [5, 2]);
  assert.equal(await pidOf(client(t, dataDir)), pid);
  publish(dataDir, 6, 3);
  await adoptEverywhere(dataDir);
  const after = (await runningStatus(dataDir))!.functionHost!;
  assert.deepEqual([after.pid, after.revision, after.functions], [pid, 6, 3]);
});

test('function host: killed, it is replaced, and a call made meanwhile waits for its successor', async (t) => {
  const dataDir = dataFolder(t);
  publish(dataDir, 1, 1);
  await startSupervisor(t, dataDir);
  const functions = client(t, dataDir);
  const before = await pidOf(functions);
  const held = invoke(functions, invocationOf('hold'));
  await pidOf(functions);
  process.kill(before, 'SIGKILL');
  assert.equal((await held).outcome, 'lost');
  const after = await pidOf(functions);
  assert.notEqual(after, before);
});

test('function host: without its supervisor it serves on, and the next supervisor adopts it', async (t) => {
  const dataDir = dataFolder(t);
  publish(dataDir, 1, 1);
  const first = await startSupervisor(t, dataDir);
  const functions = client(t, dataDir);
  const pid = await pidOf(functions);
  first.child.kill('SIGKILL');
  await first.exited;
  assert.equal(await pidOf(functions), pid);
  publish(dataDir, 2, 4);
  assert.equal((await adoptEverywhere(dataDir)).functionsProblem, undefined);
  const second = await startSupervisor(t, dataDir);
  await printed(second, `function host (pid ${pid}) runs already; adopted`.replace(/[()]/g, '\\$&'));
  const { functionHost } = await statusWithHost(dataDir);
  assert.deepEqual([functionHost!.pid, functionHost!.functions], [pid, 4]);
  second.child.kill('SIGTERM');
  await second.exited;
  assert.deepEqual(await findFunctionHosts(dataDir), []);
  assert.deepEqual(
    readdirSync(path.join(dataDir, 'run')).filter((name) => name.includes('function')),
    [],
  );
});

test('function host: another build takes over; calls under way end on the old one, none is lost', async (t) => {
  const dataDir = dataFolder(t);
  publish(dataDir, 1, 1);
  const first = await startSupervisor(t, dataDir);
  const functions = client(t, dataDir);
  const before = await pidOf(functions);
  const held = invoke(functions, invocationOf('hold'));
  await pidOf(functions);
  first.child.kill('SIGKILL');
  await first.exited;

  const second = await startSupervisor(t, dataDir, { build: 'newer' });
  const seen = new Set<number>();
  while (!second.text.includes(`function host (pid ${before}) has drained`)) seen.add(await pidOf(functions));
  assert.equal(payloadOf(await held), `${before}`);
  const { functionHost } = await statusWithHost(dataDir);
  assert.equal(functionHost!.build, 'newer');
  assert.ok(seen.has(functionHost!.pid));
});

test('function host: a reload with other settings hands over; with the same it reopens logs', async (t) => {
  const dataDir = dataFolder(t);
  publish(dataDir, 1, 1);
  const { child } = await startSupervisor(t, dataDir);
  const functions = client(t, dataDir);
  const before = await pidOf(functions);
  child.kill('SIGHUP');
  await until(() => existsSync(path.join(dataDir, `host-reopened-${before}`)));
  assert.equal(await pidOf(functions), before);

  writeFileSync(path.join(dataDir, 'drain-ms'), '7000');
  child.kill('SIGHUP');
  await until(async () => (await pidOf(functions)) !== before);
  await until(async () => (await findFunctionHosts(dataDir)).length === 1);
});

test('function host: the bounds of the gateway’s settings are its own', async (t) => {
  const dataDir = dataFolder(t);
  writeCode(dataDir, 'exports.handler = () => new Promise((done) => setTimeout(() => done(1), 50));');
  publishFunctions(dataDir, 1, [publishedFunction('waits', 'app.handler')]);
  const flags = { 'functionHost.environmentsMax': '1', 'functionHost.concurrency': '2' };
  await startSupervisor(t, dataDir, { realHost: true, flags });
  const functions = client(t, dataDir);
  const results = await Promise.all([1, 2].map(() => invoke(functions, invocationOf('waits'))));
  assert.deepEqual(
    results.map((result) => (result.outcome === 'refused' ? result.status : result.outcome)),
    ['done', 429],
  );
});

test('function host: one that cannot start is told, and stops neither the gateway nor what is published', async (t) => {
  const dataDir = dataFolder(t);
  publish(dataDir, 1, 1);
  writeFileSync(path.join(dataDir, 'fail-host'), 'no room for events');
  const running = await startSupervisor(t, dataDir);
  await printed(running, /function host did not start: no room for events/);
  const report = await adoptEverywhere(dataDir);
  assert.match(report.functionsProblem ?? '', /no room for events/);
  assert.equal(report.adopted.length, 1);
  rmSync(path.join(dataDir, 'fail-host'));
  const { functionHost, processes } = await statusWithHost(dataDir);
  assert.equal(await pidOf(client(t, dataDir)), functionHost!.pid);
  assert.equal(processes.length, 1);
});

test('function host: one that does not drain is killed at the deadline, and what it left is swept', async (t) => {
  const dataDir = dataFolder(t);
  publish(dataDir, 1, 1);
  writeFileSync(path.join(dataDir, 'stuck-host'), '');
  writeFileSync(path.join(dataDir, 'drain-ms'), '0');
  const { child, exited } = await startSupervisor(t, dataDir, { drainGraceMs: 0 });
  const pid = await pidOf(client(t, dataDir));
  child.kill('SIGTERM');
  await exited;
  assert.throws(() => process.kill(pid, 0), /ESRCH/);
  assert.ok(existsSync(path.join(dataDir, 'swept')));
});

test('function host: no environment outlives a host that was killed, or the gateway', async (t) => {
  const dataDir = dataFolder(t);
  writeCode(
    dataDir,
    `exports.pid = async () => process.pid;
     exports.hang = () => {
       require('fs').writeFileSync(process.env.FILE, String(process.pid));
       return new Promise((resolve) => setTimeout(resolve, 1e6));
     };`,
  );
  const file = path.join(dataDir, 'hanging');
  const hang = publishedFunction('hang', 'app.hang');
  publishFunctions(dataDir, 1, [
    publishedFunction('pid', 'app.pid'),
    { ...hang, versions: [{ ...hang.versions[0]!, environment: { FILE: file } }] },
  ]);
  writeFileSync(path.join(dataDir, 'drain-ms'), '0');
  const { child, exited } = await startSupervisor(t, dataDir, { realHost: true });
  const functions = client(t, dataDir);
  const first = await pidOf(functions);
  const hanging = invoke(functions, invocationOf('hang'));
  await until(() => existsSync(file) && readFileSync(file, 'utf8') !== '');
  const hangingPid = Number(readFileSync(file, 'utf8'));
  const { functionHost } = await statusWithHost(dataDir);
  process.kill(functionHost!.pid, 'SIGKILL');
  assert.equal((await hanging).outcome, 'lost');
  const second = await pidOf(functions);
  assert.notEqual(second, first);
  await until(() => !isAlive(first) && !isAlive(hangingPid));
  void invoke(functions, invocationOf('hang'));
  await until(() => Number(readFileSync(file, 'utf8')) !== hangingPid);
  child.kill('SIGTERM');
  await exited;
  assert.deepEqual([second, Number(readFileSync(file, 'utf8'))].filter(isAlive), []);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('metrics: functions are counted, and no counter goes back when a host is replaced', async (t) => {
  const dataDir = dataFolder(t);
  publish(dataDir, 1, 1);
  await startSupervisor(t, dataDir);
  const functions = client(t, dataDir);
  const pid = await pidOf(functions);
  for (let i = 0; i < 4; i++) await pidOf(functions);
  const { adminPort } = await statusWithHost(dataDir);
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text();
  const sample = async (line: string): Promise<number> => {
    const found = (await metrics()).split('\n').find((one) => one.startsWith(`${line} `));
    return Number(found?.slice(line.length));
  };
  assert.equal(await sample('sluice_function_invocations_total{function="toy"}'), 5);
  assert.equal(await sample('sluice_function_throttles_total{function="toy"}'), 2);
  assert.equal(await sample('sluice_function_environments{function="toy",state="idle"}'), 1);
  assert.equal(await sample('sluice_function_duration_milliseconds_bucket{function="toy",le="1"}'), 0);
  assert.equal(await sample('sluice_function_duration_milliseconds_bucket{function="toy",le="+Inf"}'), 5);
  assert.equal(await sample('sluice_function_duration_milliseconds_sum{function="toy"}'), 15);
  process.kill(pid, 'SIGKILL');
  await until(async () => {
    const result = await invoke(functions, invocationOf('pid'));
    return result.outcome === 'done' && payloadOf(result) !== `${pid}`;
  });
  const status = (await (await fetch(`http://127.0.0.1:${adminPort}/status`)).json()) as Status;
  assert.equal(status.functionHost!.functions, 1);
  assert.ok((await sample('sluice_function_invocations_total{function="toy"}')) >= 6);
  assert.equal(await sample('sluice_function_environments{function="toy",state="idle"}'), 1);
});
