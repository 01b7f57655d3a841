// How many connections each address has open on a port, as Linux tells it: uWebSockets.js says that a connection was closed, but
// not which. Of all processes that share the port together.

import { readFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type AddressKey, keyOf } from './address-table.ts';
import { keyText } from './guard.ts';

/** Lines between two looks at the sockets: some quarter of a millisecond. */
const linesPerTurn = 2_000;
const newline = 10;
const colon = 58;
/** ESTABLISHED, and those whose peer has closed already. */
const states: readonly string[] = ['01', '08'];

/** @returns by `keyText`; null where the system does not tell */
export async function countOpenConnections(port: number): Promise<Map<string, number> | null> {
  const files = await Promise.all(
    ['/proc/self/net/tcp', '/proc/self/net/tcp6'].map((file) => readFile(file).catch(() => null)),
  );
  if (files.every((file) => file === null)) return null;
  const counts = new Map<string, number>();
  for (const file of files) if (file !== null) await countIn(file, port, counts);
  return counts;
}

/**
 * Lines are `  12: 0100007F:1F90 0200007F:D431 01 ...`: number, local and remote address, state. Most are of other ports or
 * wait for their end, so that they are told apart before any text is made (0.1 us a line).
 *
 * @param table - the text of /proc/net/tcp or tcp6 @param counts - added to
 */
export async function countIn(table: Buffer, port: number, counts: Map<string, number>): Promise<void> {
  const key: AddressKey = { high: 0, low: 0 };
  const portDigits = port.toString(16).toUpperCase().padStart(4, '0');
  let lines = 0;
  let end = table.indexOf(newline);
  for (let at = end + 1; end >= 0 && at < table.length; at = end + 1) {
    end = table.indexOf(newline, at);
    const local = table.indexOf(colon, at) + 2;
    const localEnd = table.indexOf(colon, local);
    const remote = localEnd + 1 + portDigits.length + 1;
    const remoteEnd = remote + (localEnd - local);
    const state = remoteEnd + 1 + portDigits.length + 1;
    if (isAt(table, localEnd + 1, portDigits) && states.some((one) => isAt(table, state, one))) {
      keyOf(bytesOf(table.toString('latin1', remote, remoteEnd)), key);
      const text = keyText(key);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    if (++lines % linesPerTurn === 0) await nextTurn();
  }
}

function isAt(table: Buffer, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (table[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** `0100007F` is 127.0.0.1: each word of four bytes stands the other way round. */
function bytesOf(digits: string): number[] {
  const bytes: number[] = [];
  for (let word = 0; word < digits.length; word += 8)
    for (let i = 6; i >= 0; i -= 2) bytes.push(Number.parseInt(digits.slice(word + i, word + i + 2), 16));
  return bytes;
}
