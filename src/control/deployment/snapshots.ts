// Writing and removing snapshot files. Reading is in resources/snapshot-file.ts, which data planes share.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pack } from 'msgpackr';
import type { DeploymentSnapshot, V2Snapshot } from '../../resources/index.ts';
import { snapshotPath } from '../../resources/snapshot-file.ts';
import { writeDurably } from './write-durably.ts';

/** Writes a snapshot under the name of its content. @returns that name: 64 hexadecimal digits */
export function writeSnapshot(dataDir: string, snapshot: DeploymentSnapshot | V2Snapshot): string {
  const bytes = pack(snapshot);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const file = snapshotPath(dataDir, hash);
  // The same content under the same name needs no second write, unless the file was damaged since. It counts as new.
  if (holds(file, bytes)) utimesSync(file, new Date(), new Date());
  else writeDurably(file, bytes);
  return hash;
}

function holds(file: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(bytes);
  } catch {
    return false;
  }
}

/** A file that young may belong to a transaction that has not committed yet. */
const youngMs = 60_000;

/** Removes every snapshot that is not in `kept` and not written just now, and what interrupted writes left. */
export function removeSnapshotsExcept(dataDir: string, kept: ReadonlySet<string>): void {
  const folder = dirname(snapshotPath(dataDir, ''));
  for (const name of namesIn(folder)) {
    const found = /^([0-9a-f]{64})\.msgpack(\.\d+\.tmp)?$/.exec(name);
    if (found === null || (found[2] === undefined && kept.has(found[1]!))) continue;
    const file = join(folder, name);
    if (ageMs(file) >= youngMs) rmSync(file, { force: true });
  }
}

function ageMs(file: string): number {
  const modified = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return modified === undefined ? 0 : Date.now() - modified;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
