// What other commands do to a gateway that runs: tell it to adopt what was published, ask it, end it. All of it works
// on data planes whose supervisor is dead.

import type { SampledRequest, SampleQuery, TestInvocation, TestInvoked } from '../resources/index.ts';
import { PeerGoneError } from './control-client.ts';
import type { Adopted, Status } from './protocol.ts';
import {
  type DataPlane,
  type FunctionHost,
  findDataPlanes,
  findFunctionHosts,
  findSupervisor,
} from './run-folder.ts';
import { killProcess, type WatchedProcess } from './slot.ts';
import { timings } from './timings.ts';

export interface AdoptReport {
  /** Data planes that serve the published state now. */
  readonly adopted: readonly (Adopted & { readonly pid: number; readonly port: number })[];
  /** Data planes that could not take it over, and go on with what they had. */
  readonly failed: readonly { readonly pid: number; readonly reason: string }[];
  /** Why functions are not called as they are published; absent when they are. */
  readonly functionsProblem?: string;
}

/**
 * Tells every data plane of a data folder, and its function host, to adopt the published state and waits until each
 * has: the next request sees it. Empty when none runs.
 */
export async function adoptEverywhere(dataDir: string): Promise<AdoptReport> {
  const [report, functionsProblem] = await Promise.all([adoptInDataPlanes(dataDir), adoptFunctions(dataDir)]);
  return functionsProblem === null ? report : { ...report, functionsProblem };
}

/** The supervisor starts a host where none runs; without one, whoever runs is told. @returns what went wrong */
async function adoptFunctions(dataDir: string): Promise<string | null> {
  const supervisor = await findSupervisor(dataDir);
  try {
    if (supervisor !== null) {
      await supervisor.call('adoptFunctions', undefined, timings.functionsAdoptMs + timings.helloMs);
      return null;
    }
    const hosts = await findFunctionHosts(dataDir);
    try {
      for (const { client, hello } of hosts)
        if (hello.state !== 'draining') await client.call('adopt', undefined, timings.functionsAdoptMs);
    } finally {
      for (const { client } of hosts) client.end();
    }
    return null;
  } catch (error) {
    // One that ended meanwhile calls nothing; its replacement reads the new state at its start.
    return error instanceof PeerGoneError ? null : (error as Error).message;
  } finally {
    supervisor?.end();
  }
}

async function adoptInDataPlanes(dataDir: string): Promise<AdoptReport> {
  const planes = await findDataPlanes(dataDir);
  const adopted: (Adopted & { pid: number; port: number })[] = [];
  const failed: { pid: number; reason: string }[] = [];
  await Promise.all(
    planes.map(async ({ client, hello: { pid, port } }) => {
      try {
        adopted.push({ pid, port, ...(await client.call('adopt', undefined, timings.adoptMs)) });
      } catch (error) {
        // One that ended meanwhile serves nobody; its replacement reads the new state at its start.
        if (!(error instanceof PeerGoneError)) failed.push({ pid, reason: (error as Error).message });
      } finally {
        client.end();
      }
    }),
  );
  return { adopted, failed };
}

/**
 * Has one data plane of a data folder run a method, whichever: they are all alike.
 * @throws (rejects) Error with one line: no data plane runs, or the one that was asked ended or had too much to do. It
 *   is not asked again of another: the backend may have been called
 */
export async function testInvokeSomewhere(dataDir: string, invocation: TestInvocation): Promise<TestInvoked> {
  const planes = await findDataPlanes(dataDir);
  try {
    const ready = planes.filter(({ hello }) => hello.state === 'ready');
    const chosen = ready[Math.floor(Math.random() * ready.length)];
    if (chosen === undefined) throw new Error('no data plane runs');
    return await chosen.client.call('testInvoke', invocation, timings.testInvokeMs);
  } finally {
    for (const { client } of planes) client.end();
  }
}

