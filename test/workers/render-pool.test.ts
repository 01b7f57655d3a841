import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { PreparedTemplate } from '../../src/exchange/tools.ts';
import { createRenderPool, type RenderPool } from '../../src/gateway/workers/render-pool.ts';
import { TemplateParseError } from '../../src/mapping/index.ts';
import { compileTemplate } from '../../src/mapping/template.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import fc from '../support/properties.ts';
import { testWorkers, type WorkersChanges } from './test-workers.ts';
import { compileToy, scopeOf } from './toy-template.ts';

const workerFile = fileURLToPath(new URL('./toy-worker.ts', import.meta.url));

function poolOf(t: TestContext, { queueJobsMax = 1_000, ...changes }: WorkersChanges = {}): RenderPool {
  const workers = testWorkers({ workerFile, ...changes });
  const pool = createRenderPool({ workers, queueJobsMax });
  t.after(async () => {
    await pool.close();
    await workers.close();
  });
  return pool;
}

const prepare = (pool: RenderPool, source: string): PreparedTemplate => pool.prepare(compileToy(source));

test('render pool: a pooled render gives the same result as an inline one', async (t) => {
  const inline = poolOf(t, { offload: 'never' });
  const pooled = poolOf(t);
  const hostile = scopeOf('{"a":1}');
  Object.defineProperty(hostile.input.querystring, '__proto__', { value: 'x', enumerable: true });
  for (const source of ['echo x', 'scope', 'override', 'fail because']) {
    for (const scope of [scopeOf(null), scopeOf(''), scopeOf('{"name":"Käse 🧀"}'), hostile]) {
      const expected = prepare(inline, source).render(scope);
      assert.ok(!(expected instanceof Promise));
      const rendered = await prepare(pooled, source).render(scope);
      // Through JSON: the pooled overrides have no prototype.
      assert.equal(JSON.stringify(rendered), JSON.stringify(expected), source);
    }
  }
  assert.equal(pooled.stats().renderedInPool, 16);
  assert.equal(inline.stats().workers, null);
});

test('render pool: templates of one text are one', async (t) => {
  const pool = poolOf(t);
  const first = pool.templateOf('{"a": $input.json("$")}');
  assert.equal(pool.templateOf('{"a": $input.json("$")}'), first);
  assert.notEqual(pool.templateOf('{"b": $input.json("$")}'), first);
  // One that was compiled elsewhere is its owner's alone.
  assert.notEqual(pool.prepare(first.template), first);
  assert.equal(pool.templateOf('{"a": $input.json("$")}'), first);
  assert.throws(() => pool.templateOf('#if('), TemplateParseError);
});

test('render pool: "auto" renders a cheap template at once, without a promise and without a thread', async (t) => {
  const pool = poolOf(t, { offload: 'auto' });
  const echo = prepare(pool, 'echo x');
  for (let i = 0; i < 100; i++) assert.deepEqual(echo.render(scopeOf('1')), { output: 'x1' });
  assert.equal(pool.stats().workers, null);
});

