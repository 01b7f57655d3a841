// Backups: the store with the files that its documents name, and back: snapshots of deployments, code of functions.

import { readFileSync, renameSync, rmSync } from 'node:fs';
import { snapshotPath } from '../../resources/snapshot-file.ts';
import { attachFiles, restoreBackup, type Store } from '../../store/index.ts';
import { codeZipPath } from '../code/code-store.ts';
import { writeDurably } from '../deployment/write-durably.ts';

/** Of the names of zip files; snapshots go by their hashes alone. */
const codePrefix = 'function-code/';

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
        const hashes = new Set([...list('deployment'), ...list('v2Deployment')].map(({ hash }) => hash));
        const functions = [...list('lambdaFunction'), ...list('functionVersion')];
        const codeHashes = new Set(functions.map(({ codeHash }) => codeHash));
        return new Map([
          ...[...hashes].map((hash) => [hash, readFileSync(snapshotPath(dataDir, hash))] as const),
          ...[...codeHashes].map(
            (hash) => [codePrefix + hash, readFileSync(codeZipPath(dataDir, hash))] as const,
          ),
        ]);
      });
      renameSync(part, file);
      return;
    } catch (error) {
      rmSync(part, { force: true });
      // A file went with its document after the copy was made.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === triesMax) throw error;
    }
  }
}

/** Puts a backup in the place of what a data folder has. @returns where the old database went; null = there was none */
export function readBackup(dataDir: string, file: string): Promise<string | null> {
  return restoreBackup(file, dataDir, (files) => {
    for (const [name, bytes] of files) {
      // Code is unpacked at the next start.
      const file = name.startsWith(codePrefix)
        ? codeZipPath(dataDir, name.slice(codePrefix.length))
        : snapshotPath(dataDir, name);
      writeDurably(file, bytes);
    }
  });
}
