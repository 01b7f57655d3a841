// The outside judge: cases whose answers the real engines gave.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import {
  compileTemplate,
  TemplateParseError,
  TemplateRefusedError,
  TemplateRenderError,
  type TemplateScope,
} from '../../src/mapping/index.ts';

interface Case {
  readonly name: string;
  readonly template: string;
  readonly input: TemplateScope['input'];
  readonly context: Record<string, unknown>;
  readonly stageVariables: Record<string, string>;
  readonly expect: { readonly error?: string; readonly output?: string };
}

const folder = new URL('../../../shared/vectors/vtl/', import.meta.url);
const skip = existsSync(folder) ? false : 'the shared vectors are not here';

function answer(c: Case): unknown {
  try {
    const { input, context, stageVariables } = c;
    return { ...compileTemplate(c.template).render({ input, context, stageVariables }) };
  } catch (error) {
    if (error instanceof TemplateParseError) return { error: 'parse' };
    if (error instanceof TemplateRefusedError) return { error: 'refused' };
    if (error instanceof TemplateRenderError) return { error: 'render' };
    throw error;
  }
}

for (const file of skip ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const cases = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case[];
  test(`templates: the ${cases.length} cases of ${file} give what Velocity and JsonPath gave`, () => {
    const wrong: unknown[] = [];
    for (const c of cases) {
      const expected = c.expect.error === undefined ? c.expect : { error: c.expect.error };
      const actual = JSON.parse(JSON.stringify(answer(c)));
      try {
        assert.deepEqual(actual, expected);
      } catch {
        wrong.push({ name: c.name, template: c.template.slice(0, 600), expected, actual });
      }
    }
    assert.deepEqual(wrong, []);
  });
}

test('templates: the shared vectors are there', { skip }, () => {
  assert.ok(readdirSync(folder).some((name) => name.endsWith('.json')));
});
