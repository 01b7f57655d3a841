// Keeps N data planes running on one data folder, hands one set over to the next, ends them. It owns processes and
// sockets, never a request: while it is dead, requests are served as before.

import { ConfigError, dataPlaneSettings, logsFolder, type ProcessConfig } from '../config/index.ts';
import { type AdminServer, createAdminServer } from '../observability/admin-server.ts';
import { emptyStats, mergeStats, type RecorderStats, retiredStats } from '../observability/stats.ts';
import { PeerGoneError } from './control-client.ts';
import { type ControlServer, serveControl } from './control-server.ts';
import { Fleet } from './fleet.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { FunctionHostKeeper } from './function-host-keeper.ts';
import type { Status, SupervisorProtocol } from './protocol.ts';
import {
  type DataPlane,
  findDataPlanes,
  prepareFolder,
  runFolder,
  supervisorSocketPath,
} from './run-folder.ts';
import { drainDataPlane } from './running.ts';
import { killProcess } from './slot.ts';
import { StatsBook } from './stats-book.ts';
import { readinessOf, statusOf } from './status.ts';
import { timings } from './timings.ts';

export interface SupervisorOptions {
  readonly config: ProcessConfig;
  /** Reads the configuration again, for SIGHUP. @throws ConfigError */
  readonly readConfig: () => ProcessConfig;
  /** File that data planes run; it calls `runDataPlane`. */
  readonly entry: string;
  /** File that function hosts run; it calls `runFunctionHost`. */
  readonly functionHostEntry: string;
  /** See `buildId`. */
  readonly build: string;
  /** Why a port cannot be listened on, in words; null when it can. */
  readonly portProblem: (host: string, port: number) => Promise<string | null>;
  /**
   * Opens the control plane of this process, once the data folder is ours. It makes the published state follow the
   * store before it resolves.
   * @throws (rejects) ConfigError where the start must fail; any other error leaves what was published in service
   */
  readonly openControl: (config: ProcessConfig) => Promise<Control>;
  readonly log: (line: string) => void;
}

/** The control plane, as far as its process looks after it. */
export interface Control {
  /** Of the management API; 0 when it is not open. */
  readonly managementPort: number;
  /** Takes over a configuration that was read again, and publishes. */
  reload(config: ProcessConfig): Promise<void>;
  /** Answers a command of this machine: see `sluice` in cli/with-control.ts. */
  manage(request: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #startedMs = Date.now();
  readonly #ended = Promise.withResolvers<void>();
  /** Data planes that were replaced and have not ended yet. */
  readonly #retiring = new Set<DataPlane>();
  readonly #stats = new StatsBook<RecorderStats>({ merge: mergeStats, retired: retiredStats });
  readonly #functionHost: FunctionHostKeeper;
  #fleet: Fleet;
  #lock: FolderLock | null = null;
  #socket: ControlServer | null = null;
  #control: Control | null = null;
  /** Why there is no control plane. */
  #controlProblem = 'it is starting';
  #admin: AdminServer | null = null;
  #adminPort = 0;
  /** As it was asked for: the fleet's configuration stays as old as its processes. */
  #adminWanted: ProcessConfig['admin'] | null = null;
  #watch: NodeJS.Timeout | null = null;
  #stopping: Promise<undefined> | null = null;
  /** What was asked for is done one after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  /** @throws ConfigError when a TLS file cannot be read */
  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#fleet = new Fleet(options);
    this.#functionHost = new FunctionHostKeeper({ ...options, entry: options.functionHostEntry });
  }

