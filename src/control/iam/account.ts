// What IAM tells of the account.

import { reads } from '../api/handler.ts';
import { quotas } from './rules.ts';
import type { IamHandlers } from './users.ts';

export const account: IamHandlers<'ListAccountAliases' | 'GetAccountSummary'> = {
  // An alias is a part of the address of a console, and there is none.
  'iam:ListAccountAliases': reads(() => ({ AccountAliases: [], IsTruncated: false })),

  'iam:GetAccountSummary': reads((_, view) => {
    const versions = view.list('iamPolicy', '').flatMap((policy) => policy.versions).length;
    return {
      SummaryMap: new Map<string, number>([
        ['Users', view.list('iamUser', '').length],
        ['UsersQuota', quotas.users],
        ['Groups', view.list('iamGroup', '').length],
        ['GroupsQuota', quotas.groups],
        ['GroupsPerUserQuota', quotas.groupsOfUser],
        ['Roles', view.list('iamRole', '').length],
        ['RolesQuota', quotas.roles],
        ['Policies', view.list('iamPolicy', '').length],
        ['PoliciesQuota', quotas.policies],
        ['PolicySizeQuota', quotas.managedPolicy],
        ['PolicyVersionsInUse', versions],
        ['VersionsPerPolicyQuota', quotas.policyVersions],
        ['AccessKeysPerUserQuota', 2],
        ['AttachedPoliciesPerUserQuota', quotas.attachedPolicies],
        ['AttachedPoliciesPerGroupQuota', quotas.attachedPolicies],
        ['AttachedPoliciesPerRoleQuota', quotas.attachedPolicies],
        ['AssumeRolePolicySizeQuota', quotas.trustPolicy],
        ['MFADevices', 0],
        ['AccountMFAEnabled', 0],
        ['AccountAccessKeysPresent', 0],
      ]),
    };
  }),
};
