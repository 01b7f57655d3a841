// Golden cases of our own: test/golden/vtl/<area>.json, with what Apache Velocity 1.7 and JsonPath 2.9 answered.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { compileTemplate, TemplateParseError, TemplateRenderError } from '../../src/mapping/index.ts';

interface Golden {
  readonly name: string;
  readonly template: string;
  readonly body?: string;
  readonly expect: unknown;
}

const folder = new URL('./vtl/', import.meta.url);
const context = { stage: 'test', identity: { sourceIp: '192.0.2.1', user: 'u' } };

function answer({ template, body }: Golden): unknown {
  const input = { body: body ?? null, path: { id: '7' }, querystring: {}, header: {} };
  try {
    return { ...compileTemplate(template).render({ input, context, stageVariables: {} }) };
  } catch (error) {
    if (error instanceof TemplateParseError) return { error: 'parse' };
    if (error instanceof TemplateRenderError) return { error: 'render' };
    throw error;
  }
}

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  for (const golden of JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Golden[]) {
    test(`templates: golden case ${file.replace('.json', '')}, ${golden.name}`, () => {
      assert.deepEqual(JSON.parse(JSON.stringify(answer(golden))), golden.expect);
    });
  }
}
