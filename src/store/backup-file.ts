// A backup: one SQLite file that holds a copy of the store and, beside it, the files that its documents name.

import { existsSync, renameSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { lockDataFolder } from './data-folder-lock.ts';
import type { DocumentKinds, Kind } from './documents.ts';
import { databaseFile, migrate } from './sqlite.ts';
import { StoreError } from './store-error.ts';

/** File name -> content. */
export type AttachedFiles = ReadonlyMap<string, Uint8Array>;

/**
 * Adds files to a copy that `Store.backup` has written.
 * @param filesFor - what belongs to the documents that the copy has
 */
export function attachFiles(
  backup: string,
  filesFor: (list: <K extends Kind>(kind: K) => readonly DocumentKinds[K][]) => AttachedFiles,
): void {
  using database = new DatabaseSync(backup);
  const select = database.prepare('SELECT body FROM document WHERE kind = ?');
  const files = filesFor((kind) => select.all(kind).map((row) => JSON.parse(String(row.body))));
  // One file that stands alone: no journal of its own beside it.
  database.exec(
    'PRAGMA journal_mode = DELETE; CREATE TABLE attachment (name TEXT PRIMARY KEY, body BLOB) STRICT; BEGIN',
  );
  const insert = database.prepare('INSERT INTO attachment (name, body) VALUES (?, ?)');
  for (const [name, body] of files) insert.run(name, body);
  database.exec('COMMIT');
}

/**
 * Puts a backup in the place of a data folder's database, whose old one is kept beside it.
 *
 * @param write - puts the attached files in their places, before the database names them
 * @returns the file that the old database was moved to; null when there was none
 * @throws (rejects) StoreError when the backup is damaged, no backup, or of a newer release, or when the data folder is
 *   in use; nothing was changed then
 */
export async function restoreBackup(
  backup: string,
  dataDir: string,
  write: (files: AttachedFiles) => void,
): Promise<string | null> {
  if (!existsSync(backup)) throw new StoreError(`There is no backup "${backup}"`);
  const lock = lockDataFolder(dataDir);
  const target = databaseFile(dataDir);
  const fresh = `${target}.restoring`;
  try {
    await copyFile(backup, fresh);
    write(readyToUse(fresh, backup));
    const old = existsSync(target) ? `${target}.before-restore` : null;
    if (old !== null) moveDatabase(target, old);
    renameSync(fresh, target);
    return old;
  } catch (error) {
    rmSync(fresh, { force: true });
    if (error instanceof StoreError) throw error;
    throw new StoreError(`Cannot restore "${backup}": ${(error as Error).message}`, { cause: error });
  } finally {
    lock.release();
  }
}

/** Checks a copy, brings it up to this release, and takes its files out of it. */
function readyToUse(fresh: string, backup: string): AttachedFiles {
  using database = new DatabaseSync(fresh);
  migrate(database, backup);
  const hasFiles = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'attachment'").get();
  if (hasFiles === undefined)
    throw new StoreError(`"${backup}" is no backup: write one with "sluice backup"`);
  const rows = database.prepare('SELECT name, body FROM attachment').all();
  database.exec('DROP TABLE attachment');
  return new Map(rows.map(({ name, body }) => [String(name), body as Uint8Array]));
}

/** With what is still in its journal. */
function moveDatabase(file: string, to: string): void {
  using database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = DELETE');
  renameSync(file, to);
}