/** What every data plane has sampled; one that ends meanwhile has nothing to tell. */
export async function sampledEverywhere(
  dataDir: string,
  query: SampleQuery,
): Promise<readonly SampledRequest[]> {
  const planes = await findDataPlanes(dataDir);
  const told = await Promise.all(
    planes.map(async ({ client }) => {
      try {
        return await client.call('sampledRequests', query, timings.statsMs);
      } catch {
        return [];
      } finally {
        client.end();
      }
    }),
  );
  return told.flat();
}

/** What the supervisor of a data folder says of itself; null when none runs. */
export async function runningStatus(dataDir: string): Promise<Status | null> {
  const supervisor = await findSupervisor(dataDir);
  if (supervisor === null) return null;
  try {
    return await supervisor.call('status', undefined, timings.helloMs + timings.watchMs);
  } finally {
    supervisor.end();
  }
}

/** A way to the control plane of the supervisor of a data folder; null when none runs. */
export async function askSupervisor(
  dataDir: string,
): Promise<{ manage(request: unknown): Promise<unknown>; end(): void } | null> {
  const supervisor = await findSupervisor(dataDir);
  if (supervisor === null) return null;
  return {
    manage: (request) => supervisor.call('manage', request, timings.manageMs),
    end: () => supervisor.end(),
  };
}

export interface StopReport {
  readonly supervisor: boolean;
  /** Data planes that were found without a supervisor, and drained. */
  readonly orphans: number;
}

/** Ends what runs on a data folder, after the requests in flight. @param drainMs - the longest they are given */
export async function stopRunning(dataDir: string, drainMs: number): Promise<StopReport> {
  const supervisor = await findSupervisor(dataDir);
  if (supervisor !== null) {
    // It may have been started with a longer deadline than ours: only its own end is waited for.
    await supervisor.call('stop', undefined, 2 ** 31 - 1).catch(ignoreGone);
    await supervisor.closed;
  }
  const orphans = await findDataPlanes(dataDir);
  await Promise.all(orphans.map((plane) => drainDataPlane(plane, drainMs)));
  // After them: their last requests may call functions.
  await Promise.all((await findFunctionHosts(dataDir)).map((host) => drainFunctionHost(host, drainMs)));
  return { supervisor: supervisor !== null, orphans: orphans.length };
}

/**
 * Drains a data plane and waits for its end.
 *
 * On closing its listening socket: connections that the kernel has completed but the process has not yet accepted
 * are reset with it, and SO_REUSEPORT does not hand them to the other processes unless `net.ipv4.tcp_migrate_req`
 * is 1 (Linux 5.14; `sluice doctor` looks). What can be done from here is done: replacements listen before the old
 * process is told, so that no new connection finds the port shut, and the old one accepts in every turn of its event
 * loop until the very call that closes, so that what is lost must have arrived within that turn.
 *
 * @returns its last stats; undefined when it died or had to be killed
 */
export const drainDataPlane = (plane: DataPlane, deadlineMs: number): Promise<unknown> =>
  drainProcess(plane, deadlineMs);

/**
 * Drains a function host and waits for its end: calls under way end first, then its environments.
 * @returns its last stats; undefined when it died or had to be killed: environments may then be left behind
 */
export const drainFunctionHost = (host: FunctionHost, deadlineMs: number): Promise<unknown> =>
  drainProcess(host, deadlineMs);

interface DrainedProcess extends WatchedProcess {
  readonly client: WatchedProcess['client'] & {
    call(verb: 'drain', argument: { readonly deadlineMs: number }, timeoutMs: number): Promise<unknown>;
  };
}

async function drainProcess(running: DrainedProcess, deadlineMs: number): Promise<unknown> {
  const { client } = running;
  try {
    const lastStats = await client.call('drain', { deadlineMs }, deadlineMs + timings.drainGraceMs);
    await client.closed;
    return lastStats;
  } catch {
    killProcess(running); // it outstayed its deadline; nothing happens if it is gone
    await client.closed;
    return undefined;
  }
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof PeerGoneError)) throw error;
}
