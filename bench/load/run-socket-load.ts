// Runs the programs that put load on WebSockets, each in a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned } from '../harness/child.ts';
import type { StormPlan, StormReport } from './connection-storm.ts';
import type { SocketLoadPlan, SocketLoadReport } from './websocket-load.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const load = fileOf('./websocket-load.ts');
const storm = fileOf('./connection-storm.ts');

/** @param core - see `ChildOptions.core` */
export const runSocketLoad = (plan: SocketLoadPlan, core: number | null): Promise<SocketLoadReport> =>
  reportOf([load, JSON.stringify(plan)], core);

/** @param core - see `ChildOptions.core` */
export const runConnectionStorm = (plan: StormPlan, core: number | null): Promise<StormReport> =>
  // Node warns of the handles that it opens with.
  reportOf(['--no-deprecation', storm, JSON.stringify(plan)], core);

async function reportOf<Report>(nodeArguments: readonly string[], core: number | null): Promise<Report> {
  const [command, args] = pinned(process.execPath, nodeArguments, core);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await once(child, 'close');
  return JSON.parse(printed) as Report;
}
