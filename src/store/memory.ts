// A database that keeps nothing beyond its process: for tests, and for acts that are only tried.

import type { Driver, StoredDocument } from './driver.ts';
import { ConcurrentModificationError, StoreError } from './store-error.ts';

export function openMemoryDriver(): Driver {
  const documents = new Map<number, StoredDocument>();
  return {
    load: () => [...documents.values()].sort((a, b) => a.sequence - b.sequence),
    apply: (changes) => {
      for (const change of changes)
        if ((documents.get(change.sequence)?.revision ?? 0) !== change.revisionBefore)
          throw new ConcurrentModificationError(`Another process changed ${change.kind} "${change.id}"`);
      for (const change of changes) {
        const { body, kind, parent, id, sequence, revision } = change;
        if (body === null) documents.delete(sequence);
        else documents.set(sequence, { kind, parent, id, sequence, revision, body });
      }
    },
    sync: () => Promise.resolve(),
    backup: () => Promise.reject(new StoreError('A store in memory has no backup')),
    close: () => {},
  };
}
