// A control plane over the store of a data folder, in this process.

import { logsFolder, type ProcessConfig } from '../config/index.ts';
import { type AuditTrail, createAuditTrail } from '../control/access/index.ts';
import type { Account, DataPlanes } from '../control/api/handler.ts';
import { type ControlPlane, createControlPlane } from '../control/control-plane.ts';
import { randomId } from '../control/openapi/index.ts';
import { noFunctions } from '../functions/no-functions.ts';
import { AuditLog } from '../observability/audit-log.ts';
import { noBackends } from '../resources/index.ts';
import { openStore } from '../store/index.ts';
import { adoptEverywhere, testInvokeSomewhere } from '../supervisor/index.ts';
import { checkTools } from './check-tools.ts';

export interface OpenedControlPlane {
  readonly control: ControlPlane;
  /** Writes the audit log. */
  readonly trail: AuditTrail;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** The configuration in use, asked at each call; default: the one given. */
  readonly config?: () => ProcessConfig;
  /** The port on which stages are reached, asked at each call; default: the one configured. */
  readonly port?: () => number;
  /** What a data plane said that did not adopt. */
  readonly log?: (line: string) => void;
}

/** @throws (rejects) StoreError in one line when the store cannot be used */
export async function openControlPlane(
  given: ProcessConfig,
  { config = () => given, port = () => config().port, log = () => {} }: OpenOptions = {},
): Promise<OpenedControlPlane> {
  const { dataDir } = given;
  const store = await openStore(dataDir);
  const dataPlanes: DataPlanes = {
    adopt: async () => {
      const { failed } = await adoptEverywhere(dataDir);
      for (const { pid, reason } of failed) log(`data plane ${pid} still serves what it had: ${reason}`);
    },
    testInvoke: (invocation) => testInvokeSomewhere(dataDir, invocation),
    address: () => ({ ...addressOf(config()), port: port() }),
  };
  const control = createControlPlane({
    get account() {
      return accountOf(config());
    },
    store,
    dataDir,
    dataPlanes,
    functions: noFunctions('no function host runs'),
    backends: noBackends,
    tools: checkTools,
    now: () => new Date().toISOString(),
    newId: randomId,
  });
  const auditLog = new AuditLog({ logsDir: logsFolder(given), nowMs: () => Date.now(), report: log });
  const trail = createAuditTrail({
    account: given,
    view: store.view,
    append: (record) => auditLog.append(record),
  });
  const close = async (): Promise<void> => {
    await store.close();
    auditLog.close();
  };
  return { control, trail, close };
}

const accountOf = ({ accountId, region, accountThrottle }: ProcessConfig): Account => ({
  accountId,
  region,
  partition: partitionOf(region),
  accountThrottle,
});

/** @see AWS General Reference, "Amazon Resource Names" */
const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';

const addressOf = ({ host, tls, hostSuffix }: ProcessConfig) => ({
  host,
  tls: tls.key !== null,
  hostSuffix,
});
