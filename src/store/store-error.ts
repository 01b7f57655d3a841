// What a store cannot do, told in one line that names the file.

/** A data folder or database that cannot be used. Nothing was changed. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
}

/** The disk refused what is already in the database: it may be there after the next start, or not. */
export class UnsyncedError extends StoreError {
  override readonly name = 'UnsyncedError';
}

/** Another process changed a document since it was read. Nothing was changed; the store has read it again. */
export class ConcurrentModificationError extends StoreError {
  override readonly name = 'ConcurrentModificationError';
}
