// The contract of the store: documents, read from memory, written in transactions that are on disk before they are
// acknowledged.

import type { DocumentKinds, Kind } from './documents.ts';

/** What is in the store, as one moment shows it. */
export interface View {
  get<K extends Kind>(kind: K, parent: string, id: string): DocumentKinds[K] | undefined;
  /** All under one parent, in order of creation. */
  list<K extends Kind>(kind: K, parent: string): readonly DocumentKinds[K][];
  /** Grows by one with each change of the document; 0 when it is not there. For optimistic concurrency. */
  revision(kind: Kind, parent: string, id: string): number;
}

/** A view that changes with what is put and removed. */
export interface Transaction extends View {
  /** Creates or replaces. A document that is replaced keeps its place in the order. */
  put<K extends Kind>(kind: K, parent: string, id: string, document: DocumentKinds[K]): void;
  /** Nothing happens when it is not there. */
  remove(kind: Kind, parent: string, id: string): void;
  removeAll(kind: Kind, parent: string): void;
  /** Kinds of which documents were put or removed so far. */
  readonly changedKinds: ReadonlySet<Kind>;
}

export interface Store {
  /** What is committed now. It changes with each commit: take what you need in one turn of the event loop. */
  readonly view: View;
  /**
   * Runs one transaction, alone. When the promise resolves its changes are on disk and survive `kill -9`.
   *
   * @param work - synchronous; what it throws undoes all of its changes and rejects the promise
   * @throws (rejects) ConcurrentModificationError when another process changed the same documents;
   *   StoreError when the disk refuses. Nothing was changed then, except where it says otherwise
   */
  write<T>(work: (transaction: Transaction) => T): Promise<T>;
  /** Writes a copy that is whole, while the store is in use. @throws (rejects) StoreError */
  backup(file: string): Promise<void>;
  /** After the transactions that were asked for have ended. */
  close(): Promise<void>;
}
