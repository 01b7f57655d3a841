// The function host of a data folder: environments, the host over them, and the socket that calls come in on.

import path from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { readPublishedState } from '../../resources/snapshot-file.ts';
import {
  createEnvironments,
  createFunctionLogs,
  createPythonFinder,
  defaultLimits,
} from '../environments/index.ts';
import type { Functions } from '../functions.ts';
import type { Environments } from '../host/environment.ts';
import {
  createFunctionHost,
  type FunctionHost,
  type FunctionHostLimits,
  type FunctionHostStats,
} from '../host/index.ts';
import { functionsSocketPath } from '../wire/index.ts';
import { type FunctionsServer, serveFunctions } from './functions-server.ts';

export interface FunctionHostFolders {
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute; logs of functions lie in `functions` in it. */
  readonly logsDir: string;
}

export interface StartFunctionHostOptions extends FunctionHostFolders {
  /** Where interpreters are looked for, as `PATH` has it. */
  readonly searchPath: string;
  /** Those not given are the host's defaults. */
  readonly limits?: Partial<FunctionHostLimits>;
  /** Resolves when the host before this one has no callers any more. */
  readonly takeOver: () => Promise<void>;
  /** Lines for the host's own log, without a line end. */
  readonly log: (line: string) => void;
}

export interface RunningFunctionHost {
  /** Serves what is published now. @throws Error with one line when it cannot be read: what was served stays */
  adopt(): { readonly revision: number; readonly functions: number };
  /** Sends callers away, and resolves when none makes another call here. What is under way goes on. */
  stepAside(deadlineMs: number): Promise<void>;
  /** Steps aside and resolves when calls and environments have ended. @param deadlineMs - the longest they are given */
  drain(deadlineMs: number): Promise<void>;
  stats(): FunctionHostStats;
  reopenLogs(): Promise<void>;
}

/**
 * Starts a host. Callers find it at once, and wait until the one before it has stepped aside: two hosts never share the
 * file of events while both accept calls.
 * @throws (rejects) Error with one line
 */
export async function startFunctionHost(options: StartFunctionHostOptions): Promise<RunningFunctionHost> {
  const { dataDir, logsDir, log, takeOver } = options;
  const logs = createFunctionLogs({ logsDir, report: log });
  const environments = environmentsOf(options, logs);
  const swept = environments.sweep().catch((error: Error) => log(`cannot sweep: ${error.message}`));
  readPublishedState(dataDir); // what cannot be read is told before anybody steps aside
  const functions = Promise.withResolvers<Functions>();
  functions.promise.catch(() => {}); // who waits for it is disconnected
  const server = await serveFunctions({
    socketPath: functionsSocketPath(dataDir),
    functions: functions.promise,
    log,
  });
  try {
    await Promise.all([takeOver(), swept]);
    const host = createFunctionHost({
      environments,
      eventsFile: path.join(dataDir, 'functions', 'events.sqlite'),
      limits: options.limits ?? {},
      log,
    });
    const running = new ServedHost(dataDir, host, server, logs);
    running.adopt();
    functions.resolve(host);
    return running;
  } catch (error) {
    functions.reject(error);
    await server.close();
    throw error;
  }
}

/** Ends what hosts of a data folder have left behind that are dead. */
export async function sweepEnvironments(options: FunctionHostFolders): Promise<void> {
  const logs = createFunctionLogs(options);
  await environmentsOf({ ...options, searchPath: '' }, logs).sweep();
  await logs.close();
}

function environmentsOf(
  { dataDir, searchPath }: FunctionHostFolders & { readonly searchPath: string },
  logs: ReturnType<typeof createFunctionLogs>,
): Environments {
  return createEnvironments({
    dataDir,
    nodePath: process.execPath,
    python: createPythonFinder(searchPath),
    clock: systemClock,
    logs,
    limits: defaultLimits,
  });
}

class ServedHost implements RunningFunctionHost {
  readonly #dataDir: string;
  readonly #host: FunctionHost;
  readonly #server: FunctionsServer;
  readonly #logs: ReturnType<typeof createFunctionLogs>;
  #leaving: Promise<void> | null = null;
  #hostDrained: Promise<void> | null = null;

  constructor(
    dataDir: string,
    host: FunctionHost,
    server: FunctionsServer,
    logs: ReturnType<typeof createFunctionLogs>,
  ) {
    this.#dataDir = dataDir;
    this.#host = host;
    this.#server = server;
    this.#logs = logs;
  }

  adopt(): { revision: number; functions: number } {
    const state = readPublishedState(this.#dataDir);
    if (state === null) return { revision: 0, functions: 0 };
    const { revision, accountId, region, functions = [] } = state;
    this.#host.adopt({ functions, accountId, region });
    return { revision, functions: functions.length };
  }

  /** The host refuses calls from the moment that nobody makes one here. */
  stepAside(deadlineMs: number): Promise<void> {
    this.#leaving ??= this.#server.leave().then(() => {
      this.#hostDrained = this.#host.drain(Date.now() + deadlineMs);
    });
    return this.#leaving;
  }

  async drain(deadlineMs: number): Promise<void> {
    await this.stepAside(deadlineMs);
    await Promise.all([this.#hostDrained, this.#server.drain(deadlineMs)]);
    this.#host.close();
    await this.#logs.close();
  }

  stats(): FunctionHostStats {
    return this.#host.stats();
  }

  /** The next lines go to files that are opened anew for each write. */
  reopenLogs(): Promise<void> {
    return this.#logs.flush();
  }
}
