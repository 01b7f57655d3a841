// Keeps a function host running while there are functions, and hands over from one to the next. Data planes do not
// wait for it: what they call meanwhile waits in them.

import { createHash } from 'node:crypto';
import { logsFolder, type ProcessConfig } from '../config/index.ts';
import {
  emptyFunctionStats,
  mergeFunctionStats,
  retiredFunctionStats,
} from '../observability/function-stats.ts';
import type { FunctionsFigures } from '../observability/stats.ts';
import { readPublishedState } from '../resources/snapshot-file.ts';
import type { FunctionHostLaunch } from './function-host-life.ts';
import { launchFunctionHost, sweepAfterFunctionHost } from './launch.ts';
import type { FunctionHostHello, FunctionsAdopted } from './protocol.ts';
import { type FunctionHost, findFunctionHosts } from './run-folder.ts';
import { drainFunctionHost } from './running.ts';
import { killProcess, Slot } from './slot.ts';
import { StatsBook } from './stats-book.ts';
import { timings } from './timings.ts';

export interface FunctionHostKeeperOptions {
  readonly config: ProcessConfig;
  /** File that function hosts run; it calls `runFunctionHost`. */
  readonly entry: string;
  readonly build: string;
  readonly log: (line: string) => void;
}

export class FunctionHostKeeper {
  readonly #options: FunctionHostKeeperOptions;
  readonly #book = new StatsBook<FunctionsFigures>({
    merge: (list) => list.reduce(mergeFunctionStats, emptyFunctionStats),
    retired: retiredFunctionStats,
  });
  /** Hosts that are to end when the next one serves. */
  readonly #predecessors = new Set<FunctionHost>();
  readonly #retiring = new Map<FunctionHost, Promise<void>>();
  #config: ProcessConfig;
  /** null while there has been no function yet. */
  #slot: Slot<FunctionHost> | null = null;
  #isStopping = false;
  /** Why the last start failed; '' = it did not. */
  #problem = '';
  /** Resolved when a start fails. */
  #nextFailure = Promise.withResolvers<void>();

  constructor(options: FunctionHostKeeperOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** Takes over what runs, and begins to start what is needed; does not wait for it. */
  async start(): Promise<void> {
    const running = await findFunctionHosts(this.#config.dataDir);
    const match = running.find(({ hello }) => this.#servesAlike(hello));
    for (const host of running) if (host !== match) this.#predecessors.add(host);
    if (this.#isStopping) return;
    if (match !== undefined) {
      this.#openSlot().take(match);
      this.#options.log(`function host (pid ${match.hello.pid}) runs already; adopted`);
      this.#retirePredecessors();
    }
    if (this.#publishedCount() > 0)
      this.adopt().catch((error: Error) =>
        this.#options.log(`functions are not served yet: ${error.message}`),
      );
    else this.#retirePredecessors();
  }

  /**
   * Has a host serve what is published now; starts one when there are functions and none runs.
   * @returns null when there is no function and no host
   * @throws (rejects) Error with one line when it does not, yet: starting one goes on
   */
  async adopt(): Promise<FunctionsAdopted | null> {
    if (this.#isStopping || (this.#slot === null && this.#publishedCount() === 0)) return null;
    const slot = this.#slot ?? this.#openSlot();
    const adopting = this.#adoptIn(slot);
    adopting.catch(() => {}); // also when it was given up
    return await withinMs(timings.functionsAdoptMs, adopting);
  }

  /** What the host says of itself; null when none runs. */
  async hello(): Promise<FunctionHostHello | null> {
    const host = this.#slot?.process;
    return (await host?.client.call('hello', undefined, timings.helloMs).catch(() => null)) ?? null;
  }

  /** What all hosts have counted since our start; null where there was none. */
  stats(): Promise<FunctionsFigures | null> {
    return this.#book.sum([...this.#living()]);
  }

  /** Takes over new settings: where they differ, another host takes over, and the one before it drains. */
  async reload(config: ProcessConfig): Promise<void> {
    const before = hashOf(this.#config);
    this.#config = config;
    if (this.#slot === null) return;
    if (hashOf(config) === before) {
      await this.#slot.process?.client.call('reopenLogs', undefined, timings.helloMs).catch(() => {});
      return;
    }
    const old = await this.#slot.release();
    if (old !== null) this.#predecessors.add(old);
    this.#slot = null;
    if (old === null && this.#publishedCount() === 0) return;
    await withinMs(timings.functionsAdoptMs, this.#openSlot().keepFilled()).catch((error: Error) =>
      this.#options.log(`functions are served as before: ${error.message}`),
    );
  }

  /** Makes a start that is under way fail. */
  cancel(): void {
    this.#isStopping = true;
    this.#slot?.cancel();
  }

  look(): void {
    void this.#slot?.look();
  }

  /** Drains every host; resolves when no process of theirs is left. */
  async stop(): Promise<void> {
    this.cancel();
    const host = await this.#slot?.release();
    if (host) this.#predecessors.add(host);
    const known = new Set([...this.#living()].map(({ hello }) => hello.pid));
    for (const found of await findFunctionHosts(this.#config.dataDir)) {
      if (known.has(found.hello.pid)) found.client.end();
      else this.#predecessors.add(found); // of a start that was interrupted
    }
    this.#retirePredecessors();
    await Promise.all(this.#retiring.values());
  }

  /** Ends all hosts at once. */
  abort(): void {
    for (const host of this.#living()) killProcess(host);
  }

  *#living(): Iterable<FunctionHost> {
    if (this.#slot?.process) yield this.#slot.process;
    yield* this.#predecessors;
    yield* this.#retiring.keys();
  }

  #openSlot(): Slot<FunctionHost> {
    this.#slot = new Slot({
      name: 'function host',
      launch: (cancelled) => this.#launch(cancelled),
      log: this.#options.log,
    });
    return this.#slot;
  }

  /** A host that has just started serves what it read, which was published before the question. */
  async #adoptIn(slot: Slot<FunctionHost>): Promise<FunctionsAdopted> {
    const running = slot.process;
    if (running !== null) {
      const adopted = await running.client.call('adopt', undefined, timings.functionsAdoptMs).catch(ifGone);
      if (adopted !== null) return adopted;
    }
    // One that crashes at each start is not waited for: a change is published whether or not functions run.
    if (this.#problem === '') await Promise.race([slot.keepFilled(), this.#nextFailure.promise]);
    const host = slot.process;
    if (host === null) throw new Error(this.#problem || 'the function host has ended');
    return await host.client.call('adopt', undefined, timings.functionsAdoptMs);
  }

  async #launch(cancelled: AbortSignal): Promise<FunctionHost> {
    try {
      const host = await launchFunctionHost(this.#options.entry, this.#launching(), cancelled);
      this.#problem = '';
      this.#retirePredecessors();
      return host;
    } catch (error) {
      this.#problem = (error as Error).message;
      this.#nextFailure.resolve();
      this.#nextFailure = Promise.withResolvers();
      throw error;
    }
  }

  #launching(): FunctionHostLaunch {
    return {
      settings: settingsOf(this.#config),
      settingsHash: hashOf(this.#config),
      build: this.#options.build,
    };
  }

  #servesAlike({ build, settingsHash, state }: FunctionHostHello): boolean {
    return build === this.#options.build && settingsHash === hashOf(this.#config) && state === 'ready';
  }

  #retirePredecessors(): void {
    for (const host of this.#predecessors) this.#retiring.set(host, this.#retire(host));
    this.#predecessors.clear();
  }

  async #retire(host: FunctionHost): Promise<void> {
    const lastStats = await drainFunctionHost(host, this.#config.drainMs);
    this.#book.note(host.hello.pid, lastStats);
    if (lastStats === undefined) await sweepAfterFunctionHost(this.#options.entry, this.#launching());
    this.#options.log(`function host (pid ${host.hello.pid}) has drained`);
    this.#retiring.delete(host);
  }

  #publishedCount(): number {
    try {
      return readPublishedState(this.#config.dataDir)?.functions?.length ?? 0;
    } catch {
      return 0; // who publishes says so
    }
  }
}

const settingsOf = (config: ProcessConfig): FunctionHostLaunch['settings'] => ({
  dataDir: config.dataDir,
  logsDir: logsFolder(config),
  drainDeadlineMs: config.drainMs,
  limits: {
    accountConcurrency: config.functionHost.concurrency,
    environmentsMax: config.functionHost.environmentsMax,
    idleMs: config.functionHost.idleSeconds * 1000,
  },
});

/** Two hosts with the same hash serve alike. */
const hashOf = (config: ProcessConfig): string =>
  createHash('sha256')
    .update(JSON.stringify(settingsOf(config)))
    .digest('hex')
    .slice(0, 16);

function ifGone(error: Error): null {
  if (error.name === 'PeerGoneError') return null; // its replacement is on its way
  throw error;
}

async function withinMs<T>(waitMs: number, done: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`the function host does not serve after ${waitMs} ms`)),
    waitMs,
  );
  try {
    return await Promise.race([done, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
