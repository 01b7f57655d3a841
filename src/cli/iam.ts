// `sluice iam user|key|policy`: who may call the management API. Prints for people, or JSON for scripts.

import type { accessActs, ListedKey } from '../control/access/index.ts';
import { CommandError } from './command-error.ts';
import { show } from './manage/table.ts';
import { readText } from './read-text.ts';
import { paint, say } from './terminal.ts';

type Acts = typeof accessActs;

/** What these commands ask of the control plane. */
export interface AccessControl {
  act<Name extends keyof Acts>(
    name: Name,
    argument: Parameters<Acts[Name]>[0],
  ): Promise<Awaited<ReturnType<Acts[Name]>>>;
}

export interface NewUserRequest {
  /** May do everything. */
  readonly administrator?: boolean;
  /** May read everything. */
  readonly readOnly?: boolean;
  /** A key as well. */
  readonly key?: boolean;
  readonly json?: boolean;
}

export async function addUser(
  control: AccessControl,
  userName: string,
  { administrator = false, readOnly = false, key = false, json = false }: NewUserRequest,
): Promise<void> {
  if (administrator && readOnly) throw new CommandError('--administrator and --read-only exclude each other');
  const preset = administrator ? 'administrator' : readOnly ? 'read-only' : undefined;
  const user = await control.act('iamAddUser', { userName, ...(preset === undefined ? {} : { preset }) });
  const made = key ? await control.act('iamCreateKey', { userName }) : undefined;
  if (json) return say(JSON.stringify({ ...user, ...(made === undefined ? {} : { keys: [made] }) }, null, 2));
  say(`User ${paint('bold', userName)} is there.`);
  if (preset === undefined) say(`They may do nothing yet: sluice iam policy put ${userName} NAME FILE.json`);
  if (made !== undefined) showSecret(made.accessKeyId, made.secretAccessKey);
}

export async function listUsers(control: AccessControl, json: boolean): Promise<void> {
  const users = await control.act('iamListUsers', undefined);
  if (json) return say(JSON.stringify(users, null, 2));
  const rows = users.map(
    ({ userName, policyNames, groups = [], attachedPolicies = [], keys, createdDate }) => ({
      user: userName,
      policies:
        [
          ...policyNames,
          ...attachedPolicies.map((arn) => arn.slice(arn.lastIndexOf('/') + 1)),
          ...groups.map((group) => `(group ${group})`),
        ].join(', ') || '-',
      keys: keys.map(shownKey).join(', ') || '-',
      created: createdDate,
    }),
  );
  show(rows, { json: false, none: 'There is no user; "sluice start" makes the first one.' });
}

export async function removeUser(control: AccessControl, userName: string): Promise<void> {
  await control.act('iamRemoveUser', { userName });
  say(`User ${paint('bold', userName)} and all keys of that user are gone.`);
}

/** Shows the secret, this once. */
export async function createKey(control: AccessControl, userName: string, json: boolean): Promise<void> {
  const key = await control.act('iamCreateKey', { userName });
  if (json) return say(JSON.stringify(key, null, 2));
  say(`User ${paint('bold', userName)} has a new key.`);
  showSecret(key.accessKeyId, key.secretAccessKey);
}

function showSecret(accessKeyId: string, secretAccessKey: string): void {
  say('The secret is shown this once:');
  say('');
  say(`  aws configure set aws_access_key_id ${accessKeyId}`);
  say(`  aws configure set aws_secret_access_key ${secretAccessKey}`);
}

/** @param userName - without it the keys of all users */
export async function listKeys(
  control: AccessControl,
  userName: string | undefined,
  json: boolean,
): Promise<void> {
  const keys = await control.act('iamListKeys', userName === undefined ? {} : { userName });
  if (json) return say(JSON.stringify(keys, null, 2));
  const rows = keys.map((key) => ({
    key: key.accessKeyId,
    user: key.userName,
    status: key.status,
    created: key.createdDate,
  }));
  show(rows, { json: false, none: 'There is no key: sluice iam key create USER' });
}

const shownKey = ({ accessKeyId, status }: ListedKey): string =>
  status === 'Active' ? accessKeyId : `${accessKeyId} (inactive)`;

export async function setKeyStatus(
  control: AccessControl,
  accessKeyId: string,
  status: 'Active' | 'Inactive',
): Promise<void> {
  const { userName } = await control.act('iamSetKeyStatus', { accessKeyId, status });
  say(`Key ${paint('bold', accessKeyId)} of ${userName} is ${status === 'Active' ? 'active' : 'inactive'}.`);
}

export async function removeKey(control: AccessControl, accessKeyId: string): Promise<void> {
  const { userName } = await control.act('iamRemoveKey', { accessKeyId });
  say(`Key ${paint('bold', accessKeyId)} of ${userName} is gone.`);
}

/** @param file - the policy document; `-` reads standard input */
export async function putPolicy(
  control: AccessControl,
  userName: string,
  policyName: string,
  file: string,
): Promise<void> {
  const document = await readText(file);
  await control.act('iamPutPolicy', { userName, policyName, document });
  say(`User ${paint('bold', userName)} has the policy ${policyName}, from the next call on.`);
}

export async function removePolicy(
  control: AccessControl,
  userName: string,
  policyName: string,
): Promise<void> {
  await control.act('iamRemovePolicy', { userName, policyName });
  say(`User ${paint('bold', userName)} no longer has the policy ${policyName}.`);
}

/** One document as it was given, or all of them by name. */
export async function showPolicy(
  control: AccessControl,
  userName: string,
  policyName: string | undefined,
  json: boolean,
): Promise<void> {
  const policies = await control.act('iamShowPolicies', { userName });
  if (policyName !== undefined) {
    if (!Object.hasOwn(policies, policyName))
      throw new CommandError(`The user ${userName} has no policy "${policyName}"`);
    return say(policies[policyName]!.trimEnd());
  }
  if (json) return say(JSON.stringify(policies, null, 2));
  const names = Object.keys(policies);
  if (names.length === 0) return say(`The user ${userName} has no policy and may do nothing.`);
  for (const name of names) {
    say(paint('bold', name));
    say(policies[name]!.trimEnd());
  }
}
