// More than the account may have: 20,000 rps and a burst of 5,000 at once, against 10,000 rps and a burst of 5,000.

import { accountDefault } from '../harness/publish.ts';
import { startSluice } from '../harness/sluice.ts';
import { requestBytes } from '../harness/wire.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { claim, type Scenario, thousands, unusedPort } from './scenario.ts';

const offeredRps = 20_000;
const burst = 5_000;

export const throttleProof: Scenario = {
  name: 'throttle',
  title: 'Throttle proof: 20,000 rps and 5,000 at once against 10,000 rps and burst 5,000',
  async run(bench) {
    const sluice = await startSluice({
      folder: bench.folder('throttle'),
      upstreamPort: unusedPort,
      core: bench.cores.server,
      accountThrottle: accountDefault,
    });
    try {
      const request = requestBytes(sluice.address, sluice.requests.mock);
      const { port } = sluice.address;
      // Warm, but below the rate, and then a rest: the bucket is full at the start.
      await runOpenLoop(
        { port, request, rateRps: 5_000, durationMs: 2_000, burst: 0, connections: 64, drainMs: 2_000 },
        bench.cores.load,
      );
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const report = await runOpenLoop(
        {
          port,
          request,
          rateRps: offeredRps,
          durationMs: bench.quick ? 4_000 : 10_000,
          burst,
          connections: 256,
          drainMs: 5_000,
        },
        bench.cores.load,
        ({ secondsPast }) => bench.progress(`20,000 rps offered, second ${secondsPast}`),
      );
      const admitted = report.statuses['200'] ?? 0;
      const refused = report.statuses['429'] ?? 0;
      const other = report.due - admitted - refused;
      // Every admission lies between the first request that was sent and the last answer that came.
      const most = accountDefault.burst + accountDefault.rateRps * (report.elapsedMs / 1000);
      // From a 429 to a later 429 the bucket went from empty to empty: the rate, neither more nor less. The burst was given
      // before the first. What a server that has just begun to work is late by is not in it.
      const times = report.statusTimes['429'];
      const least =
        times === undefined
          ? null
          : accountDefault.burst + (accountDefault.rateRps * (times.lastSentMs - times.firstAnswerMs)) / 1000;
      const share = least === null ? 0 : admitted / least;
      const seconds = Math.round(report.offeredMs / 1000);
      const perSecond = (status: string): string =>
        (report.perSecond[status] ?? []).slice(0, seconds).map(thousands).join(', ');
      return {
        tables: [
          {
            caption: `${thousands(report.due)} requests in ${(report.elapsedMs / 1000).toFixed(2)} s`,
            head: [
              'admitted',
              'at most',
              'of what was allowed',
              '429',
              'anything else',
              'admitted in each second',
            ],
            rows: [
              [
                thousands(admitted),
                thousands(most),
                least === null ? 'no 429 came' : thousands(least),
                thousands(refused),
                `${other} ${JSON.stringify(report.errors)}`,
                perSecond('200'),
              ],
            ],
          },
        ],
        claims: [
          claim(
            'admitted never above burst + rate x time',
            `${thousands(admitted)} of ${thousands(most)}`,
            admitted <= most + 1,
          ),
          claim(
            'at least 99.5 % of it is admitted',
            `${(share * 100).toFixed(2)} % of burst + rate x the time between the first and the last 429`,
            least === null ? null : share >= 0.995,
          ),
          claim('nothing but 200 and 429', `${other} others`, other === 0),
        ],
        figures: { admitted, refused, other, share },
      };
    } finally {
      await sluice.stop();
    }
  },
};
