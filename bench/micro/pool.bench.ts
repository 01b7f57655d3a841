// What does it cost the event loop to have a template rendered: at once, in a worker thread alone, in a batch of 8 and
// of 32? And what does the decision cost? CPU time of the main thread, with work of its own between the turns, as in life;
// an idle loop would be measured with its waking up.

import { systemClock } from '../../src/base/clock.ts';
import type { PreparedTemplate } from '../../src/exchange/tools.ts';
import type { Offload } from '../../src/gateway/workers/job-cost.ts';
import { createRenderPool } from '../../src/gateway/workers/render-pool.ts';
import { TurnWorkers } from '../../src/gateway/workers/turn-workers.ts';
import { compileTemplate, type TemplateScope } from '../../src/mapping/template.ts';
import { summarize } from '../harness/statistics.ts';

/** Long enough that the thread keeps up with what a turn sends it. */
const turnWorkMs = (jobs: number): number => 0.2 + 0.06 * jobs;
const rounds = 5;
const jobsPerRound = 2_000;

const sources = {
  small: `{"id":"$input.params('id')","name":$input.json('$.name')}`,
  large: `#set($root = $input.path('$')){"items":[#foreach($i in $root.items){"id":$i.id,"name":"$i.name"}#if($foreach.hasNext),#end#end]}`,
};

function scopeOf(n: number): TemplateScope {
  const items = Array.from({ length: 16 }, (_, i) => ({ id: i, name: `Item ${i} of ${n}`, price: 12.5 }));
  return {
    input: {
      body: JSON.stringify({ name: `Name ${n}`, items }),
      path: { id: String(n) },
      querystring: {},
      header: {},
    },
    context: { requestId: `0000-${n}`, stage: 'prod' },
    stageVariables: {},
  };
}
const scopes = Array.from({ length: 256 }, (_, n) => scopeOf(n));
console.log(`body: ${scopes[0]!.input.body!.length} characters`);

const work = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
let escaped = 0;

/** @returns microseconds of the event loop for each job */
async function costOf(template: PreparedTemplate, jobsPerTurn: number): Promise<number> {
  const turns = Math.ceil(jobsPerRound / jobsPerTurn / (jobsPerTurn === 1 ? 2 : 1));
  const measure = async (jobs: number): Promise<number> => {
    let open = 0;
    const before = process.threadCpuUsage();
    for (let i = 0; i < turns; i++) {
      work(turnWorkMs(jobsPerTurn));
      for (let j = 0; j < jobs; j++) {
        const rendered = template.render(scopes[(i * jobs + j) & 255]!);
        if (!(rendered instanceof Promise)) escaped += 'output' in rendered ? rendered.output.length : 0;
        else {
          open++;
          void rendered.then((result) => {
            open--;
            escaped += 'output' in result ? result.output.length : 0;
          });
        }
      }
      await turn();
    }
    while (open > 0) await turn();
    const used = process.threadCpuUsage(before);
    return used.user + used.system;
  };
  const empty = await measure(0);
  return ((await measure(jobsPerTurn)) - empty) / (turns * jobsPerTurn);
}

const cases: readonly (readonly [string, Offload, number])[] = [
  ['at once (never)', 'never', 32],
  ['lone task (always)', 'always', 1],
  ['batch of 8 (always)', 'always', 8],
  ['batch of 32 (always)', 'always', 32],
  ['auto, 1 in a turn', 'auto', 1],
  ['auto, 32 in a turn', 'auto', 32],
];
const allWorkers: TurnWorkers[] = [];
function workersOf(offload: Offload): TurnWorkers {
  const workers = new TurnWorkers({ offload, threads: 1, jobTimeoutMs: 2_000, clock: systemClock });
  allWorkers.push(workers);
  return workers;
}
const pools = cases.map(([, offload]) =>
  createRenderPool({ workers: workersOf(offload), queueJobsMax: 1e6 }),
);
for (const [name, source] of Object.entries(sources)) {
  const prepared = pools.map((pool) => pool.prepare(compileTemplate(source)));
  const costs = cases.map(() => [] as number[]);
  for (let round = 0; round <= rounds; round++)
    for (const [i, [, , jobsPerTurn]] of cases.entries()) {
      const us = await costOf(prepared[i]!, jobsPerTurn);
      if (round > 0) costs[i]!.push(us);
    }
  console.log(`\n${name} template: event-loop microseconds a render, median (spread)`);
  for (const [i, [label]] of cases.entries()) {
    const { median, min, max } = summarize(costs[i]!);
    console.log(
      `  ${label.padEnd(22)} ${median.toFixed(2).padStart(8)}   (${min.toFixed(2)} to ${max.toFixed(2)})`,
    );
  }
}
for (const pool of pools) await pool.close();
for (const workers of allWorkers) await workers.close();

// The decision: a render through the pool that is done at once, against the template itself.
const template = compileTemplate(sources.small);
const pool = createRenderPool({ workers: workersOf('auto'), queueJobsMax: 1 });
const scope = scopes[0]!;
const decided = pool.prepare({ ...template, constantOutput: null, render: () => ({ output: '' }) });
const bare = (): number => {
  const begun = performance.now();
  for (let i = 0; i < 1e6; i++) {
    const rendered = decided.render(scope);
    if (!(rendered instanceof Promise) && 'output' in rendered) escaped += rendered.output.length;
  }
  return ((performance.now() - begun) * 1e6) / 1e6;
};
bare();
const { median, min, max } = summarize(Array.from({ length: rounds }, bare));
console.log(
  `\ndecision and books around a render that is done at once: ${median.toFixed(0)} ns (${min.toFixed(0)} to ${max.toFixed(0)})`,
);
if (escaped === 0) throw new Error('nothing was rendered');
