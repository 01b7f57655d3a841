// A whole control plane over a store on disk, and the cases of one service run against it by boto3.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newResourceId } from '../../../src/base/ids.ts';
import { checkTools } from '../../../src/cli/check-tools.ts';
import { createControlPlane } from '../../../src/control/control-plane.ts';
import { createManagementServer } from '../../../src/control/protocol/server.ts';
import type { Functions } from '../../../src/functions/functions.ts';
import { noBackends } from '../../../src/resources/index.ts';
import { openStore } from '../../../src/store/index.ts';
import { accountId, caller } from '../../support/control.ts';
import { noFunctions } from '../../support/no-functions.ts';

const python = fileURLToPath(new URL('../../../build/python/bin/python', import.meta.url));
const script = fileURLToPath(new URL('run.py', import.meta.url));
export const skip = !existsSync(python) && 'boto3 is not installed in build/python';

/** What one case has told. */
export interface Told {
  readonly operation: string;
  readonly title: string;
  readonly failure: string | null;
}

/** @param log - told of bugs */
export async function runCases(
  t: { after(work: () => unknown): void },
  service: string,
  log: (text: string) => void,
  functions: Functions = noFunctions('no function host runs'),
): Promise<readonly Told[]> {
  const port = await startServer(t, log, functions);
  const run = await promisify(execFile)(python, [script, service, `http://127.0.0.1:${port}`], {
    maxBuffer: 64_000_000,
    env: { PATH: process.env.PATH, AWS_EC2_METADATA_DISABLED: 'true', PYTHONDONTWRITEBYTECODE: '1' },
  });
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Told);
}

/** @returns the port of a whole management endpoint that ends with the test */
export async function startServer(
  t: { after(work: () => unknown): void },
  log: (text: string) => void,
  functions: Functions = noFunctions('no function host runs'),
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
        sampledRequests: async () => [],
        address: () => ({ host: '127.0.0.1', port: 8080, tls: false, hostSuffix: 'localhost' }),
      },
      functions,
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
