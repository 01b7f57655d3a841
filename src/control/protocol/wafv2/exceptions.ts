// The refusals of AWS WAF, in its words; its apostrophes are typographic.

import { FirewallError, type FirewallField } from '../../../firewall/index.ts';
import { AwsException } from '../exceptions.ts';

/** All of them are 400. */
export class WafException extends AwsException {
  /** What `WAFInvalidParameterException` says beside its message. */
  readonly details: Readonly<Record<string, string>>;

  constructor(name: string, message: string, details: Readonly<Record<string, string>> = {}) {
    super(name, 400, message);
    this.details = details;
  }
}

export const nonexistentItem = () =>
  new WafException(
    'WAFNonexistentItemException',
    'AWS WAF couldn’t perform the operation because your resource doesn’t exist.',
  );
export const optimisticLock = () =>
  new WafException(
    'WAFOptimisticLockException',
    'AWS WAF couldn’t save your changes because someone changed the resource after you started to edit it. Reapply your changes.',
  );
export const duplicateItem = () =>
  new WafException(
    'WAFDuplicateItemException',
    'AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one.',
  );
export const associatedItem = () =>
  new WafException(
    'WAFAssociatedItemException',
    'AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s associated with another resource.',
  );
export const limitsExceeded = () =>
  new WafException(
    'WAFLimitsExceededException',
    'AWS WAF couldn’t perform the operation because you exceeded your resource limit.',
  );

export function invalidParameter(reason: string, field: FirewallField, parameter: string): WafException {
  return asWafException(new FirewallError(reason, field, parameter));
}

/** What is wrong with a rule, as the wire has it. */
export const asWafException = ({ message, field, parameter, reason }: FirewallError): WafException =>
  new WafException('WAFInvalidParameterException', message, {
    Field: field,
    // Texts of clients may be long; an empty one is none on the wire.
    Parameter: parameter.slice(0, 256) || field,
    Reason: reason,
  });
