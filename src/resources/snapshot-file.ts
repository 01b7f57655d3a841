// The files that the control plane publishes and data planes read: `published.msgpack`, and one
// `snapshots/{sha256}.msgpack` per deployment. Reading only; control/deployment writes.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import type { DeploymentSnapshot, PublishedState } from './stage.ts';

/** Maps become plain objects and back; records (a stateful extension) are off, so that equal values are equal bytes. */
export const snapshotPackr = new Packr({ useRecords: false, mapsAsObjects: true });

export const publishedFile = (dataDir: string): string => join(dataDir, 'published.msgpack');
export const snapshotsFolder = (dataDir: string): string => join(dataDir, 'snapshots');
export const snapshotFile = (dataDir: string, hash: string): string =>
  join(snapshotsFolder(dataDir), `${hash}.msgpack`);

/** The name of a snapshot: the SHA-256 of its bytes, in hexadecimal. */
export const hashOfSnapshot = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A published file that is missing, damaged or of another format. The message names the file. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}

/**
 * Reads what is to be served.
 *
 * @returns undefined when nothing was published yet
 * @throws SnapshotError when the file cannot be read or understood
 */
export function readPublishedState(dataDir: string): PublishedState | undefined {
  const file = publishedFile(dataDir);
  const bytes = readBytes(file);
  return bytes === undefined ? undefined : unpack<PublishedState>(file, bytes);
}

/**
 * Reads one deployment.
 *
 * @param hash - its name: 64 hexadecimal digits
 * @throws SnapshotError when it is missing, or its bytes are not those that the name promises
 */
export function readSnapshot(dataDir: string, hash: string): DeploymentSnapshot {
  // The hash becomes a path: nothing but a hash may get there.
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new SnapshotError(`"${hash}" is not the name of a snapshot`);
  const file = snapshotFile(dataDir, hash);
  const bytes = readBytes(file);
  if (bytes === undefined) throw new SnapshotError(`The snapshot "${file}" is missing`);
  const actual = hashOfSnapshot(bytes);
  if (actual !== hash) throw new SnapshotError(`The snapshot "${file}" is damaged: its hash is ${actual}`);
  return unpack<DeploymentSnapshot>(file, bytes);
}

function readBytes(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SnapshotError(`Cannot read "${file}": ${(error as Error).message}`, { cause: error });
  }
}

function unpack<T extends { readonly format: 1 }>(file: string, bytes: Buffer): T {
  let value: unknown;
  try {
    value = snapshotPackr.unpack(bytes);
  } catch (error) {
    throw new SnapshotError(`"${file}" is damaged: ${(error as Error).message}`, { cause: error });
  }
  const format = (value as { format?: unknown } | null)?.format;
  if (format !== 1)
    throw new SnapshotError(`"${file}" has the format ${String(format)}; this release reads format 1`);
  return value as T;
}
