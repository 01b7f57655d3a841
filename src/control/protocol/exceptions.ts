// The refusals of the control plane: AWS's own exceptions, thrown with AWS's text. Only the protocol room writes them
// on the wire.

import type { Caller } from '../api/handler.ts';

/** A refusal as a client sees it: status, `x-amzn-ErrorType` and `{"message": ...}`. */
export class AwsException extends Error {
  override readonly name: string;
  readonly status: number;
  /** For `Retry-After`; absent where nothing is said of it. */
  readonly retryAfterSeconds: number | undefined;

  constructor(name: string, status: number, message: string, retryAfterSeconds?: number) {
    super(message);
    this.name = name;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** 403: it is known who calls, and they may not. The one exception whose body says `Message`. */
export class AccessDenied extends AwsException {
  /** For the audit log. */
  readonly caller: Caller;

  constructor(message: string, caller: Caller) {
    super('AccessDeniedException', 403, message);
    this.caller = caller;
  }
}

/** 400: the request is well-formed and wrong. */
export const badRequest = (message: string) => new AwsException('BadRequestException', 400, message);
/** 404 */
export const notFound = (message: string) => new AwsException('NotFoundException', 404, message);
/** 409 */
export const conflict = (message: string) => new AwsException('ConflictException', 409, message);
/** 429: a quota of the account or the API is used up. */
export const limitExceeded = (message: string) => new AwsException('LimitExceededException', 429, message);
/** 429: too many calls. */
export const tooManyRequests = (message: string, retryAfterSeconds: number) =>
  new AwsException('TooManyRequestsException', 429, message, retryAfterSeconds);
/** 400, of the framework: a value does not satisfy its shape. */
export const validation = (message: string) => new AwsException('ValidationException', 400, message);
/** 400, of the framework: a value is of another JSON type, or the body is no JSON. */
export const serialization = (message: string) => new AwsException('SerializationException', 400, message);
/** 403: no such path, no such verb, or no signature. */
export const missingAuthenticationToken = () =>
  new AwsException('MissingAuthenticationTokenException', 403, 'Missing Authentication Token');
/** 503 */
export const unavailable = (message: string, retryAfterSeconds?: number) =>
  new AwsException('ServiceUnavailableException', 503, message, retryAfterSeconds);

/** What 409 says when two writers meet. */
export const concurrentModification = () =>
  conflict('Unable to complete operation due to concurrent modification. Please try again later.');

/** 404 of operations on an API itself. */
export const noApi = (accountId: string, apiId: string) =>
  notFound(`Invalid API identifier specified ${accountId}:${apiId}`);
