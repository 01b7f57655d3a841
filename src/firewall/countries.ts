// Which country an address belongs to, by a table that the operator supplies (`sluice waf countries FILE`). It is kept
// in a form that is searched as it lies: a data plane that takes another one over reads it, and parses nothing.

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { addressKey, readRange } from './address-set.ts';

export interface Countries {
  /** Two capitals; null where the table has nothing. @param key - of `addressKey` */
  of(key: string): string | null;
  readonly rangeCount: number;
}

export const countriesPath = (dataDir: string): string => path.join(dataDir, 'firewall', 'countries.table');

/** Another text for another table. @throws Error: there is none */
export function countriesStamp(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${mtimeMs}/${size}`;
}

/** Read once and kept until the file is another. */
let kept: { readonly file: string; readonly stamp: string; readonly countries: Countries } | null = null;

/** @throws Error with one line: no such file, or one that is no table */
export function loadCountries(file: string): Countries {
  const stamp = countriesStamp(file);
  if (kept?.file !== file || kept.stamp !== stamp)
    kept = { file, stamp, countries: openCountries(readFileSync(file)) };
  return kept.countries;
}

/** Addresses of 4 bytes, then those of 16: all firsts, all lasts, all countries, in the order of the firsts. */
const lengths = [4, 16] as const;
const magic = 'SLGEO001';
/** The magic, and two counts. */
const headBytes = 16;
const countryBytes = 2;

/** @throws Error when they are not what `parseCountries` gives */
export function openCountries(bytes: Buffer): Countries {
  const counts = bytes.length < headBytes ? [0, 0] : [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const sizes = lengths.map((length, i) => counts[i]! * (2 * length + countryBytes));
  if (bytes.toString('latin1', 0, 8) !== magic || bytes.length !== headBytes + sizes[0]! + sizes[1]!)
    throw new Error('the table of countries is damaged: take it over again');
  const four = searchOf(bytes.subarray(headBytes, headBytes + sizes[0]!), 4, counts[0]!);
  const sixteen = searchOf(bytes.subarray(headBytes + sizes[0]!), 16, counts[1]!);
  return {
    of: (key) => (key.length === 4 ? four(key) : sixteen(key)),
    rangeCount: counts[0]! + counts[1]!,
  };
}

function searchOf(part: Buffer, length: number, count: number): (key: string) => string | null {
  /** Below 0: the address at that place is smaller than the key. */
  const compared = (at: number, key: string): number => {
    for (let i = 0; i < length; i++) {
      const difference = part[at + i]! - key.charCodeAt(i);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const lasts = count * length;
  const countries = 2 * lasts;
  return (key) => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compared(middle * length, key) <= 0) low = middle + 1;
      else high = middle;
    }
    const found = low - 1;
    if (found < 0 || compared(lasts + found * length, key) < 0) return null;
    const at = countries + found * countryBytes;
    return part.toString('latin1', at, at + countryBytes);
  };
}

interface Range {
  readonly first: string;
  readonly last: string;
  readonly country: string;
}

/**
 * Reads a table as suppliers give it: lines `first,last,CC` or `range,CC`; further columns, quotes, blank lines, comments
 * and a line of names are passed over.
 * @throws Error that names the first line which is none of a table; or two ranges overlap
 */
export function parseCountries(text: string): Buffer {
  const ranges: Range[] = [];
  let number = 0;
  let isFirst = true;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end < 0 ? text.length : end).trim();
    from = end < 0 ? text.length : end + 1;
    number++;
    if (line === '' || line.startsWith('#')) continue;
    const range = readLine(line);
    if (range !== null) ranges.push(range);
    else if (!isFirst || /\d[.:]/.test(line))
      throw new Error(`line ${number} of the table of countries is no range of addresses`);
    isFirst = false;
  }
  const parts = lengths.map((length) => inOrder(ranges.filter(({ first }) => first.length === length)));
  const head = Buffer.alloc(headBytes);
  head.write(magic, 'latin1');
  parts.forEach((part, i) => void head.writeUInt32LE(part.length, 8 + 4 * i));
  const texts = parts.flatMap((part) => [
    part.map(({ first }) => first).join(''),
    part.map(({ last }) => last).join(''),
    part.map(({ country }) => country).join(''),
  ]);
  return Buffer.concat([head, ...texts.map((one) => Buffer.from(one, 'latin1'))]);
}

/** Texts compare as their bytes do. @throws Error when two overlap */
function inOrder(ranges: Range[]): readonly Range[] {
  ranges.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  for (let i = 1; i < ranges.length; i++)
    if (ranges[i]!.first <= ranges[i - 1]!.last)
      throw new Error('two ranges of the table of countries overlap');
  return ranges;
}

function readLine(line: string): Range | null {
  const [a = '', b = '', c = ''] = line.replaceAll('"', '').split(',', 3);
  const range = readRange(a);
  if (range !== null) return withCountry(...endsOf(range.key, range.bits), b);
  const first = addressKey(a);
  const last = addressKey(b);
  if (first === null || last?.length !== first.length || last < first) return null;
  return withCountry(first, last, c);
}

const withCountry = (first: string, last: string, country: string): Range | null =>
  /^[A-Za-z]{2}$/.test(country) ? { first, last, country: country.toUpperCase() } : null;

/** The ends of a range, whose bits below the prefix need not be zero. */
function endsOf(key: string, bits: number): readonly [first: string, last: string] {
  const bytes = Array.from(key, (char) => char.charCodeAt(0));
  const free = bytes.map((_, i) => 0xff >> Math.min(8, Math.max(0, bits - i * 8)));
  return [
    String.fromCharCode(...bytes.map((byte, i) => byte & ~free[i]!)),
    String.fromCharCode(...bytes.map((byte, i) => byte | free[i]!)),
  ];
}
