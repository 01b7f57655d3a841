// An invocation under way, as the environment that runs it remembers it.

import type { EnvironmentHandler, EnvironmentInvocation } from '../host/environment.ts';

/** What has come of an invocation. */
export interface Answer {
  readonly functionError: 'Unhandled' | null;
  readonly payload: Uint8Array;
}

/** An invocation under way. */
export class Call {
  readonly invocation: EnvironmentInvocation;
  readonly handler: EnvironmentHandler;
  readonly startedNs: number;
  /** Of the deadline. */
  timer: NodeJS.Timeout | null = null;
  /** It waits for the runtime to ask for the next one. */
  answer: Answer | null = null;

  constructor(invocation: EnvironmentInvocation, handler: EnvironmentHandler, startedNs: number) {
    this.invocation = invocation;
    this.handler = handler;
    this.startedNs = startedNs;
  }
}
