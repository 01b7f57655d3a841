// CPU time per request, each kind of work beside whoever can do the same, in interleaved rounds on one core.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { startSluice } from '../harness/sluice.ts';
import { ask } from '../harness/wire.ts';
import { closedLoopTool } from '../load/closed-loop.ts';
import { type Contestant, type CpuResult, compareCpu } from '../load/cpu.ts';
import { rivals } from '../rivals/index.ts';
import { problemOf, type RivalServer, type Work } from '../rivals/rival.ts';
import { mockBody, upstreamBody } from '../services/bodies.ts';
import { type Bench, type Claim, claim, type Scenario, type Table, thousands } from './scenario.ts';

interface Entrant {
  readonly name: string;
  readonly server: Pick<RivalServer, 'pid' | 'address'>;
  readonly requests: Readonly<Partial<Record<Work, Contestant['plan']['request']>>>;
}

const works: Readonly<Record<Work, string>> = {
  mock: 'mock',
  proxy: 'HTTP proxy, 1 KB',
  template: 'non-proxy with request and response template, 1 KB',
  refusal: 'validation refusal (400)',
  throttled: 'throttled (429)',
};
const connections = 32;
/** Once more at one rate for all, which each can keep up with; who cannot is left out. */
const sameRateRps: Readonly<Partial<Record<Work, number>>> = { mock: 10_000, proxy: 5_000, template: 4_000 };
const tooSlowForRates: ReadonlySet<string> = new Set(['fastify']);
const ownRivals: Readonly<Partial<Record<Work, Work>>> = { template: 'proxy', throttled: 'mock' };

export const cpuPerRequest: Scenario = {
  name: 'cpu',
  title: 'CPU time per request',
  async run(bench) {
    const upstreamPort = await bench.upstreamPort();
    const folder = bench.folder('cpu');
    const sluice = await startSluice({ folder, upstreamPort, core: bench.cores.server });
    const running: RivalServer[] = [];
    const notes = [
      `load: ${closedLoopTool}, ${connections} connections, one server core; Sluice has its log, metrics, ids and throttling on`,
    ];
    try {
      const entrants: Entrant[] = [{ name: 'Sluice', server: sluice, requests: sluice.requests }];
      for (const rival of rivals) {
        const why = rival.missing();
        notes.push(`${rival.name}: ${why === null ? rival.note : `not measured (${why})`}`);
        if (why !== null) continue;
        bench.progress(`starting ${rival.name}`);
        const own = path.join(folder, rival.name.replaceAll(' ', '-'));
        mkdirSync(own, { recursive: true });
        const server = await rival.start({ upstreamPort, folder: own, core: bench.cores.server });
        running.push(server);
        entrants.push({ name: rival.name, server, requests: rival.requests });
      }
      const results = new Map<Work, CpuResult[]>();
      const sameRate = new Map<Work, CpuResult[]>();
      for (const work of Object.keys(works) as Work[]) {
        results.set(work, await compare(bench, work, entrants, null));
        const rateRps = sameRateRps[work];
        if (rateRps === undefined) continue;
        const quick = entrants.filter(({ name }) => !tooSlowForRates.has(name));
        sameRate.set(work, await compare(bench, work, quick, rateRps));
      }
      return {
        tables: [...results].flatMap(([work, list]) => {
          const other = sameRate.get(work);
          const atRate = `${works[work]}, ${thousands(sameRateRps[work] ?? 0)} rps for each`;
          return [tableOf(works[work], list), ...(other === undefined ? [] : [tableOf(atRate, other)])];
        }),
        claims: [...claims(results), ...sameRateClaims(sameRate)],
        notes,
        figures: { ...figuresOf(results, ''), ...figuresOf(sameRate, ' at one rate') },
      };
    } finally {
      for (const server of running) await server.stop();
      await sluice.stop();
    }
  },
};

