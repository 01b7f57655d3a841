// `sluice iam group|role|managed|session` and policies that are attached: operations of IAM, for people.

import { checkManaged } from '../control/iam/rules.ts';
import type { LocalControl } from '../control/local/local-control.ts';
import { CommandError } from './command-error.ts';
import { show } from './manage/table.ts';
import { readText } from './read-text.ts';
import { paint, say } from './terminal.ts';

type Control = Pick<LocalControl, 'act' | 'call'>;

/** Whose policy is meant. */
export type EntityKind = 'User' | 'Group' | 'Role';
export interface Entity {
  readonly kind: EntityKind;
  readonly name: string;
}

const called = ({ kind, name }: Entity): string => `${kind} ${paint('bold', name)}`;

interface Listed {
  readonly IsTruncated: boolean;
  readonly Marker?: string;
}

/** All pages of a list. */
async function all<T>(ask: (paging: { Marker?: string }) => Promise<unknown>, member: string): Promise<T[]> {
  const entries: T[] = [];
  for (let marker: string | undefined; ; ) {
    const page = (await ask(marker === undefined ? {} : { Marker: marker })) as Listed &
      Record<string, readonly T[]>;
    entries.push(...page[member]!);
    marker = page.Marker;
    if (!page.IsTruncated) return entries;
  }
}

export async function addGroup(control: Control, GroupName: string): Promise<void> {
  await control.call('iam:CreateGroup', { GroupName });
  say(`Group ${paint('bold', GroupName)} is there.`);
  say(`Its users may do nothing more yet: sluice iam policy put --group ${GroupName} NAME FILE.json`);
}

interface WireGroup {
  readonly GroupName: string;
  readonly Arn: string;
  readonly CreateDate: string;
}

export async function listGroups(control: Control, json: boolean): Promise<void> {
  const groups = await all<WireGroup>((paging) => control.call('iam:ListGroups', paging), 'Groups');
  const rows = await Promise.all(
    groups.map(async ({ GroupName, CreateDate }) => {
      const users = await all<{ UserName: string }>(
        (paging) => control.call('iam:GetGroup', { GroupName, ...paging }),
        'Users',
      );
      const policies = await policyNames(control, { kind: 'Group', name: GroupName });
      return {
        group: GroupName,
        users: users.map(({ UserName }) => UserName).join(', ') || '-',
        policies: policies.join(', ') || '-',
        created: CreateDate,
      };
    }),
  );
  show(rows, { json, none: 'There is no group: sluice iam group add NAME' });
}

export async function setMembership(
  control: Control,
  GroupName: string,
  UserName: string,
  isMember: boolean,
): Promise<void> {
  await control.call(isMember ? 'iam:AddUserToGroup' : 'iam:RemoveUserFromGroup', { GroupName, UserName });
  say(`User ${paint('bold', UserName)} is ${isMember ? 'now' : 'no longer'} in the group ${GroupName}.`);
}

/** With its policies; its users leave it. */
export async function removeGroup(control: Control, GroupName: string): Promise<void> {
  const users = await all<{ UserName: string }>(
    (paging) => control.call('iam:GetGroup', { GroupName, ...paging }),
    'Users',
  );
  for (const { UserName } of users) await control.call('iam:RemoveUserFromGroup', { GroupName, UserName });
  await removePolicies(control, { kind: 'Group', name: GroupName });
  await control.call('iam:DeleteGroup', { GroupName });
  say(`Group ${paint('bold', GroupName)} is gone.`);
}

/** @param trustFile - the trust policy; `-` reads standard input */
export async function addRole(
  control: Control,
  RoleName: string,
  trustFile: string,
  { json = false, maxSession }: { readonly json?: boolean; readonly maxSession?: number },
): Promise<void> {
  const AssumeRolePolicyDocument = await readText(trustFile);
  const { Role } = (await control.call('iam:CreateRole', {
    RoleName,
    AssumeRolePolicyDocument,
    ...(maxSession === undefined ? {} : { MaxSessionDuration: maxSession }),
  })) as { Role: { Arn: string } };
  if (json) return say(JSON.stringify(Role, null, 2));
  say(`Role ${paint('bold', RoleName)} is there: ${Role.Arn}`);
  say(`It may do nothing yet: sluice iam policy put --role ${RoleName} NAME FILE.json`);
}

