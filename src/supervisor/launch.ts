// Starts data planes and function hosts. They are detached: a session of their own, no pipe to us, so that neither Ctrl-C in
// our terminal nor our death reaches them. From the first moment they are spoken to over their socket only.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataPlaneEnvironment, dataPlaneFlags } from '../config/index.ts';
import { ControlClient, PeerGoneError } from './control-client.ts';
import type { Launch } from './data-plane-life.ts';
import type { FunctionHostLaunch } from './function-host-life.ts';
import type { DataPlaneProtocol, FunctionHostProtocol, ProcessHello, ProcessProtocol } from './protocol.ts';
import {
  type DataPlane,
  dataPlaneSocketPath,
  type FunctionHost,
  functionHostSocketPath,
  helloOf,
  type RunningProcess,
} from './run-folder.ts';
import { timings } from './timings.ts';

/** A process did not come up; the message is one line that says why. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/**
 * Starts one data plane and waits until it serves.
 * @param entry - file that calls `runDataPlane`
 * @param cancelled - ends the process if it is not ready yet
 * @throws (rejects) StartError
 */
export async function launchDataPlane(
  entry: string,
  launch: Launch,
  cancelled: AbortSignal,
): Promise<DataPlane> {
  const { slot, dataDir, logsDir } = launch.settings;
  return await launchProcess<DataPlaneProtocol>(
    {
      entry,
      flags: dataPlaneFlags,
      argument: launch,
      dataDir,
      logFile: path.join(logsDir, `data-plane-${slot}.log`),
      socketPath: (pid) => dataPlaneSocketPath(dataDir, slot, pid),
    },
    cancelled,
  );
}

/**
 * Starts a function host and waits until functions can be called on it.
 * @param entry - file that calls `runFunctionHost`
 * @throws (rejects) StartError
 */
export async function launchFunctionHost(
  entry: string,
  launch: FunctionHostLaunch,
  cancelled: AbortSignal,
): Promise<FunctionHost> {
  const { dataDir, logsDir } = launch.settings;
  return await launchProcess<FunctionHostProtocol>(
    {
      entry,
      flags: [],
      argument: launch,
      dataDir,
      logFile: path.join(logsDir, functionHostLog),
      socketPath: (pid) => functionHostSocketPath(dataDir, pid),
    },
    cancelled,
  );
}

const functionHostLog = 'function-host.log';

/** Ends what a function host has left behind that was killed; waits for it, but not for long. Never rejects. */
export async function sweepAfterFunctionHost(entry: string, launch: FunctionHostLaunch): Promise<void> {
  const args = [entry, JSON.stringify({ ...launch, isSweep: true } satisfies FunctionHostLaunch)];
  const child = spawn(process.execPath, args, {
    stdio: 'ignore',
    env: dataPlaneEnvironment(launch.settings.dataDir),
  });
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timings.sweepMs);
    child.once('error', () => resolve());
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

interface Launching {
  readonly entry: string;
  /** V8's. */
  readonly flags: readonly string[];
  /** Handed over as JSON. */
  readonly argument: unknown;
  readonly dataDir: string;
  readonly logFile: string;
  /** Of its control socket. */
  socketPath(pid: number): string;
}

async function launchProcess<P extends ProcessProtocol<ProcessHello, unknown>>(
  launching: Launching,
  cancelled: AbortSignal,
): Promise<RunningProcess<P>> {
  const { entry, flags, argument, dataDir, logFile } = launching;
  const log = openLog(logFile);
  const logOffset = fstatSync(log).size;
  const args = [...flags, '--enable-source-maps', entry, JSON.stringify(argument)];
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: dataPlaneEnvironment(dataDir),
  });
  closeSync(log);
  child.unref();
  const exited = new Promise<never>((_, reject) => {
    child.once('error', (error) =>
      reject(new StartError(`cannot start ${process.execPath}: ${error.message}`)),
    );
    child.once('exit', (code, signal) => {
      const how = code === null ? `was ended by ${signal}` : `exited with code ${code}`;
      const lastWords = errorLine(logFile, logOffset);
      reject(new StartError(`it ${how}${lastWords === '' ? '' : `: ${lastWords}`} (log: ${logFile})`));
    });
  });
  exited.catch(() => {}); // also when it exits long after it was ready
  const onCancel = (): void => void child.kill('SIGKILL');
  cancelled.addEventListener('abort', onCancel);
  if (cancelled.aborted) onCancel();
  try {
    return await Promise.race([exited, meetWhenReady<P>(child, launching)]);
  } catch (error) {
    child.kill('SIGKILL');
    if (cancelled.aborted) throw new StartError('stopped before it was ready');
    if (error instanceof StartError) throw error;
    throw new StartError((error as Error).message);
  } finally {
    cancelled.removeEventListener('abort', onCancel);
  }
}

/** The folder may have been cleared away since the last start. */
function openLog(logFile: string): number {
  try {
    mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
    return openSync(logFile, 'a', 0o600);
  } catch (error) {
    throw new StartError(`cannot open its log "${logFile}" (${(error as NodeJS.ErrnoException).code})`);
  }
}

async function meetWhenReady<P extends ProcessProtocol<ProcessHello, unknown>>(
  child: ChildProcess,
  { socketPath }: Launching,
): Promise<RunningProcess<P>> {
  const { pid } = child;
  if (pid === undefined) return await new Promise(() => {}); // 'error' follows
  const deadline = performance.now() + timings.startMs;
  let client: ControlClient<P> | null = null;
  while (client === null) {
    if (child.exitCode !== null || child.signalCode !== null) return await new Promise(() => {}); // 'exit' said why
    if (performance.now() > deadline)
      throw new StartError(`it opened no control socket in ${timings.startMs} ms`);
    client = await ControlClient.connect<P>(socketPath(pid)).catch(() => null);
    if (client === null) await sleep(timings.socketPollMs);
  }
  try {
    return await helloOf(client, 'ready', deadline - performance.now());
  } catch (error) {
    if (error instanceof PeerGoneError) return await new Promise(() => {}); // 'exit' says why
    throw error;
  }
}

/** The line of a dead process's log that most likely tells why: the first that names an error, else the last. */
function errorLine(logFile: string, offset: number): string {
  let log: Buffer;
  try {
    log = readFileSync(logFile).subarray(offset);
  } catch {
    return ''; // somebody has removed the log: it tells nothing, and is no reason to end
  }
  const lines = log.toString('utf8').split('\n');
  const spoken = lines.map((line) => line.trim()).filter((line) => line !== '');
  return spoken.find((line) => /^([A-Z]\w*)?Error\b/.test(line)) ?? spoken.at(-1) ?? '';
}
