// The store in one SQLite file: WAL, and every commit on disk before it is acknowledged.

import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { ApiDefinition, Deployment, Stage } from '../resources/index.ts';
import { type DataFolderLock, lockDataFolder } from './data-folder-lock.ts';
import { migrations } from './migrations.ts';
import type { Store, StoredApi, StoredDeployment } from './store.ts';
import { StoreError } from './store-error.ts';

/** Marks the file as ours ("SLUI"), so that another program's database is not taken for one. */
const applicationId = 0x534c5549;

export const databaseFile = (dataDir: string): string => join(dataDir, 'sluice.sqlite');

/**
 * Opens the store of a data folder, which is made when it is missing.
 *
 * @throws StoreError in one line: the folder cannot be used, another process has it, or the file is not a Sluice
 *   database of this release or an older one
 */
export function openSqliteStore(dataDir: string): Store {
  prepareFolder(dataDir);
  const lock = lockDataFolder(dataDir);
  const file = databaseFile(dataDir);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    migrate(database, file);
    return new SqliteStore(database, lock);
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

function migrate(database: DatabaseSync, file: string): void {
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
  if (check.quick_check !== 'ok') throw new StoreError(`"${file}" is damaged: ${check.quick_check}`);
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

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #lock: DataFolderLock;

  constructor(database: DatabaseSync, lock: DataFolderLock) {
    this.#database = database;
    this.#lock = lock;
  }

  async listApis(): Promise<readonly ApiDefinition['restApi'][]> {
    const sql = "SELECT definition -> '$.restApi' AS restApi FROM api ORDER BY created_date, id";
    return this.#all<{ restApi: string }>(sql).map((row) => JSON.parse(row.restApi));
  }

  async getApi(apiId: string): Promise<StoredApi | undefined> {
    const [api] = this.#all<{ definition: string }>('SELECT definition FROM api WHERE id = ?', apiId);
    if (api === undefined) return undefined;
    const stages = this.#all<{ stage: string }>(
      'SELECT stage FROM stage WHERE api_id = ? ORDER BY name',
      apiId,
    );
    return {
      definition: JSON.parse(api.definition),
      stages: stages.map((row) => JSON.parse(row.stage) as Stage),
    };
  }

  async putApi(definition: ApiDefinition): Promise<void> {
    const { id, createdDate } = definition.restApi;
    this.#run(
      `INSERT INTO api (id, created_date, definition) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET definition = excluded.definition`,
      id,
      createdDate,
      JSON.stringify(definition),
    );
  }

  async deleteApi(apiId: string): Promise<void> {
    this.#run('DELETE FROM api WHERE id = ?', apiId);
  }

  async listDeployments(apiId: string): Promise<readonly StoredDeployment[]> {
    const sql = 'SELECT hash, deployment FROM deployment WHERE api_id = ? ORDER BY sequence';
    return this.#all<{ hash: string; deployment: string }>(sql, apiId).map((row) => ({
      apiId,
      deployment: JSON.parse(row.deployment) as Deployment,
      hash: row.hash,
    }));
  }

  async putDeployment(
    { apiId, deployment, hash }: StoredDeployment,
    stage: Stage | undefined,
  ): Promise<void> {
    this.#transaction(() => {
      this.#run(
        'INSERT INTO deployment (api_id, id, hash, deployment) VALUES (?, ?, ?, ?)',
        apiId,
        deployment.id,
        hash,
        JSON.stringify(deployment),
      );
      if (stage !== undefined) this.#putStage(apiId, stage);
    });
  }

  async putStage(apiId: string, stage: Stage): Promise<void> {
    this.#putStage(apiId, stage);
  }

  async deleteStage(apiId: string, stageName: string): Promise<void> {
    this.#run('DELETE FROM stage WHERE api_id = ? AND name = ?', apiId, stageName);
  }

  async getSetting(name: string): Promise<string | undefined> {
    return this.#all<{ value: string }>('SELECT value FROM setting WHERE name = ?', name)[0]?.value;
  }

  async putSetting(name: string, value: string): Promise<void> {
    const sql =
      'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value';
    this.#run(sql, name, value);
  }

  async close(): Promise<void> {
    if (!this.#database.isOpen) return;
    this.#database.close();
    this.#lock.release();
  }

  #putStage(apiId: string, stage: Stage): void {
    this.#run(
      `INSERT INTO stage (api_id, name, stage) VALUES (?, ?, ?)
       ON CONFLICT (api_id, name) DO UPDATE SET stage = excluded.stage`,
      apiId,
      stage.stageName,
      JSON.stringify(stage),
    );
  }

  #all<Row>(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#database.prepare(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}