async function compare(
  bench: Bench,
  work: Work,
  entrants: readonly Entrant[],
  rateRps: number | null,
): Promise<CpuResult[]> {
  const contestants: Contestant[] = [];
  for (const { name, server, requests } of entrants) {
    const request = requests[work];
    if (request === undefined) continue;
    await check(name, work, () => ask(server.address, request));
    const wantsErrors = work === 'refusal' || work === 'throttled';
    contestants.push({
      name,
      pid: server.pid,
      plan: { address: server.address, request, connections, core: bench.cores.load },
      isRight: (errorShare) => (wantsErrors ? errorShare > 0.999 : errorShare === 0),
    });
  }
  // Some promises hold one of our paths against another of ours: then both are in the same rounds.
  const own = ownRivals[work];
  if (own !== undefined) {
    const { server, requests } = entrants[0]!;
    const plan = { address: server.address, request: requests[own]!, connections, core: bench.cores.load };
    contestants.push({ name: `Sluice, ${own}`, pid: server.pid, plan, isRight: (share) => share === 0 });
  }
  return await compareCpu(contestants, {
    rounds: bench.quick ? 1 : 5,
    // Whoever is compared at one rate has just been warmed.
    hasWarmUp: !bench.quick && rateRps === null,
    secondsPerRound: bench.quick ? 1 : 2,
    rateRps,
    onRound: (text) => bench.progress(`${works[work]}${rateRps === null ? '' : ' at one rate'}: ${text}`),
  });
}

/** A throttled method admits its first requests. */
async function check(name: string, work: Work, send: () => ReturnType<typeof ask>): Promise<void> {
  let problem: string | null = null;
  for (let i = 0; i < (work === 'throttled' ? 20 : 1); i++) {
    problem = problemOf(work, await send(), { mockBody, upstreamBody });
    if (problem === null) return;
  }
  throw new Error(`${name}, ${work}: ${problem}`);
}

function tableOf(caption: string, results: readonly CpuResult[]): Table {
  const own = results[0]!.cpuUs.median;
  return {
    caption,
    head: ['', 'CPU us a request (median)', 'spread', 'Sluice / this', 'rps'],
    rows: results.map(({ name, cpuUs, rps }) => [
      name,
      cpuUs.median.toFixed(1),
      `${cpuUs.min.toFixed(1)} to ${cpuUs.max.toFixed(1)}`,
      name === 'Sluice' ? '' : (own / cpuUs.median).toFixed(2),
      thousands(rps.median),
    ]),
  };
}

type Results = ReadonlyMap<Work, readonly CpuResult[]>;

function atMost(results: Results, promise: string, work: Work, rival: string, factor: number): Claim {
  const median = (name: string): number | null =>
    results.get(work)?.find((result) => result.name === name)?.cpuUs.median ?? null;
  const own = median('Sluice')!;
  const other = median(rival);
  if (other === null) return claim(promise, `${rival} is not here`, null);
  return claim(
    promise,
    `${(own / other).toFixed(2)} x (${own.toFixed(1)} us, ${other.toFixed(1)} us)`,
    own <= factor * other,
  );
}

function claims(results: Results): Claim[] {
  return [
    atMost(results, 'mock at most 1.5 x a bare uWebSockets.js handler', 'mock', 'bare uWS', 1.5),
    atMost(results, "HTTP proxy at most 1.3 x nginx's", 'proxy', 'nginx', 1.3),
    atMost(results, "HTTP proxy below pingora's", 'proxy', 'pingora', 1),
    atMost(results, 'HTTP proxy half or less of fastify + @fastify/http-proxy', 'proxy', 'fastify', 0.5),
    atMost(
      results,
      'non-proxy with both templates at most 2 x our own proxy',
      'template',
      'Sluice, proxy',
      2,
    ),
    atMost(results, 'a 429 costs less than a mock answer', 'throttled', 'Sluice, mock', 1),
  ];
}

function sameRateClaims(results: Results): Claim[] {
  const atOneRate = (promise: string, work: Work, rival: string, factor: number): Claim =>
    atMost(results, `${promise}, ${thousands(sameRateRps[work]!)} rps for each`, work, rival, factor);
  return [
    atOneRate('mock at most 1.5 x a bare uWebSockets.js handler', 'mock', 'bare uWS', 1.5),
    atOneRate("HTTP proxy at most 1.3 x nginx's", 'proxy', 'nginx', 1.3),
    atOneRate("HTTP proxy below pingora's", 'proxy', 'pingora', 1),
    atOneRate('non-proxy with both templates at most 2 x our own proxy', 'template', 'Sluice, proxy', 2),
  ];
}

function figuresOf(results: Results, suffix: string): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [work, list] of results)
    for (const { name, cpuUs } of list) figures[`${work}${suffix}: ${name}`] = cpuUs.median;
  return figures;
}
