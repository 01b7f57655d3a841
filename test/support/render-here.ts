// Templates rendered in the event loop, without threads.

import { systemClock } from '../../src/base/clock.ts';
import { createRenderPool, type RenderPool } from '../../src/gateway/workers/render-pool.ts';
import { TurnWorkers } from '../../src/gateway/workers/turn-workers.ts';

export const renderHere = (): RenderPool =>
  createRenderPool({
    workers: new TurnWorkers({ offload: 'never', threads: 1, jobTimeoutMs: 1_000, clock: systemClock }),
    queueJobsMax: 1_000,
  });
