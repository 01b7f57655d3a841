// The micro-benchmarks: each file of bench/micro answers one question by itself; here they are run one after the other
// and their words are kept.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Bench, type Claim, claim, type Scenario, type ScenarioResult, timeClaim } from './scenario.ts';

const folder = fileURLToPath(new URL('../micro/', import.meta.url));
const msMax = 180_000;

/** A micro-benchmark may say `CLAIM {"promise", "measured", "verdict"}` on a line of its own. */
const claimLine = /^CLAIM (\{.*\})$/gm;

export const templates: Scenario = {
  name: 'templates',
  title: 'Templates a second against velocityjs',
  async run(bench) {
    const result = await runFiles(bench, ['templates.bench.ts']);
    return { ...result, claims: templateClaims(bench, result.verbatim?.[0]?.text ?? '') };
  },
};

export const micro: Scenario = {
  name: 'micro',
  title: 'Micro-benchmarks: bucket decision, router, exchange, pool crossing',
  run: (bench) => {
    const files = readdirSync(folder).filter(
      (name) => name.endsWith('.bench.ts') && name !== 'templates.bench.ts',
    );
    return runFiles(bench, files.sort());
  },
};

/** Its rows end in `12.3x velocityjs (...)  1.23x Velocity on the JVM`. */
const templateRow = /^(\w+)\b.* ([\d.]+)x velocityjs \(.* ([\d.]+)x Velocity on the JVM$/gm;

function templateClaims(bench: Bench, text: string): Claim[] {
  return [...text.matchAll(templateRow)].flatMap(([, name, velocityjs, jvm]) => [
    claim(`${name} template at least 10 x velocityjs`, `${velocityjs} x`, Number(velocityjs) >= 10),
    timeClaim(
      bench,
      `${name} template at least as fast as Apache Velocity 1.7 on the JVM (measured beforehand, on a quiet machine)`,
      `${jvm} x`,
      Number(jvm) >= 1,
    ),
  ]);
}

async function runFiles(bench: Bench, names: readonly string[]): Promise<ScenarioResult> {
  if (bench.quick) return { notes: ['not part of a quick run'] };
  const verbatim: { caption: string; text: string }[] = [];
  const claims: Claim[] = [];
  const notes: string[] = [];
  for (const name of names) {
    if (!existsSync(folder + name)) {
      notes.push(`bench/micro/${name} is not there yet`);
      continue;
    }
    bench.progress(name);
    const { text, problem } = await runProgram(folder + name);
    for (const [, json] of text.matchAll(claimLine)) claims.push(JSON.parse(json!) as Claim);
    if (problem !== null) notes.push(`bench/micro/${name}: ${problem}`);
    verbatim.push({ caption: `node bench/micro/${name}`, text: text.replaceAll(claimLine, '').trimEnd() });
  }
  return { verbatim, claims, notes };
}

function runProgram(file: string): Promise<{ text: string; problem: string | null }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--expose-gc', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    let errors = '';
    let problem: string | null = null;
    const timer = setTimeout(() => {
      problem = `ended after ${msMax / 1000} s`;
      child.kill('SIGKILL');
    }, msMax);
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString('utf8')).slice(-2_000)));
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ text, problem: problem ?? (code === 0 ? null : `exit code ${code}: ${errors.trim()}`) });
    });
  });
}
