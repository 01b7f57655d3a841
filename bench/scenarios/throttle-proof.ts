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
      // What the generator could not send in time says something of the machine, nothing of Sluice.
      const unsent = report.errors['never sent'] ?? 0;
      // Nor do the requests that it had just sent when it gave up.
      const cutOff = unsent > 0 ? (report.errors['never answered'] ?? 0) : 0;
      const other = report.due - unsent - cutOff - admitted - refused;
      // Every admission lies between the first request that was sent and the last answer that came.
      const most = accountDefault.burst + accountDefault.rateRps * (report.elapsedMs / 1000);
      // From a 429 to a later 429 the bucket went from empty to empty, so all that came in between was the rate's; before
      // the first was the burst's. How late a server begins is not in it.
      const refusals = report.firstAndLast['429'];
      const spanMs = refusals === undefined ? 0 : refusals.lastSentMs - refusals.firstAnswerMs;
      const beforeFirst = refusals?.answeredBefore ?? 0;
      const least = (accountDefault.rateRps * spanMs) / 1000;
      const share = least > 0 ? (admitted - beforeFirst) / least : 0;
      // Answers that are long under way blur both ends of that span.
      const isSharp = spanMs > 0 && report.latencyUs.p99 / 1000 < 0.004 * spanMs;
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
              'before the first 429',
              'then, of the rate',
              '429',
              'anything else',
              'admitted in each second',
            ],
            rows: [
              [
                thousands(admitted),
                thousands(most),
                thousands(beforeFirst),
                `${(share * 100).toFixed(2)} %`,
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
            `${((admitted / most) * 100).toFixed(2)} % in all; ${thousands(beforeFirst)} before the first 429, then ${(share * 100).toFixed(2)} % of the rate`,
            admitted >= 0.995 * most
              ? true
              : isSharp
                ? share >= 0.995 && beforeFirst >= 0.995 * accountDefault.burst
                : null,
          ),
          claim(
            'nothing but 200 and 429',
            `${other} others${unsent === 0 ? '' : `, ${thousands(unsent)} could not be sent`}`,
            other > 0 ? false : unsent === 0 ? true : null,
          ),
        ],
        figures: { admitted, refused, other, share },
      };
    } finally {
      await sluice.stop();
    }
  },
};
