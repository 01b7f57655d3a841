// Unix socket paths are short: 107 bytes on Linux. A data folder may lie deeper than that.

import { closeSync, openSync } from 'node:fs';
import path from 'node:path';

const socketPathBytesMax = 107;

export interface ShortPath {
  readonly path: string;
  /** Call when the path is no longer needed. */
  release(): void;
}

/**
 * A path to the same socket that fits into a socket address: the path itself, or one through the folder's open
 * descriptor, which Linux lets us walk.
 */
export function shortSocketPath(socketPath: string): ShortPath {
  if (Buffer.byteLength(socketPath) <= socketPathBytesMax) return { path: socketPath, release: () => {} };
  if (process.platform !== 'linux')
    throw new Error(
      `the path "${socketPath}" is too long for a Unix socket; use a data folder with a shorter path`,
    );
  const folder = openSync(path.dirname(socketPath), 'r');
  return { path: `/proc/self/fd/${folder}/${path.basename(socketPath)}`, release: () => closeSync(folder) };
}
