// A control plane over the store of a data folder, in this process.

import { newResourceId } from '../base/ids.ts';
import { partitionOf } from '../base/partition.ts';
import { backendSettings, logsFolder, type ProcessConfig } from '../config/index.ts';
import { type AuditTrail, createAuditTrail } from '../control/access/index.ts';
import type { Account, DataPlanes } from '../control/api/handler.ts';
import { type ControlPlane, createControlPlane } from '../control/control-plane.ts';
import { connectFunctions } from '../functions/client/index.ts';
import { AuditLog } from '../observability/audit-log.ts';
import { type BackendSettings, type MeterFile, noBackends } from '../resources/index.ts';
import { readPublishedState } from '../resources/snapshot-file.ts';
import { openStore } from '../store/index.ts';
import { adoptEverywhere, sampledEverywhere, testInvokeSomewhere } from '../supervisor/index.ts';
import { checkTools } from './check-tools.ts';

export interface OpenedControlPlane {
  readonly control: ControlPlane;
  /** Writes the audit log. */
  readonly trail: AuditTrail;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The configuration in use, asked at each call: of the gateway that runs. A command has only the one given. */
  readonly config?: () => ProcessConfig;
  /** The port on which stages are reached, asked at each call; default: the one configured. */
  readonly port?: () => number;
  /** What a data plane said that did not adopt. */
  readonly log?: (line: string) => void;
  /** See `Wiring`. A command flushes nothing: the gateway that runs does, or the next to run. */
  readonly openMeters?: (dataDir: string) => MeterFile | null;
}

/** @throws (rejects) StoreError in one line when the store cannot be used */
export async function openControlPlane(
  given: ProcessConfig,
  options: OpenOptions = {},
): Promise<OpenedControlPlane> {
  const { config = () => given, port = () => config().port, log = () => {} } = options;
  const { dataDir } = given;
  const store = await openStore(dataDir);
  const functions = connectFunctions({ dataDir });
  const dataPlanes: DataPlanes = {
    adopt: async () => {
      const { failed, functionsProblem } = await adoptEverywhere(dataDir);
      for (const { pid, reason } of failed) log(`data plane ${pid} still serves what it had: ${reason}`);
      if (functionsProblem !== undefined) log(`functions are called as before: ${functionsProblem}`);
    },
    testInvoke: (invocation) => testInvokeSomewhere(dataDir, invocation),
    sampledRequests: (query) => sampledEverywhere(dataDir, query),
    address: () => ({ ...addressOf(config()), port: port() }),
  };
  const backends = options.config === undefined ? backendsOfCommand(given) : backendsOf(config);
  const account = ofLatest(config, accountOf);
  const control = createControlPlane(
    {
      get account() {
        return account();
      },
      store,
      dataDir,
      dataPlanes,
      functions,
      get backends() {
        return backends();
      },
      tools: checkTools,
      now: () => new Date().toISOString(),
      newId: newResourceId,
    },
    () => options.openMeters?.(dataDir) ?? null,
  );
  const auditLog = new AuditLog({ logsDir: logsFolder(given), nowMs: () => Date.now(), report: log });
  const trail = createAuditTrail({
    account: given,
    view: store.view,
    append: (json) => auditLog.gather(json),
    flush: () => auditLog.flush(),
  });
  const close = async (): Promise<void> => {
    functions.close();
    await control.usage.close();
    await store.close();
    auditLog.close();
  };
  return { control, trail, close };
}

/** What the configuration in use says, its secrets read once; at the first use, as few commands have one. */
const backendsOf = (config: () => ProcessConfig): (() => BackendSettings) =>
  ofLatest(config, backendSettings);

/** What is made of the configuration in use: once for each, at the first use. */
function ofLatest<T>(config: () => ProcessConfig, make: (config: ProcessConfig) => T): () => T {
  let made: { readonly config: ProcessConfig; readonly value: T } | null = null;
  return () => {
    const now = config();
    if (made?.config !== now) made = { config: now, value: make(now) };
    return made.value;
  };
}

/**
 * A command that was told of no backends leaves those that are published: data planes may serve without a supervisor,
 * and who types `sluice import` need not name the file that the gateway was started with.
 */
function backendsOfCommand(config: ProcessConfig): () => BackendSettings {
  const { pools, services, roles, introspection, tokenKeys, dataDir } = config;
  const isSilent = [pools, services, roles, introspection, tokenKeys].every(
    (section) => section.length === 0,
  );
  return isSilent ? () => readPublishedState(dataDir)?.backends ?? noBackends : backendsOf(() => config);
}

const accountOf = ({ accountId, region, accountThrottle }: ProcessConfig): Account => ({
  accountId,
  region,
  partition: partitionOf(region),
  accountThrottle,
});

const addressOf = ({ host, tls, hostSuffix }: ProcessConfig) => ({
  host,
  tls: tls.key !== null,
  hostSuffix,
});
