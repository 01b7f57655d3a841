// Documents in one SQLite file: WAL, and every commit on disk before it is acknowledged.

import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import { type DataFolderLock, lockDataFolder } from './data-folder-lock.ts';
import type { Change, Driver, StoredDocument } from './driver.ts';
import { migrations } from './migrations.ts';
import { ConcurrentModificationError, StoreError } from './store-error.ts';

/** Marks the file as ours ("SLUI"), so that another program's database is not taken for one. */
const applicationId = 0x534c5549;

export const databaseFile = (dataDir: string): string => join(dataDir, 'sluice.sqlite');

/**
 * Opens the database of a data folder, which is made when it is missing.
 *
 * @throws StoreError in one line: the folder cannot be used, another process has it, or the file is not a Sluice
 *   database of this release or an older one
 */
export function openSqliteDriver(dataDir: string): Driver {
  prepareFolder(dataDir);
  const lock = lockDataFolder(dataDir);
  const file = databaseFile(dataDir);
  let database: DatabaseSync | undefined;
  try {
    const version = inspect(file);
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    upgrade(database, version);
    return new SqliteDriver(database, file, lock);
  } catch (error) {
    database?.close();
    lock.release();
    if (error instanceof StoreError) throw error;
    throw new StoreError(`Cannot use the database "${file}": ${(error as Error).message}`, { cause: error });
  }
}

function prepareFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StoreError(`Cannot use the data folder "${dataDir}": ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Looks at a file without writing to it: what is refused is left as it is, byte for byte. @returns its version */
function inspect(file: string): number {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return 0;
  using database = new DatabaseSync(file, { readOnly: true });
  return checkedVersion(database, file);
}

/** Brings an open database up to this release. @throws StoreError when it is damaged, newer, or none of ours */
export function migrate(database: DatabaseSync, file: string): void {
  upgrade(database, checkedVersion(database, file));
}

function checkedVersion(database: DatabaseSync, file: string): number {
  const owner = pragma(database, 'application_id');
  const version = pragma(database, 'user_version');
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get() as { count: number };
  const isNew = owner === 0 && version === 0 && tables.count === 0;
  if (!isNew && owner !== applicationId) throw new StoreError(`"${file}" is not a database of Sluice`);
  if (version > migrations.length) {
    const known = `this release knows versions up to ${migrations.length}`;
    throw new StoreError(`"${file}" was written by a newer release (schema version ${version}; ${known})`);
  }
  // Damage is told now rather than at some later read. Takes about 1 ms per MB.
  const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (check.quick_check !== 'ok')
    throw new StoreError(`"${file}" is damaged: ${check.quick_check.replaceAll('\n', ' ')}`);
  return version;
}

function upgrade(database: DatabaseSync, version: number): void {
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue;
    // PRAGMA takes no parameters; both numbers are ours.
    database.exec(
      `BEGIN IMMEDIATE; ${step}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${index + 1}; COMMIT`,
    );
  }
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[0]!;
}

class SqliteDriver implements Driver {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #lock: DataFolderLock;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;

  constructor(database: DatabaseSync, file: string, lock: DataFolderLock) {
    this.#database = database;
    this.#file = file;
    this.#lock = lock;
    this.#insert = database.prepare(
      `INSERT INTO document (sequence, revision, kind, parent, id, body) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    );
    this.#update = database.prepare(
      'UPDATE document SET revision = ?, body = ? WHERE sequence = ? AND revision = ?',
    );
    this.#delete = database.prepare('DELETE FROM document WHERE sequence = ? AND revision = ?');
  }

  load(): StoredDocument[] {
    const sql = 'SELECT kind, parent, id, sequence, revision, body FROM document ORDER BY sequence';
    return this.#database.prepare(sql).all() as unknown as StoredDocument[];
  }

  commit(changes: readonly Change[]): void {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const change of changes) this.#apply(change);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      if (error instanceof StoreError) throw error;
      throw new StoreError(`Cannot write to the database "${this.#file}": ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  #apply({ kind, parent, id, sequence, revisionBefore, revision, body }: Change): void {
    const { changes } =
      body === null
        ? this.#delete.run(sequence, revisionBefore)
        : revisionBefore === 0
          ? this.#insert.run(sequence, revision, kind, parent, id, body)
          : this.#update.run(revision, body, sequence, revisionBefore);
    if (Number(changes) !== 1)
      throw new ConcurrentModificationError(`Another process changed ${kind} "${id}" in "${this.#file}"`);
  }

  async backup(file: string): Promise<void> {
    try {
      // A reader of its own, so that commits do not wait for the copy. Its transaction holds on to this moment:
      // without it the copy begins again with every commit between two of its steps.
      using reader = new DatabaseSync(this.#file, { readOnly: true });
      reader.exec('BEGIN; SELECT 1 FROM document LIMIT 1');
      await backup(reader, file);
    } catch (error) {
      throw new StoreError(`Cannot write the backup "${file}": ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  close(): void {
    if (!this.#database.isOpen) return;
    this.#database.close();
    this.#lock.release();
  }
}
