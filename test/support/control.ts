// A control plane in memory, without data planes: for tests of operations.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTools } from '../../src/cli/check-tools.ts';
import type { Caller, DataPlanes, Services } from '../../src/control/api/handler.ts';
import { type ControlPlane, createControlPlane } from '../../src/control/control-plane.ts';
import { AwsException } from '../../src/control/protocol/exceptions.ts';
import type { CallInput, CallName } from '../../src/control/protocol/services.ts';
import { noBackends } from '../../src/resources/index.ts';
import { openStore } from '../../src/store/index.ts';
import type { Wire } from './management.ts';
import { noFunctions } from './no-functions.ts';

export const accountId = '111122223333';
export const caller: Caller = {
  arn: `arn:aws:iam::${accountId}:user/admin`,
  userName: 'admin',
  accessKeyId: '',
  sourceIp: '127.0.0.1',
  userAgent: 'test',
};

export interface TestControl {
  readonly control: ControlPlane;
  /** Times that data planes were told to adopt. */
  readonly adoptions: () => number;
  /** Calls an operation; the answer is what the wire would show, parsed. */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<Wire>;
  /** Steps the clock, which starts at 2024-01-02T03:04:05Z. */
  advance(seconds: number): void;
}

/**
 * @param dataPlanes - what stands for the data planes; by default nothing runs
 * @param services - what is not to be as it is by default
 */
export async function testControl(
  t: { after(work: () => unknown): void },
  dataPlanes: Partial<DataPlanes> = {},
  services: Partial<Pick<Services, 'functions' | 'backends' | 'now'>> = {},
): Promise<TestControl> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-control-'));
  const store = await openStore(dataDir, 'memory');
  t.after(async () => {
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  let nowMs = Date.UTC(2024, 0, 2, 3, 4, 5);
  let adoptions = 0;
  let ids = 0;
  const control = createControlPlane({
    account: {
      accountId,
      region: 'us-east-1',
      partition: 'aws',
      accountThrottle: { rateRps: 10_000, burst: 5_000 },
    },
    store,
    dataDir,
    dataPlanes: {
      adopt: async () => {
        adoptions += 1;
      },
      testInvoke: () => Promise.reject(new Error('no data plane runs')),
      sampledRequests: async () => [],
      address: () => ({ host: '127.0.0.1', port: 8080, tls: false, hostSuffix: 'localhost' }),
      ...dataPlanes,
    },
    functions: noFunctions('no function host runs'),
    backends: noBackends,
    tools: checkTools,
    now: () => new Date(nowMs).toISOString(),
    newId: (length) => {
      ids += 1;
      return ids.toString(36).padStart(length, 'a').slice(-length);
    },
    ...services,
  });
  return {
    control,
    adoptions: () => adoptions,
    call: async (name, input) => {
      const answer = await control.call(name, input, caller);
      // As the wire has it: without undefined members.
      return answer === undefined || 'body' in Object(answer) ? answer : JSON.parse(JSON.stringify(answer));
    },
    advance: (seconds) => {
      nowMs += seconds * 1000;
    },
  };
}

/** Asserts that a call is refused so. */
export async function refused(call: Promise<unknown>, type: string, message: string | RegExp): Promise<void> {
  const error = await call.then(
    (answer) => assert.fail(`expected ${type}, was answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AwsException, String(error));
  assert.equal(error.name, type);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
}
