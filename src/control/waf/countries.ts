// The table of countries of GeoMatch statements, taken over from an operator's file.

import { readFileSync } from 'node:fs';
import { countriesPath, openCountries, parseCountries } from '../../firewall/index.ts';
import { writeDurably } from '../deployment/write-durably.ts';

/**
 * Checks a table and puts it where data planes look for it.
 * @returns how many ranges it has
 * @throws Error in one line: it cannot be read or written, or is no table
 */
export function installCountries(dataDir: string, file: string): number {
  const table = parseCountries(readFileSync(file, 'latin1'));
  const { rangeCount } = openCountries(table);
  if (rangeCount === 0) throw new Error('it holds no range of addresses');
  writeDurably(countriesPath(dataDir), table);
  return rangeCount;
}
