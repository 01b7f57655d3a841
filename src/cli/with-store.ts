// The store, for as long as one act takes: it has one writer at a time.

import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessConfig } from '../config/index.ts';
import { type AccountSettings, publish } from '../control/deployment/index.ts';
import { openStore, type Store, StoreError } from '../store/index.ts';

/** How long another command may take with the store before we give up. */
const patienceMs = 10_000;
const sqliteBusy = 5;

/** @throws StoreError in one line when the store cannot be used */
export async function withStore<T>(dataDir: string, act: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSoon(dataDir, performance.now() + patienceMs);
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}

async function openSoon(dataDir: string, deadline: number): Promise<Store> {
  for (;;) {
    try {
      return openStore(dataDir);
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false;
  const code = (error.cause as { errcode?: number } | undefined)?.errcode;
  return code !== undefined && (code & 0xff) === sqliteBusy;
}

/** What a publication says of the whole account. */
export function accountOf(config: ProcessConfig): AccountSettings {
  return { accountId: config.accountId, region: config.region, accountThrottle: config.accountThrottle };
}

/** Makes the published state follow the store and the configuration. */
export async function publishAll(config: ProcessConfig): Promise<void> {
  await withStore(config.dataDir, (store) => publish(store, config.dataDir, accountOf(config)));
}
