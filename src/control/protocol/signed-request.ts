// What the protocol asks of whoever knows the access keys and policies: who is it, and may they?

import type { ContextValue } from '../../policy/index.ts';
import type { Caller } from '../api/handler.ts';
import type { CallName } from './services.ts';

/** A request whose operation is known, before anything in it is believed. */
export interface SignedRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As received: still encoded, without the query. */
  readonly rawPath: string;
  /** As received, without the `?`; empty when there is none. */
  readonly rawQuery: string;
  /** Name, value, name, value, as received; names in lower case. */
  readonly fields: readonly string[];
  /** The whole body; empty when there is none. */
  readonly body: Uint8Array;
  /** Address of the peer; IPv4 in its own form. */
  readonly sourceIp: string;
  readonly operation: CallName;
  /**
   * What a policy decides on: `arn:aws:apigateway:us-east-1::/restapis/abc123`. Ask for it when it is known who calls;
   * '' stands for who calls. No getter: an object that has one has a hidden class of its own, which holds on to all of
   * the request until the next long collection.
   */
  resourceArn(): string;
  /** Condition keys of the service's own, by name in lower case. Absent where it has none. */
  readonly contextOf?: (key: string) => ContextValue | undefined;
}

/** Decides whether a request is done at all. */
export interface Authenticate {
  /**
   * It is asked once for each request, before its members are looked at.
   *
   * @returns who calls; a promise only where it must wait
   * @throws (or rejects) AwsException, which the client is answered; `AccessDenied` when it is known who was refused
   */
  (request: SignedRequest): Caller | Promise<Caller>;
  /**
   * Refuses, by its head alone, a request that cannot be signed by anybody known: asked before a large body is read.
   *
   * @throws AwsException
   */
  readonly admit?: (head: Omit<SignedRequest, 'body' | 'resourceArn' | 'contextOf'>) => void;
}
