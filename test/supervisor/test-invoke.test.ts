import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import type { TestInvocation } from '../../src/resources/index.ts';
import { serveControl } from '../../src/supervisor/control-server.ts';
import { testInvokeSomewhere } from '../../src/supervisor/index.ts';
import type { DataPlaneProtocol, Hello } from '../../src/supervisor/protocol.ts';
import { dataPlaneSocketPath, runFolder } from '../../src/supervisor/run-folder.ts';
import { api, mock } from '../support/api.ts';

const invocation: TestInvocation = {
  definition: api({ 'GET /a': mock('x') }),
  resourceId: 'res0000001',
  httpMethod: 'GET',
  pathWithQueryString: null,
  headers: [['a', 'b']],
  body: 'grün',
  stageVariables: {},
  clientCertificate: null,
};

function dataFolder(t: TestContext): string {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
  mkdirSync(runFolder(dataDir));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

async function plane(
  t: TestContext,
  dataDir: string,
  slot: number,
  state: Hello['state'],
  testInvoke: (given: TestInvocation) => Promise<DataPlaneProtocol['testInvoke'][1]>,
): Promise<void> {
  const hello: Hello = {
    pid: process.pid,
    slot,
    build: '',
    settingsHash: '',
    state,
    port: 0,
    revision: 0,
    stages: 0,
    startedMs: 0,
  };
  const none = () => assert.fail('nobody asks for this');
  const server = await serveControl<DataPlaneProtocol>(dataPlaneSocketPath(dataDir, slot, process.pid), {
    hello: () => hello,
    testInvoke,
    sampledRequests: none,
    ready: none,
    adopt: none,
    drain: none,
    stats: none,
    reopenLogs: none,
  });
  t.after(() => server.close());
}

test('test invoke: one data plane that is ready is asked, once, with all that was given', async (t) => {
  const dataDir = dataFolder(t);
  const given: TestInvocation[] = [];
  const answer = { status: 200, headers: [['a', 'b']] as const, body: 'grün', log: 'l\n', latencyMs: 3 };
  const take = async (one: TestInvocation) => {
    given.push(one);
    return answer;
  };
  await plane(t, dataDir, 0, 'starting', () => assert.fail('not this one'));
  await plane(t, dataDir, 1, 'ready', take);
  await plane(t, dataDir, 2, 'ready', take);
  await plane(t, dataDir, 3, 'draining', () => assert.fail('nor this one'));
  assert.deepEqual(await testInvokeSomewhere(dataDir, invocation), answer);
  assert.deepEqual(given, [invocation]);
});

test('test invoke: the reason of a refusal comes back', async (t) => {
  const dataDir = dataFolder(t);
  await plane(t, dataDir, 0, 'ready', () => Promise.reject(new Error('too many')));
  await assert.rejects(testInvokeSomewhere(dataDir, invocation), /^Error: too many$/);
});

test('test invoke: without a data plane it is refused', async (t) => {
  const dataDir = dataFolder(t);
  await assert.rejects(testInvokeSomewhere(dataDir, invocation), /no data plane runs/);
});
