// What is bounded in the host: the bounds of this machine, which its owner may set, and Lambda's own, which are fixed.

import { availableParallelism } from 'node:os';

/** Bounds of one host. What happens at each is written beside it. */
export interface FunctionHostLimits {
  /** Invocations at once of all functions together, reserved ones included; above: 429. Lambda's quota of an account. */
  readonly accountConcurrency: number;
  /**
   * Environments (processes) at once. For one more, the idle one that was used longest ago is ended; when all are
   * busy: 429.
   */
  readonly environmentsMax: number;
  /**
   * Environments that start at once; more wait for their turn, one function after the other. A start costs a processor
   * a tenth of a second: a hundred at once would all be late, while a few soon serve who waits for the others.
   */
  readonly startsMax: number;
  /** Milliseconds after which an environment that nobody uses is ended. */
  readonly idleMs: number;
  /** Asynchronous invocations that wait or run; above: 429. */
  readonly eventsMax: number;
  /** Bytes of their payloads; above: 429. */
  readonly eventBytesMax: number;
  /** Asynchronous invocations that run at once, so that a flood of them leaves room for who waits for an answer. */
  readonly eventConcurrencyMax: number;
}

export const defaultLimits: FunctionHostLimits = Object.freeze({
  accountConcurrency: 1000,
  environmentsMax: 100,
  startsMax: 2 * availableParallelism(),
  idleMs: 600_000,
  eventsMax: 100_000,
  eventBytesMax: 1 << 30,
  eventConcurrencyMax: 50,
});

/** @see AWS Lambda Developer Guide, "Lambda quotas" */
export const lambdaLimits = Object.freeze({
  requestBytesMax: 6_291_456,
  /** 1 MB since October 2025; 256 KB before. */
  eventBytesMax: 1_048_576,
  /** 100 bytes more than a request: the number that Lambda's own message has. */
  responseBytesMax: 6_291_556,
  clientContextCharactersMax: 3583,
  functionNameCharactersMax: 170,
  qualifierCharactersMax: 128,
});
