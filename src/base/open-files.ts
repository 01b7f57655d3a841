// How many files a process may hold open.

import { readFileSync } from 'node:fs';

/**
 * The limit of this process, which data planes inherit; null where it cannot be read. Node.js itself raises the soft
 * limit to the hard one at its start, so there is nothing left for us to raise.
 */
export function openFilesMax(): number | null {
  try {
    const line = /^Max open files\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    if (line === null) return null;
    return line[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(line[1]);
  } catch {
    return null;
  }
}
