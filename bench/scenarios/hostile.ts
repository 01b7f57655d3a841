// Ordinary traffic alone, and beside ten thousand connections that mean no good: its p99, and the gateway's memory.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { type Sluice, startSluice } from '../harness/sluice.ts';
import { summarize } from '../harness/statistics.ts';
import { requestBytes } from '../harness/wire.ts';
import { watched } from '../load/hiccups.ts';
import { type WithoutStalls, withoutStalls } from '../load/hiccups-shadow.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { type Bench, ms, type Scenario, unusedPort } from './scenario.ts';
import { stallsClaim, stallsText } from './stalls.ts';

const clients = fileURLToPath(new URL('../load/hostile-clients.ts', import.meta.url));
const hostileCount = 10_000;
const rateRps = 1_000;
const timesMax = 1.2;

/** MiB. */
function residentMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1_024;
}

export const hostile: Scenario = {
  name: 'hostile',
  title: `${hostileCount} slow or hostile connections beside ordinary traffic`,
  async run(bench) {
    const { server, load } = bench.cores;
    const sluice = await startSluice({
      folder: bench.folder('hostile'),
      upstreamPort: unusedPort,
      core: server,
      guard: {
        trusted: [],
        connectionsMax: 0,
        connectionsPerAddress: 2_000,
        connectRps: 200,
        connectBurst: 1_000,
        costRps: 10_000,
        costBurst: 20_000,
        addressesMax: 65_536,
        lagMs: 200,
      },
    });
    try {
      return await measure(bench, sluice, load);
    } finally {
      await sluice.stop();
    }
  },
};

/** By round. */
interface Side {
  readonly p99s: number[];
  readonly without: WithoutStalls[];
}

async function measure(bench: Bench, sluice: Sluice, core: number | null) {
  const rounds = bench.quick ? 1 : 3;
  const durationMs = bench.quick ? 2_000 : 4_000;
  const { mock } = sluice.requests;
  const plan = {
    port: sluice.address.port,
    request: requestBytes(sluice.address, mock),
    rateRps,
    burst: 0,
    connections: 50,
    durationMs,
    drainMs: 3_000,
    keepsTimes: true,
  };
  const alone: Side = { p99s: [], without: [] };
  const beside: Side = { p99s: [], without: [] };
  const memory: number[] = [];
  let [wrong, openLeast, opened] = [0, hostileCount, 0];
  const once = async (side: Side): Promise<void> => {
    const [report, hiccups] = await watched([bench.cores.server, core], () =>
      runOpenLoop(plan, core, () => {}, 'first'),
    );
    wrong += report.due - (report.statuses['200'] ?? 0);
    side.p99s.push(report.latencyUs.p99);
    side.without.push(withoutStalls(plan, report, hiccups));
  };
  await runOpenLoop({ ...plan, durationMs: 1_000 }, core);
  const before = residentMiB(sluice.pid);
  for (let i = 0; i < rounds; i++) {
    bench.progress(`round ${i + 1} of ${rounds}`);
    await once(alone);
    const { port, host } = sluice.address;
    const args = [clients, String(port), String(hostileCount), mock.path, host ?? 'none'];
    const crowd = await startChild(process.execPath, args, {
      ready: /"open":(9[5-9]\d\d|10000)/,
      core,
      // On a real network their own CPU time is other people's.
      turn: 'last',
      readyMsMax: 60_000,
    });
    try {
      await once(beside);
      memory.push(residentMiB(sluice.pid));
      const last = crowd.output().trimEnd().split('\n').at(-1)!;
      const state = JSON.parse(last) as { open: number; opened: number };
      openLeast = Math.min(openLeast, state.open);
      opened += state.opened;
    } finally {
      await crowd.stop();
    }
  }
  const [a, b] = [alone, beside].map(({ p99s }) => summarize(p99s).median) as [number, number];
  const [aWithout, bWithout] = [alone, beside].map(
    ({ without }) => summarize(without.map(({ latencyUs }) => latencyUs.p99)).median,
  ) as [number, number];
  const runs = [...alone.without, ...beside.without];
  const most = Math.max(...memory);
  const claimed = stallsClaim(
    bench,
    `p99 beside ${hostileCount} hostile connections within ${timesMax} x, nobody refused`,
    `${(bWithout / aWithout).toFixed(2)} x (${ms(bWithout)}, ${ms(aWithout)}) without the machine's own stalls (${stallsText(runs)}); ${(b / a).toFixed(2)} x (${ms(b)}, ${ms(a)}) with them; ${wrong} not answered 200`,
    runs,
    bWithout <= timesMax * aWithout && wrong === 0,
  );
  return {
    tables: [
      {
        caption: `${rateRps} rps of a mock on 50 connections; a quarter of the others silent, dripping, not reading, no HTTP; each is made anew when it is cut. They share the generator's core, which goes first there (SCHED_FIFO, where that is allowed) while they have what is left (SCHED_IDLE): on a real network their CPU time is other people's. Medians of ${rounds} rounds`,
        head: ['', 'p99', "p99 without the machine's stalls", 'stalls of the machine', 'resident MiB'],
        rows: [
          ['alone', ms(a), ms(aWithout), stallsText(alone.without), before.toFixed(0)],
          [
            `beside ${openLeast} to ${hostileCount} (${opened} in all)`,
            ms(b),
            ms(bWithout),
            stallsText(beside.without),
            most.toFixed(0),
          ],
        ],
      },
    ],
    claims: [bench.quick ? { ...claimed, verdict: 'not proven' as const } : claimed],
    figures: {
      'alone p99Us': a,
      'beside p99Us': b,
      'alone p99Us without stalls': aWithout,
      'beside p99Us without stalls': bWithout,
      'before MiB': before,
      'beside MiB': most,
      wrong,
    },
  };
}
