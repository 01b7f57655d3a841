// From the start of a data plane to its first answer, with 100 APIs of 50 methods.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { manyMethods } from '../harness/many-methods.ts';
import { everythingOn, publish, unlimited } from '../harness/publish.ts';
import { startSluice } from '../harness/sluice.ts';
import { summarize } from '../harness/statistics.ts';
import { ask } from '../harness/wire.ts';
import { type Scenario, timeClaim, unusedPort } from './scenario.ts';

export const startUp: Scenario = {
  name: 'start',
  title: 'Start to first answered request, 100 APIs of 50 methods',
  async run(bench) {
    const apis = Array.from({ length: 100 }, (_, i) =>
      manyMethods(`api${String(i).padStart(7, '0')}`, 50, 'first'),
    );
    const took: number[] = [];
    for (let round = 0; round < (bench.quick ? 2 : 5); round++) {
      bench.progress(`start ${round + 1}`);
      const folder = bench.folder(`start-${round}`);
      mkdirSync(path.join(folder, 'data'), { recursive: true });
      publish(path.join(folder, 'data'), apis, {
        revision: 1,
        accountThrottle: unlimited,
        stage: everythingOn,
      });
      const begun = performance.now();
      const sluice = await startSluice({
        folder,
        upstreamPort: unusedPort,
        core: null,
        apis,
        isPublished: true,
      });
      try {
        const { status, body } = await ask(sluice.address, {
          method: 'GET',
          path: '/bench/r7',
          headers: {},
          body: null,
        });
        took.push(performance.now() - begun);
        if (status !== 200 || !body.includes('first'))
          throw new Error(`wrong first answer: ${status} ${body}`);
      } finally {
        await sluice.stop();
      }
    }
    const { median, min, max } = summarize(took);
    return {
      tables: [
        {
          caption: 'a data-plane process, from its spawn to the first answer, its APIs read from disk',
          head: ['median', 'spread'],
          rows: [[`${median.toFixed(0)} ms`, `${min.toFixed(0)} to ${max.toFixed(0)} ms`]],
        },
      ],
      claims: [
        timeClaim(
          bench,
          'start to first answered request below 1 s with 100 APIs of 50 methods',
          `${median.toFixed(0)} ms`,
          median < 1000,
        ),
      ],
      figures: { medianMs: median },
    };
  },
};
