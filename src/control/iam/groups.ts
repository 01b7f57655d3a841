// Groups: what their users may do, said once.

import { deleteConflict, entityExists } from '../access/access-error.ts';
import { newGroupId } from '../access/secrets.ts';
import { reads } from '../api/handler.ts';
import { groupOf, guarded, isTaken, membersOf, putGroup, putUser } from './entities.ts';
import { iamPage } from './page.ts';
import { listedUser, wireGroup } from './present.ts';
import { quotas, refuseBeyond } from './rules.ts';
import { type IamHandlers, mayBecome } from './users.ts';

export const groups: IamHandlers<'CreateGroup' | 'GetGroup' | 'ListGroups' | 'UpdateGroup' | 'DeleteGroup'> =
  {
    'iam:CreateGroup': guarded(({ GroupName, Path }, transaction, { account, now }) => {
      const all = transaction.list('iamGroup', '').map(({ groupName }) => groupName);
      if (isTaken(all, GroupName)) throw entityExists(`Group with name ${GroupName} already exists.`);
      refuseBeyond(quotas.groups, all.length, 'GroupsPerAccount');
      const group = {
        groupName: GroupName,
        groupId: newGroupId(),
        createdDate: now(),
        policies: {},
        ...(Path === undefined || Path === '/' ? {} : { path: Path }),
      };
      putGroup(transaction, group);
      return { Group: wireGroup(account, group) };
    }),

    'iam:GetGroup': reads(({ GroupName, ...paging }, view, { account }) => {
      const group = groupOf(view, GroupName);
      const { items, end } = iamPage(membersOf(view, GroupName), paging, ({ userName }) => userName);
      return {
        Group: wireGroup(account, group),
        Users: items.map((user) => listedUser(account, user)),
        ...end,
      };
    }),

    'iam:ListGroups': reads(({ PathPrefix = '/', ...paging }, view, { account }) => {
      const all = view.list('iamGroup', '').filter(({ path = '/' }) => path.startsWith(PathPrefix));
      const { items, end } = iamPage(all, paging, ({ groupName }) => groupName);
      return { Groups: items.map((group) => wireGroup(account, group)), ...end };
    }),

    'iam:UpdateGroup': guarded(({ GroupName, NewPath, NewGroupName }, transaction, context) => {
      const group = groupOf(transaction, GroupName);
      const groupName = NewGroupName ?? GroupName;
      const path = NewPath ?? group.path ?? '/';
      mayBecome(context, 'group', groupName, path);
      const others = transaction.list('iamGroup', '').map((one) => one.groupName);
      if (
        groupName !== GroupName &&
        isTaken(
          others.filter((name) => name !== GroupName),
          groupName,
        )
      )
        throw entityExists(`Group with name ${groupName} already exists.`);
      const { path: _, ...rest } = group;
      if (groupName !== GroupName) {
        for (const user of membersOf(transaction, GroupName))
          putUser(transaction, {
            ...user,
            groups: user.groups!.map((name) => (name === GroupName ? groupName : name)),
          });
        transaction.remove('iamGroup', '', GroupName);
      }
      putGroup(transaction, { ...rest, groupName, ...(path === '/' ? {} : { path }) });
    }),

    'iam:DeleteGroup': guarded(({ GroupName }, transaction) => {
      const { policies, attachedPolicies = [] } = groupOf(transaction, GroupName);
      if (membersOf(transaction, GroupName).length > 0)
        throw deleteConflict('Cannot delete entity, must remove users from group first.');
      if (attachedPolicies.length > 0)
        throw deleteConflict('Cannot delete entity, must detach all policies first.');
      if (Object.keys(policies).length > 0)
        throw deleteConflict('Cannot delete entity, must delete policies first.');
      transaction.remove('iamGroup', '', GroupName);
    }),
  };
