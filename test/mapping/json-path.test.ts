// JSONPath outside templates, as parameter mapping uses it.

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  compileJsonPath,
  compileTemplate,
  LenientJsonError,
  parseLenientJson,
  TemplateRenderError,
  toDisplayText,
  toJsonText,
} from '../../src/mapping/index.ts';

const document = parseLenientJson('{"a":{"b":[1,2.50,{"c":null}]},"s":"x/y"}');

const found: readonly (readonly [string, string | undefined])[] = [
  ['$.a.b[0]', '1'],
  ['a.b', '[1,2.5,{"c":null}]'],
  ['$..c', '[null]'],
  ['$.a.b[2].c', 'null'],
  ['$.a.zip', undefined],
  ['$.a.b[?(@.c == null)]', '[{"c":null}]'],
  ['$.a[?(@.b', undefined],
];
for (const [path, expected] of found) {
  test(`json path: ${path} finds ${expected ?? 'nothing'}`, () => {
    const value = compileJsonPath(path).read(document);
    assert.equal(value === undefined ? undefined : toJsonText(value), expected);
  });
}

test('json path: reading again and again outside a template never runs out of steps', () => {
  const path = compileJsonPath('$..[?(@ > 1)]');
  const long = parseLenientJson(`[${Array.from({ length: 20_000 }, (_, i) => i).join(',')}]`);
  for (let i = 0; i < 300; i++) assert.notEqual(path.read(long), undefined);
});

test('json path: a render that ended, or failed, leaves the reads after it all their steps', () => {
  const path = compileJsonPath('$..[?(@ > 1)]');
  const long = parseLenientJson(`[${Array.from({ length: 20_000 }, (_, i) => i).join(',')}]`);
  const scope = {
    input: { body: null, path: {}, querystring: {}, header: {} },
    context: {},
    stageVariables: {},
  };
  const endless = '#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])x#end#end#end';
  assert.equal(compileTemplate('x').render(scope).output, 'x');
  for (let i = 0; i < 300; i++) assert.notEqual(path.read(long), undefined);
  assert.throws(() => compileTemplate(endless).render(scope), TemplateRenderError);
  assert.notEqual(path.read(long), undefined);
});

test('json: a text prints as itself and writes as JSON', () => {
  const value = compileJsonPath('$.s').read(document)!;
  assert.deepEqual([toDisplayText(value), toJsonText(value)], ['x/y', '"x/y"']);
});

test('json: what even the lenient reader cannot take is an error of its own', () => {
  assert.throws(() => parseLenientJson('{"a":'), LenientJsonError);
});
