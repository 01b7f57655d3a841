// IAM policy documents: text in, a decision for each request out. Pure; knows no users and no wire.

export type { AccessRequest, ContextValue, Decision, PrincipalName } from './access-request.ts';
export { compilePolicy, evaluateAll, type Policy, type PolicyKind } from './compile-policy.ts';
export { addressBytes, compileIpRange, type IpRange } from './ip-range.ts';
export { decidePermissions, isWithinLimits, type Permissions, unlimited } from './permissions.ts';
export { PolicyError } from './policy-error.ts';
