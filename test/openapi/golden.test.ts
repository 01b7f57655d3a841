// Whole documents: options, input, then the problems and the definition that importing them gives.
// UPDATE_GOLDEN=1 writes what comes out; look at the difference before keeping it.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { type ImportOptions, importDefinition, problemsText } from '../../src/control/openapi/index.ts';
import { counter } from './support.ts';

const folder = join(import.meta.dirname, '../golden/openapi');
const separator = '=====\n';

for (const name of readdirSync(folder)) {
  test(`openapi: ${name} is imported as recorded`, () => {
    const file = join(folder, name);
    const [options, input, problems = '', definition = ''] = readFileSync(file, 'utf8').split(separator);
    const imported = importDefinition(input!, {
      createdDate: '2024-01-02T03:04:05.000Z',
      newId: counter(),
      ...(JSON.parse(options!) as ImportOptions),
    });
    const output = [
      problemsText(imported.problems, 'input'),
      `${JSON.stringify(imported.definition, null, 2)}\n`,
    ];
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, [options, input, ...output].join(separator));
    else assert.deepEqual([problems, definition], output);
  });
}