export async function setTrust(control: Control, RoleName: string, file: string): Promise<void> {
  await control.call('iam:UpdateAssumeRolePolicy', { RoleName, PolicyDocument: await readText(file) });
  say(`Role ${paint('bold', RoleName)} has that trust policy, from the next call on.`);
}

interface WireRole {
  readonly RoleName: string;
  readonly Arn: string;
  readonly CreateDate: string;
}

export async function listRoles(control: Control, json: boolean): Promise<void> {
  const roles = await all<WireRole>((paging) => control.call('iam:ListRoles', paging), 'Roles');
  const rows = await Promise.all(
    roles.map(async ({ RoleName, Arn, CreateDate }) => {
      const policies = await policyNames(control, { kind: 'Role', name: RoleName });
      return { role: RoleName, policies: policies.join(', ') || '-', created: CreateDate, arn: Arn };
    }),
  );
  show(rows, { json, none: 'There is no role: sluice iam role add NAME --trust FILE.json' });
}

/** With its policies; its sessions end. */
export async function removeRole(control: Control, RoleName: string): Promise<void> {
  await removePolicies(control, { kind: 'Role', name: RoleName });
  await control.call('iam:DeleteRole', { RoleName });
  say(`Role ${paint('bold', RoleName)} is gone, and its sessions have ended.`);
}

/** @param file - the document; `-` reads standard input */
export async function putPolicy(
  control: Control,
  of: Entity,
  PolicyName: string,
  file: string,
): Promise<void> {
  const PolicyDocument = await readText(file);
  await control.call(`iam:Put${of.kind}Policy`, { ...named(of), PolicyName, PolicyDocument } as never);
  say(`${called(of)} has the policy ${PolicyName}, from the next call on.`);
}

export async function removePolicy(control: Control, of: Entity, PolicyName: string): Promise<void> {
  await control.call(`iam:Delete${of.kind}Policy`, { ...named(of), PolicyName } as never);
  say(`${called(of)} no longer has the policy ${PolicyName}.`);
}

/** One document as it was given, or all of them by name. */
export async function showPolicies(
  control: Control,
  of: Entity,
  policyName: string | undefined,
  json: boolean,
): Promise<void> {
  const documentOf = async (PolicyName: string): Promise<string> => {
    const answer = await control.call(`iam:Get${of.kind}Policy`, { ...named(of), PolicyName } as never);
    return decodeURIComponent((answer as { PolicyDocument: string }).PolicyDocument);
  };
  if (policyName !== undefined) return say((await documentOf(policyName)).trimEnd());
  const names = await inlineNames(control, of);
  const documents = await Promise.all(names.map(async (name) => [name, await documentOf(name)] as const));
  if (json) return say(JSON.stringify(Object.fromEntries(documents), null, 2));
  const attached = await attachedTo(control, of);
  if (names.length + attached.length === 0) return say(`${called(of)} has no policy.`);
  for (const [name, text] of documents) {
    say(paint('bold', name));
    say(text.trimEnd());
  }
  for (const { PolicyArn } of attached) say(`attached: ${PolicyArn}`);
}

/** @param policy - ARN or name */
export async function setAttached(
  control: Control,
  of: Entity,
  policy: string,
  isAttached: boolean,
): Promise<void> {
  const PolicyArn = await arnOf(control, policy);
  const verb = isAttached ? 'Attach' : 'Detach';
  await control.call(`iam:${verb}${of.kind}Policy`, { ...named(of), PolicyArn } as never);
  say(`${called(of)} ${isAttached ? 'has' : 'no longer has'} ${PolicyArn}.`);
}

interface WirePolicy {
  readonly PolicyName: string;
  readonly Arn: string;
  readonly DefaultVersionId: string;
  readonly AttachmentCount: number;
  readonly PermissionsBoundaryUsageCount: number;
}

const managedPolicies = (control: Control, Scope: 'All' | 'Local'): Promise<WirePolicy[]> =>
  all((paging) => control.call('iam:ListPolicies', { Scope, ...paging }), 'Policies');

export async function listManaged(control: Control, json: boolean): Promise<void> {
  const rows = (await managedPolicies(control, 'All')).map((policy) => ({
    policy: policy.PolicyName,
    version: policy.DefaultVersionId,
    attached: policy.AttachmentCount,
    arn: policy.Arn,
  }));
  show(rows, { json, none: 'There is no managed policy.' });
}

const versionsMax = 5;