test('render pool: "auto" sends a template to the threads once it has learnt that it is worth a crossing', async (t) => {
  const pool = poolOf(t, { offload: 'auto' });
  const slow = prepare(pool, 'spin 2');
  while (pool.stats().renderedInPool === 0) {
    const rendered = await Promise.all([slow.render(scopeOf('1')), slow.render(scopeOf('2'))]);
    assert.deepEqual(rendered, [{ output: 'spun 1' }, { output: 'spun 2' }]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(pool.stats().renderedAtOnce >= 1);
});

test('render pool: "auto" renders at the end of the turn what is not worth a crossing', async (t) => {
  const pool = poolOf(t, { offload: 'auto' });
  const medium = prepare(pool, 'spin 0.02');
  while (pool.stats().renderedAtTurnEnd === 0)
    assert.deepEqual(await medium.render(scopeOf('1')), { output: 'spun 1' });
  assert.equal(pool.stats().renderedInPool, 0);
});

test('render pool: "auto" sends nothing to a thread that would share the only core', async (t) => {
  const pool = poolOf(t, { offload: 'auto', coresAvailable: 1 });
  const slow = prepare(pool, 'spin 1');
  for (let i = 0; i < 30; i++) assert.deepEqual(slow.render(scopeOf('1')), { output: 'spun 1' });
  assert.equal(pool.stats().workers, null);
});

test('render pool: the renders of one turn cross in one batch', async (t) => {
  const pool = poolOf(t);
  const echo = prepare(pool, 'echo x');
  await echo.render(scopeOf('first: now the thread is up and knows the template'));
  const before = pool.stats().workers!.batches;
  await Promise.all(Array.from({ length: 12 }, (_, i) => echo.render(scopeOf(String(i)))));
  assert.equal(pool.stats().workers!.batches, before + 1);
});

test('render pool: every render is answered exactly once, with its own result, whatever the delays', async (t) => {
  const pool = poolOf(t, { threads: 2 });
  const templates = ['echo a', 'echo b', 'spin 0.3', 'fail no'].map((source) => prepare(pool, source));
  const expected = (i: number, body: string): unknown =>
    [
      { output: `a${body}` },
      { output: `b${body}` },
      { output: `spun ${body}` },
      { failed: 'error', detail: 'no' },
    ][i];
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.nat(3), { maxLength: 40 }), { maxLength: 6 }), async (turns) => {
      const answers = new Map<string, unknown[]>();
      const all: Promise<unknown>[] = [];
      for (const [turn, jobs] of turns.entries()) {
        for (const [n, i] of jobs.entries()) {
          const body = `${turn}.${n}.${i}`;
          answers.set(body, []);
          const rendered = Promise.resolve(templates[i]!.render(scopeOf(body)));
          all.push(rendered.then((result) => answers.get(body)!.push(result)));
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(all);
      for (const [body, results] of answers)
        assert.deepEqual(results, [expected(Number(body.split('.')[2]), body)]);
      assert.equal(pool.stats().open, 0);
    }),
    { numRuns: 30 },
  );
});

test('render pool: one render more than may wait is answered "overloaded" at once, the others are answered', async (t) => {
  const pool = poolOf(t, { queueJobsMax: 3 });
  const echo = prepare(pool, 'echo x');
  const waiting = [1, 2, 3].map((n) => echo.render(scopeOf(String(n))));
  const refused = echo.render(scopeOf('4'));
  assert.deepEqual(refused, { failed: 'overloaded', detail: 'too many renders are waiting' });
  assert.deepEqual(await Promise.all(waiting), [{ output: 'x1' }, { output: 'x2' }, { output: 'x3' }]);
  assert.deepEqual(await echo.render(scopeOf('5')), { output: 'x5' });
  assert.equal(pool.stats().overloaded, 1);
});

test('render pool: a template that hangs is ended as "timeout"; those in its batch and behind it are answered', async (t) => {
  const pool = poolOf(t, { jobTimeoutMs: 40 });
  const echo = prepare(pool, 'echo x');
  const hang = prepare(pool, 'hang');
  const sources = [echo, echo, hang, echo, hang, echo];
  const rendered = await Promise.all(sources.map((template, i) => template.render(scopeOf(String(i)))));
  assert.deepEqual(
    rendered.map((result) => ('failed' in result ? result.failed : result.output)),
    ['x0', 'x1', 'timeout', 'x3', 'timeout', 'x5'],
  );
  assert.equal(pool.stats().timedOut, 2);
  assert.equal(pool.stats().workers!.threadsEnded, 2);
  assert.deepEqual(await echo.render(scopeOf('after')), { output: 'xafter' });
});

test('render pool: a template that ends its thread fails alone; the thread is replaced', async (t) => {
  const pool = poolOf(t, { jobTimeoutMs: 20_000 });
  const echo = prepare(pool, 'echo x');
  const harmful = prepare(pool, 'exit');
  const rendered = await Promise.all([
    echo.render(scopeOf('1')),
    harmful.render(scopeOf(null)),
    echo.render(scopeOf('2')),
  ]);
  assert.deepEqual([rendered[0], rendered[2]], [{ output: 'x1' }, { output: 'x2' }]);
  assert.equal('failed' in rendered[1] && rendered[1].failed, 'error');
  assert.equal(pool.stats().workers!.threadsCrashed, 2, 'once in the batch, once alone');
  assert.deepEqual(await echo.render(scopeOf('after')), { output: 'xafter' });
});

