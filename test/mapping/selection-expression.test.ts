// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the expressions of AWS look like templates of ours

import assert from 'node:assert/strict';
import test from 'node:test';
import {
  compileSelection,
  noJson,
  type SelectionSource,
} from '../../src/mapping/selection/selection-expression.ts';
import fc from '../support/properties.ts';

const never = (): never => assert.fail('asked for what the expression does not name');
const nothing: SelectionSource = {
  body: never,
  header: never,
  query: never,
  context: never,
  stageVariable: never,
  integrationStatus: never,
  integrationHeader: never,
  integrationBody: never,
};
const keyOf = (expression: string, source: Partial<SelectionSource>): string | null =>
  compileSelection(expression).evaluate({ ...nothing, ...source });
const inMessage = (expression: string, body: unknown): string | null =>
  keyOf(expression, { body: () => body });

const cases: readonly [title: string, expression: string, body: unknown, key: string | null][] = [
  ['a member', '$request.body.action', { action: 'join' }, 'join'],
  ['a member of a member', '$request.body.a.b', { a: { b: 'x' } }, 'x'],
  ['the form with braces', '${request.body.action}', { action: 'join' }, 'join'],
  ['two variables and text', '${request.body.s}.${request.body.v}/x', { s: 'chat', v: 2 }, 'chat.2/x'],
  ['a number by its JSON text', '$request.body.n', { n: 1.5 }, '1.5'],
  ['a boolean by its JSON text', '$request.body.b', { b: false }, 'false'],
  ['a missing member as nothing', '$request.body.action', {}, ''],
  ['null as nothing', '$request.body.action', { action: null }, ''],
  ['a list in brackets', '$request.body.l', { l: ['item1', 'item2'] }, '[item1, item2]'],
  ['an element', '$request.body.l[1]', { l: ['a', 'b'] }, 'b'],
  ['an element beyond the end as nothing', '$request.body.l[9]', { l: ['a'] }, ''],
  ['the length of a list as nothing', '$request.body.l.length', { l: ['a'] }, ''],
  ['what every object inherits as nothing', '$request.body.constructor', {}, ''],
  ['a member of a text as nothing', '$request.body.a.length', { a: 'abc' }, ''],
  [
    'a value that is a variable again as text',
    '$request.body.a',
    { a: '$request.body.b', b: 'x' },
    '$request.body.b',
  ],
  ['an escaped dollar as text', '\\$default', {}, '$default'],
  ['a text alone', 'fixed', {}, 'fixed'],
  ['an unknown variable as text', '$nothing.at.all', {}, '$nothing.at.all'],
  ['no JSON as no key', '$request.body.action', noJson, null],
  ['no JSON as no key, in a composition', 'x-${request.body.action}', noJson, null],
];

for (const [title, expression, body, key] of cases) {
  test(`selection: "${expression}" reads ${title}`, () => {
    const compiled = compileSelection(expression);
    const reads = expression.includes('request.body') && !expression.startsWith('\\');
    assert.equal(compiled.readsBody, reads);
    assert.equal(reads ? inMessage(expression, body) : keyOf(expression, {}), key);
  });
}

test('selection: header names fold case, query names do not', () => {
  assert.equal(
    keyOf('$request.header.X-Api-Key', { header: (name) => (name === 'x-api-key' ? 'k' : null) }),
    'k',
  );
  assert.equal(keyOf('$request.querystring.Id', { query: (name) => (name === 'Id' ? '7' : null) }), '7');
});

test('selection: context, stage variables and the integration answer have variables too', () => {
  const source = {
    context: (name: string) => `c:${name}`,
    stageVariable: (name: string) => `s:${name}`,
    integrationStatus: () => '201',
    integrationHeader: (name: string) => `h:${name}`,
    integrationBody: () => ({ errorMessage: 'Not Found' }),
  };
  assert.equal(keyOf('$context.authorizer.usageIdentifierKey', source), 'c:authorizer.usageIdentifierKey');
  assert.equal(keyOf('${stageVariables.x}', source), 's:x');
  assert.equal(keyOf('${integration.response.statuscode}', source), '201');
  assert.equal(keyOf('$integration.response.header.X-Kind', source), 'h:x-kind');
  assert.equal(keyOf('$integration.response.body.errorMessage', source), 'Not Found');
});

test('selection: a single path of the message is told, so that it may be walked without asking', () => {
  assert.deepEqual(compileSelection('$request.body.a.b[2]').bodyPath, ['a', 'b', 2]);
  assert.equal(compileSelection('${request.body.a}x').bodyPath, null);
  assert.equal(compileSelection('$context.x').bodyPath, null);
});

test('selection: any text compiles, and any JSON gives a key', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (expression, body) => {
      const source = { body: () => body, header: () => null, query: () => null, context: () => null };
      const more = {
        stageVariable: () => null,
        integrationStatus: () => null,
        integrationHeader: () => null,
      };
      const key = keyOf(expression, { ...source, ...more, integrationBody: () => body });
      assert.equal(typeof key, 'string');
    }),
  );
});
