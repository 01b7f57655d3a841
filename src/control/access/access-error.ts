// Refusals of what is done to users and keys, with IAM's names.

import type { ContextValue, Decision } from '../../policy/index.ts';
import type { Caller } from '../api/handler.ts';
import { AccessDenied, AwsException } from '../protocol/exceptions.ts';

export const noSuchEntity = (message: string) => new AwsException('NoSuchEntity', 404, message);
export const entityExists = (message: string) => new AwsException('EntityAlreadyExists', 409, message);
export const deleteConflict = (message: string) => new AwsException('DeleteConflict', 409, message);
export const quotaExceeded = (message: string) => new AwsException('LimitExceeded', 409, message);
export const invalidInput = (message: string) => new AwsException('InvalidInput', 400, message);
export const malformedPolicy = (message: string) => new AwsException('MalformedPolicyDocument', 400, message);

/** Why somebody may not do something. */
export const denialText = (who: string, action: string, resource: string, decision: Decision): string =>
  `User: ${who} is not authorized to perform: ${action} on resource: ${resource}${
    decision === 'deny'
      ? ' with an explicit deny in an identity-based policy'
      : ` because no identity-based policy allows the ${action} action`
  }`;

/**
 * For what an operation does beside that for which it is named. Who signed nothing may do everything.
 *
 * @param more - condition keys beside those of the call
 * @throws AccessDenied
 */
export function refuseUnlessAllowed(
  caller: Caller,
  action: string,
  resource: string,
  more?: (key: string) => ContextValue | undefined,
): void {
  const decision = caller.identity?.decide(action, resource, more) ?? 'allow';
  if (decision !== 'allow')
    throw new AccessDenied(denialText(caller.arn, action, resource, decision), caller);
}
