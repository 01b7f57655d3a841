// Roles: nobody's own permissions, which those have for a while whom the trust policy lets.

import type { IamRole } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { deleteConflict, entityExists } from '../access/access-error.ts';
import { newRoleId } from '../access/secrets.ts';
import { type Account, reads } from '../api/handler.ts';
import { ensureSessionKey } from '../identity/session-keys.ts';
import { attachablePolicy, guarded, isTaken, putRole, roleOf } from './entities.ts';
import { iamPage } from './page.ts';
import { listedRole, wireRole, wireTags } from './present.ts';
import { quotas, refuseBeyond, tagsWith, tagsWithout } from './rules.ts';
import { readTrust } from './trust.ts';
import type { IamHandlers } from './users.ts';

const sessionSecondsDefault = 3_600;

export const roles: IamHandlers<
  | 'CreateRole'
  | 'GetRole'
  | 'ListRoles'
  | 'UpdateRole'
  | 'UpdateRoleDescription'
  | 'UpdateAssumeRolePolicy'
  | 'DeleteRole'
  | 'TagRole'
  | 'UntagRole'
  | 'ListRoleTags'
  | 'PutRolePermissionsBoundary'
  | 'DeleteRolePermissionsBoundary'
  | 'ListInstanceProfilesForRole'
> = {
  'iam:CreateRole': guarded((input, transaction, { account, now }) => {
    const { RoleName, Path, AssumeRolePolicyDocument, Description, PermissionsBoundary, Tags = [] } = input;
    const all = transaction.list('iamRole', '').map(({ roleName }) => roleName);
    if (isTaken(all, RoleName)) throw entityExists(`Role with name ${RoleName} already exists.`);
    refuseBeyond(quotas.roles, all.length, 'RolesPerAccount');
    if (PermissionsBoundary !== undefined) attachablePolicy(transaction, PermissionsBoundary);
    const role: IamRole = {
      roleName: RoleName,
      roleId: newRoleId(),
      createdDate: now(),
      ...trusting(transaction, AssumeRolePolicyDocument, account),
      maxSessionSeconds: input.MaxSessionDuration ?? sessionSecondsDefault,
      policies: {},
      ...(Path === undefined || Path === '/' ? {} : { path: Path }),
      ...(Description === undefined ? {} : { description: Description }),
      ...(PermissionsBoundary === undefined ? {} : { permissionsBoundary: PermissionsBoundary }),
      ...(Tags.length === 0 ? {} : { tags: tagsWith({}, Tags) }),
    };
    putRole(transaction, role);
    // The gateway itself may be the first who wants a session of it.
    ensureSessionKey(transaction, now());
    return { Role: wireRole(account, role) };
  }),

  'iam:GetRole': reads(({ RoleName }, view, { account }) => ({
    Role: wireRole(account, roleOf(view, RoleName)),
  })),

  'iam:ListRoles': reads(({ PathPrefix = '/', ...paging }, view, { account }) => {
    const all = view.list('iamRole', '').filter(({ path = '/' }) => path.startsWith(PathPrefix));
    const { items, end } = iamPage(all, paging, ({ roleName }) => roleName);
    return { Roles: items.map((role) => listedRole(account, role)), ...end };
  }),

  'iam:UpdateRole': guarded(({ RoleName, Description, MaxSessionDuration }, transaction) => {
    const role = roleOf(transaction, RoleName);
    putRole(transaction, {
      ...role,
      ...(Description === undefined ? {} : { description: Description }),
      maxSessionSeconds: MaxSessionDuration ?? role.maxSessionSeconds,
    });
    return {};
  }),
  'iam:UpdateRoleDescription': guarded(({ RoleName, Description }, transaction, { account }) => {
    const role = { ...roleOf(transaction, RoleName), description: Description };
    putRole(transaction, role);
    return { Role: wireRole(account, role) };
  }),
  'iam:UpdateAssumeRolePolicy': guarded(({ RoleName, PolicyDocument }, transaction, { account }) => {
    const role = roleOf(transaction, RoleName);
    putRole(transaction, { ...role, ...trusting(transaction, PolicyDocument, account) });
  }),

  'iam:DeleteRole': guarded(({ RoleName }, transaction) => {
    const { policies, attachedPolicies = [] } = roleOf(transaction, RoleName);
    if (attachedPolicies.length > 0)
      throw deleteConflict('Cannot delete entity, must detach all policies first.');
    if (Object.keys(policies).length > 0)
      throw deleteConflict('Cannot delete entity, must delete policies first.');
    transaction.remove('iamRole', '', RoleName);
  }),

  'iam:TagRole': guarded(({ RoleName, Tags }, transaction) => {
    const role = roleOf(transaction, RoleName);
    putRole(transaction, { ...role, tags: tagsWith(role.tags, Tags) });
  }),
  'iam:UntagRole': guarded(({ RoleName, TagKeys }, transaction) => {
    const role = roleOf(transaction, RoleName);
    putRole(transaction, { ...role, tags: tagsWithout(role.tags, TagKeys) });
  }),
  'iam:ListRoleTags': reads(({ RoleName, ...paging }, view) => {
    const { items, end } = iamPage(wireTags(roleOf(view, RoleName).tags), paging, ({ Key }) => Key);
    return { Tags: items, ...end };
  }),

  'iam:PutRolePermissionsBoundary': guarded(({ RoleName, PermissionsBoundary }, transaction) => {
    const role = roleOf(transaction, RoleName);
    attachablePolicy(transaction, PermissionsBoundary);
    putRole(transaction, { ...role, permissionsBoundary: PermissionsBoundary });
  }),
  'iam:DeleteRolePermissionsBoundary': guarded(({ RoleName }, transaction) => {
    const { permissionsBoundary: _, ...role } = roleOf(transaction, RoleName);
    putRole(transaction, role);
  }),

  // There are no machines that could have one; clients ask before they remove a role.
  'iam:ListInstanceProfilesForRole': reads(({ RoleName }, view) => {
    roleOf(view, RoleName);
    return { InstanceProfiles: [], IsTruncated: false };
  }),
};

const trusting = (view: View, document: string, account: Account) => ({
  assumeRolePolicy: document,
  trustedIds: readTrust(view, document, account),
});
