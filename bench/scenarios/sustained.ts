// 10,000 requests a second, sustained, through the whole pipeline with an upstream behind it.

import { readFileSync } from 'node:fs';
import { pidTree } from '../harness/child.ts';
import { type Sluice, startSluice } from '../harness/sluice.ts';
import { steadyGrowth } from '../harness/statistics.ts';
import { requestBytes } from '../harness/wire.ts';
import { cpuTimeUs, residentBytes } from '../load/cpu.ts';
import { watched } from '../load/hiccups.ts';
import { type WithoutStalls, withoutStalls } from '../load/hiccups-shadow.ts';
import type { OpenLoopPlan, OpenLoopReport } from '../load/open-loop-types.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { type Bench, claim, ms, type Scenario, thousands } from './scenario.ts';
import { stallsClaim, stallsTable, stallsText } from './stalls.ts';

const rateRps = 10_000;
/** Above what is offered, also when the generator must catch up after a stall of its own: every 429 would be an error here. */
const roomyThrottle = { rateRps: 20_000, burst: 50_000 };
/** Resident memory that may come and go with the garbage collector. */
const residentSlackBytes = 8 * 2 ** 20;
/** What is alive after all garbage is gone: 13 bytes for each request of a full run. */
const liveSlackBytes = 4 * 2 ** 20;

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
      const measured = {
        ...plan,
        rateRps,
        durationMs: seconds * 1000,
        connections: 128,
        keepsTimes: true,
      };
      const liveBefore = await liveBytes(sluice);
      const cpuBefore = cpuTimeUs(sluice.pid);
      const waitedBefore = waitedForCoreMs(sluice.pid);
      const [report, hiccups] = await watched([null], () =>
        load(bench, measured, () => rss.push(residentBytes(sluice.pid))),
      );
      const cpuUs = (cpuTimeUs(sluice.pid) - cpuBefore) / report.answered;
      return result(bench, {
        report,
        without: withoutStalls(measured, report, hiccups),
        rss,
        liveGrowth: (await liveBytes(sluice)) - liveBefore,
        cpuUs,
        waitedMs: waitedForCoreMs(sluice.pid) - waitedBefore,
        processes: pidTree(sluice.pid).length,
      });
    } finally {
      await sluice.stop();
    }
  },
};

interface Measured {
  readonly report: OpenLoopReport;
  readonly without: WithoutStalls;
  /** Resident memory, once a second. */
  readonly rss: readonly number[];
  /** Bytes alive after the run beyond those before it. */
  readonly liveGrowth: number;
  readonly cpuUs: number;
  /** While its event loop had something to do and another process the core. */
  readonly waitedMs: number;
  readonly processes: number;
}

function load(bench: Bench, plan: OpenLoopPlan, eachSecond: () => void): Promise<OpenLoopReport> {
  return runOpenLoop(plan, null, ({ secondsPast, answered }) => {
    eachSecond();
    bench.progress(`${thousands(plan.rateRps)} rps, second ${secondsPast}: ${thousands(answered)} answered`);
  });
}

/** Of the main thread: the second figure of its schedstat, in nanoseconds. */
const waitedForCoreMs = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6;

/** What the data plane holds on to: heap and buffers after a full collection. */
async function liveBytes({ child, pid }: Sluice): Promise<number> {
  const told = (): string[] => [...child.output().matchAll(/LIVE (\d+)\n/g)].map(([, bytes]) => bytes!);
  const before = told().length;
  process.kill(pid, 'SIGUSR2');
  for (const untilMs = performance.now() + 20_000; performance.now() < untilMs; ) {
    if (told().length > before) return Number(told().at(-1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the data plane did not tell what it holds on to');
}

function result(bench: Bench, { report, without, rss, liveGrowth, cpuUs, waitedMs, processes }: Measured) {
  const { latencyUs, statuses, errors } = report;
  // What the generator could not send in time is no error of Sluice, but then nothing is proven either.
  const unsent = errors['never sent'] ?? 0;
  const cutOff = unsent > 0 ? (errors['never answered'] ?? 0) : 0;
  const wrong = report.due - unsent - cutOff - (statuses['200'] ?? 0);
  // The first third is warm-up: heaps grow to the size that the load wants.
  const settled = rss.slice(Math.floor(rss.length / 3));
  const growth = steadyGrowth(settled);
  const isFlat = growth < residentSlackBytes && liveGrowth < liveSlackBytes;
  const megabytes = (bytes: number): string => `${bytes < 0 ? '' : '+'}${(bytes / 2 ** 20).toFixed(1)} MB`;
  return {
    tables: [
      stallsTable(`${thousands(rateRps)} rps for ${report.offeredMs / 1000} s`, [
        { name: 'HTTP proxy', report, without },
      ]),
      {
        caption: 'What it took; resident memory by the second',
        head: [
          'due',
          'status 200',
          'other',
          'CPU a request',
          'waited for a core',
          'generator CPU',
          'alive',
          'resident, MB',
        ],
        rows: [
          [
            thousands(report.due),
            thousands(statuses['200'] ?? 0),
            `${wrong} ${JSON.stringify({ ...statuses, 200: undefined, ...errors })}`,
            `${cpuUs.toFixed(1)} us`,
            `${Math.round((100 * waitedMs) / report.elapsedMs)} % of the time`,
            `${Math.round(report.generatorCpu * 100)} %`,
            megabytes(liveGrowth),
            rss.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(' '),
          ],
        ],
      },
    ],
    claims: [
      stallsClaim(
        bench,
        '10,000 rps sustained with p99 below 20 ms, generator on the same machine',
        `p99 ${ms(without.latencyUs.p99)} without the machine's own stalls (${stallsText([without])}); ${ms(latencyUs.p99)} with them`,
        [without],
        without.latencyUs.p99 < 20_000,
        latencyUs.p99 < 20_000,
      ),
      claim(
        'no errors at 10,000 rps',
        `${wrong} of ${thousands(report.due)}${unsent === 0 ? '' : `, ${thousands(unsent)} could not be sent`}`,
        wrong > 0 ? false : unsent === 0 ? true : null,
      ),
      claim(
        'memory flat after warm-up',
        `${megabytes(liveGrowth)} alive after ${thousands(report.answered)} requests; resident ${megabytes(growth)} in ${settled.length} s, of what grows steadily`,
        bench.quick ? null : isFlat,
      ),
    ],
    curves: [{ name: 'HTTP proxy at 10,000 rps', points: latencyUs.curve }],
    notes: [`${processes} process of Sluice; it, the upstream and the generator share the machine's cores`],
    figures: {
      p50Us: latencyUs.p50,
      p99Us: latencyUs.p99,
      p999Us: latencyUs.p999,
      p99WithoutStallsUs: without.latencyUs.p99,
      waitedForCoreMs: waitedMs,
      stalledMs: without.stalledMs,
      leftOutShare: without.leftOutShare,
      wrong,
      cpuUs,
      rssGrowthBytes: growth,
      liveGrowthBytes: liveGrowth,
    },
  };
}
