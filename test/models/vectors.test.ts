// The public JSON Schema draft 4 suite against the model validator.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { compileSchema } from '../../src/models/compile-model.ts';
import { prepareSchema } from '../../src/models/model-refs.ts';

interface Group {
  readonly description: string;
  readonly schema: object;
  readonly tests: readonly {
    readonly description: string;
    readonly data: unknown;
    readonly valid: boolean;
  }[];
}

const vectors = join(import.meta.dirname, '../../../shared/vectors/json-schema-draft4');
const skip = existsSync(vectors) ? false : 'the draft 4 vectors are not beside the repository';

/** Optional behaviour that API Gateway's validator does not have, or that JSON.parse decides before it. */
const left: Readonly<Record<string, string>> = {
  'bignum.json': 'numbers are doubles, as JSON.parse gives them',
  'float-overflow.json': 'numbers are doubles, as JSON.parse gives them',
  'zeroTerminatedFloats.json': 'JSON.parse does not tell 1.0 from 1',
};

function jsonFilesIn(folder: string): string[] {
  if (skip !== false) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(folder, entry.name));
}

function remotes(): Map<string, object> {
  const found = new Map<string, object>();
  const folder = join(vectors, 'remotes');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.json')) {
      found.set(
        `http://localhost:1234/${name}`,
        prepareSchema(JSON.parse(readFileSync(join(folder, name), 'utf8'))) as object,
      );
    }
  }
  return found;
}

for (const folder of ['.', 'optional', 'optional/format']) {
  for (const file of jsonFilesIn(join(vectors, folder))) {
    const name = file.slice(file.lastIndexOf('/') + 1);
    test(`models: draft 4 vectors of ${folder}/${name} hold`, { skip: left[name] ?? skip }, () => {
      const wrong: string[] = [];
      const known = remotes();
      for (const group of JSON.parse(readFileSync(file, 'utf8')) as Group[]) {
        const validate = compileSchema(prepareSchema(group.schema) as object, known);
        for (const one of group.tests) {
          const valid = validate(one.data) === null;
          if (valid !== one.valid) wrong.push(`${group.description}: ${one.description}: ${valid}`);
        }
      }
      assert.deepEqual(wrong, []);
    });
  }
}

test('models: the draft 4 vectors are beside the repository', { skip }, () => {
  assert.ok(jsonFilesIn(vectors).length >= 30);
});
