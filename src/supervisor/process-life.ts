// The life of a process that serves, seen from inside, data plane or function host: its control socket is open before anything
// is served, it obeys what is said there and by signals, it drains once, and it ends.
// It never looks for its supervisor: whether one lives makes no difference to what is served.

import { type ControlServer, serveControl } from './control-server.ts';
import { exitAfterFailure, exitAfterLastWords, report } from './process-end.ts';
import type { ProcessHello, ProcessProtocol, Verbs } from './protocol.ts';

/** What such a process runs. */
export interface Serving<Adopted> {
  /** Serves what is published now. */
  adopt(): Adopted | Promise<Adopted>;
  drain(deadlineMs: number): Promise<void>;
  stats(): unknown;
  /** Opens log files anew, after a rotation has moved the old ones. */
  reopenLogs?(): void | Promise<void>;
}

export interface LifeOptions<Hello, Adopted> {
  readonly hello: Hello;
  /** Milliseconds that what is under way is given at a signal, which names no deadline of its own. */
  readonly drainDeadlineMs: number;
  /** What of it the process says of itself. */
  readonly told: (adopted: Adopted) => Partial<Hello>;
  /** Waited for before the drain begins. */
  readonly beforeDrain?: () => Promise<void>;
}

export class ProcessLife<Hello extends ProcessHello, Adopted, S extends Serving<Adopted>> {
  /** Rejects where the start has failed; the process then ends. */
  readonly started: Promise<S>;
  hello: Hello;
  readonly #options: LifeOptions<Hello, Adopted>;
  readonly #begun = Promise.withResolvers<S>();
  #server: ControlServer | null = null;
  #serving: S | null = null;
  #ending: Promise<unknown> | null = null;

  constructor(options: LifeOptions<Hello, Adopted>) {
    this.#options = options;
    this.hello = options.hello;
    this.started = this.#begun.promise;
    this.started.catch((error: Error) => this.#failed(error));
  }

  /** null until it serves. */
  get serving(): S | null {
    return this.#serving;
  }

  /** Says that it serves, unless it was told to end meanwhile. */
  ready(more: Partial<Hello> = {}): void {
    this.hello = { ...this.hello, ...more };
    if (this.#ending === null) this.hello = { ...this.hello, state: 'ready' };
  }

  /**
   * Opens the control socket, and then begins to serve: whoever publishes from then on finds the socket, and what was
   * published before is read.
   *
   * @param more - verbs of its own
   * @param start - hands over what serves as soon as it does, and may do more before it resolves
   */
  async run<P extends ProcessProtocol<Hello, Adopted>>(
    socketPath: string,
    more: Omit<Verbs<P>, keyof ProcessProtocol<Hello, Adopted>>,
    start: (serves: (serving: S) => void) => Promise<S>,
  ): Promise<void> {
    const { started } = this;
    const verbs: Verbs<ProcessProtocol<Hello, Adopted>> = {
      hello: () => this.hello,
      ready: async () => {
        await started;
        return this.hello;
      },
      adopt: async () => await this.adopt(await started),
      drain: ({ deadlineMs }) => this.end(deadlineMs),
      stats: () => this.#serving?.stats(),
      reopenLogs: async () => {
        await (await started).reopenLogs?.();
        return undefined;
      },
    };
    this.#server = await serveControl<P>(socketPath, { ...verbs, ...more } as unknown as Verbs<P>);
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => void this.end(this.#options.drainDeadlineMs));
    process.on('SIGHUP', () => {
      started.then((serving) => Promise.all([this.adopt(serving), serving.reopenLogs?.()])).catch(report);
    });
    start((serving) => {
      this.#serving = serving;
    }).then(this.#begun.resolve, this.#begun.reject);
  }

  async adopt(serving: S): Promise<Adopted> {
    const adopted = await serving.adopt();
    this.hello = { ...this.hello, ...this.#options.told(adopted) };
    return adopted;
  }

  /** Drains once, whoever asks how often. The exit follows in the next turn, after the reply was written. */
  end(deadlineMs: number): Promise<unknown> {
    this.#ending ??= this.#drain(deadlineMs);
    return this.#ending;
  }

  async #drain(deadlineMs: number): Promise<unknown> {
    this.hello = { ...this.hello, state: 'draining' };
    try {
      await this.#options.beforeDrain?.();
      await this.#serving?.drain(deadlineMs);
    } catch (error) {
      report(error);
    }
    setImmediate(() => exitAfterLastWords(this.#server, 0));
    return this.#serving?.stats();
  }

  #failed(error: Error): void {
    report(error);
    this.hello = { ...this.hello, state: 'failed' };
    exitAfterFailure(() => this.#server);
  }
}
