// One process writes to a data folder. The lock is the database's own: it ends with the process, however that ends.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from './store-error.ts';

/** Held until `release`, or until this process ends. */
export interface DataFolderLock {
  release(): void;
}

/**
 * Takes the lock of a data folder. A lock file of its own, because the database must stay readable to others
 * while its writer runs.
 *
 * @throws StoreError when another process has it, or the folder cannot be written
 */
export function lockDataFolder(dataDir: string): DataFolderLock {
  const file = join(dataDir, 'writer.lock');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    // An exclusive transaction that never ends: SQLite holds an advisory file lock for it.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      throw new StoreError(`The data folder "${dataDir}" is in use by another Sluice process`, {
        cause: error,
      });
    }
    throw new StoreError(`Cannot write to the data folder "${dataDir}": ${(error as Error).message}`, {
      cause: error,
    });
  }
  const held = database;
  return { release: () => held.close() };
}

const sqliteBusy = 5;

function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && (code & 0xff) === sqliteBusy;
}
