// What users, roles and sessions may do: inline policies, managed ones, those of groups, and the limits of all that.

import type { Session } from '../../base/session-token.ts';
import { compilePolicy, type Permissions, type Policy } from '../../policy/index.ts';
import type { IamEntity, IamPolicy, IamPrincipal, IamRole, IamUser } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { defaultDocument, managedPolicy } from './managed-policies.ts';

/**
 * By document: the store gives the same object for as long as the user does not change, and another one after. A
 * revision would not do, because a user who was removed and made again begins with 1 again.
 */
const inlinePolicies = new WeakMap<IamEntity, readonly Policy[]>();
const managedPolicies = new WeakMap<IamPolicy, Policy>();
const sessionPolicies = new WeakMap<Session, readonly Policy[]>();

/** One that a later version wrote and this one cannot read, or that is not there. */
const denying: Policy = { evaluate: () => 'deny' };

/** Policies are compiled before they are stored; one that a later version wrote and this one cannot read denies. */
function compileStored(document: string | undefined): Policy {
  if (document === undefined) return denying;
  try {
    return compilePolicy(document);
  } catch {
    return denying;
  }
}

function inlineOf(entity: IamEntity): readonly Policy[] {
  let policies = inlinePolicies.get(entity);
  if (policies === undefined) {
    policies = Object.values(entity.policies).map(compileStored);
    inlinePolicies.set(entity, policies);
  }
  return policies;
}

function managedOf(view: View, arn: string): Policy {
  const found = managedPolicy(view, arn);
  if (found === undefined) return denying;
  let policy = managedPolicies.get(found);
  if (policy === undefined) {
    policy = compileStored(defaultDocument(found));
    managedPolicies.set(found, policy);
  }
  return policy;
}

const none: readonly never[] = [];

/** Whose policies somebody has: their own, and those of their groups. */
function entitiesOf(view: View, user: IamUser): readonly IamEntity[] {
  const groups = (user.groups ?? none).flatMap((name) => view.get('iamGroup', '', name) ?? []);
  return [user, ...groups];
}

function permissionsOf(view: View, entities: readonly IamEntity[], principal: IamPrincipal): Permissions {
  const policies = entities.flatMap((entity) => [
    ...inlineOf(entity),
    ...(entity.attachedPolicies ?? none).map((arn) => managedOf(view, arn)),
  ]);
  const { permissionsBoundary } = principal;
  return {
    policies,
    limits: permissionsBoundary === undefined ? none : [[managedOf(view, permissionsBoundary)]],
  };
}

export const permissionsOfUser = (view: View, user: IamUser): Permissions =>
  permissionsOf(view, entitiesOf(view, user), user);

export const permissionsOfRole = (view: View, role: IamRole): Permissions =>
  permissionsOf(view, [role], role);

/** Those of a role or user, as far as the session's own policies let it. */
export function permissionsOfSession(
  view: View,
  { policies, limits }: Permissions,
  session: Session,
): Permissions {
  const { policies: inline = none, policyArns = none } = session;
  if (inline.length === 0 && policyArns.length === 0) return { policies, limits };
  let compiled = sessionPolicies.get(session);
  if (compiled === undefined) {
    compiled = inline.map(compileStored);
    sessionPolicies.set(session, compiled);
  }
  const own = [...compiled, ...policyArns.map((arn) => managedOf(view, arn))];
  return { policies, limits: [...limits, own] };
}

/** The documents of all that, for those who compile it elsewhere. What cannot be found is a text that denies. */
export interface PolicyTexts {
  readonly policies: readonly string[];
  readonly boundary?: string;
}

const unreadable = '{}';

const textOf = (view: View, arn: string): string => {
  const policy = managedPolicy(view, arn);
  return (policy && defaultDocument(policy)) ?? unreadable;
};

function textsOf(view: View, entities: readonly IamEntity[], principal: IamPrincipal): PolicyTexts {
  const policies = entities.flatMap((entity) => [
    ...Object.values(entity.policies),
    ...(entity.attachedPolicies ?? none).map((arn) => textOf(view, arn)),
  ]);
  const { permissionsBoundary } = principal;
  return {
    policies,
    ...(permissionsBoundary === undefined ? {} : { boundary: textOf(view, permissionsBoundary) }),
  };
}

export const textsOfUser = (view: View, user: IamUser): PolicyTexts =>
  textsOf(view, entitiesOf(view, user), user);
export const textsOfRole = (view: View, role: IamRole): PolicyTexts => textsOf(view, [role], role);
