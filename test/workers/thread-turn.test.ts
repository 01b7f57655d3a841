import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import test, { type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createRenderPool } from '../../src/gateway/workers/render-pool.ts';
import { threadNiceness } from '../../src/gateway/workers/thread-turn.ts';
import { startTestWorkers } from './test-workers.ts';
import { compileToy, scopeOf } from './toy-template.ts';

const workerFile = fileURLToPath(new URL('./toy-worker.ts', import.meta.url));
const skip = process.platform !== 'linux' && 'only Linux has niceness by thread, and /proc to see it';

/** Niceness of each thread of this process: field 19 of its stat, counted from the third one on. */
function nicenessByThread(): Map<number, number> {
  const threads = readdirSync('/proc/self/task').flatMap((tid) => {
    try {
      const stat = readFileSync(`/proc/self/task/${tid}/stat`, 'latin1');
      return [[Number(tid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])] as const];
    } catch {
      // It ended meanwhile.
      return [];
    }
  });
  return new Map(threads);
}

/** Niceness of the threads that came with a pool of two, once both are up. */
async function nicenessOfPool(t: TestContext): Promise<number[]> {
  const before = new Set(nicenessByThread().keys());
  const workers = startTestWorkers(t, { workerFile, threads: 2 });
  const echo = createRenderPool({ workers, queueJobsMax: 100 }).prepare(compileToy('spin 1'));
  const own = nicenessByThread().get(process.pid)!;
  const ofPool = (): number[] =>
    [...nicenessByThread()].flatMap(([tid, nice]) => (!before.has(tid) && nice !== own ? [nice] : []));
  const endMs = Date.now() + 20_000;
  while (ofPool().length < 2 && Date.now() < endMs) await echo.render(scopeOf('1'));
  return ofPool();
}

const ownNiceness = (): number => nicenessByThread().get(process.pid)!;

test('worker threads: they are nicer than the event loop, which stays as it was', { skip }, async (t) => {
  const before = ownNiceness();
  assert.deepEqual(await nicenessOfPool(t), [before + threadNiceness, before + threadNiceness]);
  assert.equal(ownNiceness(), before);
});

test('worker threads: in a process that is nice itself they are nicer still, as far as that goes', {
  skip,
}, async (t) => {
  // Of this test's own process, which no test after it shares.
  setPriority(0, 17);
  assert.deepEqual(await nicenessOfPool(t), [19, 19]);
  assert.equal(ownNiceness(), 17);
});
