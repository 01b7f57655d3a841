// Which country an address belongs to, by a table that the operator supplies: `{dataDir}/firewall/countries.csv`.
// Each line is `first,last,CC` or `range,CC`; further columns, quotes, blank lines and a line of names are passed over.

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { addressKey, readRange } from './address-set.ts';

export interface Countries {
  /** Two capitals; null where the table has nothing. @param key - of `addressKey` */
  of(key: string): string | null;
  readonly rangeCount: number;
}

export const countriesPath = (dataDir: string): string => path.join(dataDir, 'firewall', 'countries.csv');

/** Another text for another table; what is read may be kept for as long as it is the same. @throws Error: there is none */
export function countriesStamp(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${mtimeMs}/${size}`;
}

/** Read once and kept until the file is another. */
let kept: { readonly file: string; readonly stamp: string; readonly countries: Countries } | null = null;

/** @throws Error with one line: no such file, or one that cannot be read */
export function loadCountries(file: string): Countries {
  const stamp = countriesStamp(file);
  if (kept?.file !== file || kept.stamp !== stamp)
    kept = { file, stamp, countries: readCountries(readFileSync(file, 'latin1')) };
  return kept.countries;
}

interface Range {
  readonly first: string;
  readonly last: string;
  readonly country: string;
}

/** @throws Error that names the first line which is none of a table, or which overlaps another */
export function readCountries(text: string): Countries {
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
  const tables = new Map([4, 16].map((length) => [length, tableOf(ranges, length)]));
  return { of: (key) => tables.get(key.length)!(key), rangeCount: ranges.length };
}

function readLine(line: string): Range | null {
  const [a = '', b = '', c = ''] = line.replaceAll('"', '').split(',', 3);
  const range = readRange(a);
  if (range !== null) return withCountry(range.key, lastOf(range.key, range.bits), b);
  const first = addressKey(a);
  const last = addressKey(b);
  if (first === null || last?.length !== first.length || last < first) return null;
  return withCountry(first, last, c);
}

const withCountry = (first: string, last: string, country: string): Range | null =>
  /^[A-Za-z]{2}$/.test(country) ? { first, last, country: country.toUpperCase() } : null;

function lastOf(key: string, bits: number): string {
  const bytes = Array.from(key, (char, i) => {
    const fixed = Math.min(8, Math.max(0, bits - i * 8));
    return char.charCodeAt(0) | (0xff >> fixed);
  });
  return String.fromCharCode(...bytes);
}

/** Texts compare as their bytes do. */
function tableOf(all: readonly Range[], length: number): (key: string) => string | null {
  const ranges = all
    .filter(({ first }) => first.length === length)
    .sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  for (let i = 1; i < ranges.length; i++)
    if (ranges[i]!.first <= ranges[i - 1]!.last)
      throw new Error('two ranges of the table of countries overlap');
  const firsts = ranges.map(({ first }) => first);
  return (key) => {
    let low = 0;
    let high = firsts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (firsts[middle]! <= key) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low - 1];
    return range !== undefined && key <= range.last ? range.country : null;
  };
}
