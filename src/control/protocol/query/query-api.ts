// What services that speak AWS's Query protocol have in common: an action named in a form, an answer in XML, and their
// own names for the refusals of the framework.

import type { AwsException } from '../exceptions.ts';
import { type Operation, operation } from '../operation.ts';
import type { Refusal, Service } from '../service.ts';
import type { MembersOf } from '../shape.ts';

/** Said by a service that speaks it. */
export interface QueryApi {
  /** `2010-05-08`: what tells services apart, which all have the same path. */
  readonly version: string;
  readonly namespace: string;
}

type Declared = Parameters<typeof operation>[3];
type Made<D extends Declared> = Operation<MembersOf<D>>;

/** An operation that changes nothing. Its method says only that: either kind comes as POST or as GET. */
export const asks = <const D extends Declared>(declared: D): Made<D> => operation('GET', '/', 200, declared);
/** An operation that changes something. */
export const does = <const D extends Declared>(declared: D): Made<D> => operation('POST', '/', 200, declared);

/** The framework's exceptions as these services name them. */
const codes: Readonly<Record<string, readonly [code: string, status: number]>> = {
  MissingAuthenticationTokenException: ['MissingAuthenticationToken', 403],
  IncompleteSignatureException: ['IncompleteSignature', 400],
  InvalidSignatureException: ['SignatureDoesNotMatch', 403],
  UnrecognizedClientException: ['InvalidClientTokenId', 403],
  ExpiredTokenException: ['ExpiredToken', 403],
  AccessDeniedException: ['AccessDenied', 403],
  ValidationException: ['ValidationError', 400],
  SerializationException: ['MalformedInput', 400],
  BadRequestException: ['MalformedInput', 400],
  RequestEntityTooLargeException: ['RequestEntityTooLarge', 413],
  ConflictException: ['ConcurrentModification', 409],
  ServiceUnavailableException: ['ServiceUnavailable', 503],
};

/** @see IAM API Reference, "Common Error Types" */
export function queryRefusal({ name, status, message }: AwsException): Refusal {
  const [type, wireStatus] = Object.hasOwn(codes, name) ? codes[name]! : [name, status];
  return { type, status: wireStatus, body: { message } };
}

/** What such services share. */
export const queryService = {
  allowsLastSlash: false,
  namesInput: false,
  idFields: (requestId: string) => ['x-amzn-RequestId', requestId],
  refusal: queryRefusal,
} as const satisfies Partial<Service>;
