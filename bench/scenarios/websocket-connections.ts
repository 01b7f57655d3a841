// What an idle WebSocket costs: memory with all that a session knows.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pinned } from '../harness/child.ts';
import { type SluiceSockets, startSluiceSockets } from '../harness/sluice-sockets.ts';
import { cpuTimeUs, residentBytes } from '../load/cpu.ts';
import type { SocketLoadPlan, SocketLoadReport } from '../load/websocket-load.ts';
import { type Bench, claim, type Scenario, thousands } from './scenario.ts';

const load = fileURLToPath(new URL('../load/websocket-load.ts', import.meta.url));

interface Crowd {
  readonly report: SocketLoadReport;
  leave(): Promise<void>;
}

let crowds = 0;

/** Opens connections from as many loopback addresses as there are thousands of them, and holds them. */
async function crowd(
  bench: Bench,
  sluice: SluiceSockets,
  connections: number,
  opening: number,
): Promise<Crowd> {
  crowds++;
  const addresses = Math.max(2, Math.ceil(connections / 5_000));
  const plan: SocketLoadPlan = {
    mode: 'connections',
    port: sluice.port,
    path: sluice.path,
    connections,
    seconds: 0,
    message: '',
    answerBytes: 0,
    // Each crowd from addresses of its own: ports are given out per address, and a search among many taken ones is slow.
    from: Array.from({ length: addresses }, (_, i) => `127.0.${crowds}.${i + 2}`),
    opening,
  };
  const [command, args] = pinned(process.execPath, [load, JSON.stringify(plan)], bench.cores.load);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const report = JSON.parse(line.toString()) as SocketLoadReport;
  return {
    report,
    leave: async () => {
      const closed = once(child, 'close');
      child.stdin.end();
      await closed;
    },
  };
}

/** Memory when the heap has come to rest: a process that has just allocated is larger than what it holds. */
async function settledBytes(pid: number): Promise<number> {
  let smallest = residentBytes(pid);
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    smallest = Math.min(smallest, residentBytes(pid));
  }
  return smallest;
}

/** Files that a process may have open, less what it needs itself. */
function connectionsMax(): number {
  const line = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'));
  return Number(line?.[1] ?? 1_024) - 200;
}

export const websocketConnections: Scenario = {
  name: 'websocket-connections',
  title: 'WebSocket connections: memory of an idle one',
  async run(bench) {
    const wanted = Math.min(bench.quick ? 4_000 : 20_000, connectionsMax());
    const sluice = await startSluiceSockets(
      bench.folder('websocket-connections'),
      bench.cores.server,
      ['$default'],
      'ok',
    );
    try {
      // What the first connections of a process take once is no connection's.
      const first = await crowd(bench, sluice, Math.min(1_000, wanted), 64);
      await first.leave();
      const rows: string[][] = [];
      const points: { count: number; bytes: number }[] = [
        { count: 0, bytes: await settledBytes(sluice.pid) },
      ];
      const open: Crowd[] = [];
      for (let step = 1; step <= 4; step++) {
        bench.progress(`${step} of 4: ${thousands((wanted / 4) * step)} connections`);
        const before = cpuTimeUs(sluice.pid);
        const one = await crowd(bench, sluice, Math.floor(wanted / 4), 256);
        open.push(one);
        const { opened, failed, openSeconds } = one.report;
        if (failed > 0) throw new Error(`${failed} of ${opened + failed} connections were refused`);
        const cpuUs = (cpuTimeUs(sluice.pid) - before) / opened;
        const count = points.at(-1)!.count + opened;
        const bytes = await settledBytes(sluice.pid);
        points.push({ count, bytes });
        rows.push([
          thousands(count),
          `${(bytes / 2 ** 20).toFixed(1)} MB`,
          thousands((bytes - points[0]!.bytes) / count),
          thousands(opened / openSeconds),
          cpuUs.toFixed(0),
        ]);
      }
      for (const one of open) await one.leave();
      const bytesEach = slope(points);
      return {
        tables: [
          {
            caption: 'idle connections of one process, no $connect route',
            head: ['connections', 'resident', 'bytes each so far', 'opened a second', 'CPU us to open one'],
            rows,
          },
        ],
        claims: [
          claim(
            'an idle WebSocket at most 2 KB with its session',
            `${thousands(bytesEach)} bytes each (slope over ${thousands(points.at(-1)!.count)}); a million: ${(bytesEach / 1_000).toFixed(1)} GB`,
            bench.quick ? null : bytesEach <= 2_048,
          ),
        ],
        notes: ['memory of the gateway process alone; what the kernel keeps for each socket is not in it'],
        figures: { 'idle connection: bytes': bytesEach },
      };
    } finally {
      await sluice.child.stop();
    }
  },
};

/** Bytes per connection: the straight line through all points. */
function slope(points: readonly { readonly count: number; readonly bytes: number }[]): number {
  const meanX = points.reduce((sum, { count }) => sum + count, 0) / points.length;
  const meanY = points.reduce((sum, { bytes }) => sum + bytes, 0) / points.length;
  const up = points.reduce((sum, { count, bytes }) => sum + (count - meanX) * (bytes - meanY), 0);
  const down = points.reduce((sum, { count }) => sum + (count - meanX) ** 2, 0);
  return up / down;
}
