// What is a data plane's own in the life of its process: the gateway, and what is asked of it alone.

import { quietTurn } from '../base/quiet-turn.ts';
import type { DataPlaneSettings } from '../config/index.ts';
import type { SampledRequest, SampleQuery, TestInvocation, TestInvoked } from '../resources/index.ts';
import { outliveOwnLog, report } from './process-end.ts';
import { ProcessLife, type Serving } from './process-life.ts';
import type { Adopted, DataPlaneProtocol, Hello } from './protocol.ts';
import { dataPlaneSocketPath } from './run-folder.ts';

/** What a data plane runs. */
export interface ServingGateway extends Serving<Adopted> {
  readonly port: number;
  /** Runs one method of an API that need not be deployed. */
  testInvoke?(invocation: TestInvocation): Promise<TestInvoked>;
  sampledRequests?(query: SampleQuery): readonly SampledRequest[];
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
  readonly #settings: DataPlaneSettings;
  readonly #life: ProcessLife<Hello, Adopted, ServingGateway>;

  constructor({ settings, settingsHash, build }: Launch) {
    this.#settings = settings;
    this.#life = new ProcessLife({
      hello: {
        pid: process.pid,
        slot: settings.slot,
        build,
        settingsHash,
        state: 'starting',
        port: settings.port,
        revision: 0,
        stages: 0,
        startedMs: Date.now(),
      },
      drainDeadlineMs: settings.drainDeadlineMs,
      told: ({ revision, stages }) => ({ revision, stages }),
      // In a short turn little is lost of what the kernel queues on the socket: see `drainDataPlane`.
      beforeDrain: quietTurn,
    });
  }

  async run(start: StartGateway): Promise<void> {
    const { dataDir, slot } = this.#settings;
    const { started } = this.#life;
    process.title = `sluice data plane ${slot}`;
    await this.#life.run<DataPlaneProtocol>(
      dataPlaneSocketPath(dataDir, slot, process.pid),
      {
        sampledRequests: async (query) => (await started).sampledRequests?.(query) ?? [],
        testInvoke: async (invocation) => await this.#testInvoke(await started, invocation),
      },
      async (serves) => {
        const gateway = await start(this.#settings);
        serves(gateway);
        this.#life.ready({ port: gateway.port });
        // Learns which revision is served. Nobody waits for it: a gateway may answer before all it serves is compiled.
        this.#life.adopt(gateway).catch(report);
        return gateway;
      },
    );
  }

  async #testInvoke(gateway: ServingGateway, invocation: TestInvocation): Promise<TestInvoked> {
    if (this.#life.hello.state !== 'ready') throw new Error('this data plane is ending');
    if (gateway.testInvoke === undefined) throw new Error('this data plane cannot invoke methods for a test');
    return await gateway.testInvoke(invocation);
  }
}
