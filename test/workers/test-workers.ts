// Workers as these tests want them: one thread, everything crosses, nothing may take long.

import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { TurnWorkers, type TurnWorkersOptions } from '../../src/gateway/workers/turn-workers.ts';

/** What a test changes of its workers, and of the pool over them. */
export interface WorkersChanges extends Partial<TurnWorkersOptions> {
  readonly queueJobsMax?: number;
}

/** Who makes them closes them. */
export const testWorkers = (changes: Partial<TurnWorkersOptions>): TurnWorkers =>
  new TurnWorkers({
    offload: 'always',
    threads: 1,
    coresAvailable: 2,
    jobTimeoutMs: 500,
    clock: systemClock,
    ...changes,
  });

/** They end with the test. */
export function startTestWorkers(t: TestContext, changes: Partial<TurnWorkersOptions>): TurnWorkers {
  const workers = testWorkers(changes);
  t.after(() => workers.close());
  return workers;
}
