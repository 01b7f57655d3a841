// On what, with what and when something was measured.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { chosenGenerator, type Generator } from '../load/native/program.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  /** Short hash, with `+` when the tree differs from it; null outside a checkout. */
  readonly commit: string | null;
  /** ISO 8601. */
  readonly date: string;
  /** One-minute load average at the start: above 0.5 somebody else was at work. */
  readonly loadBefore: number;
  /** Which program puts on the load. */
  readonly generator: Generator;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: commit(),
    date: new Date().toISOString(),
    loadBefore: loadavg()[0]!,
    generator: chosenGenerator(),
  };
}

function commit(): string | null {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim();
    return (
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '--', 'src', 'native') === '' ? '' : '+')
    );
  } catch {
    return null;
  }
}

export const machineLine = (m: Machine): string =>
  `${m.cpu}, ${m.cores} cores, ${m.memoryGb} GB, Linux ${m.kernel}, Node ${m.node}, ${m.generator} load, commit ${m.commit ?? 'unknown'}, ${m.date}`;
