// A template may be anything: it ends, it ends soon, and it reaches nothing but its data.

import assert from 'node:assert/strict';
import test from 'node:test';
import { compileTemplate, TemplateParseError, TemplateRenderError } from '../../src/mapping/index.ts';
import fc from '../support/properties.ts';

const scope = {
  input: {
    body: '{"a":[1,"x",{"b":null}],"s":"t"}',
    path: { id: '7' },
    querystring: {},
    header: { Accept: '*/*' },
  },
  context: { stage: 'test', identity: { sourceIp: '192.0.2.1' } },
  stageVariables: { table: 'orders' },
};

const endless: readonly (readonly [string, string])[] = [
  [
    'loops of a thousand in each other',
    '#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])x#end#end#end',
  ],
  ['a text that doubles', '#set($s="ab")#foreach($i in [1..1000])#set($s="$s$s")#end$s'],
  ['a list that holds itself twice', '#set($l=["x"])#foreach($i in [1..1000])#set($l=[$l,$l])#end$l'],
  ['an #evaluate of itself', "#set($t='#evaluate($t)')#evaluate($t)"],
  ['a macro of itself', '#macro(m)#m()#end#m()'],
  [
    'a regular expression that backtracks',
    '#set($s="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")$s.matches("(a+)+b")',
  ],
  [
    'a number that squares itself',
    '#set($n=12345678901234567890)#foreach($i in [1..1000])#set($n=$n*$n)#end$n',
  ],
  ['a repeated text', '#set($s="ab")$s.repeat(2147483647)'],
  [
    'a list that holds a list, a hundred thousand deep,',
    '#set($l=[])#foreach($i in [1..100])#foreach($j in [1..1000])#set($l=[$l])#end#end$l',
  ],
  [
    'a long text that is read as JSON again and again',
    '#set($s="[1,2,3,4,5,6,7,8,9]")#foreach($i in [1..12])#set($s="[$s,$s]")#end#foreach($i in [1..1000])#set($x=$util.parseJson($s))#end',
  ],
  ['an endless range', '#foreach($i in [1..2147483647])#end'],
];

for (const [name, template] of endless) {
  test(`templates: ${name} end in a render error`, () => {
    assert.throws(() => compileTemplate(template).render(scope), TemplateRenderError);
  });
}

const sum = (terms: number): string => `1${' + 1'.repeat(terms - 1)}`;
const nestedSums = (levels: number): string =>
  Array.from({ length: levels }).reduce<string>((inner) => `(${inner}${' + 1'.repeat(900)})`, '1');

test('templates: a sum may have a thousand terms, one that is endless is refused where it is too long', () => {
  assert.equal(compileTemplate(`#set($x=${sum(1_000)})$x`).render(scope).output, '1000');
  assert.throws(
    () => compileTemplate(`\n#set($x=${sum(50_000)})$x`),
    (error) => error instanceof TemplateParseError && error.line === 2 && error.column > 4_000,
  );
});

test('templates: what nests and what stands in a row may together be too much, which is an error like any other', () => {
  assert.throws(() => compileTemplate(`#set($x=${nestedSums(80)})$x`), TemplateParseError);
  const filters = `$${'[?(@.a'.repeat(5_000)}${')]'.repeat(5_000)}`;
  assert.equal(compileTemplate(`[$input.path('${filters}')]`).render(scope).output, '[]');
});

test('templates: a long text within many blocks compiles to as much as it says', () => {
  const levels = 150;
  const text = `${'#if(true)'.repeat(levels)}${'$input.params("id") '.repeat(9_000)}${'#end'.repeat(levels)}`;
  assert.equal(compileTemplate(text).render(scope).output, '7 '.repeat(9_000));
});

test('templates: an #evaluate counts what it takes to compile its text', () => {
  const template = compileTemplate(`#set($t='${'x'.repeat(10_000)}')#evaluate($t)`);
  assert.equal(template.render(scope, { stepsMax: 300_000 }).output.length, 10_000);
  assert.throws(() => template.render(scope, { stepsMax: 150_000 }), TemplateRenderError);
});

