// Runs the load on WebSockets in a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned } from '../harness/child.ts';
import type { SocketLoadPlan, SocketLoadReport } from './websocket-load.ts';

const file = fileURLToPath(new URL('./websocket-load.ts', import.meta.url));

/** @param core - see `ChildOptions.core` */
export async function runSocketLoad(plan: SocketLoadPlan, core: number | null): Promise<SocketLoadReport> {
  // Node warns of the handles that a storm opens with.
  const [command, args] = pinned(process.execPath, ['--no-deprecation', file, JSON.stringify(plan)], core);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await once(child, 'close');
  return JSON.parse(printed) as SocketLoadReport;
}
