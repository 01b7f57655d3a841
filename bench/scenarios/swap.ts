// A deployment of 300 methods replaces another under load: nobody fails, and nobody waits long.

import { manyMethods } from '../harness/many-methods.ts';
import { publish, unlimited } from '../harness/publish.ts';
import { benchStage, startSluice } from '../harness/sluice.ts';
import { requestBytes } from '../harness/wire.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { claim, ms, type Scenario, unusedPort } from './scenario.ts';

const swapsMax = 16;

export const swap: Scenario = {
  name: 'swap',
  title: 'Swapping a deployment of 300 methods under load',
  async run(bench) {
    const api = (word: string) => manyMethods('swapapi000', 300, word);
    const sluice = await startSluice({
      folder: bench.folder('swap'),
      upstreamPort: unusedPort,
      core: bench.cores.server,
      apis: [api('v1')],
    });
    try {
      const request = requestBytes(sluice.address, {
        method: 'GET',
        path: '/bench/r7',
        headers: {},
        body: null,
      });
      const plan = {
        port: sluice.address.port,
        request,
        rateRps: 2_000,
        durationMs: bench.quick ? 2_500 : 10_000,
        burst: 0,
        connections: 32,
        drainMs: 3_000,
      };
      await runOpenLoop({ ...plan, durationMs: bench.quick ? 1_000 : 2_000 }, bench.cores.load);
      bench.progress('the same load without a swap, for comparison');
      const quiet = await runOpenLoop(plan, bench.cores.load);
      // Made beforehand: making one takes this process 100 ms of a core, which the server and the load have between them.
      const next = Array.from({ length: swapsMax }, (_, i) => api(`v${i + 2}`));
      let revision = 1;
      const report = await runOpenLoop(plan, bench.cores.load, ({ secondsPast }) => {
        const definition = next[revision - 1];
        if (definition === undefined) return;
        revision++;
        publish(sluice.dataDir, [definition], {
          revision,
          accountThrottle: unlimited,
          stage: benchStage,
        });
        process.kill(sluice.pid, 'SIGHUP');
        bench.progress(`swap ${secondsPast}`);
      });
      const swaps = revision - 1;
      const took = [...sluice.child.output().matchAll(/ADOPTED ([\d.]+)/g)].map(([, text]) => Number(text));
      const wrong = report.due - (report.statuses['200'] ?? 0);
      // The generator, on the same machine, has stalls of its own: those that come without any swap are not the swap's.
      const isQuiet = quiet.latencyUs.max < 20_000;
      return {
        tables: [
          {
            caption: `2,000 rps; ${swaps} swaps, one a second; a swap took ${Math.max(0, ...took).toFixed(0)} ms at most, in slices`,
            head: ['', 'p50', 'p99', 'p99.9', 'max', 'not answered 200'],
            rows: [quiet, report].map(({ latencyUs, due, statuses }, i) => [
              i === 0 ? 'without swaps' : 'with swaps',
              ms(latencyUs.p50),
              ms(latencyUs.p99),
              ms(latencyUs.p999),
              ms(latencyUs.max),
              String(due - (statuses['200'] ?? 0)),
            ]),
          },
        ],
        claims: [
          claim(
            'swapping a deployment of 300 methods stalls no request for more than 20 ms',
            `${ms(report.latencyUs.max)} (without swaps ${ms(quiet.latencyUs.max)})`,
            report.latencyUs.max <= 20_000 ? true : isQuiet && !bench.isMachineBusy() ? false : null,
          ),
          claim(
            'no request fails because of a swap',
            `${wrong} of ${report.due}`,
            took.length >= swaps - 1 ? wrong === 0 : null,
          ),
        ],
        curves: [{ name: 'mock at 2,000 rps, a swap each second', points: report.latencyUs.curve }],
        figures: { maxUs: report.latencyUs.max, quietMaxUs: quiet.latencyUs.max, wrong, swaps },
      };
    } finally {
      await sluice.stop();
    }
  },
};
