// The life of a data-plane process, seen from inside: it opens its control socket, starts the gateway, obeys, ends.
// It never looks for its supervisor: whether one lives makes no difference to the requests.

import { quietTurn } from '../base/quiet-turn.ts';
import type { DataPlaneSettings } from '../config/index.ts';
import type { SampledRequest, SampleQuery, TestInvocation, TestInvoked } from '../resources/index.ts';
import { type ControlServer, serveControl } from './control-server.ts';
import { exitAfterFailure, exitAfterLastWords, outliveOwnLog, report } from './process-end.ts';
import type { Adopted, DataPlaneProtocol, Hello } from './protocol.ts';
import { dataPlaneSocketPath } from './run-folder.ts';

/** What a data plane runs. */
export interface ServingGateway {
  readonly port: number;
  adopt(): Promise<Adopted>;
  drain(deadlineMs: number): Promise<void>;
  stats(): unknown;
  /** Runs one method of an API that need not be deployed. */
  testInvoke?(invocation: TestInvocation): Promise<TestInvoked>;
  sampledRequests?(query: SampleQuery): readonly SampledRequest[];
  /** Opens log files anew, after a rotation has moved the old ones. */
  reopenLogs?(): void | Promise<void>;
}

export type StartGateway = (settings: DataPlaneSettings) => Promise<ServingGateway>;

/** The one argument of a data-plane process, as JSON. */
export interface Launch {
  readonly settings: DataPlaneSettings;
  readonly settingsHash: string;
  readonly build: string;
}

/**
 * Runs a data plane until it is told to drain, by its control socket or by SIGTERM or SIGINT.
 * @param argument - the Launch, as JSON
 */
export async function runDataPlane(argument: string | undefined, start: StartGateway): Promise<void> {
  if (argument === undefined)
    throw new Error('a data plane is started by its supervisor; use "sluice start"');
  outliveOwnLog();
  const life = new DataPlaneLife(JSON.parse(argument) as Launch);
  await life.run(start);
}

class DataPlaneLife {
  readonly #launch: Launch;
  #hello: Hello;
  #server: ControlServer | null = null;
  #gateway: ServingGateway | null = null;
  #ending: Promise<unknown> | null = null;

  constructor(launch: Launch) {
    const { settings, settingsHash, build } = launch;
    this.#launch = launch;
    this.#hello = {
      pid: process.pid,
      slot: settings.slot,
      build,
      settingsHash,
      state: 'starting',
      port: settings.port,
      revision: 0,
      stages: 0,
      startedMs: Date.now(),
    };
  }

  async run(start: StartGateway): Promise<void> {
    const { settings } = this.#launch;
    process.title = `sluice data plane ${settings.slot}`;
    const begun = Promise.withResolvers<ServingGateway>();
    const started = begun.promise;
    started.catch((error: Error) => this.#failed(error));

    this.#server = await serveControl<DataPlaneProtocol>(
      dataPlaneSocketPath(settings.dataDir, settings.slot, process.pid),
      {
        hello: () => this.#hello,
        ready: async () => {
          await started;
          return this.#hello;
        },
        adopt: async () => await this.#adopt(await started),
        drain: ({ deadlineMs }) => this.#end(deadlineMs),
        stats: () => this.#gateway?.stats(),
        sampledRequests: async (query) => (await started).sampledRequests?.(query) ?? [],
        testInvoke: async (invocation) => await this.#testInvoke(await started, invocation),
        reopenLogs: async () => {
          await (await started).reopenLogs?.();
          return undefined;
        },
      },
    );
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => void this.#end(settings.drainDeadlineMs));
    process.on('SIGHUP', () => {
      started.then((gateway) => Promise.all([this.#adopt(gateway), gateway.reopenLogs?.()])).catch(report);
    });
    // Only now: whoever publishes from here on finds our socket, and what was published before, we read.
    this.#start(start).then(begun.resolve, begun.reject);
  }

  async #start(start: StartGateway): Promise<ServingGateway> {
    const gateway = await start(this.#launch.settings);
    this.#gateway = gateway;
    this.#hello = { ...this.#hello, port: gateway.port };
    if (this.#ending === null) this.#hello = { ...this.#hello, state: 'ready' };
    // Learns which revision is served. Nobody waits for it: a gateway may answer before all it serves is compiled.
    this.#adopt(gateway).catch(report);
    return gateway;
  }

  async #adopt(gateway: ServingGateway): Promise<Adopted> {
    const adopted = await gateway.adopt();
    this.#hello = { ...this.#hello, revision: adopted.revision, stages: adopted.stages };
    return adopted;
  }

  async #testInvoke(gateway: ServingGateway, invocation: TestInvocation): Promise<TestInvoked> {
    if (this.#hello.state !== 'ready') throw new Error('this data plane is ending');
    if (gateway.testInvoke === undefined) throw new Error('this data plane cannot invoke methods for a test');
    return await gateway.testInvoke(invocation);
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
      await quietTurn();
      await this.#gateway?.drain(deadlineMs);
    } catch (error) {
      report(error);
    }
    setImmediate(() => exitAfterLastWords(this.#server, 0));
    return this.#gateway?.stats();
  }
}
