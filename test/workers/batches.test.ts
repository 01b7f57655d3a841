// How the renders of one turn are divided, and who waits for a thread that is still starting.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRenderPool, type RenderPool } from '../../src/gateway/workers/render-pool.ts';
import { testWorkers, type WorkersChanges } from './test-workers.ts';
import { compileToy, scopeOf } from './toy-template.ts';

const workerFile = fileURLToPath(new URL('./toy-worker.ts', import.meta.url));

function poolOf(t: TestContext, changes: WorkersChanges): RenderPool {
  const workers = testWorkers({ workerFile, ...changes });
  const pool = createRenderPool({ workers, queueJobsMax: 1_000 });
  t.after(async () => {
    await pool.close();
    await workers.close();
  });
  return pool;
}

test('render pool: a batch holds 32 renders at most, and those that wait for the thread join the next one', async (t) => {
  const pool = poolOf(t, { offload: 'always' });
  const echo = pool.prepare(compileToy('echo x'));
  const scopes = Array.from({ length: 100 }, (_, i) => scopeOf(String(i)));
  const rendered = await Promise.all(scopes.map((scope) => echo.render(scope)));
  assert.deepEqual(
    rendered,
    scopes.map(({ input }) => ({ output: `x${input.body}` })),
  );
  // The source of the template was missing in the thread: the jobs of a batch that said so crossed once more.
  const { batches, jobs } = pool.stats().workers!;
  assert.ok(jobs >= 100 && batches >= Math.ceil(jobs / 32), `${jobs} jobs in ${batches} batches`);
});

test('render pool: "auto" renders here what is worth a crossing while no thread is up yet', async (t) => {
  const pool = poolOf(t, { offload: 'auto' });
  const slow = pool.prepare(compileToy('spin 2'));
  assert.deepEqual(await slow.render(scopeOf('1')), { output: 'spun 1' });
  assert.deepEqual(await slow.render(scopeOf('2')), { output: 'spun 2' });
  const { renderedAtOnce, renderedAtTurnEnd, renderedInPool, workers } = pool.stats();
  assert.deepEqual([renderedAtOnce, renderedAtTurnEnd, renderedInPool], [1, 1, 0]);
  assert.notEqual(workers, null);
});