  /** Resolves when everything has ended after `stop`. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /**
   * Takes the data folder, adopts or starts data planes, and resolves when all of them serve.
   * @throws (rejects) ConfigError or StartError, one line each; nothing that was started here is left behind
   */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  async #start(): Promise<void> {
    const { config } = this.#options;
    prepareFolder(config.dataDir, 'data folder', '--data-dir');
    prepareFolder(runFolder(config.dataDir), 'data folder', '--data-dir');
    prepareFolder(logsFolder(config), 'log folder', '--logs-dir');
    this.#lock = lockFolder(config.dataDir);
    try {
      await this.#openAdmin(config);
      // Beside the start of the data planes: both take a while.
      const opening = this.#openControl(config);
      const running = await findDataPlanes(config.dataDir);
      const [filled, opened] = await Promise.allSettled([this.#fleet.fill(running), opening]);
      if (filled.status === 'rejected') {
        for (const { client } of running) client.end(); // an open one would keep this process from ending
        throw filled.reason;
      }
      if (opened.status === 'rejected') {
        await this.#giveUp(running);
        throw opened.reason;
      }
      this.#retire(filled.value);
      await this.#functionHost.start();
      this.#socket = await serveControl<SupervisorProtocol>(supervisorSocketPath(config.dataDir), {
        status: () => this.status(),
        reload: () => this.reload(),
        stop: () => this.stop(),
        adoptFunctions: () => this.#functionHost.adopt(),
        manage: (request) => this.#manage(request),
      });
      void this.#adopt();
    } catch (error) {
      if (this.#stopping === null) await this.#letGo(); // else the stop that follows does it
      throw error;
    }
    this.#watch = setInterval(() => {
      this.#fleet.look();
      this.#functionHost.look();
    }, timings.watchMs);
  }

  status(): Promise<Status> {
    return statusOf({
      fleet: this.#fleet,
      functionHost: this.#functionHost,
      build: this.#options.build,
      startedMs: this.#startedMs,
      adminPort: this.#adminPort,
      managementPort: this.#control?.managementPort ?? 0,
    });
  }

  /** The port that requests are served on; the configured one until the first data plane is ready. */
  get port(): number {
    return this.#fleet.port;
  }

  /**
   * Reads the configuration and the published state again and reopens logs. Other settings mean other processes:
   * their replacements listen before they are drained.
   * @throws (rejects) when the new configuration cannot be used; what ran before then runs on
   */
  reload(): Promise<undefined> {
    return this.#inTurn(async () => {
      if (this.#stopping !== null) throw new Error('it is stopping');
      const config = this.#options.readConfig();
      const before = this.#fleet.config;
      if (config.dataDir !== before.dataDir)
        throw new ConfigError([
          `dataDir cannot change while Sluice runs; it stays "${before.dataDir}" until a restart`,
        ]);
      prepareFolder(logsFolder(config), 'log folder', '--logs-dir');
      await this.#reloadControl(config);
      const next = new Fleet({ ...this.#options, config });
      if (next.settingsHash === this.#fleet.settingsHash) await this.#refresh();
      else await this.#handOver(next);
      await this.#functionHost.reload(config);
      const { host, port } = config.admin;
      if (host !== this.#adminWanted?.host || port !== this.#adminWanted.port) await this.#openAdmin(config);
      return undefined;
    });
  }

  /** Drains all data planes and ends; the second call waits for the first. */
  stop(): Promise<undefined> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Ends all data planes at once, requests in flight included. */
  abort(): void {
    this.#fleet.cancel();
    this.#functionHost.cancel();
    for (const plane of [...this.#fleet.planes, ...this.#retiring]) killProcess(plane);
    this.#functionHost.abort();
  }

  async #stop(): Promise<undefined> {
    this.#fleet.cancel(); // a start under way fails, a replacement under way is given up
    this.#functionHost.cancel();
    return await this.#inTurn(async () => {
      if (this.#watch !== null) clearInterval(this.#watch);
      this.#retire(await this.#fleet.release());
      // What a start that was interrupted had only met.
      if (this.#lock !== null)
        this.#retire((await findDataPlanes(this.#fleet.config.dataDir)).filter(this.#isNew));
      await Promise.all([...this.#retiring].map((plane) => plane.client.closed));
      // After the data planes: their last requests may call functions.
      if (this.#lock !== null) await this.#functionHost.stop();
      await this.#letGo();
      // The reply to whoever asked for the stop goes out first.
      setImmediate(() => void (this.#socket?.close() ?? Promise.resolve()).then(this.#ended.resolve));
      return undefined;
    });
  }

  /** Data planes read what is published and open their logs anew. */
  async #refresh(): Promise<void> {
    await this.#tellAll((client) => client.call('reopenLogs', undefined, timings.helloMs));
    await this.#adopt();
    this.#options.log('reloaded: published state adopted, logs reopened');
  }

  #adopt(): Promise<void> {
    return this.#tellAll((client) => client.call('adopt', undefined, timings.adoptMs));
  }

  async #tellAll(tell: (client: DataPlane['client']) => Promise<unknown>): Promise<void> {
    const told = this.#fleet.planes.map(({ client, hello }) =>
      tell(client).catch((error: Error) => {
        if (error instanceof PeerGoneError) return; // its replacement reads everything anew
        this.#options.log(`data plane ${hello.slot} (pid ${hello.pid}) did not obey: ${error.message}`);
      }),
    );
    await Promise.all(told);
  }

  async #handOver(next: Fleet): Promise<void> {
    const before = this.#fleet;
    // The port is checked against what runs: it is ours already, unless it changed.
    const left = await next.fill(before.planes);
    this.#fleet = next;
    const released = await before.release();
    this.#retire([...new Set([...left, ...released])]);
    this.#options.log(
      `reloaded: ${next.planes.length} data planes serve with the new settings on port ${next.port}`,
    );
  }

  #retire(planes: readonly DataPlane[]): void {
    const { drainDeadlineMs } = dataPlaneSettings(this.#fleet.config, 0, 0);
    for (const plane of planes) {
      this.#retiring.add(plane);
      const { slot, pid } = plane.hello;
      drainDataPlane(plane, drainDeadlineMs)
        .then((lastStats) => {
          this.#stats.note(pid, lastStats);
          this.#options.log(`data plane ${slot} (pid ${pid}) has drained`);
        })
        .finally(() => this.#retiring.delete(plane));
    }
  }

  /** Connections of its own tell nothing of the process behind: the pid does. */
  readonly #isNew = (plane: DataPlane): boolean => {
    const known = [...this.#retiring].some((other) => other.hello.pid === plane.hello.pid);
    if (known) plane.client.end();
    return !known;
  };

  /** Ends the data planes that were started here; those that ran before are left as they were found. */
  async #giveUp(running: readonly DataPlane[]): Promise<void> {
    for (const plane of new Set([...(await this.#fleet.release()), ...running])) {
      if (running.includes(plane)) plane.client.end();
      else killProcess(plane);
    }
  }

  async #letGo(): Promise<void> {
    await this.#control?.close();
    this.#control = null;
    await this.#admin?.close();
    this.#admin = null;
    this.#lock?.release();
    this.#lock = null;
  }

  /** A store that is out of order stops nobody: what was published before is served. */
  async #openControl(config: ProcessConfig): Promise<void> {
    try {
      this.#control = await this.#options.openControl(config);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      this.#controlProblem = (error as Error).message;
      this.#options.log(
        `the control plane does not run, serving what was published: ${this.#controlProblem}`,
      );
    }
  }

  async #reloadControl(config: ProcessConfig): Promise<void> {
    try {
      if (this.#control === null) await this.#openControl(config);
      else await this.#control.reload(config);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      this.#options.log(
        `cannot publish from the store, serving what was published: ${(error as Error).message}`,
      );
    }
  }

  #manage(request: unknown): Promise<unknown> {
    if (this.#control === null)
      throw new Error(`the control plane of the running gateway does not run: ${this.#controlProblem}`);
    return this.#control.manage(request);
  }

  /** Opens the admin port, then closes the one that was open. */
  async #openAdmin({ admin: { host, port } }: ProcessConfig): Promise<void> {
    const next = createAdminServer({
      host,
      port,
      stats: async () => (await this.#stats.sum([...this.#fleet.planes, ...this.#retiring])) ?? emptyStats,
      functionStats: () => this.#functionHost.stats(),
      ready: () => readinessOf(this.#fleet),
      status: () => this.status(),
    });
    try {
      this.#adminPort = await next.listen();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const reason = code === 'EADDRINUSE' ? 'is taken by another process' : `cannot be used (${code})`;
      throw new ConfigError([`Admin port ${port} on ${host} ${reason}; choose another with --admin-port`]);
    }
    await this.#admin?.close();
    this.#admin = next;
    this.#adminWanted = { host, port };
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(act, act);
    this.#queue = done.catch(() => {});
    return done;
  }
}
