// Connection ids in AWS's form: 15 characters of base64 and `=`. Eleven bytes tell any process of any node where the
// connection lives, so that nobody keeps a register:
//
//   node 1 | process 2 | slot 3 | random 5
//
// The random part makes a slot that is used again another connection, and an id something that cannot be guessed.

import { randomBytes } from 'node:crypto';

/** Where a connection lives. */
export interface ConnectionPlace {
  /** 0 to 255. */
  readonly node: number;
  /** Of the node; 0 to 65535. */
  readonly process: number;
  /** Of the process; 0 to 16777215. */
  readonly slot: number;
}

export const slotsMax = 2 ** 24;
const idBytes = 11;
const form = /^[A-Za-z0-9+/]{14}[AEIMQUYcgkosw048]=$/;

// Fresh randomness for each id would cost a system call; a pool of it costs one in a thousand.
const pool = Buffer.alloc(5 * 1024);
let poolAt = pool.length;

export function newConnectionId({ node, process, slot }: ConnectionPlace): string {
  if (poolAt === pool.length) {
    randomBytes(pool.length).copy(pool);
    poolAt = 0;
  }
  const bytes = Buffer.allocUnsafe(idBytes);
  bytes[0] = node;
  bytes.writeUInt16BE(process, 1);
  bytes.writeUIntBE(slot, 3, 3);
  pool.copy(bytes, 6, poolAt, poolAt + 5);
  poolAt += 5;
  return bytes.toString('base64');
}

/** @returns null for what is no connection id */
export function placeOf(id: string): ConnectionPlace | null {
  if (!form.test(id)) return null;
  const bytes = Buffer.from(id, 'base64');
  return { node: bytes[0]!, process: bytes.readUInt16BE(1), slot: bytes.readUIntBE(3, 3) };
}
