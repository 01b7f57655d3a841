// The micro-benchmarks: each file of bench/micro answers one question by itself; here they are run one after the other
// and their words are kept.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Bench, Claim, Scenario, ScenarioResult } from './scenario.ts';

const folder = fileURLToPath(new URL('../micro/', import.meta.url));
const msMax = 180_000;

/** A micro-benchmark may say `CLAIM {"promise", "measured", "verdict"}` on a line of its own. */
const claimLine = /^CLAIM (\{.*\})$/gm;

export const templates: Scenario = {
  name: 'templates',
  title: 'Templates a second against velocityjs',
  run: (bench) => runFiles(bench, ['templates.bench.ts']),
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
