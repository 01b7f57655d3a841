// Managed policies and their versions.

import type { IamPolicy } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { deleteConflict, entityExists, noSuchEntity, quotaExceeded } from '../access/access-error.ts';
import { newPolicyId } from '../access/secrets.ts';
import { type Context, reads } from '../api/handler.ts';
import { awsPolicies, isOfAws } from '../identity/managed-policies.ts';
import { AccessDenied } from '../protocol/exceptions.ts';
import { iamArn } from '../user-arn.ts';
import { guarded, isTaken, policyOf } from './entities.ts';
import { iamPage } from './page.ts';
import {
  attachmentsOf,
  listedPolicy,
  principalsIn,
  wireDate,
  wireDocument,
  wirePolicy,
  wireTags,
} from './present.ts';
import { checkManaged, policyTagsWith, quotas, refuseBeyond, tagsWithout } from './rules.ts';
import type { IamHandlers } from './users.ts';

export const policies: IamHandlers<
  | 'CreatePolicy'
  | 'GetPolicy'
  | 'ListPolicies'
  | 'DeletePolicy'
  | 'CreatePolicyVersion'
  | 'GetPolicyVersion'
  | 'ListPolicyVersions'
  | 'DeletePolicyVersion'
  | 'SetDefaultPolicyVersion'
  | 'ListEntitiesForPolicy'
  | 'TagPolicy'
  | 'UntagPolicy'
  | 'ListPolicyTags'
> = {
  'iam:CreatePolicy': guarded((input, transaction, { account, now }) => {
    const { PolicyName, Path = '/', PolicyDocument, Description, Tags = [] } = input;
    const names = transaction.list('iamPolicy', '').map(({ policyName }) => policyName);
    if (isTaken(names, PolicyName))
      throw entityExists(`A policy called ${PolicyName} already exists. Duplicate names are not allowed.`);
    refuseBeyond(quotas.policies, names.length, 'PoliciesPerAccount');
    checkManaged(PolicyDocument);
    const createdDate = now();
    const policy: IamPolicy = {
      policyName: PolicyName,
      policyId: newPolicyId(),
      arn: iamArn(account, 'policy', PolicyName, Path),
      ...(Path === '/' ? {} : { path: Path }),
      ...(Description === undefined ? {} : { description: Description }),
      createdDate,
      updatedDate: createdDate,
      defaultVersionId: 'v1',
      versions: [{ versionId: 'v1', document: PolicyDocument, createdDate }],
      nextVersion: 2,
      ...(Tags.length === 0 ? {} : { tags: policyTagsWith({}, Tags) }),
    };
    put(transaction, policy);
    const { Description: _, ...shown } = wirePolicy(transaction, policy);
    return { Policy: shown };
  }),

  'iam:GetPolicy': reads(({ PolicyArn }, view) => ({ Policy: wirePolicy(view, policyOf(view, PolicyArn)) })),

  'iam:ListPolicies': reads(
    ({ Scope = 'All', OnlyAttached = false, PathPrefix = '/', PolicyUsageFilter, ...paging }, view) => {
      const all = [
        ...(Scope === 'AWS' ? [] : view.list('iamPolicy', '')),
        ...(Scope === 'Local' ? [] : awsPolicies()),
      ].filter(
        ({ arn, path = '/' }) =>
          path.startsWith(PathPrefix) &&
          (!OnlyAttached || attachmentsOf(view, arn) > 0) &&
          (PolicyUsageFilter === undefined || isUsed(view, arn, PolicyUsageFilter)),
      );
      const { items, end } = iamPage(all, paging, ({ arn }) => arn);
      return { Policies: items.map((policy) => listedPolicy(view, policy)), ...end };
    },
  ),

  'iam:DeletePolicy': guarded(({ PolicyArn }, transaction, context) => {
    const { versions } = own(transaction, PolicyArn, context);
    if (
      isUsed(transaction, PolicyArn, 'PermissionsPolicy') ||
      isUsed(transaction, PolicyArn, 'PermissionsBoundary')
    )
      throw deleteConflict('Cannot delete a policy attached to entities.');
    if (versions.length > 1)
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    transaction.remove('iamPolicy', '', PolicyArn);
  }),

  'iam:CreatePolicyVersion': guarded(
    ({ PolicyArn, PolicyDocument, SetAsDefault = false }, transaction, context) => {
      const policy = own(transaction, PolicyArn, context);
      checkManaged(PolicyDocument);
      if (policy.versions.length >= quotas.policyVersions)
        throw quotaExceeded(
          `A managed policy can have up to ${quotas.policyVersions} versions. Before you create a new version, you must delete an existing version.`,
        );
      const createdDate = context.now();
      const version = { versionId: `v${policy.nextVersion}`, document: PolicyDocument, createdDate };
      const changed = {
        ...policy,
        updatedDate: createdDate,
        versions: [...policy.versions, version],
        nextVersion: policy.nextVersion + 1,
        defaultVersionId: SetAsDefault ? version.versionId : policy.defaultVersionId,
      };
      put(transaction, changed);
      return { PolicyVersion: listedVersion(changed, version) };
    },
  ),

  'iam:GetPolicyVersion': reads(({ PolicyArn, VersionId }, view) => {
    const policy = policyOf(view, PolicyArn);
    const version = versionIn(policy, VersionId);
    return {
      PolicyVersion: { Document: wireDocument(version.document), ...listedVersion(policy, version) },
    };
  }),

  'iam:ListPolicyVersions': reads(({ PolicyArn, ...paging }, view) => {
    const policy = policyOf(view, PolicyArn);
    // The newest first, as they are counted.
    const all = policy.versions.map((version) => ({
      version,
      order: String(99_999_999 - Number(version.versionId.slice(1))),
    }));
    const { items, end } = iamPage(all, paging, ({ order }) => order);
    return { Versions: items.map(({ version }) => listedVersion(policy, version)), ...end };
  }),

  'iam:DeletePolicyVersion': guarded(({ PolicyArn, VersionId }, transaction, context) => {
    const policy = own(transaction, PolicyArn, context);
    versionIn(policy, VersionId);
    if (policy.defaultVersionId === VersionId)
      throw deleteConflict('Cannot delete the default version of a policy.');
    const versions = policy.versions.filter(({ versionId }) => versionId !== VersionId);
    put(transaction, { ...policy, versions, updatedDate: context.now() });
  }),

  'iam:SetDefaultPolicyVersion': guarded(({ PolicyArn, VersionId }, transaction, context) => {
    const policy = own(transaction, PolicyArn, context);
    versionIn(policy, VersionId);
    put(transaction, { ...policy, defaultVersionId: VersionId, updatedDate: context.now() });
  }),

  'iam:ListEntitiesForPolicy': reads((input, view) => {
    const { PolicyArn, EntityFilter, PathPrefix = '/', PolicyUsageFilter = 'PermissionsPolicy' } = input;
    policyOf(view, PolicyArn);
    const isBoundary = PolicyUsageFilter === 'PermissionsBoundary';
    const has = (one: Attached): boolean =>
      (one.path ?? '/').startsWith(PathPrefix) &&
      (isBoundary ? one.permissionsBoundary === PolicyArn : (one.attachedPolicies ?? []).includes(PolicyArn));
    const isWanted = (kind: string): boolean => EntityFilter === undefined || EntityFilter === kind;
    const all = [
      ...(isWanted('Group')
        ? view
            .list('iamGroup', '')
            .filter(has)
            .map((one) => ({ kind: 'g', name: one.groupName, id: one.groupId }))
        : []),
      ...(isWanted('Role')
        ? view
            .list('iamRole', '')
            .filter(has)
            .map((one) => ({ kind: 'r', name: one.roleName, id: one.roleId }))
        : []),
      ...(isWanted('User')
        ? view
            .list('iamUser', '')
            .filter(has)
            .map((one) => ({ kind: 'u', name: one.userName, id: one.userId }))
        : []),
    ];
    const { items, end } = iamPage(all, input, ({ kind, name }) => kind + name);
    const of = (wanted: string) => items.filter(({ kind }) => kind === wanted);
    return {
      PolicyGroups: of('g').map(({ name, id }) => ({ GroupName: name, GroupId: id })),
      PolicyUsers: of('u').map(({ name, id }) => ({ UserName: name, UserId: id })),
      PolicyRoles: of('r').map(({ name, id }) => ({ RoleName: name, RoleId: id })),
      ...end,
    };
  }),

  'iam:TagPolicy': guarded(({ PolicyArn, Tags }, transaction, context) => {
    const policy = own(transaction, PolicyArn, context);
    put(transaction, { ...policy, tags: policyTagsWith(policy.tags, Tags) });
  }),
  'iam:UntagPolicy': guarded(({ PolicyArn, TagKeys }, transaction, context) => {
    const policy = own(transaction, PolicyArn, context);
    put(transaction, { ...policy, tags: tagsWithout(policy.tags, TagKeys) });
  }),
  'iam:ListPolicyTags': reads(({ PolicyArn, ...paging }, view) => {
    const { items, end } = iamPage(wireTags(policyOf(view, PolicyArn).tags), paging, ({ Key }) => Key);
    return { Tags: items, ...end };
  }),
};

