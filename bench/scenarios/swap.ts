// A deployment of 300 methods replaces another under load: nobody fails, and nobody waits long.

import { manyMethods } from '../harness/many-methods.ts';
import { publish, unlimited } from '../harness/publish.ts';
import { benchStage, startSluice } from '../harness/sluice.ts';
import { requestBytes } from '../harness/wire.ts';
import { watched } from '../load/hiccups.ts';
import { withoutStalls } from '../load/hiccups-shadow.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { claim, ms, type Scenario, unusedPort } from './scenario.ts';
import { stallsClaim, stallsTable, stallsText } from './stalls.ts';

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
        keepsTimes: true,
      };
      const cores = [bench.cores.server, bench.cores.load];
      // Goes before this process, which publishes meanwhile: what it measures is the data plane, not its own turn.
      const load = (onProgress?: Parameters<typeof runOpenLoop>[2]) =>
        runOpenLoop(plan, bench.cores.load, onProgress, 'first');
      await runOpenLoop({ ...plan, durationMs: bench.quick ? 1_000 : 2_000 }, bench.cores.load);
      bench.progress('the same load without a swap, for comparison');
      const [quiet, quietHiccups] = await watched(cores, () => load());
      // Made beforehand: making one takes this process 100 ms of a core, which the server and the load have between them.
      const next = Array.from({ length: swapsMax }, (_, i) => api(`v${i + 2}`));
      let revision = 1;
      const publishNext = (secondsPast: number): void => {
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
      };
      const [report, hiccups] = await watched(cores, () =>
        load(({ secondsPast }) => publishNext(secondsPast)),
      );
      const swaps = revision - 1;
      const took = [...sluice.child.output().matchAll(/ADOPTED ([\d.]+)/g)].map(([, text]) => Number(text));
      const wrong = report.due - (report.statuses['200'] ?? 0);
      const quietWithout = withoutStalls(plan, quiet, quietHiccups);
      const without = withoutStalls(plan, report, hiccups);
      const maxUs = without.latencyUs.max;
      // What comes without any swap, and is no stall of the machine, is not the swap's either.
      const isQuiet = quietWithout.latencyUs.max < 20_000;
      const stalls = stallsClaim(
        bench,
        'swapping a deployment of 300 methods stalls no request for more than 20 ms',
        `${ms(maxUs)} without the machine's own stalls (${stallsText([without])}); ${ms(report.latencyUs.max)} with them (without swaps ${ms(quietWithout.latencyUs.max)} and ${ms(quiet.latencyUs.max)})`,
        [without],
        maxUs <= 20_000,
        report.latencyUs.max <= 20_000,
      );
      return {
        tables: [
          stallsTable(
            `2,000 rps of a generator that goes before all else on its core (SCHED_FIFO, where that is allowed); ${swaps} swaps, one a second; a swap took ${Math.max(0, ...took).toFixed(0)} ms at most, in slices`,
            [
              { name: 'without swaps', report: quiet, without: quietWithout },
              { name: 'with swaps', report, without },
            ],
          ),
        ],
        claims: [
          stalls.verdict === 'missed' && !isQuiet ? { ...stalls, verdict: 'not proven' as const } : stalls,
          claim(
            'no request fails because of a swap',
            `${wrong} of ${report.due}`,
            took.length >= swaps - 1 ? wrong === 0 : null,
          ),
        ],
        curves: [{ name: 'mock at 2,000 rps, a swap each second', points: report.latencyUs.curve }],
        figures: {
          maxUs: report.latencyUs.max,
          maxWithoutStallsUs: maxUs,
          quietMaxUs: quiet.latencyUs.max,
          quietMaxWithoutStallsUs: quietWithout.latencyUs.max,
          wrong,
          swaps,
        },
      };
    } finally {
      await sluice.stop();
    }
  },
};
