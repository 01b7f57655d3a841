// Sluice as a contestant: one data-plane process on a fresh data folder, everything on.

import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DataPlaneSettings, dataPlaneFlags, type GuardSettings } from '../../src/config/index.ts';
import type { ApiDefinition } from '../../src/resources/index.ts';
import { requestsUnder } from '../rivals/requests.ts';
import type { Work } from '../rivals/rival.ts';
import { mockBody } from '../services/bodies.ts';
import { type Child, startChild } from './child.ts';
import {
  everythingOn,
  type PublishOptions,
  publish,
  readApi,
  stageName,
  type UsagePlansOptions,
  unlimited,
} from './publish.ts';
import type { Address, WireRequest } from './wire.ts';

export interface SluiceOptions {
  readonly folder: string;
  readonly upstreamPort: number;
  readonly core: number | null;
  readonly accountThrottle?: PublishOptions['accountThrottle'];
  readonly offload?: 'auto' | 'always' | 'never';
  readonly renderThreads?: number;
  /** Instead of `apis/bench.yaml`. */
  readonly apis?: readonly ApiDefinition[];
  readonly functions?: PublishOptions['functions'];
  readonly usagePlans?: UsagePlansOptions;
  /** Default: none that is felt, and no address trusted. */
  readonly guard?: GuardSettings;
  /** The data folder is ready: nothing is written into it. */
  readonly isPublished?: boolean;
}

export interface Sluice {
  readonly child: Child;
  readonly pid: number;
  readonly address: Address;
  readonly dataDir: string;
  readonly apis: readonly ApiDefinition[];
  readonly requests: Readonly<Record<Work, WireRequest>>;
  stop(): Promise<void>;
}

const entry = fileURLToPath(new URL('./data-plane.ts', import.meta.url));
const apiFile = fileURLToPath(new URL('../apis/bench.yaml', import.meta.url));

/** The stage's settings: everything on, and one method that is always over its limit. */
export const benchStage: PublishOptions['stage'] = {
  ...everythingOn,
  methodSettings: {
    ...everythingOn.methodSettings,
    'throttled/GET': { throttlingRateLimit: 1, throttlingBurstLimit: 1 },
    '*/*': {
      ...everythingOn.methodSettings['*/*'],
      throttlingRateLimit: unlimited.rateRps,
      throttlingBurstLimit: unlimited.burst,
    },
  },
};

export function benchApi(upstreamPort: number): ApiDefinition {
  const text = readFileSync(apiFile, 'utf8')
    .replaceAll('UPSTREAM_ORIGIN', `http://127.0.0.1:${upstreamPort}`)
    .replaceAll('MOCK_BODY', mockBody);
  return readApi(text);
}

/** Clients of benches are one address, and are looked at as strangers are; but nobody asks too much. */
export const wideGuard: GuardSettings = {
  trusted: [],
  connectionsMax: 1_000_000,
  connectionsPerAddress: 0,
  connectRps: 1_000_000,
  connectBurst: 1_000_000,
  costRps: 10_000_000,
  costBurst: 10_000_000,
  addressesMax: 65_536,
  lagMs: 0,
};

export function sluiceSettings(dataDir: string, options: SluiceOptions): DataPlaneSettings {
  return {
    slot: 0,
    processes: 1,
    dataDir,
    host: '127.0.0.1',
    port: 0,
    tls: null,
    guard: options.guard ?? wideGuard,
    hostSuffix: 'localhost',
    region: 'us-east-1',
    accountId: '000000000000',
    offload: options.offload ?? 'auto',
    renderThreads: options.renderThreads ?? 1,
    throttle: 'auto',
    logsDir: path.join(dataDir, 'logs'),
    accessLogFlushMs: 1_000,
    upstream: { connectionsMax: 256, idleMs: 4_000, connectTimeoutMs: 5_000 },
    drainDeadlineMs: 1_000,
  };
}

/** Publishes and starts; the address is in the form with a Host field, as clients use it. */
export async function startSluice(options: SluiceOptions): Promise<Sluice> {
  const dataDir = path.join(options.folder, 'data');
  mkdirSync(path.join(dataDir, 'run'), { recursive: true });
  const apis = options.apis ?? [benchApi(options.upstreamPort)];
  const accountThrottle = options.accountThrottle ?? unlimited;
  if (options.isPublished !== true)
    publish(dataDir, apis, {
      revision: 1,
      accountThrottle,
      stage: benchStage,
      functions: options.functions ?? [],
      usagePlans: options.usagePlans ?? {},
    });
  const child = await startChild(
    process.execPath,
    [...dataPlaneFlags, entry, JSON.stringify(sluiceSettings(dataDir, options))],
    {
      ready: /READY (\d+)/,
      core: options.core,
    },
  );
  const host = `${apis[0]?.restApi.id ?? 'none'}.execute-api.us-east-1.localhost`;
  return {
    child,
    pid: child.pid,
    address: { port: Number(child.ready[1]), host },
    dataDir,
    apis,
    requests: requestsUnder(`/${stageName}`),
    stop: () => child.stop(),
  };
}