interface Attached {
  readonly path?: string;
  readonly attachedPolicies?: readonly string[];
  readonly permissionsBoundary?: string;
}

const put = (transaction: Transaction, policy: IamPolicy): void =>
  transaction.put('iamPolicy', '', policy.arn, policy);

/** One that can be changed. @throws NoSuchEntity 404, AccessDenied 403 for those of AWS */
function own(view: View, arn: string, { caller, operation }: Context): IamPolicy {
  if (isOfAws(arn))
    throw new AccessDenied(
      `User: ${caller.arn} is not authorized to perform: ${operation} on resource: policy ${arn}`,
      caller,
    );
  return policyOf(view, arn);
}

function versionIn(policy: IamPolicy, id: string) {
  const version = policy.versions.find(({ versionId }) => versionId === id);
  if (version === undefined)
    throw noSuchEntity(`Policy ${policy.arn} version ${id} does not exist or is not attachable.`);
  return version;
}

const listedVersion = (policy: IamPolicy, version: IamPolicy['versions'][number]) => ({
  VersionId: version.versionId,
  IsDefaultVersion: version.versionId === policy.defaultVersionId,
  CreateDate: wireDate(version.createdDate),
});

const isUsed = (view: View, arn: string, as: 'PermissionsPolicy' | 'PermissionsBoundary'): boolean =>
  as === 'PermissionsPolicy'
    ? attachmentsOf(view, arn) > 0
    : principalsIn(view).some(({ permissionsBoundary }) => permissionsBoundary === arn);
