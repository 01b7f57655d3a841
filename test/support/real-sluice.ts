// The real command line with the real data plane, as a user starts it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runningStatus, type Status, stopRunning } from '../../src/supervisor/index.ts';
import { until } from '../supervisor/sluice.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const compileCache = fileURLToPath(new URL('../../build/compile-cache', import.meta.url));

/** `sluice start` on free ports and, unless one is given, a fresh data folder; both end with the test. */
export async function startReal(
  t: TestContext,
  args: readonly string[] = [],
  dataDir = mkdtempSync(path.join(tmpdir(), 'sluice-real-')),
): Promise<Status> {
  const ports = ['--host', '127.0.0.1', '--port', '0', '--admin-port', '0', '--management-port', '0'];
  const all = [main, 'start', '--data-dir', dataDir, '--processes', '1', ...ports, ...args];
  const child = spawn(process.execPath, all, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  // Said when requests are served; until then it is left in peace, and so are the data planes that it may be adopting.
  const announced = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('listens on')) resolve();
    });
  });
  const exited = once(child, 'exit');
  t.after(async () => {
    // Where it cannot be asked (its folder is gone, or it dies) it is told by a signal: a test must never wait for it.
    await stopRunning(dataDir, 5_000).catch(() => {});
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await exited;
    clearTimeout(deadline);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  await Promise.race([announced, exited]);
  return await until(async () => {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`sluice start ended with ${child.exitCode ?? child.signalCode}`);
    // Whoever was there before may be dying while it is asked.
    const status = await runningStatus(dataDir).catch(() => null);
    return status?.pid === child.pid && status;
  });
}
