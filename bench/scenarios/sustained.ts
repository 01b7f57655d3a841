// 10,000 requests a second, sustained, through the whole pipeline: to a mock, and to an upstream on the same machine.

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
import {
  type Bench,
  claim,
  ms,
  type Scenario,
  type ScenarioResult,
  thousands,
  unusedPort,
} from './scenario.ts';
import { stallsClaim, stallsTable, stallsText } from './stalls.ts';

const rateRps = 10_000;
/** Above what is offered, also when the generator must catch up after a stall of its own: every 429 would be an error here. */
const roomyThrottle = { rateRps: 20_000, burst: 50_000 };
/** Resident memory that may come and go with the garbage collector. */
const residentSlackBytes = 8 * 2 ** 20;
/** What is alive after all garbage is gone: 13 bytes for each request of a full run. */
const liveSlackBytes = 4 * 2 ** 20;

/** What is asked for, and who then shares the machine's cores. */
const loads = [
  { work: 'mock', name: 'mock', among: 'it and the generator share' },
  { work: 'proxy', name: 'HTTP proxy', among: 'it, the upstream and the generator share' },
] as const;
type Load = (typeof loads)[number];

export const sustained: Scenario = {
  name: 'sustained',
  title: '10,000 rps sustained, everything on',
  async run(bench) {
    const results: ScenarioResult[] = [];
    for (const load of loads) results.push(resultOf(bench, load, await measure(bench, load)));
    return {
      tables: results.flatMap(({ tables }) => tables ?? []),
      claims: results.flatMap(({ claims }) => claims ?? []),
      curves: results.flatMap(({ curves }) => curves ?? []),
      notes: results.flatMap(({ notes }) => notes ?? []),
      figures: Object.assign({}, ...results.map(({ figures }) => figures)),
    };
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

async function measure(bench: Bench, { work, name }: Load): Promise<Measured> {
  const sluice = await startSluice({
    folder: bench.folder(`sustained-${work}`),
    upstreamPort: work === 'proxy' ? await bench.upstreamPort() : unusedPort,
    core: null,
    accountThrottle: roomyThrottle,
  });
  try {
    const plan = {
      port: sluice.address.port,
      request: requestBytes(sluice.address, sluice.requests[work]),
      burst: 0,
      drainMs: 5_000,
    };
    const warmUp = { ...plan, rateRps: 4_000, durationMs: 3_000, connections: 64 };
    await load(bench, name, warmUp, () => {});
    const rss: number[] = [];
    const durationMs = (bench.quick ? 6 : 30) * 1_000;
    const measured = { ...plan, rateRps, durationMs, connections: 128, keepsTimes: true };
    const liveBefore = await liveBytes(sluice);
    const cpuBefore = cpuTimeUs(sluice.pid);
    const waitedBefore = waitedForCoreMs(sluice.pid);
    const [report, hiccups] = await watched([null], () =>
      load(bench, name, measured, () => rss.push(residentBytes(sluice.pid))),
    );
    return {
      report,
      without: withoutStalls(measured, report, hiccups),
      rss,
      cpuUs: (cpuTimeUs(sluice.pid) - cpuBefore) / report.answered,
      waitedMs: waitedForCoreMs(sluice.pid) - waitedBefore,
      liveGrowth: (await liveBytes(sluice)) - liveBefore,
      processes: pidTree(sluice.pid).length,
    };
  } finally {
    await sluice.stop();
  }
}

function load(
  bench: Bench,
  name: string,
  plan: OpenLoopPlan,
  eachSecond: () => void,
): Promise<OpenLoopReport> {
  return runOpenLoop(plan, null, ({ secondsPast, answered }) => {
    eachSecond();
    bench.progress(
      `${name}, ${thousands(plan.rateRps)} rps, second ${secondsPast}: ${thousands(answered)} answered`,
    );
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

function resultOf(
  bench: Bench,
  { work, name, among }: Load,
  { report, without, rss, liveGrowth, cpuUs, waitedMs, processes }: Measured,
): ScenarioResult {
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
      stallsTable(`${name}: ${thousands(rateRps)} rps for ${report.offeredMs / 1000} s`, [
        { name, report, without },
      ]),
      {
        caption: `${name}: what it took; resident memory by the second`,
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
        `${name}: 10,000 rps sustained with p99 below 20 ms, generator on the same machine`,
        `p99 ${ms(without.latencyUs.p99)} without the machine's own stalls (${stallsText([without])}); ${ms(latencyUs.p99)} with them`,
        [without],
        without.latencyUs.p99 < 20_000,
        latencyUs.p99 < 20_000,
      ),
      claim(
        `${name}: no errors at 10,000 rps`,
        `${wrong} of ${thousands(report.due)}${unsent === 0 ? '' : `, ${thousands(unsent)} could not be sent`}`,
        wrong > 0 ? false : unsent === 0 ? true : null,
      ),
      claim(
        `${name}: memory flat after warm-up`,
        `${megabytes(liveGrowth)} alive after ${thousands(report.answered)} requests; resident ${megabytes(growth)} in ${settled.length} s, of what grows steadily`,
        bench.quick ? null : isFlat,
      ),
    ],
    curves: [{ name: `${name} at 10,000 rps`, points: latencyUs.curve }],
    notes: [`${name}: ${processes} process of Sluice; ${among} the machine's cores`],
    figures: {
      [`${work} p50Us`]: latencyUs.p50,
      [`${work} p99Us`]: latencyUs.p99,
      [`${work} p999Us`]: latencyUs.p999,
      [`${work} p99WithoutStallsUs`]: without.latencyUs.p99,
      [`${work} waitedForCoreMs`]: waitedMs,
      [`${work} stalledMs`]: without.stalledMs,
      [`${work} leftOutShare`]: without.leftOutShare,
      [`${work} wrong`]: wrong,
      [`${work} cpuUs`]: cpuUs,
      [`${work} rssGrowthBytes`]: growth,
      [`${work} liveGrowthBytes`]: liveGrowth,
    },
  };
}
