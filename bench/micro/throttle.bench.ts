// What does one throttle decision over three levels (account, stage, method) cost, with the crossing into native code?
// Native and twin; alone, and beside a second process that decides without pause over the same buckets.

import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/base/clock.ts';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import { openThrottle, type Throttle } from '../../src/gateway/throttle/throttle.ts';

const decisions = 400_000;
const rounds = 9;
const [stages, methods] = [10, 1_000];

/** Each decision's three buckets; `admitted` has room for all of them, `refused` none at its last level. */
interface Plan {
  readonly throttle: Throttle;
  readonly account: number;
  readonly stage: Int32Array;
  readonly method: Int32Array;
}

function plan(throttle: Throttle, outcome: 'admitted' | 'refused'): Plan {
  const wide = { rateRps: 1e9, burst: 1e9 };
  const narrow = outcome === 'admitted' ? wide : { rateRps: 1e-6, burst: 0 };
  const account = throttle.bucket('account', wide);
  const stage = Int32Array.from({ length: stages }, (_, i) => throttle.bucket(`stage ${i}`, wide));
  const method = Int32Array.from({ length: methods }, (_, i) => throttle.bucket(`${outcome} ${i}`, narrow));
  return { throttle, account, stage, method };
}

/** Runs the decisions and returns the sum of the answers. The clock is read once in 64, as its cost is not the question. */
function decide({ throttle, account, stage, method }: Plan): number {
  let sum = 0;
  let nowNs = systemClock.monotonicNs();
  for (let i = 0; i < decisions; i++) {
    if ((i & 63) === 0) nowNs = systemClock.monotonicNs();
    sum += throttle.take(account, stage[i % stages]!, method[(i * 7) % methods]!, -1, nowNs);
  }
  return sum;
}

const self = fileURLToPath(import.meta.url);
const [role, rivalFile] = process.argv.slice(2);
if (role === 'neighbour') await runNeighbour();
else await main();

/** The second process: decides until it is killed. */
async function runNeighbour(): Promise<void> {
  const busy = plan(openThrottle({ file: rivalFile!, processes: 2 }).throttle, 'admitted');
  process.send!('deciding');
  for (;;) decide(busy);
}

async function main(): Promise<void> {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = mkdtempSync(join(base, 'sluice-bench-'));
  const file = join(directory, 'throttle');
  try {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
    console.log(`${cpus()[0]!.model} x ${cpus().length}, Node ${process.version}, commit ${commit}`);
    const loaded = loadAddon();
    if ('absent' in loaded) console.log(`native is left out: ${loaded.absent}`);
    const kinds = 'absent' in loaded ? (['twin'] as const) : (['native', 'twin'] as const);
    const plans = kinds.flatMap((prefer) => {
      const { throttle } = openThrottle({ file, processes: 1, prefer });
      return (['admitted', 'refused'] as const).map((outcome) => ({
        name: `${prefer}, ${outcome}`,
        plan: plan(throttle, outcome),
        expected: outcome === 'admitted' ? 0 : 3 * decisions,
      }));
    });
    for (const { name, plan, expected } of plans) assert.equal(decide(plan), expected, name);
    report('one process', measure(plans));
    if ('addon' in loaded) {
      const neighbour = fork(self, ['neighbour', file]);
      await once(neighbour, 'message');
      report('beside a second process on the same buckets', measure(plans));
      neighbour.kill('SIGKILL');
      await once(neighbour, 'exit');
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Nanoseconds per decision, rivals taking turns. */
function measure(plans: readonly { name: string; plan: Plan; expected: number }[]): Map<string, number[]> {
  const times = new Map<string, number[]>(plans.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const { name, plan, expected } of plans) {
      const start = performance.now();
      const sum = decide(plan);
      times.get(name)!.push(((performance.now() - start) * 1e6) / decisions);
      assert.equal(sum, expected, name);
    }
  }
  return times;
}

function report(title: string, times: Map<string, number[]>): void {
  console.log(`${title}, ns per decision over three levels:`);
  for (const [name, list] of times) {
    const sorted = list.toSorted((x, y) => x - y);
    const [least, median, most] = [sorted[0]!, sorted[rounds >> 1]!, sorted.at(-1)!];
    console.log(
      `  ${name.padEnd(18)} ${median.toFixed(0).padStart(5)}   (${least.toFixed(0)} to ${most.toFixed(0)})`,
    );
  }
}
