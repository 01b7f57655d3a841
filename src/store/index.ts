import { openDocumentStore } from './document-store.ts';
import type { Driver } from './driver.ts';
import { openMemoryDriver } from './memory.ts';
import { openSqliteDriver } from './sqlite.ts';
import type { Store } from './store.ts';

export { type AttachedFiles, attachFiles, restoreBackup } from './backup-file.ts';
export type * from './documents.ts';
export type { Store, Transaction, View } from './store.ts';
export { ConcurrentModificationError, StoreError } from './store-error.ts';

/** Every kind of database: opens the one of a data folder. */
export const storeKinds = { sqlite: openSqliteDriver, memory: openMemoryDriver } as const satisfies Record<
  string,
  (dataDir: string) => Driver
>;
export type StoreKind = keyof typeof storeKinds;

/** Opens the store of a data folder. @throws (rejects) StoreError in one line when it cannot be used */
export async function openStore(dataDir: string, kind: StoreKind = 'sqlite'): Promise<Store> {
  return await openDocumentStore(storeKinds[kind](dataDir));
}
