// Usage plans on a whole gateway: the real supervisor, data planes, management API and command line.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../bench/harness/free-port.ts';
import { daysOf } from '../../src/cli/usage.ts';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import { counterFile, dateOf, dayOf } from '../../src/resources/index.ts';
import { runningStatus, type Status } from '../../src/supervisor/index.ts';
import { until } from '../supervisor/sluice.ts';
import {
  administratorOf,
  awsClientsFolder,
  type ManagementClient,
  managementClient,
  noAwsClients,
} from '../support/management.ts';
import { startReal } from '../support/real-sluice.ts';

const loaded = loadAddon();
const skip = 'absent' in loaded && loaded.absent;
const run = promisify(execFile);
const compileCache = fileURLToPath(new URL('../../build/compile-cache', import.meta.url));
const env = { ...process.env, NODE_COMPILE_CACHE: compileCache };
const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const document = JSON.stringify({
  openapi: '3.0.1',
  info: { title: 'metered', version: '1' },
  paths: {
    '/a': {
      get: {
        security: [{ key: [] }],
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode": 200}' },
          responses: { default: { statusCode: '200' } },
        },
      },
    },
  },
  components: { securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } } },
});

test('sluice usage export: days are those of the calendar, spelled as the rows spell them', () => {
  const days = (first: string, last: string) => ({ first, last });
  assert.deepEqual(daysOf({ month: '2024-02' }), days('2024-02-01', '2024-02-29'));
  assert.deepEqual(daysOf({ month: '2026-12' }), days('2026-12-01', '2026-12-31'));
  assert.deepEqual(daysOf({ from: '2026-01-31' }), days('2026-01-31', '2026-01-31'));
  assert.deepEqual(daysOf({ from: '2026-01-01', to: '2026-01-03' }), days('2026-01-01', '2026-01-03'));
  const none = [
    {},
    { to: '2026-01-03' },
    { month: '2026-13' },
    { month: '2026-00' },
    { month: '2026-1' },
    { month: '2026-01', from: '2026-01-02' },
    { month: '2026-01', to: '2026-01-02' },
    { from: '2026-1-01', to: '2026-01-03' },
    { from: '2026-01-01', to: '2026-02-30' },
    { from: '0', to: '2026-01-03' },
  ];
  for (const given of none) assert.equal(daysOf(given), null, JSON.stringify(given));
});

const keyValue = 'a-key-of-twenty-letters-and-more';

interface Metered {
  readonly dataDir: string;
  readonly apiId: string;
  readonly planId: string;
  readonly keyId: string;
  status(): Status;
  /** @returns the status */
  ask(): Promise<number>;
  asked(count: number): Promise<{ answered: number; refused: number }>;
  readonly manage: ManagementClient['send'];
  sluice(...args: string[]): Promise<string>;
  start(): Promise<void>;
}

