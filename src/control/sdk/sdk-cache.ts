// SDKs made lately. The key says all that an archive depends on, so nothing is ever out of date.

interface Entry {
  readonly archive: Promise<Uint8Array>;
  /** 0 until it is made. */
  bytes: number;
}

export interface SdkCache {
  /** The archive of a key; made at most once at a time. What fails is not kept. */
  get(key: string, make: () => Promise<Uint8Array>): Promise<Uint8Array>;
}

/** @param bytesMax - of all archives together; the one used longest ago goes first */
export function createSdkCache(bytesMax: number): SdkCache {
  // In order of use: a Map keeps the order of insertion.
  const entries = new Map<string, Entry>();

  const makeRoom = (): void => {
    let bytes = 0;
    for (const entry of entries.values()) bytes += entry.bytes;
    for (const [key, entry] of entries) {
      if (bytes <= bytesMax) return;
      entries.delete(key);
      bytes -= entry.bytes;
    }
  };

  return {
    get: (key, make) => {
      const found = entries.get(key);
      if (found !== undefined) {
        entries.delete(key);
        entries.set(key, found);
        return found.archive;
      }
      const entry: Entry = { archive: make(), bytes: 0 };
      entries.set(key, entry);
      entry.archive.then(
        ({ length }) => {
          entry.bytes = length;
          makeRoom();
        },
        () => {
          if (entries.get(key) === entry) entries.delete(key);
        },
      );
      return entry.archive;
    },
  };
}
