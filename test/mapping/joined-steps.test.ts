// Texts are written together with what stands behind them; a template that keeps them apart must print the same.

import assert from 'node:assert/strict';
import test from 'node:test';
import { compileTemplate, TemplateRenderError } from '../../src/mapping/index.ts';

const scope = {
  input: {
    body: '{"list":[{"a":1,"b":"x"},{"b":"y","a":2.5},{"a":null},{"a":[1]},{},7]}',
    path: {},
    querystring: {},
    header: {},
  },
  context: { stage: 'test', identity: { user: 'u' } },
  stageVariables: {},
};

// "~" stands where a directive that does nothing keeps two steps apart.
const templates = [
  '#foreach($i in [1..3])$i~#if($foreach.hasNext),#end#end',
  '#foreach($i in [1..3])x~#if($foreach.hasNext),#else;#end#end',
  '#foreach($i in [1..3])x~#if($foreach.hasNext)#else;#end#end',
  '#foreach($i in [1..3])x~#if($foreach.hasNext)$i#end#end',
  '#foreach($i in [1..3])x~#if($!foreach.hasNext),#end#end',
  'x~#if($foreach.hasNext)yes#else no#end',
  '#set($foreach={"hasNext":false})x~#if($foreach.hasNext)yes#else no#end',
  '#macro(m $foreach)x~#if($foreach.hasNext)yes#else no#end#end#m({"hasNext":false})#m($y)#m("#stop")z',
  '#macro(m $i)x~$i.length()~,~$i.zip;#end#m("abc")#m("#stop")z',
  '#foreach($i in $input.path("$.list"))<~$i.a|~$i.b>~$i.size()#end',
  '#define($d)in~$i.a#end#foreach($i in $input.path("$.list"))<~$d>#end',
  '<~$context.stage|~$context.identity.user|~$context.none|~$context>',
  `<~$!none.a|~\\$none.a|~$${'{none.a}'}|~$!{context.stage}>`,
  '<~$input.body.length()|~$util.none>',
];

for (const template of templates) {
  test(`templates: joined steps print as steps apart: ${template}`, () => {
    const joined = compileTemplate(template.replaceAll('~', '')).render(scope).output;
    const apart = compileTemplate(template.replaceAll('~', '#set($none0=1)')).render(scope).output;
    assert.equal(joined, apart);
  });
}

test('templates: what joined steps write counts against the limit of the output', () => {
  const template = compileTemplate('#foreach($i in $input.path("$.list"))0123456789$i.b#end');
  assert.throws(() => template.render(scope, { outputCharsMax: 30 }), TemplateRenderError);
});

test('templates: commas in each other compile in a time that grows with their number alone', () => {
  const deep = 'x#if($foreach.hasNext)a$i ';
  const text = `#foreach($i in [1,2])${deep.repeat(60)}${'#end'.repeat(60)}#end`;
  assert.ok(compileTemplate(text).render(scope).output.startsWith('xa1 xa1 '));
});
