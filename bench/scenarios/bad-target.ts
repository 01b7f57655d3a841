// A pool of three targets of which one is bad, beside one of three good ones: what calls notice of it after it was
// ejected. Both pools are behind one data plane and are called in turn.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack, unpack } from 'msgpackr';
import { noBackends, type PublishedState, type TargetPool } from '../../src/resources/index.ts';
import { publishedStatePath } from '../../src/resources/snapshot-file.ts';
import { type Child, startChild } from '../harness/child.ts';
import { publish, readApi, unlimited } from '../harness/publish.ts';
import { benchStage, type Sluice, startSluice } from '../harness/sluice.ts';
import { summarize } from '../harness/statistics.ts';
import { requestBytes } from '../harness/wire.ts';
import { runOpenLoop } from '../load/run-open-loop.ts';
import { type Bench, claim, ms, type Scenario, thousands } from './scenario.ts';

const badService = fileURLToPath(new URL('../services/bad-backend.ts', import.meta.url));
const goodService = fileURLToPath(new URL('../services/upstream.ts', import.meta.url));
const manners = ['dead', 'slow', 'dripping', 'lying', 'garbage', 'flapping'] as const;
const rateRps = 1_000;
/** So many that the one call in thousands which tries the bad target holds up few others on its connection. */
const connections = 250;
/** p99 of a pool with a bad target, at most so many times that of one without; runs differ by as much. */
const ratioMax = 1.25;
const ejectionMs = 1_000;

const apiText = (names: readonly string[]): string => `
openapi: 3.0.1
info: { title: pools, version: "1" }
paths:
${names
  .map(
    (name) => `
  /${name}:
    get:
      responses: { "200": { description: of the pool } }
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: GET
        uri: http://app.internal/
        connectionType: VPC_LINK
        connectionId: ${name}
        timeoutInMillis: 2000`,
  )
  .join('')}
`;

function poolOf(name: string, addresses: readonly string[]): TargetPool {
  return {
    name,
    targets: addresses.map((address) => ({ address, weight: 1 })),
    balance: 'roundRobin',
    healthCheck: null,
    outlierDetection: {
      consecutiveFailures: 3,
      baseEjectionMs: ejectionMs,
      maxEjectionMs: 10_000,
      maxEjectedPercent: 50,
    },
    slowStartMs: 0,
    connectionsMax: 200,
    queuedMax: 200,
    drainMs: 1_000,
    retryBudgetPercent: 20,
    ca: null,
    proxy: null,
  };
}

export const badTarget: Scenario = {
  name: 'bad-target',
  title: 'One bad target among three: failures and p99 after its ejection, against three good ones',
  async run(bench) {
    const children: Child[] = [];
    const start = async (file: string, ...args: string[]): Promise<string> => {
      const child = await startChild(process.execPath, [file, ...args], {
        ready: /READY (\d+)/,
        core: null,
      });
      children.push(child);
      return `127.0.0.1:${child.ready[1]}`;
    };
    const good = [await start(goodService), await start(goodService), await start(goodService)];
    const pools = [poolOf('good', good)];
    for (const manner of manners)
      pools.push(poolOf(manner, [await start(badService, manner), ...good.slice(1)]));
    const folder = bench.folder('bad-target');
    publishPools(path.join(folder, 'data'), pools);
    const sluice = await startSluice({
      folder,
      upstreamPort: 0,
      core: null,
      isPublished: true,
      apis,
    });
    try {
      return await measure(bench, sluice);
    } finally {
      await sluice.stop();
      for (const child of children) await child.stop();
    }
  },
};

const apis = [readApi(apiText(['good', ...manners]))];

const middle = (values: readonly number[]): number => summarize(values).median;

function publishPools(dataDir: string, pools: readonly TargetPool[]): void {
  publish(dataDir, apis, { revision: 1, accountThrottle: unlimited, stage: benchStage });
  const file = publishedStatePath(dataDir);
  const state = unpack(readFileSync(file)) as PublishedState;
  const vpcLinks = pools.map(({ name }) => ({ id: name, targetArns: [name] }));
  writeFileSync(`${file}.new`, pack({ ...state, backends: { ...noBackends, pools, vpcLinks } }));
  renameSync(`${file}.new`, file);
}

async function measure(bench: Bench, sluice: Sluice) {
  const rounds = bench.quick ? 1 : 3;
  const durationMs = bench.quick ? 1_000 : 2_000;
  const load = async (name: string, forMs: number) => {
    const request = requestBytes(sluice.address, {
      method: 'GET',
      path: `/bench/${name}`,
      headers: {},
      body: null,
    });
    const plan = { port: sluice.address.port, request, rateRps, burst: 0, connections, drainMs: 3_000 };
    const report = await runOpenLoop({ ...plan, durationMs: forMs }, null);
    return {
      failed: report.due - (report.statuses['200'] ?? 0),
      due: report.due,
      p99Us: report.latencyUs.p99,
    };
  };
  // Code is compiled, and each bad target has had its first ejection.
  for (const name of ['good', ...manners, 'good']) await load(name, bench.quick ? 800 : 2_500);
  const rows: string[][] = [];
  const figures: Record<string, number> = {};
  let failedInAll = 0;
  let dueInAll = 0;
  let worst = 0;
  for (const manner of manners) {
    const ratios: number[] = [];
    let failed = 0;
    let due = 0;
    const p99s: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      bench.progress(`${manner}, round ${round + 1} of ${rounds}`);
      const without = await load('good', durationMs);
      const withBad = await load(manner, durationMs);
      ratios.push(withBad.p99Us / without.p99Us);
      p99s[0].push(without.p99Us);
      p99s[1].push(withBad.p99Us);
      failed += withBad.failed;
      due += withBad.due;
    }
    const ratio = middle(ratios);
    worst = Math.max(worst, ratio);
    failedInAll += failed;
    dueInAll += due;
    rows.push([
      manner,
      thousands(due),
      String(failed),
      ms(middle(p99s[0])),
      ms(middle(p99s[1])),
      `${ratio.toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    ]);
    figures[`${manner} p99 ratio`] = ratio;
    figures[`${manner} failed`] = failed;
  }
  return {
    tables: [
      {
        caption: `GET, ${thousands(rateRps)} rps, ejections of ${ejectionMs} ms and longer, medians of ${rounds} rounds`,
        head: ['one target is', 'calls', 'failed', 'p99, three good', 'p99, one bad', 'ratio'],
        rows,
      },
    ],
    claims: [
      claim(
        'no idempotent request fails after the ejection of a bad target',
        `${failedInAll} of ${thousands(dueInAll)}`,
        failedInAll === 0,
      ),
      claim(
        'p99 of the healthy path unchanged',
        `at most ${worst.toFixed(2)} times that of three good targets`,
        worst <= ratioMax ? (bench.quick ? null : true) : bench.isMachineBusy() || bench.quick ? null : false,
      ),
    ],
    notes: ['the ratio is of medians taken in turn: one run of each pool, one after the other'],
    figures,
  };
}