/** An API with a plan of 20 requests a month and one key. */
async function metered(t: TestContext, args: readonly string[] = []): Promise<Metered> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-metered-'));
  let status = await startReal(t, args, dataDir);
  const file = path.join(dataDir, 'metered.json');
  writeFileSync(file, document);
  const sluice = async (...line: string[]) =>
    (await run(process.execPath, [main, ...line, '--data-dir', dataDir], { env })).stdout;
  await sluice('import', file, '--stage', 'prod');
  const manage = (method: string, target: string, body?: unknown) =>
    managementClient(dataDir, status.managementPort).send(method, target, body);
  const apiId = (await manage('GET', '/restapis')).body.item[0].id;
  const plan = await manage('POST', '/usageplans', {
    name: 'monthly',
    apiStages: [{ apiId, stage: 'prod' }],
    quota: { limit: 20, period: 'MONTH' },
  });
  const key = await manage('POST', '/apikeys', {
    name: 'ann',
    value: keyValue,
    enabled: true,
    customerId: 'c1',
  });
  const planId = plan.body.id;
  const keyId = key.body.id;
  const member = await manage('POST', `/usageplans/${planId}/keys`, { keyId, keyType: 'API_KEY' });
  assert.equal(member.status, 201);
  const ask = async (): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${status.port}/_aws/execute-api/${apiId}/prod/a`, {
      headers: { 'x-api-key': keyValue, connection: 'close' },
      signal: AbortSignal.timeout(20_000),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  return {
    dataDir,
    apiId,
    planId,
    keyId,
    status: () => status,
    ask,
    asked: async (count) => {
      const seen = { answered: 0, refused: 0 };
      for (let i = 0; i < count; i++) seen[(await ask()) === 200 ? 'answered' : 'refused']++;
      return seen;
    },
    manage,
    sluice,
    start: async () => {
      status = await startReal(t, args, dataDir);
    },
  };
}

const today = (): string => dateOf(dayOf(Date.now()));
/** Requests of today and, should midnight come meanwhile, of tomorrow; and what is left. */
async function usageOf({ manage, planId, keyId }: Metered, from: string): Promise<[number, number]> {
  const { body } = await manage('GET', `/usageplans/${planId}/usage?endDate=${today()}&startDate=${from}`);
  const days = body.values[keyId] as [number, number][];
  return [days.reduce((sum, [used]) => sum + used, 0), days.at(-1)![1]];
}

const kill = async (...pids: readonly number[]): Promise<void> => {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(async () => pids.every((pid) => !isAlive(pid)));
};
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie has gone; its parent has not looked yet.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test('usage: GetUsage is right to the request, whichever processes were killed, and after the counter file was lost', {
  skip,
}, async (t) => {
  // Processes share only a port that has a number.
  const m = await metered(t, ['--processes', '2', '--port', String(await freePort())]);
  const from = today();
  assert.deepEqual(await m.asked(5), { answered: 5, refused: 0 });
  assert.deepEqual(await usageOf(m, from), [5, 15]);
  // One data plane: the supervisor puts another in its place.
  const [victim] = m.status().processes;
  await kill(victim!.pid);
  await until(async () => {
    // Who asks while one ends is told that it has gone.
    const now = await runningStatus(m.dataDir).catch(() => null);
    return now?.processes.length === 2 && now.processes.every(({ pid }) => pid !== victim!.pid);
  });
  assert.deepEqual(await m.asked(3), { answered: 3, refused: 0 });
  // The supervisor: data planes serve and count on.
  await kill(m.status().pid);
  assert.deepEqual(await m.asked(2), { answered: 2, refused: 0 });
  // All at once, the supervisor too.
  await m.start();
  assert.deepEqual(await usageOf(m, from), [10, 10]);
  assert.deepEqual(await m.asked(4), { answered: 4, refused: 0 });
  const running = (await runningStatus(m.dataDir))!;
  await kill(running.pid, ...running.processes.map(({ pid }) => pid));
  await m.start();
  assert.deepEqual(await usageOf(m, from), [14, 6]);
  // As a reboot leaves it: what was flushed is what is known.
  const again = (await runningStatus(m.dataDir))!;
  await kill(again.pid, ...again.processes.map(({ pid }) => pid));
  rmSync(counterFile(m.dataDir));
  await m.start();
  assert.deepEqual(await m.asked(8), { answered: 6, refused: 2 });
  assert.deepEqual(await usageOf(m, from), [20, 0]);
});

test('usage: `sluice usage` shows who stands where and exports days; the same days give the same bytes', {
  skip,
}, async (t) => {
  const m = await metered(t);
  const from = today();
  await m.asked(3);
  const shown = await m.sluice('usage');
  assert.match(shown, /PLAN\s+KEY\s+TODAY\s+USED\s+LIMIT\s+LEFT\s+PERIOD/);
  assert.match(shown, /monthly\s+ann\s+3\s+3\s+20\s+17\s+MONTH until \d{4}-\d\d-\d\d/);
  const [standing] = JSON.parse(await m.sluice('usage', '--json'));
  assert.equal(standing.quota.remaining, 17);
  const refused = await m
    .sluice('usage', 'export', '--from', from, '--to', from)
    .catch((error) => error.stderr);
  assert.match(refused, /is not over/);
  const csv = await m.sluice('usage', 'export', '--from', from, '--to', today(), '--partial');
  const [head, ...rows] = csv.trim().split('\r\n');
  assert.equal(head, 'id,date,plan_id,plan_name,key_id,key_name,customer_id,api_id,stage,requests');
  const cells = rows.map((row) => row.split(','));
  assert.deepEqual(cells[0]!.slice(2, 9), [m.planId, 'monthly', m.keyId, 'ann', 'c1', m.apiId, 'prod']);
  assert.equal(
    cells.reduce((sum, row) => sum + Number(row[9]), 0),
    3,
  );
  const lines = await m.sluice(
    'usage',
    'export',
    '--from',
    from,
    '--to',
    today(),
    '--partial',
    '--format',
    'jsonl',
  );
  const first = JSON.parse(lines.split('\n')[0]!);
  assert.equal(first.id, `${from}/${m.planId}/${m.keyId}/${m.apiId}/prod`);
  const out = path.join(m.dataDir, 'usage.csv');
  await m.sluice('usage', 'export', '--from', from, '--to', today(), '--partial', '--out', out);
  assert.equal(readFileSync(out, 'utf8'), csv);
  assert.ok(!`${shown}${csv}${lines}`.includes(keyValue));
});

test('usage: the aws command line reads usage and sets what remains, which the next request sees', {
  skip: skip || noAwsClients,
}, async (t) => {
  const m = await metered(t);
  const { accessKeyId, secretAccessKey } = administratorOf(m.dataDir);
  const aws = async (...args: string[]) => {
    const endpoint = `http://127.0.0.1:${m.status().managementPort}`;
    const { stdout } = await run('aws', ['apigateway', ...args, '--endpoint-url', endpoint], {
      env: {
        PATH: `${awsClientsFolder}:${process.env.PATH}`,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_DEFAULT_REGION: 'us-east-1',
      },
    });
    return JSON.parse(stdout);
  };
  const named = ['--usage-plan-id', m.planId, '--key-id', m.keyId];
  const from = today();
  assert.deepEqual(await m.asked(21), { answered: 20, refused: 1 });
  const updated = await aws(
    'update-usage',
    ...named,
    '--patch-operations',
    'op=replace,path=/remaining,value=4',
  );
  assert.equal(updated.items[m.keyId].at(-1)[1], 4);
  assert.deepEqual(await m.asked(6), { answered: 4, refused: 2 });
  const usage = await aws('get-usage', ...named, '--start-date', from, '--end-date', today());
  const days = usage.items[m.keyId] as [number, number][];
  assert.deepEqual([days.reduce((sum, [used]) => sum + used, 0), days.at(-1)![1]], [24, 0]);
});
