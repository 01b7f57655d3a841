// A quota spent by four data planes that are killed again and again. QUOTA=1000000 runs the promised number.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { sha256Hex } from '../../src/base/sigv4/index.ts';
import { openMeterFile } from '../../src/gateway/throttle/meter-file.ts';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import { counterFile, type PublishedState } from '../../src/resources/index.ts';
import { api } from '../support/api.ts';
import { keyValue, publishedKey } from '../support/authorized.ts';
import { restoreMeters, writePublished } from '../support/gateway.ts';

const loaded = loadAddon();
const skip = 'absent' in loaded && loaded.absent;
const limit = Number(process.env.QUOTA ?? 3_000);
const processes = 4;
/** Each data plane is killed so often: a start takes a second or two. */
const killsEach = limit >= 100_000 ? 5 : 1;
const connections = 8;
const gatewayProcess = fileURLToPath(new URL('./peers/gateway-process.ts', import.meta.url));
const compileCache = fileURLToPath(new URL('../../build/compile-cache', import.meta.url));

interface World {
  readonly dataDir: string;
  /** Requests that the backend has answered. */
  answered(): number;
  start(): Promise<DataPlane>;
}

interface DataPlane {
  readonly child: ChildProcess;
  readonly pool: Pool;
}

async function world(t: TestContext): Promise<World> {
  let answered = 0;
  const backend = http.createServer((_, response) => {
    answered++;
    response.end('ok');
  });
  backend.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const uri = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/`;
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-kills-'));
  const published: Partial<PublishedState> = {
    apiKeys: [publishedKey(sha256Hex(keyValue), { id: 'key' })],
    usagePlans: [
      {
        id: 'plan',
        apiStages: [{ apiId: 'testapi001', stage: 'test' }],
        keyIds: ['key'],
        quota: { limit, period: 'MONTH', offset: 0 },
      },
    ],
  };
  const integration = { type: 'HTTP_PROXY', httpMethod: 'GET', uri } as const;
  const definition = api({ 'GET /a': { apiKeyRequired: true, integration } });
  writePublished(dataDir, [{ definition }], published);
  restoreMeters(dataDir);
  const children = new Set<ChildProcess>();
  t.after(async () => {
    for (const child of children) if (child.exitCode === null && child.signalCode === null) await kill(child);
    backend.closeAllConnections();
    backend.close();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  return {
    dataDir,
    answered: () => answered,
    start: async () => {
      const child = spawn(process.execPath, [gatewayProcess, dataDir], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
      });
      children.add(child);
      const [line] = await once(child.stdout!, 'data');
      const port = Number(String(line));
      return { child, pool: new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 }) };
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Asks until so many were answered or the quota is spent. @returns how many got no answer: their data plane is dead */
async function spend(pool: Pool, share: number, seen: { spent: boolean }): Promise<number> {
  let answered = 0;
  let lost = 0;
  const one = async (): Promise<void> => {
    while (answered < share && !seen.spent && lost === 0) {
      try {
        const { statusCode, body } = await pool.request({
          method: 'GET',
          path: '/_aws/execute-api/testapi001/test/a',
          headers: { 'x-api-key': keyValue },
        });
        const text = await body.text();
        if (statusCode === 200) answered++;
        else {
          assert.deepEqual([statusCode, text], [429, '{"message":"Limit Exceeded"}']);
          seen.spent = true;
        }
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        lost++;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  return lost;
}

/** What the counter file says was spent, and what was counted by day. */
function counted(dataDir: string): number[] {
  const file = openMeterFile(counterFile(dataDir))!;
  const sums = file.changed().map(({ cells }) => cells.reduce((sum, { count }) => sum + count, 0));
  file.close();
  return sums;
}

test(`quota: ${limit} requests spent by ${processes} data planes that are killed in between are answered exactly`, {
  skip,
  timeout: 1_200_000,
}, async (t) => {
  const { dataDir, answered, start } = await world(t);
  const seen = { spent: false };
  const share = Math.ceil(limit / processes / (killsEach + 1));
  const life = async (): Promise<void> => {
    for (let killed = 0; !seen.spent; killed++) {
      const { child, pool } = await start();
      // The last life goes on until the quota is spent.
      assert.equal(await spend(pool, killed < killsEach ? share : Number.POSITIVE_INFINITY, seen), 0);
      await pool.close();
      await kill(child);
    }
  };
  await Promise.all(Array.from({ length: processes }, life));
  assert.equal(answered(), limit);
  assert.deepEqual(counted(dataDir), [limit, limit]);
  // Nobody is left who knows it but the file.
  const { pool } = await start();
  assert.equal(await spend(pool, 1, { spent: false }), 0);
  assert.equal(answered(), limit);
  await pool.close();
});

test('quota: data planes killed in the middle of requests never answer too many, and lose at most what was in flight', {
  skip,
}, async (t) => {
  const { dataDir, answered, start } = await world(t);
  const seen = { spent: false };
  let lost = 0;
  const life = async (): Promise<void> => {
    for (let killed = 0; !seen.spent; killed++) {
      const { child, pool } = await start();
      const share = killed < killsEach ? limit / processes / (killsEach + 1) : Number.POSITIVE_INFINITY;
      const spending = spend(pool, Number.POSITIVE_INFINITY, seen);
      const before = answered();
      while (answered() - before < share && !seen.spent)
        await new Promise((resolve) => setImmediate(resolve));
      if (seen.spent) {
        lost += await spending;
        await pool.close();
        return;
      }
      await kill(child);
      lost += await spending;
      await pool.destroy();
    }
  };
  await Promise.all(Array.from({ length: processes }, life));
  assert.ok(answered() <= limit, `${answered()} of ${limit}`);
  assert.ok(answered() >= limit - lost, `${answered()} of ${limit}, ${lost} were in flight`);
  const [first, second] = counted(dataDir) as [number, number];
  assert.equal(Math.max(first, second), limit);
  // Between the quota and the count of the day a kill can come too: one request each at most.
  assert.ok(Math.min(first, second) >= limit - processes * killsEach);
});
