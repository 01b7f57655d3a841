// Files that are either the old ones or the new ones, whatever happens: to this process, or to the power.

import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Replaces `file`; when this returns the new content is on disk. Readers see the old or the new, never a part.
 *
 * @throws Error in one line that names the file when it cannot be written; the old content is still there then
 */
export function writeDurably(file: string, bytes: Uint8Array): void {
  try {
    replace(file, bytes);
  } catch (error) {
    throw new Error(`Cannot write "${file}": ${(error as Error).message}`, { cause: error });
  }
}

function replace(file: string, bytes: Uint8Array): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

// A rename is durable only when its folder is.
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
