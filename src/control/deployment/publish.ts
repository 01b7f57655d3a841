// The published state: what the store says is staged, rewritten whole for the data planes.

import { pack } from 'msgpackr';
import {
  accountBurstDefault,
  accountRateRpsDefault,
  type PublishedStage,
  type PublishedState,
} from '../../resources/index.ts';
import { publishedStatePath, readPublishedState } from '../../resources/snapshot-file.ts';
import type { Store } from '../../store/index.ts';
import { inTurn } from './in-turn.ts';
import { removeSnapshotsExcept } from './snapshots.ts';
import { writeDurably } from './write-durably.ts';

/** Deployments of each API whose snapshots stay, so that a stage can go back to them. */
const deploymentsKept = 10;

/** What is true for the whole account. */
export interface AccountSettings {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
  readonly accountThrottle: { readonly rateRps: number; readonly burst: number };
}

export const accountDefaults: AccountSettings = {
  accountId: '000000000000',
  region: 'us-east-1',
  accountThrottle: { rateRps: accountRateRpsDefault, burst: accountBurstDefault },
};

/**
 * Makes the published state follow the store: after every change of stages, and at start (a process may have
 * ended between its change and this). When nothing changed the file stays as it is.
 *
 * @returns the revision that data planes are to serve
 */
export function publish(
  store: Store,
  dataDir: string,
  account: AccountSettings = accountDefaults,
): Promise<number> {
  return inTurn(store, () => publishNow(store, dataDir, account));
}

/** The same, for whoever has the turn already. */
export async function publishNow(store: Store, dataDir: string, account: AccountSettings): Promise<number> {
  const { stages, hashesKept } = await stagedIn(store);
  const before = readPublishedState(dataDir);
  const revision = (before?.revision ?? 0) + 1;
  const state: PublishedState = { format: 1, revision, ...pickAccount(account), stages };
  if (before !== null && isSame({ ...before, revision }, state)) return before.revision;
  writeDurably(publishedStatePath(dataDir), pack(state));
  removeSnapshotsExcept(dataDir, hashesKept);
  return revision;
}

const pickAccount = ({ accountId, region, accountThrottle }: AccountSettings): AccountSettings => ({
  accountId,
  region,
  accountThrottle: { rateRps: accountThrottle.rateRps, burst: accountThrottle.burst },
});

const isSame = (a: PublishedState, b: PublishedState): boolean => Buffer.compare(pack(a), pack(b)) === 0;

async function stagedIn(store: Store) {
  const stages: PublishedStage[] = [];
  const hashesKept = new Set<string>();
  for (const { id: apiId } of await store.listApis()) {
    const deployments = await store.listDeployments(apiId);
    for (const { hash } of deployments.slice(-deploymentsKept)) hashesKept.add(hash);
    for (const stage of (await store.getApi(apiId))?.stages ?? []) {
      const deployed = deployments.find(({ deployment }) => deployment.id === stage.deploymentId);
      if (deployed === undefined) continue;
      hashesKept.add(deployed.hash);
      stages.push({ apiId, stage, deploymentHash: deployed.hash });
    }
  }
  return { stages, hashesKept };
}
