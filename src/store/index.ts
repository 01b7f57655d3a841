import { openSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

export type { Store, StoredApi, StoredDeployment } from './store.ts';
export { StoreError } from './store-error.ts';

/** Every kind of store: opens the one of a data folder. */
export const storeKinds = { sqlite: openSqliteStore } as const satisfies Record<
  string,
  (dataDir: string) => Store
>;
export type StoreKind = keyof typeof storeKinds;

/** Opens the store of a data folder. @throws StoreError in one line when it cannot be used */
export function openStore(dataDir: string, kind: StoreKind = 'sqlite'): Store {
  return storeKinds[kind](dataDir);
}
