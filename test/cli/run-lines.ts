// Runs command lines in one process, one after another: each start of Node.js costs more than most commands.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Printed } from './lines-main.ts';

const main = fileURLToPath(new URL('./lines-main.ts', import.meta.url));
const compileCache = fileURLToPath(new URL('../../build/compile-cache', import.meta.url));

/** Over one data folder. */
export function runLines(dataDir: string, lines: readonly string[]): Printed[] {
  const env = { ...process.env, NODE_COMPILE_CACHE: compileCache, NO_COLOR: '1', FORCE_COLOR: undefined };
  const args = lines.map((line) => [...line.split(' '), '--data-dir', dataDir]);
  const { stdout, stderr } = spawnSync(process.execPath, [main, JSON.stringify(args)], {
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}
