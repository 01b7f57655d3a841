// What the policies of a user allow: compiled once for each state of the user.

import {
  type AccessRequest,
  compilePolicy,
  type Decision,
  evaluateAll,
  type Policy,
} from '../../policy/index.ts';
import type { IamUser } from '../../resources/index.ts';

/**
 * By document: the store gives the same object for as long as the user does not change, and another one after. A
 * revision would not do, because a user who was removed and made again begins with 1 again.
 */
const compiled = new WeakMap<IamUser, readonly Policy[]>();

/** An explicit deny of one policy beats what others allow; `none` allows nothing. */
export function decide(user: IamUser, request: AccessRequest): Decision {
  let policies = compiled.get(user);
  if (policies === undefined) {
    policies = Object.values(user.policies).map(compileStored);
    compiled.set(user, policies);
  }
  return evaluateAll(policies, request);
}

/** Policies are compiled before they are stored; one that a later version wrote and this one cannot read denies. */
function compileStored(document: string): Policy {
  try {
    return compilePolicy(document);
  } catch {
    return { evaluate: () => 'deny' };
  }
}
