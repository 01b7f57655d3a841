// All slots of one configuration: filling them, adopting what already runs, handing over to the next fleet.

import {
  ConfigError,
  checkTlsReadable,
  dataPlaneSettings,
  type ProcessConfig,
  settingsHash,
} from '../config/index.ts';
import { launchDataPlane } from './launch.ts';
import type { DataPlane } from './run-folder.ts';
import { killProcess, Slot } from './slot.ts';

export interface FleetOptions {
  readonly config: ProcessConfig;
  /** File that calls `runDataPlane`. */
  readonly entry: string;
  readonly build: string;
  readonly log: (line: string) => void;
  /** Why a port cannot be listened on, in words; null when it can. Asked before the first of our processes does. */
  readonly portProblem: (host: string, port: number) => Promise<string | null>;
}

export class Fleet {
  readonly config: ProcessConfig;
  readonly settingsHash: string;
  readonly #options: FleetOptions;
  readonly #slots: readonly Slot<DataPlane>[];
  #port: number;

  /** @throws ConfigError when a TLS file cannot be read */
  constructor(options: FleetOptions) {
    this.config = options.config;
    checkTlsReadable(options.config);
    this.settingsHash = settingsHash(options.config);
    this.#options = options;
    this.#port = options.config.port;
    this.#slots = Array.from(
      { length: options.config.processes },
      (_, index) =>
        new Slot({
          name: `data plane ${index}`,
          launch: (cancelled) => this.#launch(index, cancelled),
          log: options.log,
        }),
    );
  }

  /** The port that is listened on; the configured one until the first data plane is ready. */
  get port(): number {
    return this.#port;
  }

  get planes(): readonly DataPlane[] {
    return this.#slots.map((slot) => slot.process).filter((plane) => plane !== null);
  }

  /**
   * Fills every slot: with running data planes that serve alike, else with new ones. When it resolves all are ready.
   * @param running - what already runs on this data folder
   * @returns those of `running` that were not taken; they still serve, and are the caller's to drain
   * @throws (rejects) when one does not start; those started here are then ended, the running ones untouched
   */
  async fill(running: readonly DataPlane[]): Promise<readonly DataPlane[]> {
    const left = new Set(running);
    for (const [index, slot] of this.#slots.entries()) {
      const match = [...left].find((plane) => this.#servesAlike(plane, index));
      if (match === undefined) continue;
      left.delete(match);
      slot.take(match);
      this.#port = match.hello.port;
      this.#options.log(`data plane ${index} (pid ${match.hello.pid}) runs already; adopted`);
    }
    // Any free port will do, and the one in use is known to clients.
    if (this.#port === 0) this.#port = running[0]?.hello.port ?? 0;
    const empty = this.#slots.filter((slot) => slot.process === null);
    try {
      await this.#checkPort(running);
      const first = this.#port === 0 ? empty.shift() : undefined;
      if (first !== undefined) this.#port = (await first.fill()).hello.port;
      await allOrFirstFailure(empty.map((slot) => slot.fill()));
    } catch (error) {
      const startedHere = (await this.release()).filter((plane) => !running.includes(plane));
      startedHere.forEach(killProcess);
      throw error;
    }
    return [...left];
  }

  /** Looks after every slot once. */
  look(): void {
    for (const slot of this.#slots) void slot.look();
  }

  /** Makes a `fill` that is under way fail. */
  cancel(): void {
    for (const slot of this.#slots) slot.cancel();
  }

  /** Gives up all slots; the data planes go on serving and are the caller's. */
  async release(): Promise<readonly DataPlane[]> {
    const planes = await Promise.all(this.#slots.map((slot) => slot.release()));
    return planes.filter((plane) => plane !== null);
  }

  #servesAlike({ hello }: DataPlane, index: number): boolean {
    const { build } = this.#options;
    const alike = hello.settingsHash === this.settingsHash && hello.build === build && hello.slot === index;
    return alike && hello.state === 'ready';
  }

  /**
   * SO_REUSEPORT would let us share the port with any other process that sets it, without an error on either side,
   * and each would get a part of the other's requests. So the port must be free, unless it is ours already.
   */
  async #checkPort(running: readonly DataPlane[]): Promise<void> {
    const { host } = this.config;
    if (this.#port === 0 || running.some((plane) => plane.hello.port === this.#port)) return;
    const problem = await this.#options.portProblem(host, this.#port);
    if (problem === null) return;
    throw new ConfigError([
      `Cannot listen on port ${this.#port} of ${host}: ${problem}; choose another with --port or --host`,
    ]);
  }

  #launch(index: number, cancelled: AbortSignal): Promise<DataPlane> {
    const launch = {
      settings: dataPlaneSettings(this.config, index, this.#port),
      settingsHash: this.settingsHash,
      build: this.#options.build,
    };
    return launchDataPlane(this.#options.entry, launch, cancelled);
  }
}

/** Waits for all, so that nothing is left half started, then throws the first failure. */
async function allOrFirstFailure(starts: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(starts))
    if (outcome.status === 'rejected') throw outcome.reason;
}
