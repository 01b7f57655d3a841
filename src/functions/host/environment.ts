// An execution environment as the pool sees it: a process that has loaded one version of one function and runs its
// invocations: one after the other, or as many at once as the version says. Types only; environments/ makes real ones,
// tests make them of a clock.

import type { PublishedFunctionVersion } from '../../resources/index.ts';

/** What an environment is made of. */
export interface EnvironmentSpec {
  /** Distinguishes environments of one host, also in log lines. */
  readonly id: string;
  readonly functionName: string;
  /** Unqualified. */
  readonly functionArn: string;
  readonly version: PublishedFunctionVersion;
  readonly accountId: string;
  readonly region: string;
}

/** One invocation, as the runtime in the environment is handed it. */
export interface EnvironmentInvocation {
  readonly requestId: string;
  /** As the caller named the function: with its alias or version, if it named one. */
  readonly invokedFunctionArn: string;
  readonly payload: string | Uint8Array;
  /** Wall time in milliseconds at which the function is ended: Lambda-Runtime-Deadline-Ms. */
  readonly deadlineMs: number;
  readonly clientContext: string | null;
  readonly traceId: string | null;
  /** A function that streams is only streamed when its caller wants it; else its answer is gathered. */
  readonly isStreamed: boolean;
  readonly wantsLogTail: boolean;
}

/** What became of it. */
export interface EnvironmentResult {
  readonly functionError: 'Unhandled' | 'Handled' | null;
  /** Empty where it was streamed. */
  readonly payload: Uint8Array;
  readonly logTail: string | null;
  /** The process goes on and may be given another; else it is given none, and ends with the last that is in it. */
  readonly isReusable: boolean;
}

export interface EnvironmentHandler {
  onHead(contentType: string): void;
  /** @returns false to ask for a pause */
  onData(chunk: Uint8Array): boolean;
  onEnd(result: EnvironmentResult): void;
}

/** How an environment could not be started: the answer of the invocation that waited for it. */
export interface InitFailure {
  /** JSON text `{"errorMessage": ..., "errorType": "Runtime.ExitError" ...}`. */
  readonly payload: Uint8Array;
}

export interface Environment {
  /** Resolves with null when the runtime asks for its first invocation, else with why it never will. Never rejects. */
  readonly ready: Promise<InitFailure | null>;
  /** Resolves when the process and all that it has started are gone. */
  readonly ended: Promise<void>;
  /** Resident memory of all its processes; 0 when unknown. */
  readonly rssBytes: number;
  /**
   * Only after `ready`, and never more at once than the version's `concurrencyPerEnvironment`. The environment itself ends
   * one that runs out of time or memory.
   */
  run(invocation: EnvironmentInvocation, handler: EnvironmentHandler): { resume(): void };
  /** Ends it at once. Invocations that run are told: Unhandled, Runtime.ExitError. */
  kill(): void;
}

export interface Environments {
  /** Starts one; never throws. */
  start(spec: EnvironmentSpec): Environment;
  /** Ends what an earlier host of this data folder has left behind. */
  sweep(): Promise<void>;
}
