// A real gateway in the test's own process, on a free port, with the APIs that the test publishes.

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { pack } from 'msgpackr';
import { request } from 'undici';
import type { DataPlaneSettings, GuardSettings } from '../../src/config/index.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { openMeterFile } from '../../src/gateway/throttle/meter-file.ts';
import {
  type ApiDefinition,
  counterFile,
  type Deployment,
  type PublishedClientCertificate,
  type PublishedStage,
  type PublishedState,
  type Stage,
} from '../../src/resources/index.ts';
import { publishedStatePath, snapshotPath } from '../../src/resources/snapshot-file.ts';

export interface TestApi {
  readonly definition: ApiDefinition;
  readonly stage?: Partial<Stage>;
  readonly canary?: {
    readonly definition: ApiDefinition;
    readonly percentTraffic: number;
    readonly stageVariableOverrides?: Readonly<Record<string, string>>;
  };
  readonly clientCertificate?: PublishedClientCertificate;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface TestGateway {
  readonly gateway: Gateway;
  readonly dataDir: string;
  readonly port: number;
  /** Calls in the path form: `/{apiId}/{stage}` is put in front of `target`. */
  call(target: string, options?: CallOptions): Promise<Answer>;
  publish(...apis: readonly TestApi[]): Promise<void>;
}

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly api?: string;
  readonly stage?: string;
  /** Sends `target` as it is, without the path form. */
  readonly isRaw?: boolean;
}

export const accountThrottle = { rateRps: 1_000_000, burst: 1_000_000 };
let revision = 0;

/** Writes the files that a deployment writes. */
export function writePublished(
  dataDir: string,
  apis: readonly TestApi[],
  more: Partial<PublishedState> = {},
): void {
  mkdirSync(path.join(dataDir, 'snapshots'), { recursive: true });
  const stages = apis.map(({ definition, stage, canary, clientCertificate }): PublishedStage => {
    const deployment = { id: 'dep001', createdDate: '2026-01-01T00:00:00.000Z' };
    const deploymentHash = writeTestSnapshot(dataDir, deployment, definition);
    const whole: Stage = {
      stageName: 'test',
      deploymentId: deployment.id,
      methodSettings: {},
      tracingEnabled: false,
      cacheClusterEnabled: false,
      createdDate: deployment.createdDate,
      lastUpdatedDate: deployment.createdDate,
      ...stage,
    };
    return {
      apiId: definition.restApi.id,
      stage: whole,
      deploymentHash,
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
      ...(canary === undefined ? {} : { canary: publishedCanary(dataDir, canary) }),
    };
  });
  const state: PublishedState = {
    format: 1,
    revision: ++revision,
    accountId: '123456789012',
    region: 'us-east-1',
    accountThrottle,
    stages,
    ...more,
  };
  // Whole or not at all, as a deployment does it: a data plane may be reading.
  const file = publishedStatePath(dataDir);
  writeFileSync(`${file}.new`, pack(state));
  renameSync(`${file}.new`, file);
}

function publishedCanary(
  dataDir: string,
  { definition, percentTraffic, stageVariableOverrides = {} }: NonNullable<TestApi['canary']>,
): PublishedStage['canary'] & {} {
  const deployment = { id: 'dep002', createdDate: '2026-01-02T00:00:00.000Z' };
  const deploymentHash = writeTestSnapshot(dataDir, deployment, definition);
  return {
    deploymentId: deployment.id,
    deploymentHash,
    percentTraffic,
    stageVariableOverrides,
    useStageCache: false,
  };
}

function writeTestSnapshot(dataDir: string, deployment: Deployment, definition: ApiDefinition): string {
  const bytes = pack({ format: 1, deployment, definition });
  const hash = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(snapshotPath(dataDir, hash), bytes);
  return hash;
}

export function testSettings(dataDir: string, more: Partial<DataPlaneSettings> = {}): DataPlaneSettings {
  return {
    slot: 0,
    processes: 1,
    dataDir,
    host: '127.0.0.1',
    port: 0,
    tls: null,
    guard: guardDefaults,
    hostSuffix: 'localhost',
    region: 'us-east-1',
    accountId: '123456789012',
    offload: 'auto',
    renderThreads: 1,
    throttle: 'auto',
    logsDir: path.join(dataDir, 'logs'),
    accessLogFlushMs: 10,
    upstream: { connectionsMax: 64, idleMs: 4000, connectTimeoutMs: 2000 },
    drainDeadlineMs: 1000,
    ...more,
  };
}

/** Says that the store knew of no use. */
export function restoreMeters(dataDir: string): void {
  const meters = openMeterFile(counterFile(dataDir));
  meters?.markRestored();
  meters?.close();
}

/** As of a configuration that says nothing of it. */
export const guardDefaults: GuardSettings = {
  trusted: ['127.0.0.0/8', '::1'],
  connectionsMax: 0,
  connectionsPerAddress: 2_000,
  connectRps: 200,
  connectBurst: 1_000,
  costRps: 10_000,
  costBurst: 20_000,
  addressesMax: 65_536,
  lagMs: 0, // a busy host is no overload
};

/** Starts a gateway that serves `apis`, and ends it with the test. */
export async function startTestGateway(
  t: TestContext,
  apis: readonly TestApi[],
  more: Partial<DataPlaneSettings> & { readonly published?: Partial<PublishedState> } = {},
): Promise<TestGateway> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
  const { published, ...settings } = more;
  writePublished(dataDir, apis, published);
  // What the control plane does at its start: without it nothing is admitted that a usage plan counts.
  if (published?.usagePlans !== undefined) restoreMeters(dataDir);
  const gateway = await startGateway(testSettings(dataDir, settings));
  t.after(async () => {
    await gateway.drain(200);
    rmSync(dataDir, { recursive: true, force: true });
  });
  const firstApi = apis[0]?.definition.restApi.id ?? 'none';
  return {
    gateway,
    dataDir,
    port: gateway.port,
    call: async (target, options = {}) => {
      const prefix = options.isRaw
        ? ''
        : `/_aws/execute-api/${options.api ?? firstApi}/${options.stage ?? 'test'}`;
      const answer = await request(`http://127.0.0.1:${gateway.port}${prefix}${target}`, {
        method: (options.method ?? 'GET') as 'GET',
        headers: { ...options.headers },
        body: options.body ?? null,
      });
      const bytes = Buffer.from(await answer.body.arrayBuffer());
      return { status: answer.statusCode, headers: answer.headers, body: bytes.toString(), bytes };
    },
    publish: async (...next) => {
      writePublished(dataDir, next, published);
      await gateway.adopt();
    },
  };
}
