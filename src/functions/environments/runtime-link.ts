// How an environment and its runtime talk: what the environment asks, and what it is told. Two speak it: the Runtime API
// (api/), as AWS has it for every runtime client, and the channel (channel/) of our own client of Node.js.

import type { EnvironmentInvocation } from '../host/environment.ts';

/** `too-large`: longer than an answer may be. */
export type AnswerKind = 'response' | 'error' | 'too-large';

/** Told of what the runtime says. */
export interface RuntimeListener {
  /** It waits for an invocation. */
  onNext(): void;
  /** It takes no more, and is about to exit. */
  onLeaving(): void;
  onInitError(payload: Buffer): void;
  /** The answer is handed on as it comes. */
  onHead(invocation: EnvironmentInvocation, contentType: string): void;
  /** @returns false to ask for a pause, until `resume` */
  onData(invocation: EnvironmentInvocation, chunk: Buffer): boolean;
  /** The whole answer is there; of one that was handed on, its end. */
  onAnswer(invocation: EnvironmentInvocation, payload: Buffer, kind: AnswerKind): void;
  /** Its connection ended in the middle of an answer; null: of an error of its start. */
  onTruncated(invocation: EnvironmentInvocation | null): void;
  /** The connection that our own clients are born with ended. */
  onChannelEnd(): void;
}

export interface RuntimeLink {
  /** Hands an invocation to the runtime: at once, or as soon as it asks. */
  deliver(invocation: EnvironmentInvocation): void;
  /** Nobody waits for its answer any more: one that comes is passed over. */
  forget(invocation: EnvironmentInvocation): void;
  /** More of its answer may be handed on. */
  resume(invocation: EnvironmentInvocation): void;
  close(): void;
}
