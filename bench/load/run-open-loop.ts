// Runs an open-loop generator in a process of its own: the native one where it is built (make load), else Node's.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { pinned, type Turn } from '../harness/child.ts';
import { chosenGenerator, generatorCommand } from './native/program.ts';
import type { OpenLoopPlan, OpenLoopProgress, OpenLoopReport } from './open-loop-types.ts';

const file = fileURLToPath(new URL('./open-loop.ts', import.meta.url));

/**
 * @param core - see `ChildOptions.core`
 * @param turn - the generator's
 * @throws (rejects) when the generator fails or cannot connect
 */
export function runOpenLoop(
  plan: OpenLoopPlan,
  core: number | null,
  onProgress: (progress: OpenLoopProgress) => void = () => {},
  turn: Turn = 'normal',
  generator = chosenGenerator(),
): Promise<OpenLoopReport> {
  const [program, its] = generatorCommand(generator, 'open-loop', [file], plan);
  const [command, args] = pinned(program, its, core, turn);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const limitMs = plan.durationMs + plan.drainMs + 15_000;
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    let text = '';
    let report: OpenLoopReport | null = null;
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        const line = JSON.parse(text.slice(0, end)) as OpenLoopReport | OpenLoopProgress;
        text = text.slice(end + 1);
        if ('due' in line) report = line;
        else onProgress(line);
      }
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (report !== null) resolve(report);
      else reject(new Error(`the load generator ended (${code}) without a report`));
    });
  });
}
