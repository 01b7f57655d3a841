// Documents in one SQLite file: WAL, and every commit on disk before it is acknowledged.

import {
  accessSync,
  closeSync,
  constants,
  fdatasync as fdatasyncWithCallback,
  mkdirSync,
  openSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { type DataFolderLock, lockDataFolder } from './data-folder-lock.ts';
import type { Change, Driver, StoredDocument } from './driver.ts';
import { migrations } from './migrations.ts';
import { ConcurrentModificationError, StoreError, UnsyncedError } from './store-error.ts';

const fdatasync = promisify(fdatasyncWithCallback);

/** Marks the file as ours ("SLUI"), so that another program's database is not taken for one. */
const applicationId = 0x534c5549;

/**
 * The log is brought into the database when it has so many pages (16 MB). That waits for the disk in the event loop: SQLite's
 * own 1,000 pages would have it do so several times a second while many APIs are made.
 */
const checkpointPages = 4_000;

export const databaseFile = (dataDir: string): string => join(dataDir, 'sluice.sqlite');

/**
 * Opens the database of a data folder, which is made when it is missing.
 *
 * @param sync - has what was written to a file on disk when it resolves; fdatasync
 * @throws StoreError in one line: the folder cannot be used, another process has it, or the file is not a Sluice
 *   database of this release or an older one
 */
export function openSqliteDriver(
  dataDir: string,
  sync: (descriptor: number) => Promise<void> = fdatasync,
): Driver {
  prepareFolder(dataDir);
  const lock = lockDataFolder(dataDir);
  const file = databaseFile(dataDir);
  let database: DatabaseSync | undefined;
  try {
    const version = inspect(file);
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    upgrade(database, version);
    // From now on a commit leaves it to `sync` to have the log on disk: SQLite would wait for that in the event loop, where
    // the next commit can be made meanwhile.
    database.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    return new SqliteDriver(database, file, lock, sync);
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
  readonly #sync: (descriptor: number) => Promise<void>;
  /** The write-ahead log: there from the first commit on, and the same file until the database is closed. */
  #log: number | null = null;
  /** Why the disk did not take a commit; what it does afterwards cannot be relied on. */
  #failure: UnsyncedError | null = null;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #delete: StatementSync;

  constructor(
    database: DatabaseSync,
    file: string,
    lock: DataFolderLock,
    sync: (descriptor: number) => Promise<void>,
  ) {
    this.#database = database;
    this.#file = file;
    this.#lock = lock;
    this.#sync = sync;
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

  apply(changes: readonly Change[]): void {
    if (this.#failure !== null) throw this.#failure;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      for (const change of changes) this.#change(change);
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      if (error instanceof StoreError) throw error;
      throw new StoreError(`Cannot write to the database "${this.#file}": ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  async sync(): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    try {
      // Beside the file itself, wherever a link to it may be.
      this.#log ??= openSync(`${realpathSync(this.#file)}-wal`, 'r+');
      await this.#sync(this.#log);
    } catch (error) {
      // What a failed sync has lost, a later one that succeeds does not bring back.
      const reason = (error as Error).message;
      this.#failure = new UnsyncedError(
        `A write to the database "${this.#file}" may not have reached the disk (${reason}): nothing more is written until Sluice is started again`,
        { cause: error },
      );
      throw this.#failure;
    }
  }

  #change({ kind, parent, id, sequence, revisionBefore, revision, body }: Change): void {
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
    if (this.#log !== null) closeSync(this.#log);
    this.#database.close();
    this.#lock.release();
  }
}
