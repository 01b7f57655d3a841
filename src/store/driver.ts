// What a database must do to be a store: hand over all documents once, apply changes, and have them on disk. One file per
// database.

/** One document as a database keeps it. */
export interface StoredDocument {
  readonly kind: string;
  readonly parent: string;
  readonly id: string;
  /** Order of creation. */
  readonly sequence: number;
  /** From 1; grows by one with each change. */
  readonly revision: number;
  /** JSON text. */
  readonly body: string;
}

export interface Change {
  readonly kind: string;
  readonly parent: string;
  readonly id: string;
  /** Which document: no two have the same, and one keeps its own for as long as it lives. */
  readonly sequence: number;
  /** What the database must have now; 0 = nothing. */
  readonly revisionBefore: number;
  readonly revision: number;
  /** JSON text; null removes. */
  readonly body: string | null;
}

export interface Driver {
  /** Every document, ordered by sequence. */
  load(): StoredDocument[] | Promise<StoredDocument[]>;
  /**
   * Applies all changes or none. When it returns (or resolves) they survive the end of this process, though not yet of the
   * machine. Until then nothing else is asked to be applied.
   * @throws ConcurrentModificationError when a document does not have its `revisionBefore`
   */
  apply(changes: readonly Change[]): void | Promise<void>;
  /**
   * Has on disk what was applied before it is called; more may be applied meanwhile, and is asked for again.
   * @throws (rejects) UnsyncedError when the disk may not have it
   */
  sync(): Promise<void>;
  /** Writes a copy that is whole. */
  backup(file: string): Promise<void>;
  close(): void;
}
