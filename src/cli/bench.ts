// `sluice bench`: runs the measurements of bench/, which only a checkout has.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { packageFolder } from '../supervisor/index.ts';
import { complain } from './terminal.ts';

const entry = path.join(packageFolder, 'bench', 'run.ts');

/** @param args - handed on as they are @returns the exit code */
export async function bench(args: readonly string[]): Promise<number> {
  if (!existsSync(entry)) {
    complain(
      `the measurements are not installed here; run this in a checkout, which has ${path.relative(packageFolder, entry)}`,
    );
    return 1;
  }
  const child = spawn(process.execPath, [entry, ...args], { cwd: packageFolder, stdio: 'inherit' });
  // Ctrl-C reaches the child too; it ends, and then we do.
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  const [code] = (await once(child, 'close')) as [number | null];
  process.off('SIGINT', ignore);
  return code ?? 1;
}
