// Whether a function host is to be waited for.

import { statSync } from 'node:fs';
import { publishedStatePath, readPublishedState } from '../../resources/snapshot-file.ts';

/**
 * A host runs when a function is published. What was read is kept while the file is the same; it is replaced whole at
 * each publish.
 */
export function createHostExpectation(dataDir: string): () => boolean {
  let seen = '';
  let isExpected = false;
  return () => {
    try {
      const { ino, mtimeMs, size } = statSync(publishedStatePath(dataDir));
      const file = `${ino} ${mtimeMs} ${size}`;
      if (file !== seen) {
        isExpected = (readPublishedState(dataDir)?.functions ?? []).length > 0;
        seen = file;
      }
    } catch {
      isExpected = false; // nothing was published, or it cannot be read
      seen = '';
    }
    return isExpected;
  };
}