/** Makes a managed policy, or gives it a new version, which counts from now on; the oldest goes where there is no room. */
export async function putManaged(control: Control, PolicyName: string, file: string): Promise<void> {
  const PolicyDocument = await readText(file);
  const known = (await managedPolicies(control, 'Local')).find((policy) => policy.PolicyName === PolicyName);
  if (known === undefined) {
    const answer = await control.call('iam:CreatePolicy', { PolicyName, PolicyDocument });
    say(`Policy ${paint('bold', PolicyName)} is there: ${(answer as { Policy: WirePolicy }).Policy.Arn}`);
    return;
  }
  const PolicyArn = known.Arn;
  const versions = await all<{ VersionId: string; IsDefaultVersion: boolean }>(
    (paging) => control.call('iam:ListPolicyVersions', { PolicyArn, ...paging }),
    'Versions',
  );
  const oldest = versions.findLast(({ IsDefaultVersion }) => !IsDefaultVersion);
  // Before anything is gone for its sake.
  checkManaged(PolicyDocument);
  if (versions.length >= versionsMax && oldest !== undefined)
    await control.call('iam:DeletePolicyVersion', { PolicyArn, VersionId: oldest.VersionId });
  const answer = await control.call('iam:CreatePolicyVersion', {
    PolicyArn,
    PolicyDocument,
    SetAsDefault: true,
  });
  const { VersionId } = (answer as { PolicyVersion: { VersionId: string } }).PolicyVersion;
  say(`Policy ${paint('bold', PolicyName)} has the version ${VersionId}, from the next call on.`);
}

export async function removeManaged(control: Control, policy: string): Promise<void> {
  const PolicyArn = await arnOf(control, policy);
  const versions = await all<{ VersionId: string; IsDefaultVersion: boolean }>(
    (paging) => control.call('iam:ListPolicyVersions', { PolicyArn, ...paging }),
    'Versions',
  );
  const used = (await control.call('iam:GetPolicy', { PolicyArn })) as { Policy: WirePolicy };
  // Before anything of it is gone.
  if (used.Policy.AttachmentCount > 0)
    throw new CommandError(`The policy ${policy} is attached: sluice iam policy detach NAME ${policy}`);
  if (used.Policy.PermissionsBoundaryUsageCount > 0)
    throw new CommandError(`The policy ${policy} is the permissions boundary of a user or role`);
  for (const { VersionId, IsDefaultVersion } of versions)
    if (!IsDefaultVersion) await control.call('iam:DeletePolicyVersion', { PolicyArn, VersionId });
  await control.call('iam:DeletePolicy', { PolicyArn });
  say(`Policy ${paint('bold', policy)} is gone.`);
}

export async function endSessions(control: Control): Promise<void> {
  await control.act('iamEndSessions', undefined);
  say('All temporary credentials that there were are refused from now on.');
}

/** Those of the account come first: a name of AWS's may be taken. */
async function arnOf(control: Control, policy: string): Promise<string> {
  if (policy.startsWith('arn:')) return policy;
  const known = (await managedPolicies(control, 'All'))
    .filter(({ PolicyName }) => PolicyName === policy)
    .sort((a, b) => Number(a.Arn.includes(':aws:policy/')) - Number(b.Arn.includes(':aws:policy/')));
  if (known.length === 0)
    throw new CommandError(`There is no managed policy "${policy}": see sluice iam managed list`);
  return known[0]!.Arn;
}

const named = ({ kind, name }: Entity) => ({ [`${kind}Name`]: name });

const inlineNames = (control: Control, of: Entity): Promise<string[]> =>
  all(
    (paging) => control.call(`iam:List${of.kind}Policies`, { ...named(of), ...paging } as never),
    'PolicyNames',
  );

const attachedTo = (control: Control, of: Entity): Promise<{ PolicyName: string; PolicyArn: string }[]> =>
  all(
    (paging) => control.call(`iam:ListAttached${of.kind}Policies`, { ...named(of), ...paging } as never),
    'AttachedPolicies',
  );

const policyNames = async (control: Control, of: Entity): Promise<string[]> => [
  ...(await inlineNames(control, of)),
  ...(await attachedTo(control, of)).map(({ PolicyName }) => PolicyName),
];

async function removePolicies(control: Control, of: Entity): Promise<void> {
  for (const PolicyName of await inlineNames(control, of))
    await control.call(`iam:Delete${of.kind}Policy`, { ...named(of), PolicyName } as never);
  for (const { PolicyArn } of await attachedTo(control, of))
    await control.call(`iam:Detach${of.kind}Policy`, { ...named(of), PolicyArn } as never);
}
