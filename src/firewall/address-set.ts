// Sets of addresses and ranges: one look for each length of prefix that there is, however many ranges.

import { addressBytes } from '../policy/index.ts';

/** An address as a text of 4 or 16 characters, one for each byte; null when it is none. */
export function addressKey(text: string): string | null {
  const bytes = addressBytes(text);
  return bytes === null ? null : String.fromCharCode(...bytes);
}

/** `203.0.113.0/24` in parts; null when it is no range. */
export function readRange(text: string): { readonly key: string; readonly bits: number } | null {
  const slash = text.indexOf('/');
  if (slash < 0) return null;
  const key = addressKey(text.slice(0, slash));
  const bitsText = text.slice(slash + 1);
  if (key === null || !/^\d{1,3}$/.test(bitsText)) return null;
  const bits = Number(bitsText);
  return bits > key.length * 8 ? null : { key, bits };
}

/** The first `bits` of an address. */
function prefixOf(key: string, bits: number): string {
  const whole = bits >> 3;
  const rest = bits & 7;
  if (rest === 0) return key.slice(0, whole);
  return key.slice(0, whole) + String.fromCharCode(key.charCodeAt(whole) & (0xff00 >> rest) & 0xff);
}

export class AddressSet {
  /** By length of the address, and of the prefix. */
  readonly #prefixes: readonly {
    readonly length: number;
    readonly bits: number;
    readonly set: Set<string>;
  }[];

  /** @param ranges - which `readRange` can read; others are passed over */
  constructor(ranges: readonly string[]) {
    const prefixes = new Map<string, { length: number; bits: number; set: Set<string> }>();
    for (const text of ranges) {
      const range = readRange(text);
      if (range === null) continue;
      const { key, bits } = range;
      const name = `${key.length}/${bits}`;
      const same = prefixes.get(name) ?? { length: key.length, bits, set: new Set<string>() };
      same.set.add(prefixOf(key, bits));
      prefixes.set(name, same);
    }
    this.#prefixes = [...prefixes.values()];
  }

  /** @param key - of `addressKey` */
  has(key: string): boolean {
    for (const { length, bits, set } of this.#prefixes)
      if (key.length === length && set.has(prefixOf(key, bits))) return true;
    return false;
  }
}
