// What is said over control sockets: verb -> [argument, result]. Who asks gets exactly one reply.

import type { SampledRequest, SampleQuery, TestInvocation, TestInvoked } from '../resources/index.ts';

/** What a process that serves says of itself. */
export interface ProcessHello {
  readonly pid: number;
  /** The code that it runs: version and a digest of its files. */
  readonly build: string;
  readonly settingsHash: string;
  readonly state: 'starting' | 'ready' | 'draining' | 'failed';
  /** What it serves; 0 until it is ready. */
  readonly revision: number;
  /** Wall time of its start, milliseconds. */
  readonly startedMs: number;
}

/** What can be asked of every process that serves. */
export interface ProcessProtocol<H extends ProcessHello, A> {
  readonly hello: [undefined, H];
  /** Answers when it serves, or fails with the reason why it never will. */
  readonly ready: [undefined, H];
  /** Waits until it is ready, then until it serves what is published now. */
  readonly adopt: [undefined, A];
  /** Takes nothing new; answers with the last stats when what was under way has ended, then exits. */
  readonly drain: [{ readonly deadlineMs: number }, unknown];
  readonly stats: [undefined, unknown];
  readonly reopenLogs: [undefined, undefined];
}

/** What a data plane says of itself. */
export interface Hello extends ProcessHello {
  readonly slot: number;
  /** The port it listens on; the configured one until it is ready. */
  readonly port: number;
  readonly stages: number;
}

/** What came of taking over the published state. */
export interface Adopted {
  readonly revision: number;
  readonly stages: number;
  readonly tookMs: number;
}

/** `{dataDir}/run/data-plane-{slot}-{pid}.sock` */
export interface DataPlaneProtocol extends ProcessProtocol<Hello, Adopted> {
  /** Runs one method of an API that need not be deployed. */
  readonly testInvoke: [TestInvocation, TestInvoked];
  /** Requests that rules of a web ACL have matched here. */
  readonly sampledRequests: [SampleQuery, readonly SampledRequest[]];
}

/** What a function host says of itself. */
export interface FunctionHostHello extends ProcessHello {
  readonly functions: number;
}

/** What came of a host's taking over the published state. */
export interface FunctionsAdopted {
  readonly revision: number;
  readonly functions: number;
}

/** `{dataDir}/run/function-host-{pid}.sock` */
export interface FunctionHostProtocol extends ProcessProtocol<FunctionHostHello, FunctionsAdopted> {
  /** From its successor: begins to drain, and answers when nobody makes another call here. */
  readonly stepAside: [undefined, undefined];
}

export interface Status {
  readonly pid: number;
  readonly build: string;
  readonly startedMs: number;
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  /** 0 = the control plane does not run. */
  readonly managementPort: number;
  readonly tls: boolean;
  readonly hostSuffix: string;
  readonly region: string;
  /** The lowest revision that a data plane serves: every one serves this or a newer one. */
  readonly revision: number;
  readonly processesWanted: number;
  readonly processes: readonly Hello[];
  /** null = none runs: there is no function. */
  readonly functionHost: FunctionHostHello | null;
}

/** `{dataDir}/run/supervisor.sock` */
export interface SupervisorProtocol {
  readonly status: [undefined, Status];
  /** Reads configuration and published state again, reopens logs. */
  readonly reload: [undefined, undefined];
  /** Drains everything; answers when all data planes have ended. */
  readonly stop: [undefined, undefined];
  /** Has the function host serve what is published, or starts one; null when there is no function. */
  readonly adoptFunctions: [undefined, FunctionsAdopted | null];
  /** A command for the control plane; what crosses is between `sluice` and it. */
  readonly manage: [unknown, unknown];
}

export type Protocol = Readonly<Record<keyof never, [unknown, unknown]>>;

/** The side that answers. */
export type Verbs<P> = {
  readonly [V in keyof P]: P[V] extends [infer A, infer R] ? (argument: A) => R | Promise<R> : never;
};

export interface Request {
  readonly id: number;
  readonly verb: string;
  readonly argument: unknown;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };
