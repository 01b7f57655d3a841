// The files through which the control plane hands APIs to the data planes, read side. Written only by
// control/deployment, each to a temporary name, fsynced, then renamed; so what is read is whole.
//
//   {dataDir}/published.msgpack                which stages are served, and how: PublishedState
//   {dataDir}/snapshots/{sha256}.msgpack       one frozen API: DeploymentSnapshot or V2Snapshot; the name is the content's hash

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { unpack } from 'msgpackr';
import type { DeploymentSnapshot, PublishedState } from './stage.ts';
import type { V2Snapshot } from './v2-api.ts';

const snapshotFormat = 1;

export function publishedStatePath(dataDir: string): string {
  return path.join(dataDir, 'published.msgpack');
}

export function snapshotPath(dataDir: string, hash: string): string {
  return path.join(dataDir, 'snapshots', `${hash}.msgpack`);
}

/**
 * @returns null when nothing was published yet
 * @throws Error with one line that names the file when it cannot be read or is of another format
 */
export function readPublishedState(dataDir: string): PublishedState | null {
  const file = publishedStatePath(dataDir);
  const bytes = readIfPresent(file);
  return bytes === null ? null : (decode(file, bytes) as PublishedState);
}

/**
 * @param hash - content hash, as PublishedStage names it
 * @throws Error with one line that names the file when it is missing, damaged, or of another format
 */
export function readSnapshot(dataDir: string, hash: string): DeploymentSnapshot {
  return readContent(dataDir, hash) as unknown as DeploymentSnapshot;
}

/** The same of an API of the second version. */
export function readV2Snapshot(dataDir: string, hash: string): V2Snapshot {
  return readContent(dataDir, hash) as unknown as V2Snapshot;
}

function readContent(dataDir: string, hash: string): { format: number } {
  const file = snapshotPath(dataDir, hash);
  const bytes = readIfPresent(file);
  if (bytes === null)
    throw new Error(`Cannot read snapshot "${file}": it does not exist; deploy the API again`);
  if (createHash('sha256').update(bytes).digest('hex') !== hash)
    throw new Error(
      `Cannot read snapshot "${file}": its content does not match its name; deploy the API again`,
    );
  return decode(file, bytes);
}

function readIfPresent(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new Error(`Cannot read "${file}": ${code ?? message}`, { cause: error });
  }
}

function decode(file: string, bytes: Buffer): { format: number } {
  let value: unknown;
  try {
    value = unpack(bytes);
  } catch (error) {
    throw new Error(`Cannot read "${file}": it is damaged`, { cause: error });
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (format !== snapshotFormat)
    throw new Error(`Cannot read "${file}": format ${String(format)}, expected ${snapshotFormat}`);
  return value as { format: number };
}
