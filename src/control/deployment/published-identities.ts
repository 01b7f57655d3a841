// Those who may sign requests to what is served, as data planes are told: keys of users, roles for sessions, and the key
// that sessions are sealed with.

import { compilePolicy } from '../../policy/index.ts';
import type { IamRole, PublishedIdentity, PublishedRole, PublishedState } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { awsPolicies, defaultDocument } from '../identity/managed-policies.ts';
import { textsOfRole, textsOfUser } from '../identity/permissions-of.ts';
import { iamArn, userArn } from '../user-arn.ts';

type Identities = Required<Pick<PublishedState, 'identities' | 'roles' | 'sessionKeys' | 'managedPolicies'>>;

export function publishedIdentities(view: View, account: Account): Identities {
  const sessionKeys = view.list('sessionKey', '');
  const roles = view.list('iamRole', '');
  return {
    identities: keysInUse(view, account),
    roles: roles.map((role) => publishedRole(view, role, account)),
    sessionKeys,
    // Only sessions name them, and there are none without a key.
    managedPolicies: sessionKeys.length === 0 ? {} : documentsOf(view),
  };
}

/** One for each key that may be used now. */
const keysInUse = (view: View, account: Account): PublishedIdentity[] =>
  view.list('accessKey', '').flatMap(({ accessKeyId, secretAccessKey, userName, status }) => {
    const user = view.get('iamUser', '', userName);
    if (status !== 'Active' || user === undefined) return [];
    const { userId, path, tags } = user;
    return [
      {
        accessKeyId,
        secretAccessKey,
        arn: userArn(account, userName, path),
        userId,
        userName,
        ...textsOfUser(view, user),
        ...(tags === undefined ? {} : { tags }),
      },
    ];
  });

function publishedRole(view: View, role: IamRole, account: Account): PublishedRole {
  const { roleId, roleName, path, tags } = role;
  return {
    arn: iamArn(account, 'role', roleName, path),
    roleId,
    roleName,
    ...textsOfRole(view, role),
    ...(tags === undefined ? {} : { tags }),
    trustsGateway: trustsGateway(role, account),
  };
}

/** Whether the gateway may act as the role, of itself: without anything that a condition could ask for but the account. */
function trustsGateway(role: IamRole, { accountId }: Account): boolean {
  try {
    const decision = compilePolicy(role.assumeRolePolicy, 'trust').evaluate({
      action: 'sts:AssumeRole',
      resource: '',
      context: (key) => (key === 'aws:sourceaccount' ? accountId : undefined),
      principals: [{ type: 'Service', id: 'apigateway.amazonaws.com' }],
    });
    return decision === 'allow';
  } catch {
    return false;
  }
}

const documentsOf = (view: View): Record<string, string> =>
  Object.fromEntries(
    [...view.list('iamPolicy', ''), ...awsPolicies()].flatMap((policy) => {
      const document = defaultDocument(policy);
      return document === undefined ? [] : [[policy.arn, document]];
    }),
  );
