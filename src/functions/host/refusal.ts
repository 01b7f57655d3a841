// What Lambda says when it does not run a function, in its own words.

import type { InvocationResult } from '../functions.ts';

export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly reason: string | null;
}

const refusal = (status: number, type: string, message: string, reason: string | null = null): Refusal =>
  Object.freeze({ status, type, message, reason });

export const refused = (requestId: string, why: Refusal): InvocationResult => ({
  outcome: 'refused',
  requestId,
  status: why.status,
  type: why.type,
  message: why.message,
  reason: why.reason,
});

/** @param arn - with its qualifier, if one was asked for */
export const functionNotFound = (arn: string): Refusal =>
  refusal(404, 'ResourceNotFoundException', `Function not found: ${arn}`);

export const otherRegion = (region: string, ours: string): Refusal =>
  refusal(
    404,
    'ResourceNotFoundException',
    `Functions from '${region}' are not reachable in this region ('${ours}')`,
  );

/** @param who - a service's name or an ARN */
export const accessDenied = (who: string, arn: string, isExplicit: boolean): Refusal =>
  refusal(
    403,
    'AccessDeniedException',
    `User: ${who} is not authorized to perform: lambda:InvokeFunction on resource: ${arn} ${
      isExplicit
        ? 'with an explicit deny in a resource-based policy'
        : 'because no resource-based policy allows the lambda:InvokeFunction action'
    }`,
  );

export const invalidMember = (member: string, value: string, constraint: string): Refusal =>
  refusal(
    400,
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );

export const qualifiersDiffer: Refusal = refusal(
  400,
  'InvalidParameterValueException',
  'The derived qualifier from the function name does not match the specified qualifier.',
);

export const invalidContent = (detail: string): Refusal =>
  refusal(400, 'InvalidRequestContentException', detail);

export const requestTooLarge = (bytesMax: number): Refusal =>
  refusal(
    413,
    'RequestEntityTooLargeException',
    `Request must be smaller than ${bytesMax} bytes for the InvokeFunction operation`,
  );

const throttled = (reason: string): Refusal =>
  refusal(429, 'TooManyRequestsException', 'Rate Exceeded.', reason);

export const reservedConcurrencyReached = throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
export const accountConcurrencyReached = throttled('ConcurrentInvocationLimitExceeded');
/** More events than the host keeps. */
export const eventsFull = throttled('CallerRateLimitExceeded');

export const serviceFailed = (detail: string): Refusal => refusal(500, 'ServiceException', detail);
