// Whoever is asked about a caller: a function, an introspection endpoint. One file for each, and one line in askers.ts.

import type { AwsUri } from '../exchange/aws-uri.ts';
import type { Grant } from './lambda-grant.ts';
import type { ArnParts } from './method-arn.ts';
import type { AuthorizerTools } from './tools.ts';

/** What came of a question. */
export interface Reply {
  /** null: it is refused. */
  readonly grant: Grant | null;
  /** Why there is no grant: the caller is nobody; who was asked failed; it, or its answer, is not what it must be. */
  readonly refusal: 'unauthorized' | 'failure' | 'configuration' | null;
  /** Of a refusal, for the log. */
  readonly detail: string;
  /** What was answered, for a data trace. */
  readonly payload: Uint8Array | null;
  readonly requestId: string | null;
  /** HTTP status of the answer; 0: there was none. */
  readonly integrationStatus: number;
  readonly latencyMs: number;
}

/** A reply before it is known how long it took. */
export type Answered = Omit<Reply, 'latencyMs'>;

/** An answer that lets nobody in. @param detail - for the log */
export const refused = (refusal: NonNullable<Reply['refusal']>, detail: string): Answered => ({
  grant: null,
  refusal,
  detail,
  payload: null,
  requestId: null,
  integrationStatus: 0,
});

export interface Question {
  /** Never rejects. */
  readonly reply: Promise<Reply>;
  /** Nobody waits any more: `reply` stays open for good. */
  abort(): void;
}

export interface About {
  /** What the caller showed; '' where nothing was asked of them. */
  readonly identity: string;
  /** JSON text of the event that functions get. */
  readonly event: () => string;
  readonly traceId: string | null;
}

export interface Asker {
  /** Where the log says that requests are sent. */
  readonly endpoint: string;
  /** It is asked about one text that the caller must show, and nothing else. */
  readonly wantsToken: boolean;
  /** What answers are kept by. @param identity - what the caller showed */
  keyOf(identity: string): string;
  ask(about: About): Question;
}

export interface AskerOptions extends ArnParts {
  readonly authorizerId: string;
  readonly uri: string | undefined;
  /** ARN of a role. Without one a function's own policy must allow this authorizer. */
  readonly credentials: string | undefined;
  readonly stageVariables: Readonly<Record<string, string>>;
}

export type AskerTools = Pick<AuthorizerTools, 'clock' | 'functions' | 'backends' | 'upstream'>;

/** One kind of asker, found by the service that an authorizer's URI names. */
export interface AskerKind {
  /** @returns null where the URI names nobody of this kind */
  compile(uri: AwsUri, options: AskerOptions, tools: AskerTools): Asker | null;
}