test('render pool: a template that takes too long and ends itself is a "timeout", and keeps its thread', async (t) => {
  const pool = poolOf(t, { jobTimeoutMs: 30 });
  const rendered = await prepare(pool, 'limits').render(scopeOf(null));
  assert.deepEqual(rendered, { failed: 'timeout', detail: 'The template takes too long' });
  assert.equal(pool.stats().workers!.threadsEnded, 0);
});

test('render pool: a real runaway template ends itself in the event loop too', async (t) => {
  const pool = poolOf(t, { offload: 'never' });
  const loops = '#foreach($a in [1..1000])#foreach($b in [1..1000])#foreach($c in [1..1000])$c#end#end#end';
  const rendered = await pool.prepare(compileTemplate(loops)).render(scopeOf(null));
  assert.equal('failed' in rendered && rendered.failed, 'error');
});

test('render pool: real templates give the same pooled as inline', async (t) => {
  const sources = [
    'constant',
    `{"id":"$input.params('id')","q":"$input.params('q')","all":"$input.params()","stage":"$context.stage"}`,
    `#foreach($i in $input.path('$.items'))$i.name#if($foreach.hasNext),#end#end`,
    `#set($context.responseOverride.status = 418)#set($context.requestOverride.header.x = 'y')$input.json('$')`,
    '$util.escapeJavaScript($input.body) $stageVariables.url $context.identity.sourceIp',
    '#foreach($i in $nothing)#end#include("x")',
  ];
  const scopes = [null, '', '{"items":[{"name":"Käse"},{"name":"Brot"}]}', 'not json'].map(scopeOf);
  const pooled = poolOf(t, { workerFile: undefined });
  const inline = poolOf(t, { offload: 'never' });
  for (const source of sources) {
    const template = compileTemplate(source);
    for (const scope of scopes) {
      const expected = inline.prepare(template).render(scope);
      const rendered = await pooled.prepare(template).render(scope);
      assert.equal(JSON.stringify(rendered), JSON.stringify(expected), source);
    }
  }
  assert.equal(pooled.stats().renderedInPool, 20, 'all but the constant');
});

test('render pool: a thread that can never start fails the renders that need it, and does not crash anything', async (t) => {
  const pool = poolOf(t, { workerFile: fileURLToPath(new URL('./no-such-file.ts', import.meta.url)) });
  const rendered = await prepare(pool, 'echo x').render(scopeOf('1'));
  assert.equal('failed' in rendered && rendered.failed, 'error');
});

test('render pool: more templates than a thread keeps are still rendered', async (t) => {
  const pool = poolOf(t, { queueJobsMax: 10_000 });
  const templates = Array.from({ length: 2500 }, (_, i) => prepare(pool, `echo ${i}-`));
  for (const round of ['a', 'b']) {
    const rendered = await Promise.all(templates.map((template) => template.render(scopeOf(round))));
    assert.deepEqual(
      rendered,
      templates.map((_, i) => ({ output: `${i}-${round}` })),
    );
  }
});

test('render pool: close() waits for what is open; later renders happen at once', async (t) => {
  const pool = poolOf(t);
  const echo = prepare(pool, 'echo x');
  const open = [1, 2, 3].map((n) => echo.render(scopeOf(String(n))));
  let answered = 0;
  for (const rendered of open) void Promise.resolve(rendered).then(() => answered++);
  await pool.close();
  assert.equal(answered, 3);
  assert.deepEqual(echo.render(scopeOf('late')), { output: 'xlate' });
});

test('render pool: memory does not grow with the number of renders', async (t) => {
  const pool = poolOf(t);
  const echo = prepare(pool, 'echo x');
  const body = 'b'.repeat(2000);
  const round = async (): Promise<void> => {
    for (let i = 0; i < 30; i++)
      await Promise.all(Array.from({ length: 100 }, () => echo.render(scopeOf(body))));
  };
  const heapUsed = async (): Promise<number> => {
    await collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  await round();
  const before = await heapUsed();
  for (let i = 0; i < 4; i++) await round();
  // 12,000 renders of 2 KB each passed: had they been kept, that were 24 MB and more.
  const grown = (await heapUsed()) - before;
  assert.ok(grown < 8e6, `grew by ${grown} bytes`);
});
