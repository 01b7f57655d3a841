// `{dataDir}/run`: where the sockets of running processes lie, and who answers on them.

import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { ControlClient } from './control-client.ts';
import type { DataPlaneProtocol, Hello, SupervisorProtocol } from './protocol.ts';
import { timings } from './timings.ts';

/** A data plane that answers on its control socket. */
export interface DataPlane {
  readonly client: ControlClient<DataPlaneProtocol>;
  /** As it said when it was found or became ready. */
  readonly hello: Hello;
}

const dataPlaneSocket = /^data-plane-(\d+)-(\d+)\.sock$/;

export function runFolder(dataDir: string): string {
  return path.join(dataDir, 'run');
}

export function dataPlaneSocketPath(dataDir: string, slot: number, pid: number): string {
  return path.join(runFolder(dataDir), `data-plane-${slot}-${pid}.sock`);
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

/** Everybody who answers on a socket in the run folder; sockets of the dead are removed. */
export async function findDataPlanes(dataDir: string): Promise<DataPlane[]> {
  const found = await Promise.all(
    listSockets(dataDir).map(async ({ socketPath, pid }) => {
      const plane = await meet(socketPath);
      if (plane === null && !isAlive(pid)) rmSync(socketPath, { force: true });
      return plane;
    }),
  );
  return found.filter((plane) => plane !== null);
}

/** The supervisor of this data folder, or null when none runs. */
export async function findSupervisor(dataDir: string): Promise<ControlClient<SupervisorProtocol> | null> {
  return await ControlClient.connect<SupervisorProtocol>(supervisorSocketPath(dataDir)).catch(() => null);
}

function listSockets(dataDir: string): { socketPath: string; pid: number }[] {
  let names: string[];
  try {
    names = readdirSync(runFolder(dataDir));
  } catch {
    return []; // never started here
  }
  return names.flatMap((name) => {
    const match = dataPlaneSocket.exec(name);
    return match === null ? [] : [{ socketPath: path.join(runFolder(dataDir), name), pid: Number(match[2]) }];
  });
}

async function meet(socketPath: string): Promise<DataPlane | null> {
  let client: ControlClient<DataPlaneProtocol> | null = null;
  try {
    client = await ControlClient.connect<DataPlaneProtocol>(socketPath);
    return { client, hello: await client.call('hello', undefined, timings.helloMs) };
  } catch {
    client?.end();
    return null;
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
