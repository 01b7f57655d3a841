// What a store cannot do, told in one line that names the file.

/** A data folder or database that cannot be used. Nothing was changed. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
