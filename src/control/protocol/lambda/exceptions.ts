// Lambda's own exceptions.

import { AwsException } from '../exceptions.ts';

/** A refusal to run a function, with why it is throttled where it is. */
export class LambdaException extends AwsException {
  readonly reason: string | null;

  constructor(name: string, status: number, message: string, reason: string | null = null) {
    super(name, status, message);
    this.reason = reason;
  }
}

/** 404 */
export const resourceNotFound = (message: string) =>
  new LambdaException('ResourceNotFoundException', 404, message);
/** 409 */
export const resourceConflict = (message: string) =>
  new LambdaException('ResourceConflictException', 409, message);
/** 400 */
export const invalidParameter = (message: string) =>
  new LambdaException('InvalidParameterValueException', 400, message);
/** 412: somebody has changed it since. @param operations - which give the present revision */
export const revisionMismatch = (operations: string) =>
  new LambdaException(
    'PreconditionFailedException',
    412,
    `The Revision Id provided does not match the latest Revision Id. Call the ${operations} API to retrieve the latest Revision Id`,
  );
