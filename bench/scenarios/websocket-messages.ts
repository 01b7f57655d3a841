// A message that is routed by its content and answered by a mock, beside bare echoes that do no more than that: what the
// gateway adds to a frame.

import { fileURLToPath } from 'node:url';
import { startChild } from '../harness/child.ts';
import { startSluiceSockets } from '../harness/sluice-sockets.ts';
import { type Summary, summarize } from '../harness/statistics.ts';
import { cpuTimeUs } from '../load/cpu.ts';
import { runSocketLoad } from '../load/run-socket-load.ts';
import type { SocketLoadPlan } from '../load/websocket-load.ts';
import { type Bench, type Claim, claim, type Scenario, thousands } from './scenario.ts';

const rival = fileURLToPath(new URL('../rivals/websocket-server.ts', import.meta.url));
const message = '{"action":"order","symbol":"ACME","side":"buy","size":100,"n":1}';
const ours = 'Sluice, routed by content, mock';
const bare = 'bare uWebSockets.js, parses the JSON';
const npmWs = 'npm ws, parses nothing';

interface Entrant {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly path: string;
}

async function measure(entrant: Entrant, seconds: number, core: number | null): Promise<[number, number]> {
  const { pid, port, path } = entrant;
  const connections = 64;
  const plan: SocketLoadPlan = {
    mode: 'messages',
    port,
    path,
    connections,
    seconds,
    message,
    answerBytes: message.length + 2,
    from: ['127.0.0.1'],
    opening: 8,
  };
  const before = cpuTimeUs(pid);
  const report = await runSocketLoad(plan, core);
  const usedUs = cpuTimeUs(pid) - before;
  if (report.opened !== connections || report.messages === 0)
    throw new Error(`${entrant.name} answered wrongly under load: ${JSON.stringify(report)}`);
  return [usedUs / report.messages, report.messages / report.seconds];
}

export const websocketMessages: Scenario = {
  name: 'websocket-messages',
  title: 'WebSocket messages, routed by content',
  async run(bench) {
    const core = bench.cores.server;
    const keys = ['order', 'cancel', 'quote', 'subscribe', '$default'];
    const sluice = await startSluiceSockets(bench.folder('websocket-messages'), core, keys, message);
    const rivals = [
      [bare, await startChild(process.execPath, [rival, 'uws'], { ready: /READY (\d+)/, core })],
      [npmWs, await startChild(process.execPath, [rival, 'ws'], { ready: /READY (\d+)/, core })],
    ] as const;
    try {
      const entrants: Entrant[] = [
        { name: ours, pid: sluice.pid, port: sluice.port, path: sluice.path },
        ...rivals.map(([name, { pid, ready }]) => ({ name, pid, port: Number(ready[1]), path: '/' })),
      ];
      const cpu = entrants.map((): number[] => []);
      const rate = entrants.map((): number[] => []);
      const rounds = bench.quick ? 2 : 5;
      for (let round = 0; round <= rounds; round++)
        for (const [i, entrant] of entrants.entries()) {
          bench.progress(`${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${entrant.name}`);
          const seconds = (bench.quick ? 1 : 3) * (round === 0 ? 2 : 1);
          const [cpuUs, perSecond] = await measure(entrant, seconds, bench.cores.load);
          if (round === 0) continue;
          cpu[i]!.push(cpuUs);
          rate[i]!.push(perSecond);
        }
      const results = entrants.map(({ name }, i) => ({
        name,
        cpuUs: summarize(cpu[i]!),
        rate: summarize(rate[i]!),
      }));
      return {
        tables: [
          {
            caption: '64 bytes in, 64 bytes out; 64 connections, each with one message under way',
            head: ['', 'CPU us a message (median)', 'spread', 'Sluice / this', 'messages a second'],
            rows: results.map(({ name, cpuUs, rate: perSecond }) => [
              name,
              cpuUs.median.toFixed(2),
              `${cpuUs.min.toFixed(2)} to ${cpuUs.max.toFixed(2)}`,
              name === ours ? '' : (results[0]!.cpuUs.median / cpuUs.median).toFixed(2),
              thousands(perSecond.median),
            ]),
          },
        ],
        claims: claims(
          bench,
          results.map(({ cpuUs }) => cpuUs),
        ),
        figures: Object.fromEntries(results.map(({ name, cpuUs }) => [`message: ${name}`, cpuUs.median])),
      };
    } finally {
      await sluice.child.stop();
      for (const [, child] of rivals) await child.stop();
    }
  },
};

function claims(bench: Bench, cpuUs: readonly Summary[]): Claim[] {
  const [own, uws, ws] = cpuUs.map(({ median }) => median) as [number, number, number];
  const against = (other: number): string =>
    `${(own / other).toFixed(2)} x (${own.toFixed(1)} us, ${other.toFixed(1)} us)`;
  return [
    claim(
      'a message routed by content to a mock at most 1.3 x the CPU of a bare uWebSockets.js echo that parses it',
      against(uws),
      bench.quick ? null : own <= 1.3 * uws,
    ),
    claim('and less than a bare echo of npm ws', against(ws), bench.quick ? null : own < ws),
  ];
}
