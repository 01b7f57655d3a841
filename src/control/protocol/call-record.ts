// What is known of a call when it has been answered: the audit log's source.

import type { Caller } from '../api/handler.ts';
import type { CallName } from './services.ts';

/** One call of an operation, done or refused. Requests that name no operation are not calls. */
export interface CallRecord {
  /** The answer's `x-amzn-RequestId`: a UUID. */
  readonly requestId: string;
  readonly operation: CallName;
  readonly resourceArn: string;
  /** Null when nobody known has called: the signature was refused. */
  readonly caller: Caller | null;
  /** Of the connection, also when nobody is known. */
  readonly sourceIp: string;
  readonly userAgent: string;
  /** `host` as the client sent it; empty when it sent none. */
  readonly host: string;
  /**
   * Members as the handler was given them, **secrets included**; null when the call was refused before they were read.
   * Neither this nor `answer` may be changed or kept.
   */
  readonly input: Readonly<Record<string, unknown>> | null;
  readonly status: number;
  /** What the handler gave back, secrets included; undefined when there was nothing, or an error. */
  readonly answer: unknown;
  readonly error: { readonly type: string; readonly message: string } | null;
  /** Wall time at which the request's head was read, milliseconds since 1970. */
  readonly startedAtMs: number;
  /** From then until the answer was about to be written. */
  readonly durationMs: number;
}

/** Told of each call before it is answered. It must not throw, nor take its time. */
export type OnCall = (record: CallRecord) => void;
