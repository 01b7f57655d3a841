// 10,000 requests a second, sustained, through the whole pipeline with an upstream behind it.

import { pidTree } from '../harness/child.ts';
import { startSluice } from '../harness/sluice.ts';
import { slopePerStep } from '../harness/statistics.ts';
import { requestBytes } from '../harness/wire.ts';
import { cpuTimeUs, residentBytes } from '../load/cpu.ts';
import type { OpenLoopReport } from '../load/open-loop-types.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { type Bench, claim, ms, type Scenario, thousands, timeClaim } from './scenario.ts';

const rateRps = 10_000;
/** Above what is offered, also when the generator must catch up after a stall of its own: every 429 would be an error here. */
const roomyThrottle = { rateRps: 20_000, burst: 50_000 };
/** Memory that may come and go with the garbage collector. */
const slackBytes = 8 * 2 ** 20;

export const sustained: Scenario = {
  name: 'sustained',
  title: '10,000 rps sustained, HTTP proxy, everything on',
  async run(bench) {
    const upstreamPort = await bench.upstreamPort();
    const sluice = await startSluice({
      folder: bench.folder('sustained'),
      upstreamPort,
      core: null,
      accountThrottle: roomyThrottle,
    });
    try {
      const seconds = bench.quick ? 6 : 30;
      const plan = {
        port: sluice.address.port,
        request: requestBytes(sluice.address, sluice.requests.proxy),
        burst: 0,
        drainMs: 5_000,
      };
      await load(bench, { ...plan, rateRps: 4_000, durationMs: 3_000, connections: 64 }, () => {});
      const rss: number[] = [];
      const cpuBefore = cpuTimeUs(sluice.pid);
      const report = await load(
        bench,
        { ...plan, rateRps, durationMs: seconds * 1000, connections: 128 },
        () => rss.push(residentBytes(sluice.pid)),
      );
      const cpuUs = (cpuTimeUs(sluice.pid) - cpuBefore) / report.answered;
      return result(bench, report, rss, cpuUs, pidTree(sluice.pid).length);
    } finally {
      await sluice.stop();
    }
  },
};

type Plan = Parameters<typeof runOpenLoop>[0];

function load(bench: Bench, plan: Plan, eachSecond: () => void): Promise<OpenLoopReport> {
  return runOpenLoop(plan, null, ({ secondsPast, answered }) => {
    eachSecond();
    bench.progress(`${thousands(plan.rateRps)} rps, second ${secondsPast}: ${thousands(answered)} answered`);
  });
}

function result(
  bench: Bench,
  report: OpenLoopReport,
  rss: readonly number[],
  cpuUs: number,
  processes: number,
) {
  const { latencyUs, statuses, errors } = report;
  // What the generator could not send in time is no error of Sluice, but then nothing is proven either.
  const unsent = errors['never sent'] ?? 0;
  const cutOff = unsent > 0 ? (errors['never answered'] ?? 0) : 0;
  const wrong = report.due - unsent - cutOff - (statuses['200'] ?? 0);
  // The first third is warm-up: heaps grow to the size that the load wants.
  const settled = rss.slice(Math.floor(rss.length / 3));
  const growth = slopePerStep(settled) * settled.length;
  // Requests that wait for seconds hold memory: then the load was not sustained at all.
  const isBacklogged = bench.quick || latencyUs.p99 > 1e6;
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  return {
    tables: [
      {
        caption: `${thousands(rateRps)} rps for ${report.offeredMs / 1000} s, latency from the intended send time`,
        head: [
          'due',
          'status 200',
          'other',
          'p50',
          'p99',
          'p99.9',
          'max',
          'CPU a request',
          'resident',
          'generator CPU',
        ],
        rows: [
          [
            thousands(report.due),
            thousands(statuses['200'] ?? 0),
            `${wrong} ${JSON.stringify({ ...statuses, 200: undefined, ...errors })}`,
            ms(latencyUs.p50),
            ms(latencyUs.p99),
            ms(latencyUs.p999),
            ms(latencyUs.max),
            `${cpuUs.toFixed(1)} us`,
            `${megabytes(rss.at(-1) ?? 0)} (${growth < 0 ? '' : '+'}${megabytes(growth)} over ${settled.length} s)`,
            `${Math.round(report.generatorCpu * 100)} %`,
          ],
        ],
      },
    ],
    claims: [
      timeClaim(
        bench,
        '10,000 rps sustained with p99 below 20 ms, generator on the same machine',
        ms(latencyUs.p99),
        latencyUs.p99 < 20_000,
      ),
      claim(
        'no errors at 10,000 rps',
        `${wrong} of ${thousands(report.due)}${unsent === 0 ? '' : `, ${thousands(unsent)} could not be sent`}`,
        wrong > 0 ? false : unsent === 0 ? true : null,
      ),
      claim(
        'memory flat after warm-up',
        `${growth < 0 ? '' : '+'}${megabytes(growth)} in ${settled.length} s`,
        growth < slackBytes ? (bench.quick ? null : true) : isBacklogged ? null : false,
      ),
    ],
    curves: [{ name: 'HTTP proxy at 10,000 rps', points: latencyUs.curve }],
    notes: [`${processes} process of Sluice; it, the upstream and the generator share the machine's cores`],
    figures: {
      p50Us: latencyUs.p50,
      p99Us: latencyUs.p99,
      p999Us: latencyUs.p999,
      wrong,
      cpuUs,
      rssGrowthBytes: growth,
    },
  };
}