test('templates: an output over the limit is a render error', () => {
  const template = compileTemplate('#foreach($i in [1..100])0123456789#end');
  assert.throws(() => template.render(scope, { outputCharsMax: 500 }), TemplateRenderError);
});

test('templates: a body of more characters than any text may have is no JSON, and the next one is read as ever', () => {
  const template = compileTemplate("$input.path('$').length()");
  const lengthOf = (body: string) => template.render({ ...scope, input: { ...scope.input, body } }).output;
  assert.equal(lengthOf(`"${'x'.repeat(10 * 1024 * 1024 - 2)}"`), '10485758');
  assert.equal(lengthOf(`"${'x'.repeat(10 * 1024 * 1024 - 1)}"`), '');
  assert.equal(lengthOf('"x"'), '1');
});

test('templates: one that does not know $context leaves the overrides of an earlier one as they are', () => {
  const requestOverride = { header: { a: 'b' }, path: {} };
  const context = { ...scope.context, requestOverride };
  const { requestOverride: left } = compileTemplate('$input.body').render({ ...scope, context });
  assert.deepEqual(JSON.parse(JSON.stringify(left)), { header: { a: 'b' } });
});

test('templates: a passed deadline is a render error', () => {
  const template = compileTemplate('#foreach($a in [1..1000])#foreach($b in [1..1000])x#end#end');
  assert.throws(() => template.render(scope, { deadline: { atMs: 1, nowMs: () => 2 } }), TemplateRenderError);
});

test('templates: no name reaches a prototype or the process', () => {
  const names = [
    'constructor',
    '__proto__',
    'prototype',
    'hasOwnProperty',
    'valueOf',
    'process',
    'globalThis',
    'require',
  ];
  for (const name of names) {
    for (const root of [
      '$input',
      '$util',
      '$context',
      '$context.identity',
      '$input.params()',
      '$s',
      '$l',
      '$m',
      '$foreach',
      '',
    ]) {
      const text = `#set($s="x")#set($l=[1])#set($m={"k":1})[${root === '' ? `$${name}` : `${root}["${name}"]`}]`;
      const output = compileTemplate(text).render(scope).output;
      assert.equal(output, '[]', text);
    }
  }
});

test('templates: a body that names __proto__ changes no prototype', () => {
  const { output } = compileTemplate(
    '#set($r=$input.path("$"))#set($r.constructor="c")$input.json("$")',
  ).render({
    ...scope,
    input: { ...scope.input, body: '{"__proto__":{"polluted":1}}' },
  });
  assert.equal(output, '{"__proto__":{"polluted":1},"constructor":"c"}');
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

const FRAGMENTS = [
  '$',
  '#',
  '\\',
  '"',
  "'",
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '.',
  ',',
  ' ',
  '\n',
  '$x',
  `${'{x}'}`,
  '$!x',
  '#if($x)',
  '#if(',
  '#else',
  '#end',
  '#set($x=',
  '#set($x=1)',
  '#foreach($i in $l)',
  '#foreach($i in [1..3])',
  '##',
  '#*',
  '*#',
  '#[[',
  ']]#',
  '$input.json("$..*")',
  '$input.path("$.a[?(@.b)]")',
  '.constructor',
  '.__proto__',
  '.toString()',
  '.class.name',
  '$util.parseJson($input.body)',
  '#evaluate("$x")',
  '#define($d)',
  '$d',
  '#macro(m $p)',
  '#m(1)',
  '#break',
  '#stop',
  '+',
  '-',
  '==',
  '&&',
  '1',
  '2.5',
  'true',
  '..',
  '$x.replaceAll("(a|b)*","$1")',
  '$context.requestOverride.header.put("a",$x)',
  '$foreach.parent.index',
];

test('templates: any text compiles and renders or fails as a template does', () => {
  const texts = fc.oneof(
    fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 14 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 60 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const { output } = compileTemplate(text).render(scope, { stepsMax: 200_000 });
        assert.equal(typeof output, 'string');
      } catch (error) {
        if (!(error instanceof TemplateParseError) && !(error instanceof TemplateRenderError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});
