import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { dataFolder, run } from '../supervisor/sluice.ts';

test('render: one JSON line for each case, with overrides or with the kind of error', async (t) => {
  const folder = dataFolder(t);
  const cases = [
    {
      name: 'body',
      template: '{"a":$input.json(\'$.a\'),"q":"$input.params(\'q\')","s":"$stageVariables.v"}',
      input: { body: '{"a":[1,2]}', querystring: { q: 'x' } },
      stageVariables: { v: 'y' },
    },
    { name: 'override', template: '#set($context.responseOverride.status = 404)gone' },
    { template: '#if(true)' },
    { name: 'file', template: '#parse("x")' },
  ];
  writeFileSync(path.join(folder, 'cases.json'), JSON.stringify(cases));
  const { exit, text } = await run(t, folder, ['render', 'cases.json']);
  assert.equal(exit, 0);
  const lines = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines, [
    { name: 'body', output: '{"a":[1,2],"q":"x","s":"y"}' },
    { name: 'override', output: 'gone', responseOverride: { status: 404 } },
    { name: '3', error: 'parse' },
    { name: 'file', error: 'refused' },
  ]);
  assert.match(text, /^3: .* at line 1, column \d+$/m);
});

const refused = [
  ['not JSON', '{', /^error: cases\.json is not JSON: /],
  ['no list', '{}', /^error: cases\.json is not a list of cases: /],
  ['a case that is no object', '[1]', /^error: cases\.json: case 1 is 1; expected an object\n$/],
  ['a case without a template', '[{}]', /^error: cases\.json: case 1 has no template: expected a text\n$/],
  [
    'a body that is no text',
    '[{"template":"","input":{"body":{}}}]',
    /^error: .*input\.body is \{\}; expected a text or null\n$/,
  ],
  [
    'a header that is no text',
    '[{"template":"","input":{"header":{"a":1}}}]',
    /^error: .*input\.header\.a is not a text\n$/,
  ],
] as const;

for (const [what, file, message] of refused) {
  test(`render: ${what} is told in one line`, async (t) => {
    const folder = dataFolder(t);
    writeFileSync(path.join(folder, 'cases.json'), file);
    const { exit, text } = await run(t, folder, ['render', 'cases.json']);
    assert.equal(exit, 1);
    assert.match(text, message);
  });
}
