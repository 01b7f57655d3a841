// ARNs of users, groups, roles and policies.

import type { Account } from './api/handler.ts';

type Owner = Pick<Account, 'accountId' | 'partition'>;
export type IamKind = 'user' | 'group' | 'role' | 'policy';

/** @param path - `/`, or `/division/team/` */
export const iamArn = ({ partition, accountId }: Owner, kind: IamKind, name: string, path = '/'): string =>
  `arn:${partition}:iam::${accountId}:${kind}${path}${name}`;

export const userArn = (account: Owner, name: string, path?: string): string =>
  iamArn(account, 'user', name, path);
