// boto3 against a whole control plane over a store on disk: for each of the 124 operations, success with the answer's
// shape, and the main refusals. The cases are in boto3/case_*.py.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newResourceId } from '../../src/base/ids.ts';
import { checkTools } from '../../src/cli/check-tools.ts';
import { createControlPlane } from '../../src/control/control-plane.ts';
import { type OperationName, operations } from '../../src/control/protocol/operations.ts';
import { createManagementServer } from '../../src/control/protocol/server.ts';
import { noFunctions } from '../../src/functions/no-functions.ts';
import { noBackends } from '../../src/resources/index.ts';
import { openStore } from '../../src/store/index.ts';
import { accountId, caller } from '../support/control.ts';

const python = fileURLToPath(new URL('../../build/python/bin/python', import.meta.url));
const script = fileURLToPath(new URL('boto3/run.py', import.meta.url));
const skip = !existsSync(python) && 'boto3 is not installed in build/python';

interface Told {
  readonly operation: OperationName;
  readonly title: string;
  readonly failure: string | null;
}

/** Of operations that take nothing that could be wrong. */
const neverRefused: readonly OperationName[] = ['GetAccount'];

test('boto3 is answered by every operation as by the service', { skip }, async (t) => {
  const logged: string[] = [];
  const port = await startServer(t, (text) => logged.push(text));
  const run = await promisify(execFile)(python, [script, `http://127.0.0.1:${port}`], {
    maxBuffer: 64_000_000,
    env: { PATH: process.env.PATH, AWS_EC2_METADATA_DISABLED: 'true', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const told = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
  for (const name of Object.keys(operations) as OperationName[])
    await t.test(`${name} answers and refuses boto3 as the service does`, () => {
      const cases = told.filter(({ operation }) => operation === name);
      assert.ok(cases.length > 0, 'it has no case');
      const isRefused = cases.some(({ title }) => title.includes('refuse'));
      assert.ok(isRefused || neverRefused.includes(name), 'it has no case of a refusal');
      const failures = cases.flatMap(({ title, failure }) =>
        failure === null ? [] : [`${title}: ${failure}`],
      );
      assert.equal(failures.join('\n'), '');
    });
  await t.test('no case met a failure of ours', () => assert.deepEqual(logged, []));
});

async function startServer(
  t: { after(work: () => unknown): void },
  log: (text: string) => void,
): Promise<number> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-boto3-'));
  const store = await openStore(dataDir, 'sqlite');
  const server = createManagementServer({
    controlPlane: createControlPlane({
      account: {
        accountId,
        region: 'us-east-1',
        partition: 'aws',
        accountThrottle: { rateRps: 10_000, burst: 5_000 },
      },
      store,
      dataDir,
      dataPlanes: {
        adopt: async () => {},
        testInvoke: async () => ({
          status: 200,
          headers: [['Content-Type', 'application/json']],
          body: '{}',
          log: 'Execution log for request 1\n',
          latencyMs: 7,
        }),
        address: () => ({ host: '127.0.0.1', port: 8080, tls: false, hostSuffix: 'localhost' }),
      },
      functions: noFunctions('no function host runs'),
      backends: noBackends,
      tools: checkTools,
      now: () => new Date().toISOString(),
      newId: newResourceId,
    }),
    host: '127.0.0.1',
    port: 0,
    authenticate: () => caller,
    onCall: () => {},
    log,
  });
  t.after(async () => {
    await server.close();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return server.listen();
}
