// How the decisions of an identity and of a resource policy combine. See data-plane reference, section 4.

import type { Decision } from '../policy/index.ts';

/** `allow`, or why not: somebody said no, or nobody said yes. */
export type Combined = 'allow' | 'explicit deny' | 'implicit deny';

/**
 * Who must allow. `either`: table A, a caller of the API owner's account, or an authorizer. `both`: table B, a caller of
 * another account. `resource`: nobody but the policy is asked.
 */
export type Rule = 'either' | 'both' | 'resource';

/**
 * @param identity - of the caller's policies, or of what an authorizer said; `none` where nobody is asked
 * @param resource - of the resource policy; null = the API has none
 */
export function combine(rule: Rule, identity: Decision, resource: Decision | null): Combined {
  if (identity === 'deny' || resource === 'deny') return 'explicit deny';
  const byIdentity = identity === 'allow';
  const byResource = resource === 'allow';
  switch (rule) {
    case 'either':
      return byIdentity || byResource ? 'allow' : 'implicit deny';
    case 'both':
      return byIdentity && byResource ? 'allow' : 'implicit deny';
    case 'resource':
      return byResource || resource === null ? 'allow' : 'implicit deny';
  }
}
