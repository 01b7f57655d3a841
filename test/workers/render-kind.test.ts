// The worker thread's side of rendering, called as the thread calls it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createRenderKind, encodeRender, templatesMax } from '../../src/gateway/workers/kinds/render.ts';
import { compileTemplate } from '../../src/mapping/template.ts';
import { scopeOf } from './toy-template.ts';

const limitMs = 1_000;
const sourceWanted = [2];

test('render kind: a thread keeps the templates that it used last, and asks for the source of any other', () => {
  let compiled = 0;
  const kind = createRenderKind((source) => {
    compiled++;
    return compileTemplate(source);
  });
  const run = (id: number, source: string | null) =>
    kind.run(encodeRender(id, source, scopeOf('{}')), limitMs) as readonly unknown[];
  assert.deepEqual(run(0, null), sourceWanted);
  for (let id = 0; id < templatesMax; id++) assert.equal(run(id, `template ${id}`)[2], `template ${id}`);
  assert.equal(run(0, null)[2], 'template 0');
  assert.equal(compiled, templatesMax);
  assert.equal(run(templatesMax, 'one more')[2], 'one more');
  assert.deepEqual(run(1, null), sourceWanted);
  for (const id of [0, 2, templatesMax - 1]) assert.equal(run(id, null)[2], `template ${id}`);
});
