// The ARN of a user.

import type { Account } from './api/handler.ts';

export const userArn = ({ partition, accountId }: Pick<Account, 'accountId' | 'partition'>, name: string) =>
  `arn:${partition}:iam::${accountId}:user/${name}`;
