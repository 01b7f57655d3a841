// A service of the management port: what differs between services, and nothing of what they share. A service is one
// object of this shape and one line in services.ts; serving, routing and decoding know services only by it.

import type { ContextValue } from '../../policy/index.ts';
import type { Account, Services } from '../api/handler.ts';
import type { AwsException } from './exceptions.ts';
import type { Operation } from './operation.ts';
import type { QueryApi } from './query/query-api.ts';
import type { QueryParameter } from './query-string.ts';

export interface Service {
  /** As ARNs and policies have it: `lambda`. */
  readonly name: string;
  /** As the credential scope of signatures has it. */
  readonly signingName: string;
  /** As the audit log has it: `lambda.amazonaws.com`. */
  readonly eventSource: string;
  readonly operations: Readonly<Record<string, Operation>>;
  /**
   * Of a service that names its operations in a header, all at `POST /`: what `X-Amz-Target` has before the dot.
   * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
   */
  readonly target?: string;
  /** Of a service whose operations come as forms, all at `/`, and are answered in XML. */
  readonly queryApi?: QueryApi;
  /** Whether it is one for all regions: clients then sign for us-east-1, wherever they are. */
  readonly isGlobal?: true;
  /** Of its answers and refusals; `application/json` when absent. */
  readonly contentType?: string;
  /** Whether paths may end in a slash, as old SDKs send them. */
  readonly allowsLastSlash: boolean;
  /** Whether refusals and audit records tell members of the body below the name of the input. */
  readonly namesInput: boolean;
  /** What a policy must allow: `lambda:InvokeFunction`. */
  actionOf(operation: string, method: Operation['method']): string;
  /** What it must allow it on: an ARN, or `*`; '' for who calls. */
  resourceArn(named: Named, account: NamedAccount, known: KnownEntities): string;
  /** Condition keys of its own, by name in lower case: `iam:policyarn`. Asked for somebody who is known. */
  contextOf?(named: Named, known: KnownEntities): (key: string) => ContextValue | undefined;
  /** Operations that policies are not asked about: their handlers decide. */
  readonly decidesItself?: ReadonlySet<string>;
  /** The request's ids, as this service spells their fields: name, value, name, value. */
  idFields(requestId: string, extendedRequestId: string): readonly string[];
  refusal(error: AwsException): Refusal;
}

/** What a request says before its members are read. */
export interface Named {
  readonly operation: string;
  /** Decoded, in the order in which the path has them. */
  readonly labels: readonly string[];
  /** The path as policies spell it: each label percent-encoded, however the client sent it. */
  readonly path: string;
  readonly query: readonly QueryParameter[];
  /** Of a JSON body, or the parameters of a form; null while the caller is not known. @throws SerializationException */
  readonly json: (() => Readonly<Record<string, unknown>>) | null;
}

/** What there is, where an ARN has more than the name that a request gives. */
export type KnownEntities = Pick<Services, 'store'>;
export type NamedAccount = Pick<Account, 'partition' | 'region' | 'accountId'>;

/** An exception in the words of a service. */
export interface Refusal {
  /** For `x-amzn-ErrorType`. */
  readonly type: string;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}
