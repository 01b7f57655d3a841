// Backups: the store with the snapshots that its deployments name, and back.

import { readFileSync, renameSync, rmSync } from 'node:fs';
import { snapshotPath } from '../../resources/snapshot-file.ts';
import { attachFiles, restoreBackup, type Store } from '../../store/index.ts';
import { writeDurably } from '../deployment/write-durably.ts';

/** How often a deployment may come or go while the store is copied before we give up. */
const triesMax = 3;

/**
 * Writes a backup while the store is in use. It is whole, or not there.
 * @param file - absolute
 */
export async function writeBackup(store: Store, dataDir: string, file: string): Promise<void> {
  const part = `${file}.part`;
  for (let tries = 1; ; tries++) {
    try {
      rmSync(part, { force: true });
      await store.backup(part);
      attachFiles(part, (list) => {
        const hashes = new Set(list('deployment').map(({ hash }) => hash));
        return new Map([...hashes].map((hash) => [hash, readFileSync(snapshotPath(dataDir, hash))]));
      });
      renameSync(part, file);
      return;
    } catch (error) {
      rmSync(part, { force: true });
      // A snapshot went with its deployment after the copy was made.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === triesMax) throw error;
    }
  }
}

/** Puts a backup in the place of what a data folder has. @returns where the old database went; null = there was none */
export function readBackup(dataDir: string, file: string): Promise<string | null> {
  return restoreBackup(file, dataDir, (files) => {
    for (const [hash, bytes] of files) writeDurably(snapshotPath(dataDir, hash), bytes);
  });
}
