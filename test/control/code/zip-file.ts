// Zip files that say whatever a test wants them to say.

import { crc32, deflateRawSync } from 'node:zlib';

export interface TestEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** Unix mode with the file's type. */
  readonly mode?: number;
  /** What the headers say where it is not the truth. */
  readonly says?: {
    readonly size?: number;
    readonly crc32?: number;
    readonly method?: number;
    readonly flags?: number;
    readonly localName?: string;
    readonly offset?: number;
    readonly storedSize?: number;
  };
  readonly isStored?: boolean;
}

export function zipFile(...entries: readonly TestEntry[]): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content = '', mode = 0o100644, says = {}, isStored = false } of entries) {
    const bytes = Buffer.from(content);
    const data = isStored ? bytes : deflateRawSync(bytes);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(says.flags ?? 0x0800, 2);
    head.writeUInt16LE(says.method ?? (isStored ? 0 : 8), 4);
    head.writeUInt32LE(says.crc32 ?? crc32(bytes), 10);
    head.writeUInt32LE(says.storedSize ?? data.length, 14);
    head.writeUInt32LE(says.size ?? bytes.length, 18);
    const headOf = (text: string): Buffer => {
      const copy = Buffer.from(head);
      copy.writeUInt16LE(Buffer.byteLength(text), 22);
      return copy;
    };
    const localName = says.localName ?? name;
    const local = Buffer.concat([
      Buffer.from([0x50, 0x4b, 3, 4]),
      headOf(localName),
      Buffer.from(localName),
      data,
    ]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((mode << 16) >>> 0, 6);
    tail.writeUInt32LE(says.offset ?? offset, 10);
    directory.push(
      Buffer.concat([Buffer.from([0x50, 0x4b, 1, 2, 20, 3]), headOf(name), tail, Buffer.from(name)]),
    );
    pieces.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...pieces, central, end]);
}
