// `{dataDir}/run`: where the sockets of running processes lie, and who answers on them.

import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { ControlClient } from './control-client.ts';
import type {
  DataPlaneProtocol,
  FunctionHostProtocol,
  ProcessHello,
  ProcessProtocol,
  SupervisorProtocol,
} from './protocol.ts';
import { timings } from './timings.ts';

/** A process that answers on its control socket. */
export interface RunningProcess<P extends ProcessProtocol<ProcessHello, unknown>> {
  readonly client: ControlClient<P>;
  /** As it said when it was found or became ready. */
  readonly hello: P['hello'][1];
}

export type DataPlane = RunningProcess<DataPlaneProtocol>;
export type FunctionHost = RunningProcess<FunctionHostProtocol>;

const dataPlaneSocket = /^data-plane-\d+-(\d+)\.sock$/;
const functionHostSocket = /^function-host-(\d+)\.sock$/;

export function runFolder(dataDir: string): string {
  return path.join(dataDir, 'run');
}

export function dataPlaneSocketPath(dataDir: string, slot: number, pid: number): string {
  return path.join(runFolder(dataDir), `data-plane-${slot}-${pid}.sock`);
}

export function functionHostSocketPath(dataDir: string, pid: number): string {
  return path.join(runFolder(dataDir), `function-host-${pid}.sock`);
}

export function supervisorSocketPath(dataDir: string): string {
  return path.join(runFolder(dataDir), 'supervisor.sock');
}

/**
 * Makes a folder of ours ready to be written to.
 * @param what - as the message is to name it: "data folder"
 * @throws ConfigError with one line when it cannot be made, or not be read and written
 */
export function prepareFolder(folder: string, what: string, flag: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    readdirSync(folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const line = `Cannot use the ${what} "${folder}" (${code}); name a folder that this user may read and write with ${flag}`;
    throw new ConfigError([line]);
  }
}

/**
 * One folder after the other: Node's recursive mkdir never returns on a file system that answers ENOENT for a folder
 * whose parent exists, as /proc does.
 */
function makeFolder(folder: string): void {
  const parent = path.dirname(folder);
  if (existsSync(folder) || parent === folder) return;
  makeFolder(parent);
  mkdirSync(folder, { mode: 0o700 });
}

/** Every data plane that answers on a socket in the run folder; sockets of the dead are removed. */
export function findDataPlanes(dataDir: string): Promise<DataPlane[]> {
  return findRunning(dataDir, dataPlaneSocket);
}

/** Likewise the function hosts: one, or two while one takes over from the other. */
export function findFunctionHosts(dataDir: string): Promise<FunctionHost[]> {
  return findRunning(dataDir, functionHostSocket);
}

async function findRunning<P extends ProcessProtocol<ProcessHello, unknown>>(
  dataDir: string,
  socketName: RegExp,
): Promise<RunningProcess<P>[]> {
  const found = await Promise.all(
    listSockets(dataDir, socketName).map(async ({ socketPath, pid }) => {
      const running = await meet<P>(socketPath);
      if (running === null && !isAlive(pid)) rmSync(socketPath, { force: true });
      return running;
    }),
  );
  return found.filter((running) => running !== null);
}

/** The supervisor of this data folder, or null when none runs. */
export async function findSupervisor(dataDir: string): Promise<ControlClient<SupervisorProtocol> | null> {
  return await ControlClient.connect<SupervisorProtocol>(supervisorSocketPath(dataDir)).catch(() => null);
}

function listSockets(dataDir: string, socketName: RegExp): { socketPath: string; pid: number }[] {
  let names: string[];
  try {
    names = readdirSync(runFolder(dataDir));
  } catch {
    return []; // never started here
  }
  return names.flatMap((name) => {
    const match = socketName.exec(name);
    return match === null ? [] : [{ socketPath: path.join(runFolder(dataDir), name), pid: Number(match[1]) }];
  });
}

async function meet<P extends ProcessProtocol<ProcessHello, unknown>>(
  socketPath: string,
): Promise<RunningProcess<P> | null> {
  const client = await ControlClient.connect<P>(socketPath).catch(() => null);
  return client === null ? null : await helloOf(client, 'hello', timings.helloMs).catch(() => null);
}

/** @throws (rejects) what the question ended in; the connection has ended then */
export async function helloOf<P extends ProcessProtocol<ProcessHello, unknown>>(
  client: ControlClient<P>,
  verb: 'hello' | 'ready',
  timeoutMs: number,
): Promise<RunningProcess<P>> {
  try {
    return { client, hello: await client.call(verb, undefined as never, timeoutMs) };
  } catch (error) {
    client.end();
    throw error;
  }
}

/** Whether a process of this id exists; it need not be one of ours. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
