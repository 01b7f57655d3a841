// IAM's operations and what they do: the registry. One file per resource, one line here.

import type { IamOperationName } from '../protocol/iam/operations.ts';
import { accessKeys } from './access-keys.ts';
import { account } from './account.ts';
import { entityPolicies } from './entity-policies.ts';
import { groups } from './groups.ts';
import { policies } from './policies.ts';
import { roles } from './roles.ts';
import { type IamHandlers, users } from './users.ts';

export const iamHandlers: IamHandlers<IamOperationName> = {
  ...users,
  ...accessKeys,
  ...groups,
  ...roles,
  ...policies,
  ...entityPolicies,
  ...account,
};
