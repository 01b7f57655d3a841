// Users, groups, roles and policies as the wire shows them.

import { encode } from '../../base/sigv4/index.ts';
import type { IamGroup, IamPolicy, IamPrincipal, IamRole, IamUser } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { iamArn, userArn } from '../user-arn.ts';

type Named = Pick<Account, 'accountId' | 'partition'>;

/** Whole seconds, ISO 8601. */
export const wireDate = (iso: string): string => `${iso.slice(0, 19)}Z`;

/** IAM shows documents percent-encoded, as RFC 3986 says. */
export const wireDocument = (text: string): string => encode(text);

export const wireTags = (tags: Readonly<Record<string, string>> = {}) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const tagsIfAny = (tags: Readonly<Record<string, string>> = {}) =>
  Object.keys(tags).length === 0 ? undefined : wireTags(tags);

const boundaryOf = ({ permissionsBoundary }: IamPrincipal) =>
  permissionsBoundary === undefined
    ? undefined
    : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: permissionsBoundary };

/** As lists show it. */
export const listedUser = (account: Named, { path = '/', userName, userId, createdDate }: IamUser) => ({
  Path: path,
  UserName: userName,
  UserId: userId,
  Arn: userArn(account, userName, path),
  CreateDate: wireDate(createdDate),
});

export const wireUser = (account: Named, user: IamUser) => ({
  ...listedUser(account, user),
  PermissionsBoundary: boundaryOf(user),
  Tags: tagsIfAny(user.tags),
});

export const wireGroup = (account: Named, { path = '/', groupName, groupId, createdDate }: IamGroup) => ({
  Path: path,
  GroupName: groupName,
  GroupId: groupId,
  Arn: iamArn(account, 'group', groupName, path),
  CreateDate: wireDate(createdDate),
});

/** As lists show it. */
export const listedRole = (account: Named, role: IamRole) => ({
  Path: role.path ?? '/',
  RoleName: role.roleName,
  RoleId: role.roleId,
  Arn: iamArn(account, 'role', role.roleName, role.path),
  CreateDate: wireDate(role.createdDate),
  AssumeRolePolicyDocument: wireDocument(role.assumeRolePolicy),
  Description: role.description,
  MaxSessionDuration: role.maxSessionSeconds,
});

export const wireRole = (account: Named, role: IamRole) => ({
  ...listedRole(account, role),
  PermissionsBoundary: boundaryOf(role),
  Tags: tagsIfAny(role.tags),
});

/** Everything that may have policies attached. */
export const principalsIn = (view: View) => [...view.list('iamUser', ''), ...view.list('iamRole', '')];

export const attachmentsOf = (view: View, arn: string): number =>
  [...principalsIn(view), ...view.list('iamGroup', '')].filter(({ attachedPolicies = [] }) =>
    attachedPolicies.includes(arn),
  ).length;

/** As lists show it. */
export const listedPolicy = (view: View, policy: IamPolicy) => ({
  PolicyName: policy.policyName,
  PolicyId: policy.policyId,
  Arn: policy.arn,
  Path: policy.path ?? '/',
  DefaultVersionId: policy.defaultVersionId,
  AttachmentCount: attachmentsOf(view, policy.arn),
  PermissionsBoundaryUsageCount: principalsIn(view).filter(
    ({ permissionsBoundary }) => permissionsBoundary === policy.arn,
  ).length,
  IsAttachable: true,
  CreateDate: wireDate(policy.createdDate),
  UpdateDate: wireDate(policy.updatedDate),
});

export const wirePolicy = (view: View, policy: IamPolicy) => ({
  ...listedPolicy(view, policy),
  Description: policy.description,
  Tags: tagsIfAny(policy.tags),
});
