import assert from 'node:assert/strict';
import test from 'node:test';
import { api, mock } from '../support/api.ts';
import { startBackend } from '../support/backend.ts';
import { startTestGateway } from '../support/gateway.ts';

const internalError = '{"message": "Internal server error"}';

const hostile: Readonly<Record<string, string>> = {
  'loops a thousand times a thousand times a thousand':
    '#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])#set($x = $a)#end#end#end',
  'doubles a text without end': '#set($s = "x")#foreach($i in [1..900])#set($s = "$s$s")#end$s',
  'evaluates itself': "#set($t = '#evaluate($t)')#evaluate($t)",
  'searches with a pattern that backtracks':
    '#set($s = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")$s.matches("(a+)+$")#foreach($i in [1..1000])$s.matches("(a*)*b")#end',
};

for (const [title, template] of Object.entries(hostile)) {
  for (const offload of ['auto', 'always', 'never'] as const) {
    test(`hostile template: one that ${title} ends in 500 and other requests are served (offload ${offload})`, async (t) => {
      const definition = api({
        'GET /bad': mock(template),
        'GET /good/{id}': mock('$input.params("id")'),
      });
      const { call } = await startTestGateway(t, [{ definition }], { offload });
      const [bad, good] = await Promise.all([call('/bad'), call('/good/1')]);
      assert.ok(bad.status === 500 || bad.body.length < 11_000_000, `status ${bad.status}`);
      if (bad.status === 500) assert.equal(bad.body, internalError);
      assert.deepEqual([good.status, good.body], [200, '1']);
      assert.equal((await call('/good/2')).body, '2');
    });
  }
}

test('templates: offload auto, always and never give the same answer', async (t) => {
  const template =
    '#set($r = $input.path("$"))[#foreach($i in $r.items)$i.n#if($foreach.hasNext),#end#end] $context.stage $input.params("q")';
  const backend = await startBackend(t, (received, response) => response.end(received.body));
  const definition = api({
    'POST /t': {
      integration: { type: 'HTTP', httpMethod: 'POST', uri: `http://${backend.authority}/` },
      responses: { 200: { responseTemplates: { 'application/json': template } } },
    },
  });
  const body = JSON.stringify({ items: Array.from({ length: 30 }, (_, n) => ({ n })) });
  const answers = new Set<string>();
  for (const offload of ['auto', 'always', 'never'] as const) {
    await t.test(offload, async (inner) => {
      const { call } = await startTestGateway(inner, [{ definition }], { offload });
      const all = await Promise.all(
        Array.from({ length: 20 }, () =>
          call('/t?q=1', { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
        ),
      );
      for (const answer of all) answers.add(answer.body);
    });
  }
  assert.deepEqual([...answers], [`[${Array.from({ length: 30 }, (_, n) => n).join(',')}] test 1`]);
});

test('templates: nothing of JavaScript is reachable from a live request', async (t) => {
  const probe =
    '$context.constructor $input.constructor $util.class.forName("x") $context.__proto__ $stageVariables.toString() $input.params().__proto__ $process $global';
  const { call } = await startTestGateway(t, [{ definition: api({ 'GET /p': mock(probe) }) }]);
  const { status, body } = await call('/p?__proto__=1&constructor=2');
  assert.equal(status, 200);
  assert.doesNotMatch(body, /function|native code|\[object/);
});
