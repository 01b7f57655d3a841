// The tables of docs/ are those of the source: default, bounds, meaning and reason of each setting.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { functionFields } from '../../src/config/functions.ts';
import { introspectionFields } from '../../src/config/introspection.ts';
import { healthCheckFields, outlierFields, poolFields } from '../../src/config/pools.ts';
import { processSettings } from '../../src/config/process-settings.ts';
import { credentialsFileFields, keyFields, variableFields } from '../../src/config/roles.ts';
import type { Fields } from '../../src/config/section-reader.ts';
import { serviceFields } from '../../src/config/services.ts';

/** A line of a table: setting, default, meaning with bounds, reason. */
function rowsOf(fields: Fields): string[] {
  return Object.entries(fields).map(([name, { default: value, means, expected, reason }]) => {
    const initial = value === null ? 'none' : value === '' ? '' : `\`${value}\``;
    const bounds = /^(a whole number from|one of) (.*)$/s.exec(expected)?.[2];
    const shown = bounds === undefined ? '' : ` ${bounds[0]!.toUpperCase()}${bounds.slice(1)}.`;
    return `| \`${name}\` | ${initial} | ${means}${shown} | ${reason} |`;
  });
}

/** The settings of a group, by the names that they have in the file. */
const settingsIn = (group: 'functionHost'): Fields =>
  Object.fromEntries(
    Object.entries(processSettings[group]).map(([name, setting]) => [`${group}.${name}`, setting]),
  );

const documents: readonly (readonly [file: string, tables: readonly Fields[]])[] = [
  [
    'docs/backends.md',
    [
      poolFields,
      healthCheckFields,
      outlierFields,
      serviceFields,
      keyFields,
      variableFields,
      credentialsFileFields,
    ],
  ],
  ['docs/functions.md', [functionFields, settingsIn('functionHost')]],
  ['docs/tokens.md', [introspectionFields]],
];

for (const [file, tables] of documents)
  test(`${file}: every setting is there with its default, bounds and reason`, () => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const missing = tables.flatMap(rowsOf).filter((row) => !text.includes(`${row}\n`));
    assert.equal(missing.join('\n'), '');
  });
