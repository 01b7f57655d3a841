// The life of the function host's process, seen from inside: it opens its control socket, takes over from the host
// before it, obeys, ends. Like a data plane it never looks for its supervisor.

import { type ControlServer, serveControl } from './control-server.ts';
import { exitAfterFailure, exitAfterLastWords, outliveOwnLog, report } from './process-end.ts';
import type { FunctionHostHello, FunctionHostProtocol, FunctionsAdopted } from './protocol.ts';
import { findFunctionHosts, functionHostSocketPath } from './run-folder.ts';
import { timings } from './timings.ts';

/** What a function host is told at its start; it never changes afterwards. */
export interface FunctionHostSettings {
  /** Absolute. */
  readonly dataDir: string;
  /** Absolute. */
  readonly logsDir: string;
  /** Milliseconds that calls under way are given at a drain that names no deadline of its own. */
  readonly drainDeadlineMs: number;
  /** Bounds that the owner of the machine sets. */
  readonly limits: {
    /** Invocations at once of all functions. */
    readonly accountConcurrency: number;
    /** Processes at once of all functions. */
    readonly environmentsMax: number;
    /** Milliseconds. */
    readonly idleMs: number;
  };
}

/** The one argument of a function host's process, as JSON. */
export interface FunctionHostLaunch {
  readonly settings: FunctionHostSettings;
  readonly settingsHash: string;
  readonly build: string;
  /** Only end what earlier hosts have left behind. */
  readonly isSweep?: boolean;
}

/** What a function host runs. */
export interface ServingFunctions {
  adopt(): FunctionsAdopted | Promise<FunctionsAdopted>;
  /** Begins to drain; resolves when nobody makes another call here. */
  stepAside(deadlineMs: number): Promise<void>;
  /** Resolves when calls and environments have ended. */
  drain(deadlineMs: number): Promise<void>;
  stats(): unknown;
  reopenLogs(): void | Promise<void>;
}

export interface FunctionHostKind {
  /**
   * @param takeOver - resolves when hosts that ran before have stepped aside: call it when all else is ready, and
   *   before the first call is served
   */
  start(settings: FunctionHostSettings, takeOver: () => Promise<void>): Promise<ServingFunctions>;
  /** Ends what hosts that are dead have left behind. */
  sweep(settings: FunctionHostSettings): Promise<void>;
}

/**
 * Runs a function host until it is told to drain, by its control socket, its successor, SIGTERM or SIGINT.
 * @param argument - the FunctionHostLaunch, as JSON
 */
export async function runFunctionHost(argument: string | undefined, kind: FunctionHostKind): Promise<void> {
  if (argument === undefined)
    throw new Error('a function host is started by its supervisor; use "sluice start"');
  outliveOwnLog();
  const launch = JSON.parse(argument) as FunctionHostLaunch;
  if (launch.isSweep === true) await kind.sweep(launch.settings);
  else await new FunctionHostLife(launch, kind).run();
}

class FunctionHostLife {
  readonly #launch: FunctionHostLaunch;
  readonly #kind: FunctionHostKind;
  #hello: FunctionHostHello;
  #server: ControlServer | null = null;
  #serving: ServingFunctions | null = null;
  #ending: Promise<unknown> | null = null;

  constructor(launch: FunctionHostLaunch, kind: FunctionHostKind) {
    const { settingsHash, build } = launch;
    this.#launch = launch;
    this.#kind = kind;
    this.#hello = {
      pid: process.pid,
      build,
      settingsHash,
      state: 'starting',
      revision: 0,
      functions: 0,
      startedMs: Date.now(),
    };
  }

  async run(): Promise<void> {
    const { dataDir, drainDeadlineMs } = this.#launch.settings;
    process.title = 'sluice function host';
    const begun = Promise.withResolvers<ServingFunctions>();
    const started = begun.promise;
    started.catch((error: Error) => this.#failed(error));
    this.#server = await serveControl<FunctionHostProtocol>(functionHostSocketPath(dataDir, process.pid), {
      hello: () => this.#hello,
      ready: async () => {
        await started;
        return this.#hello;
      },
      adopt: async () => await this.#adopt(await started),
      stepAside: async () => {
        const ended = this.#end(drainDeadlineMs);
        await Promise.race([ended, this.#serving?.stepAside(drainDeadlineMs)]);
        return undefined;
      },
      drain: ({ deadlineMs }) => this.#end(deadlineMs),
      stats: () => this.#serving?.stats(),
      reopenLogs: async () => {
        await (await started).reopenLogs();
        return undefined;
      },
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => void this.#end(drainDeadlineMs));
    process.on('SIGHUP', () => {
      started.then((serving) => Promise.all([this.#adopt(serving), serving.reopenLogs()])).catch(report);
    });
    this.#start().then(begun.resolve, begun.reject);
  }

  async #start(): Promise<ServingFunctions> {
    const serving = await this.#kind.start(this.#launch.settings, () => this.#takeOver());
    this.#serving = serving;
    await this.#adopt(serving);
    if (this.#ending === null) this.#hello = { ...this.#hello, state: 'ready' };
    return serving;
  }

  /** Whoever does not step aside in time has hung, or is ending already. */
  async #takeOver(): Promise<void> {
    const hosts = await findFunctionHosts(this.#launch.settings.dataDir);
    await Promise.all(
      hosts.map(async ({ client, hello }) => {
        if (hello.pid !== process.pid)
          await client.call('stepAside', undefined, timings.stepAsideMs).catch(report);
        client.end();
      }),
    );
  }

  async #adopt(serving: ServingFunctions): Promise<FunctionsAdopted> {
    const adopted = await serving.adopt();
    this.#hello = { ...this.#hello, ...adopted };
    return adopted;
  }

  #failed(error: Error): void {
    report(error);
    this.#hello = { ...this.#hello, state: 'failed' };
    exitAfterFailure(() => this.#server);
  }

  /** Drains once, whoever asks how often. The exit follows in the next turn, after the reply was written. */
  #end(deadlineMs: number): Promise<unknown> {
    this.#ending ??= this.#drain(deadlineMs);
    return this.#ending;
  }

  async #drain(deadlineMs: number): Promise<unknown> {
    this.#hello = { ...this.#hello, state: 'draining' };
    try {
      await this.#serving?.drain(deadlineMs);
    } catch (error) {
      report(error);
    }
    setImmediate(() => exitAfterLastWords(this.#server, 0));
    return this.#serving?.stats();
  }
}
