// Bodies that are passed on without being read must come out as if they had been.

import assert from 'node:assert/strict';
import test from 'node:test';
import { LenientJsonError, parseLenientJson, toJsonText } from '../../src/mapping/index.ts';
import { isCanonicalJson } from '../../src/mapping/json/canonical.ts';
import fc from '../support/properties.ts';

const canonical = [
  '{}',
  '[]',
  '{"a":1,"b":[true,false,null,-7,12345678901234567890]}',
  '[0,0.5,-0.0,1.25,9999999.9,0.001]',
  '{"":"","é":"ü漢😀","a b":"x/y\'z"}',
  '["\\"\\\\\\n\\t\\r\\b\\f"]',
  '{"a":{"a":{"a":[[]]}}}',
];
const others = [
  '',
  '1',
  '"a"',
  '{"a": 1}',
  '{"a":1} ',
  '{"a":1,"a":2}',
  '{"a":1,}',
  '[1,,2]',
  '[01]',
  '[-0]',
  '[-]',
  '[1.50]',
  '[1e3]',
  '[.5]',
  '[10000000.5]',
  '[0.0001]',
  '["\\/"]',
  '["\\u0041"]',
  '["\u0001"]',
  '["\u007f"]',
  '["\u2028"]',
  '{a:1}',
  "{'a':1}",
  '[truex]',
  '["a',
  '["a\\',
  '{"a"',
  '{"a":',
  '[',
  '{"a\\nb":1}',
  `${'['.repeat(200)}${']'.repeat(200)}`,
];

for (const text of canonical) {
  test(`canonical json: ${text} is written as it stands`, () => {
    assert.equal(isCanonicalJson(text), true);
    assert.equal(toJsonText(parseLenientJson(text)), text);
  });
}

for (const text of others) {
  test(`canonical json: ${JSON.stringify(text.slice(0, 40))} goes the long way`, () => {
    assert.equal(isCanonicalJson(text), false);
  });
}

test('canonical json: whatever is taken for it reads and writes as itself', () => {
  const fragments = '{ } [ ] , : "a" "b" "\\n" "\u2028" 1 -0 1.5 0.50 1e2 true null nul é \\ "'.split(' ');
  const texts = fc.oneof(
    fc.json({ maxDepth: 4 }),
    fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)),
    fc.array(fc.constantFrom(...fragments, ' '), { maxLength: 12 }).map((parts) => `[${parts.join('')}]`),
  );
  let taken = 0;
  fc.assert(
    fc.property(texts, (text) => {
      if (!isCanonicalJson(text)) return;
      taken++;
      assert.equal(toJsonText(parseLenientJson(text)), text);
    }),
    { numRuns: 5000 },
  );
  assert.ok(taken > 500);
});

test('canonical json: a key that needs escapes does not slip through because it was read before', () => {
  for (const text of ['{"\u2028":1}', '{"\u001f":1}', '{"\u001a":1}', '{"\u007f":1}']) {
    parseLenientJson(text);
    parseLenientJson(text);
    assert.equal(isCanonicalJson(text), false);
  }
});

test('json: a long text is read as a short one', () => {
  const text = JSON.stringify(Array.from({ length: 9000 }, (_, i) => ({ name: `item ${i}` })));
  assert.ok(text.length > 131_072);
  assert.equal(toJsonText(parseLenientJson(text)), text);
  assert.equal(isCanonicalJson(text), true);
});

test('json: a key of any letters is known again', () => {
  for (const key of ['é', '漢字', '😀', 'a b', '', '__proto__', '0', 'constructor']) {
    const text = `[{"${key}":"x","z":1},{"${key}":2,"z":3}]`;
    for (let i = 0; i < 3; i++) assert.equal(toJsonText(parseLenientJson(text)), text);
    assert.equal(isCanonicalJson(text), true);
  }
});

test('json: what an earlier text has left behind is not read', () => {
  parseLenientJson('["","",{"a":1}]');
  for (const text of ['["', '["a\\', '["\\u', '{"a', '[1', '[tr', '['])
    assert.throws(() => parseLenientJson(text), LenientJsonError, text);
});

test('json: maps that share a shape are changed one by one', () => {
  const text = '[{"a":1,"b":2},{"a":3,"b":4},{"b":5,"a":6,"b":7},{"a":8}]';
  assert.equal(toJsonText(parseLenientJson(text)), '[{"a":1,"b":2},{"a":3,"b":4},{"b":7,"a":6},{"a":8}]');
});

test('json: bodies with ever new keys are read, and shapes do not grow without end', () => {
  for (let i = 0; i < 5000; i++) {
    const text = `{"key${i}":{"x":${i}},"z":${i}}`;
    assert.equal(toJsonText(parseLenientJson(text)), text);
  }
  const wide = `{${Array.from({ length: 300 }, (_, i) => `"k${i}":${i}`).join(',')},"k7":"again"}`;
  assert.equal(
    toJsonText(parseLenientJson(wide)),
    wide.replace('"k7":7', '"k7":"again"').replace(',"k7":"again"}', '}'),
  );
});

test('json: what is no JSON stays an error after a guess at its keys', () => {
  parseLenientJson('{"name":1}');
  for (const text of ['{"name":', '{"name"', '{"name":}', '{"name":1', '{"nam'])
    assert.throws(() => parseLenientJson(text), LenientJsonError, text);
});
