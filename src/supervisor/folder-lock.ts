// One supervisor per data folder. The lock is SQLite's lock on an empty database file: the kernel gives it up with
// the process, however that dies, which no file with a pid in it can promise, and Node.js itself has no flock.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../config/index.ts';
import { runFolder } from './run-folder.ts';

export interface FolderLock {
  release(): void;
}

/** @throws ConfigError with one line when another supervisor holds the folder */
export function lockFolder(dataDir: string): FolderLock {
  const pidFile = path.join(runFolder(dataDir), 'supervisor.pid'); // for people and messages; the lock decides
  const database = new DatabaseSync(path.join(runFolder(dataDir), 'supervisor.lock'), { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw new ConfigError([`Cannot lock the data folder "${dataDir}": ${String(error)}`]);
    const line = `Another Sluice${holder(pidFile)} runs on the data folder "${dataDir}"; end it with "sluice stop", or name another folder with --data-dir`;
    throw new ConfigError([line]);
  }
  writeFileSync(pidFile, `${process.pid}\n`);
  return { release: () => database.close() };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5; // SQLITE_BUSY
}

function holder(pidFile: string): string {
  try {
    return ` (pid ${Number(readFileSync(pidFile, 'utf8'))})`;
  } catch {
    return '';
  }
}
