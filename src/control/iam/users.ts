// Users: CreateUser, GetUser, UpdateUser ...

import { deleteConflict, entityExists, refuseUnlessAllowed } from '../access/access-error.ts';
import { addUser, keysOf } from '../access/users.ts';
import { type Context, type Handlers, reads } from '../api/handler.ts';
import { validation } from '../protocol/exceptions.ts';
import type { IamOperationName } from '../protocol/iam/operations.ts';
import { type IamKind, iamArn } from '../user-arn.ts';
import { attachablePolicy, groupOf, guarded, isTaken, putUser, userOf } from './entities.ts';
import { iamPage } from './page.ts';
import { listedUser, wireGroup, wireTags, wireUser } from './present.ts';
import { quotas, refuseBeyond, tagsWith, tagsWithout } from './rules.ts';

export type IamHandlers<Names extends IamOperationName> = Handlers<`iam:${Names}`>;

/** Without a name it is about the one who calls. @throws ValidationError 400 when that is no user */
export function userNameOr(given: string | undefined, { caller }: Context): string {
  if (given !== undefined) return given;
  const { identity } = caller;
  if (identity === undefined || identity.signer.session?.session.roleId !== undefined)
    throw validation('Must specify userName when calling with non-User credentials');
  return identity.signer.userName;
}

/** Who moves or renames something needs leave for what it becomes, too. @throws AccessDenied */
export function mayBecome(
  { caller, account, operation }: Context,
  kind: IamKind,
  name: string,
  path = '/',
): void {
  refuseUnlessAllowed(caller, operation, iamArn(account, kind, name, path));
}

export const users: IamHandlers<
  | 'CreateUser'
  | 'GetUser'
  | 'ListUsers'
  | 'UpdateUser'
  | 'DeleteUser'
  | 'TagUser'
  | 'UntagUser'
  | 'ListUserTags'
  | 'PutUserPermissionsBoundary'
  | 'DeleteUserPermissionsBoundary'
  | 'AddUserToGroup'
  | 'RemoveUserFromGroup'
  | 'ListGroupsForUser'
> = {
  'iam:CreateUser': guarded(({ UserName, Path, PermissionsBoundary, Tags = [] }, transaction, context) => {
    const names = transaction.list('iamUser', '').map(({ userName }) => userName);
    if (isTaken(names, UserName)) throw entityExists(`User with name ${UserName} already exists.`);
    if (PermissionsBoundary !== undefined) attachablePolicy(transaction, PermissionsBoundary);
    const tags = tagsWith({}, Tags);
    const made = addUser(transaction, UserName, undefined, context.now());
    const user = {
      ...made,
      ...(Path === undefined || Path === '/' ? {} : { path: Path }),
      ...(PermissionsBoundary === undefined ? {} : { permissionsBoundary: PermissionsBoundary }),
      ...(Tags.length === 0 ? {} : { tags }),
    };
    putUser(transaction, user);
    return { User: wireUser(context.account, user) };
  }),

  'iam:GetUser': reads(({ UserName }, view, context) => ({
    User: wireUser(context.account, userOf(view, userNameOr(UserName, context))),
  })),

  'iam:ListUsers': reads(({ PathPrefix = '/', ...paging }, view, { account }) => {
    const all = view.list('iamUser', '').filter(({ path = '/' }) => path.startsWith(PathPrefix));
    const { items, end } = iamPage(all, paging, ({ userName }) => userName);
    return { Users: items.map((user) => listedUser(account, user)), ...end };
  }),

  'iam:UpdateUser': guarded(({ UserName, NewPath, NewUserName }, transaction, context) => {
    const user = userOf(transaction, UserName);
    const userName = NewUserName ?? UserName;
    const path = NewPath ?? user.path ?? '/';
    mayBecome(context, 'user', userName, path);
    const others = transaction.list('iamUser', '').map((one) => one.userName);
    if (
      userName !== UserName &&
      isTaken(
        others.filter((name) => name !== UserName),
        userName,
      )
    )
      throw entityExists(`User with name ${userName} already exists.`);
    const { path: _, ...rest } = user;
    const changed = { ...rest, userName, ...(path === '/' ? {} : { path }) };
    if (userName !== UserName) {
      for (const key of keysOf(transaction, UserName))
        transaction.put('accessKey', '', key.accessKeyId, { ...key, userName });
      transaction.remove('iamUser', '', UserName);
    }
    putUser(transaction, changed);
  }),

  'iam:DeleteUser': guarded(({ UserName }, transaction) => {
    const { policies, attachedPolicies = [], groups = [] } = userOf(transaction, UserName);
    if (groups.length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.');
    if (keysOf(transaction, UserName).length > 0)
      throw deleteConflict('Cannot delete entity, must delete access keys first.');
    if (attachedPolicies.length > 0)
      throw deleteConflict('Cannot delete entity, must detach all policies first.');
    if (Object.keys(policies).length > 0)
      throw deleteConflict('Cannot delete entity, must delete policies first.');
    transaction.remove('iamUser', '', UserName);
  }),

  'iam:TagUser': guarded(({ UserName, Tags }, transaction) => {
    const user = userOf(transaction, UserName);
    putUser(transaction, { ...user, tags: tagsWith(user.tags, Tags) });
  }),
  'iam:UntagUser': guarded(({ UserName, TagKeys }, transaction) => {
    const user = userOf(transaction, UserName);
    putUser(transaction, { ...user, tags: tagsWithout(user.tags, TagKeys) });
  }),
  'iam:ListUserTags': reads(({ UserName, ...paging }, view) => {
    const { items, end } = iamPage(wireTags(userOf(view, UserName).tags), paging, ({ Key }) => Key);
    return { Tags: items, ...end };
  }),

  'iam:PutUserPermissionsBoundary': guarded(({ UserName, PermissionsBoundary }, transaction) => {
    const user = userOf(transaction, UserName);
    attachablePolicy(transaction, PermissionsBoundary);
    putUser(transaction, { ...user, permissionsBoundary: PermissionsBoundary });
  }),
  'iam:DeleteUserPermissionsBoundary': guarded(({ UserName }, transaction) => {
    const { permissionsBoundary: _, ...user } = userOf(transaction, UserName);
    putUser(transaction, user);
  }),

  'iam:AddUserToGroup': guarded(({ GroupName, UserName }, transaction) => {
    groupOf(transaction, GroupName);
    const user = userOf(transaction, UserName);
    const { groups = [] } = user;
    if (groups.includes(GroupName)) return;
    refuseBeyond(quotas.groupsOfUser, groups.length, 'GroupsPerUser');
    putUser(transaction, { ...user, groups: [...groups, GroupName] });
  }),
  'iam:RemoveUserFromGroup': guarded(({ GroupName, UserName }, transaction) => {
    groupOf(transaction, GroupName);
    const user = userOf(transaction, UserName);
    putUser(transaction, { ...user, groups: (user.groups ?? []).filter((name) => name !== GroupName) });
  }),
  'iam:ListGroupsForUser': reads(({ UserName, ...paging }, view, { account }) => {
    const { groups = [] } = userOf(view, UserName);
    const { items, end } = iamPage(groups, paging, (name) => name);
    return { Groups: items.map((name) => wireGroup(account, groupOf(view, name))), ...end };
  }),
};
