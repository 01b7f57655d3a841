// What somebody may do: policies that allow, and limits beyond which they allow nothing.

import type { AccessRequest, Decision } from './access-request.ts';
import { evaluateAll, type Policy } from './compile-policy.ts';

export interface Permissions {
  /** Of the user, their groups, or the role. */
  readonly policies: readonly Policy[];
  /** Permissions boundaries and policies of sessions: each of these lists must allow too. */
  readonly limits: readonly (readonly Policy[])[];
}

/** The limits of those who have none. */
export const unlimited: Permissions['limits'] = [];

/**
 * An explicit deny, wherever it stands, beats everything; what a limit does not allow nobody has allowed.
 *
 * @see IAM User Guide, "Policy evaluation logic"
 */
export function decidePermissions({ policies, limits }: Permissions, request: AccessRequest): Decision {
  let decision = evaluateAll(policies, request);
  for (let i = 0; i < limits.length; i++) {
    const limit = evaluateAll(limits[i]!, request);
    if (limit === 'deny') return 'deny';
    if (limit === 'none' && decision === 'allow') decision = 'none';
  }
  return decision;
}

/** Whether all limits allow it: then others than the policies may too, such as those of a resource. */
export const isWithinLimits = ({ limits }: Permissions, request: AccessRequest): boolean =>
  limits.every((limit) => evaluateAll(limit, request) === 'allow');
