// Ordinary traffic alone, and beside ten thousand connections that mean no good: its p99, and the gateway's memory.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { type Sluice, startSluice } from '../harness/sluice.ts';
import { summarize } from '../harness/statistics.ts';
import { requestBytes } from '../harness/wire.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { type Bench, ms, type Scenario, unusedPort } from './scenario.ts';

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
  };
  const alone: number[] = [];
  const beside: number[] = [];
  const memory: number[] = [];
  let [wrong, openLeast, opened] = [0, hostileCount, 0];
  const once = async (p99s: number[]): Promise<void> => {
    const report = await runOpenLoop(plan, core);
    wrong += report.due - (report.statuses['200'] ?? 0);
    p99s.push(report.latencyUs.p99);
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
  const [a, b] = [summarize(alone).median, summarize(beside).median];
  const most = Math.max(...memory);
  return {
    tables: [
      {
        caption: `${rateRps} rps of a mock on 50 connections; a quarter of the others silent, dripping, not reading, no HTTP; each is made anew when it is cut`,
        head: ['', 'p99', 'resident MiB'],
        rows: [
          ['alone', ms(a), before.toFixed(0)],
          [`beside ${openLeast} to ${hostileCount} (${opened} in all)`, ms(b), most.toFixed(0)],
        ],
      },
    ],
    claims: [
      {
        promise: `p99 beside ${hostileCount} hostile connections within ${timesMax} x, nobody refused`,
        measured: `${(b / a).toFixed(2)} x, ${wrong} not answered 200`,
        verdict:
          bench.quick || bench.isMachineBusy()
            ? ('not proven' as const)
            : b <= timesMax * a && wrong === 0
              ? ('met' as const)
              : ('missed' as const),
      },
    ],
    figures: { 'alone p99Us': a, 'beside p99Us': b, 'before MiB': before, 'beside MiB': most, wrong },
  };
}
