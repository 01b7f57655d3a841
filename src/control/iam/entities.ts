// Users, groups and roles by what they have alike: looking them up, and putting what has changed.

import type { IamGroup, IamPolicy, IamRole, IamUser } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { noSuchEntity } from '../access/access-error.ts';
import { keepingAnAdministrator } from '../access/administrator.ts';
import { userOf } from '../access/users.ts';
import { type Context, type Handler, writes } from '../api/handler.ts';
import { managedPolicy } from '../identity/managed-policies.ts';
import type { CallInput, CallName } from '../protocol/services.ts';

/** Writes, unless nobody would be left who can do everything. */
export const guarded = <N extends CallName>(
  run: (input: CallInput<N>, transaction: Transaction, context: Context) => unknown,
): Handler<N> =>
  writes<N>((input, transaction, context) =>
    keepingAnAdministrator(transaction, () => run(input, transaction, context)),
  );

export { userOf };

/** @throws NoSuchEntity 404 */
export function groupOf(view: View, groupName: string): IamGroup {
  const group = view.get('iamGroup', '', groupName);
  if (group === undefined) throw noSuchEntity(`The group with name ${groupName} cannot be found.`);
  return group;
}

/** @throws NoSuchEntity 404 */
export function roleOf(view: View, roleName: string): IamRole {
  const role = view.get('iamRole', '', roleName);
  if (role === undefined) throw noSuchEntity(`The role with name ${roleName} cannot be found.`);
  return role;
}

/** @throws NoSuchEntity 404 */
export function policyOf(view: View, arn: string): IamPolicy {
  const policy = managedPolicy(view, arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

/** @throws NoSuchEntity 404 when it is not there to be attached */
export function attachablePolicy(view: View, arn: string): IamPolicy {
  const policy = managedPolicy(view, arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  return policy;
}

export const putUser = (transaction: Transaction, user: IamUser): void =>
  transaction.put('iamUser', '', user.userName, user);
export const putGroup = (transaction: Transaction, group: IamGroup): void =>
  transaction.put('iamGroup', '', group.groupName, group);
export const putRole = (transaction: Transaction, role: IamRole): void =>
  transaction.put('iamRole', '', role.roleName, role);

export const membersOf = (view: View, groupName: string): IamUser[] =>
  view.list('iamUser', '').filter(({ groups = [] }) => groups.includes(groupName));

/** Names differ not only by case. */
export const isTaken = (names: readonly string[], name: string): boolean => {
  const lower = name.toLowerCase();
  return names.some((one) => one.toLowerCase() === lower);
};

/** An object without one of its members. */
export function without<T>(members: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(members).filter(([one]) => one !== name));
}
