// Runs the programs that put load on WebSockets, each in a process of its own. The storm is the native program's where that
// is built (make load), else Node's.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned } from '../harness/child.ts';
import type { StormPlan, StormReport } from './connection-storm.ts';
import { chosenGenerator, generatorCommand } from './native/program.ts';
import { handshakeHead } from './websocket-handshake.ts';
import type { SocketLoadPlan, SocketLoadReport } from './websocket-load.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const load = fileOf('./websocket-load.ts');
const storm = fileOf('./connection-storm.ts');

/** @param core - see `ChildOptions.core` */
export const runSocketLoad = (plan: SocketLoadPlan, core: number | null): Promise<SocketLoadReport> =>
  reportOf([process.execPath, [load, JSON.stringify(plan)]], core);

/**
 * @param core - see `ChildOptions.core`
 * @throws (rejects) when the generator fails
 */
export function runConnectionStorm(
  { path, ...plan }: Omit<StormPlan, 'head'> & { readonly path: string },
  core: number | null,
  generator = chosenGenerator(),
): Promise<StormReport> {
  const told: StormPlan = { ...plan, head: handshakeHead(path) };
  // Node warns of the handles that it opens with.
  return reportOf(generatorCommand(generator, 'storm', ['--no-deprecation', storm], told), core);
}

async function reportOf<Report>(
  [program, its]: [command: string, args: string[]],
  core: number | null,
): Promise<Report> {
  const [command, args] = pinned(program, its, core);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (printed === '') throw new Error(`the load ended (${code}) without a report`);
  return JSON.parse(printed) as Report;
}
