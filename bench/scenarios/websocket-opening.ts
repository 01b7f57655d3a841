// How many WebSockets are opened a second, and what each costs, beside a bare uWebSockets.js that knows nothing of them.

import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { startSluiceSockets } from '../harness/sluice-sockets.ts';
import { summarize } from '../harness/statistics.ts';
import { cpuTimeUs } from '../load/cpu.ts';
import { runConnectionStorm } from '../load/run-socket-load.ts';
import { type Bench, type Claim, claim, type Scenario, thousands } from './scenario.ts';

const rival = fileURLToPath(new URL('../rivals/websocket-server.ts', import.meta.url));
const wantedPerSecond = 10_000;
const names = ['Sluice', 'bare uWebSockets.js'] as const;

interface Entrant {
  readonly pid: number;
  readonly port: number;
  readonly path: string;
}

interface Opening {
  readonly perSecond: number[];
  readonly cpuUs: number[];
}

/** Opens for so long, a few thousand open at a time; the oldest are ended. */
async function storm(bench: Bench, { pid, port, path }: Entrant, seconds: number): Promise<[number, number]> {
  const before = cpuTimeUs(pid);
  const { opened, failed, ...report } = await runConnectionStorm(
    { port, path, seconds, opening: 256, open: 3_000 },
    bench.cores.load,
  );
  if (failed > 0) throw new Error(`${failed} of ${opened + failed} connections were refused`);
  return [opened / report.seconds, (cpuTimeUs(pid) - before) / opened];
}

export const websocketOpening: Scenario = {
  name: 'websocket-opening',
  title: 'WebSocket connections: how fast they open',
  async run(bench) {
    const core = bench.cores.server;
    const sluice = await startSluiceSockets(bench.folder('websocket-opening'), core, ['$default'], 'ok');
    const bare = await startChild(process.execPath, [rival, 'uws'], { ready: /READY (\d+)/, core });
    try {
      const entrants: Entrant[] = [sluice, { pid: bare.pid, port: Number(bare.ready[1]), path: '/' }];
      const all = entrants.map((): Opening => ({ perSecond: [], cpuUs: [] }));
      for (let round = 0; round <= (bench.quick ? 1 : 5); round++)
        for (const [i, entrant] of entrants.entries()) {
          bench.progress(`round ${round}: ${names[i]}`);
          const [perSecond, cpuUs] = await storm(bench, entrant, bench.quick ? 1 : 4);
          // The first is a warm-up.
          if (round === 0) continue;
          all[i]!.perSecond.push(perSecond);
          all[i]!.cpuUs.push(cpuUs);
        }
      const [ours, theirs] = all.map(({ perSecond, cpuUs }) => ({
        perSecond: summarize(perSecond).median,
        cpuUs: summarize(cpuUs).median,
      })) as [Row, Row];
      return {
        tables: [
          {
            caption: 'opened one after the other, the load on the other core; to open one and to end it',
            head: ['', 'opened a second', 'CPU us of the server'],
            rows: [ours, theirs].map(({ perSecond, cpuUs }, i) => [
              names[i]!,
              thousands(perSecond),
              cpuUs.toFixed(0),
            ]),
          },
        ],
        claims: [claimOf(bench, ours, theirs)],
        figures: {
          'connections opened a second': ours.perSecond,
          'connections opened a second, bare': theirs.perSecond,
          'connection opened and ended: cpuUs': ours.cpuUs,
        },
      };
    } finally {
      await sluice.child.stop();
      await bare.stop();
    }
  },
};

interface Row {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Where no server at all is opened so many, the machine and the load say nothing of ours. */
function claimOf(bench: Bench, ours: Row, theirs: Row): Claim {
  const isMet = ours.perSecond >= wantedPerSecond;
  const canBe = theirs.perSecond >= wantedPerSecond;
  return claim(
    `${thousands(wantedPerSecond)} connections opened a second by one data plane`,
    `${thousands(ours.perSecond)} a second, bare uWebSockets.js ${thousands(theirs.perSecond)}; ${ours.cpuUs.toFixed(0)} us of CPU to open and to end one (${theirs.cpuUs.toFixed(0)})`,
    isMet ? true : bench.quick || bench.isMachineBusy() || !canBe ? null : false,
  );
}
