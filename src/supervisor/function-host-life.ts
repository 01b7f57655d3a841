// What is the function host's own in the life of its process: it takes over from the host before it, and steps aside for
// the next.

import { outliveOwnLog, report } from './process-end.ts';
import { ProcessLife, type Serving } from './process-life.ts';
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
export interface ServingFunctions extends Serving<FunctionsAdopted> {
  /** Begins to drain; resolves when nobody makes another call here. */
  stepAside(deadlineMs: number): Promise<void>;
  /** Resolves when calls and environments have ended. */
  drain(deadlineMs: number): Promise<void>;
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
  readonly #settings: FunctionHostSettings;
  readonly #kind: FunctionHostKind;
  readonly #life: ProcessLife<FunctionHostHello, FunctionsAdopted, ServingFunctions>;

  constructor({ settings, settingsHash, build }: FunctionHostLaunch, kind: FunctionHostKind) {
    this.#settings = settings;
    this.#kind = kind;
    this.#life = new ProcessLife({
      hello: {
        pid: process.pid,
        build,
        settingsHash,
        state: 'starting',
        revision: 0,
        functions: 0,
        startedMs: Date.now(),
      },
      drainDeadlineMs: settings.drainDeadlineMs,
      told: (adopted) => adopted,
    });
  }

  async run(): Promise<void> {
    const { dataDir, drainDeadlineMs } = this.#settings;
    process.title = 'sluice function host';
    await this.#life.run<FunctionHostProtocol>(
      functionHostSocketPath(dataDir, process.pid),
      {
        stepAside: async () => {
          const ended = this.#life.end(drainDeadlineMs);
          await Promise.race([ended, this.#life.serving?.stepAside(drainDeadlineMs)]);
          return undefined;
        },
      },
      async (serves) => {
        const serving = await this.#kind.start(this.#settings, () => this.#takeOver());
        serves(serving);
        await this.#life.adopt(serving);
        this.#life.ready();
        return serving;
      },
    );
  }

  /** Whoever does not step aside in time has hung, or is ending already. */
  async #takeOver(): Promise<void> {
    const hosts = await findFunctionHosts(this.#settings.dataDir);
    await Promise.all(
      hosts.map(async ({ client, hello }) => {
        if (hello.pid !== process.pid)
          await client.call('stepAside', undefined, timings.stepAsideMs).catch(report);
        client.end();
      }),
    );
  }
}
