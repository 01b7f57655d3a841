// A function host in a world that is stepped: its time, its timers, and environments that do what they are told.

import type { Clock } from '../../../src/base/clock.ts';
import type { Invocation, InvocationCall, InvocationResult } from '../../../src/functions/functions.ts';
import type {
  Environment,
  EnvironmentHandler,
  EnvironmentInvocation,
  EnvironmentResult,
  EnvironmentSpec,
  Environments,
  InitFailure,
} from '../../../src/functions/host/environment.ts';
import {
  createFunctionHost,
  type FunctionHost,
  type FunctionHostOptions,
  type Timers,
} from '../../../src/functions/host/index.ts';
import type { PublishedFunction, PublishedFunctionVersion } from '../../../src/resources/index.ts';

export const accountId = '000000000000';
export const region = 'us-east-1';
export const arnOf = (name: string): string => `arn:aws:lambda:${region}:${accountId}:function:${name}`;

export class FakeTime implements Clock, Timers {
  ms = 1_700_000_000_000;
  #timers: Array<{ atMs: number; run: () => void }> = [];
  #soon: Array<() => void> = [];

  nowMs(): number {
    return this.ms;
  }

  monotonicNs(): number {
    return this.ms * 1e6;
  }

  after(delayMs: number, run: () => void): () => void {
    const timer = { atMs: this.ms + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  soon(run: () => void): void {
    this.#soon.push(run);
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      for (let i = 0; i < 5; i++) await Promise.resolve();
      if (this.#soon.length > 0) quiet = -1;
      for (const run of this.#soon.splice(0)) run();
    }
  }

  async pass(ms: number): Promise<void> {
    await this.settle();
    const untilMs = this.ms + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.ms = Math.max(this.ms, next.atMs);
      next.run();
      await this.settle();
    }
    this.ms = untilMs;
    await this.settle();
  }
}

export class FakeEnvironment implements Environment {
  readonly spec: EnvironmentSpec;
  readonly ready: Promise<InitFailure | null>;
  readonly ended: Promise<void>;
  readonly rssBytes = 1_000_000;
  isReady = false;
  isKilled = false;
  isGone = false;
  /** It has told that it takes no more. */
  isSpoiled = false;
  runs = 0;
  resumes = 0;
  /** What it runs, the oldest first. */
  readonly currents: { invocation: EnvironmentInvocation; handler: EnvironmentHandler }[] = [];
  #readied: (failure: InitFailure | null) => void = () => {};
  #end: () => void = () => {};
  readonly #world: FakeEnvironments;

  constructor(spec: EnvironmentSpec, world: FakeEnvironments) {
    this.spec = spec;
    this.#world = world;
    this.ready = new Promise((resolve) => {
      this.#readied = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get current(): FakeEnvironment['currents'][number] | null {
    return this.currents[0] ?? null;
  }

  becomeReady(): void {
    this.isReady = true;
    this.#readied(null);
  }

  failInit(errorType = 'Runtime.ExitError'): void {
    this.#readied({ payload: Buffer.from(JSON.stringify({ errorMessage: 'died', errorType })) });
    this.gone();
  }

  run(invocation: EnvironmentInvocation, handler: EnvironmentHandler): { resume(): void } {
    const isFull = this.currents.length >= this.spec.version.concurrencyPerEnvironment;
    if (!this.isReady || this.isKilled || this.isGone || this.isSpoiled || isFull)
      throw new Error(`Environment ${this.spec.id} was given work that it cannot do`);
    this.runs++;
    this.currents.push({ invocation, handler });
    this.#world.onRun?.(this, invocation, handler);
    return {
      resume: () => {
        this.resumes++;
      },
    };
  }

  /** Ends what it runs longest. */
  finish(result: Partial<EnvironmentResult> = {}): void {
    const { handler } = this.currents.shift()!;
    if (result.isReusable === false) this.isSpoiled = true;
    handler.onEnd({
      functionError: null,
      payload: Buffer.from('"ok"'),
      logTail: null,
      isReusable: true,
      ...result,
    });
  }

  /** Its process dies; what it ran is told. */
  crash(): void {
    this.#failAll();
    if (!this.isReady) this.#readied({ payload: crashed });
    this.gone();
  }

  kill(): void {
    if (this.isKilled) return;
    this.isKilled = true;
    if (this.#world.diesSlowly) return;
    this.#failAll();
    this.gone();
  }

  #failAll(): void {
    while (this.currents.length > 0)
      this.finish({ functionError: 'Unhandled', payload: crashed, isReusable: false });
  }

  gone(): void {
    this.isGone = true;
    this.#end();
  }
}

const crashed = Buffer.from('{"errorMessage":"exited","errorType":"Runtime.ExitError"}');

export class FakeEnvironments implements Environments {
  readonly all: FakeEnvironment[] = [];
  onStart: ((environment: FakeEnvironment) => void) | null = (environment) => environment.becomeReady();
  onRun:
    | ((environment: FakeEnvironment, invocation: EnvironmentInvocation, handler: EnvironmentHandler) => void)
    | null = null;
  /** Killed ones are gone only when told so. */
  diesSlowly = false;

  start(spec: EnvironmentSpec): FakeEnvironment {
    const environment = new FakeEnvironment(spec, this);
    this.all.push(environment);
    this.onStart?.(environment);
    return environment;
  }

  async sweep(): Promise<void> {}

  get live(): FakeEnvironment[] {
    return this.all.filter(({ isGone, isKilled }) => !isGone && !isKilled);
  }

  get busy(): FakeEnvironment[] {
    return this.all.filter(({ current }) => current !== null);
  }
}

export interface World {
  readonly time: FakeTime;
  readonly environments: FakeEnvironments;
  readonly host: FunctionHost;
  readonly log: string[];
  adopt(...functions: readonly PublishedFunction[]): void;
  /** Calls a function; what came of it is in the list that is returned. */
  call(functionName: string, invocation?: Partial<Invocation>): Call;
}

export interface Call {
  readonly results: InvocationResult[];
  readonly handle: InvocationCall;
  /** What was streamed. */
  readonly streamed: string[];
}

export function createWorld(
  options: Partial<FunctionHostOptions> & {
    readonly time?: FakeTime;
    readonly environments?: FakeEnvironments;
  } = {},
): World {
  const { time = new FakeTime(), environments = new FakeEnvironments() } = options;
  const log: string[] = [];
  const host = createFunctionHost({
    eventsFile: ':memory:',
    log: (line) => log.push(line),
    clock: time,
    timers: time,
    ...options,
    environments,
  });
  return {
    time,
    environments,
    host,
    log,
    adopt: (...functions) => host.adopt({ functions, accountId, region }),
    call: (functionName, invocation = {}) => {
      const results: InvocationResult[] = [];
      const streamed: string[] = [];
      const handle = host.invoke(invocationOf(functionName, invocation), {
        onHead: (contentType) => streamed.push(`head ${contentType}`),
        onData: (chunk) => {
          streamed.push(Buffer.from(chunk).toString());
          return chunk.length < 10;
        },
        onEnd: (result) => results.push(result),
      });
      return { results, handle, streamed };
    },
  };
}

export const invocationOf = (functionName: string, invocation: Partial<Invocation> = {}): Invocation => ({
  functionName,
  qualifier: null,
  type: 'RequestResponse',
  payload: '{}',
  by: { kind: 'identity', arn: `arn:aws:iam::${accountId}:user/somebody` },
  clientContext: null,
  traceId: null,
  isStreamed: false,
  wantsLogTail: false,
  ...invocation,
});

export const versionOf = (version: string, codeHash = `code${version}`): PublishedFunctionVersion => ({
  version,
  runtime: 'nodejs24.x',
  handler: 'app.handler',
  codeHash,
  environment: {},
  timeoutSeconds: 3,
  memoryMb: 128,
  ephemeralStorageMb: 512,
  concurrencyPerEnvironment: 1,
});

export const functionOf = (
  functionName: string,
  given: Partial<PublishedFunction> = {},
): PublishedFunction => ({
  functionName,
  functionArn: arnOf(functionName),
  reservedConcurrency: null,
  versions: [versionOf('$LATEST')],
  aliases: [],
  policies: {},
  eventInvokeConfigs: {},
  ...given,
});
