// Acts of the command line on users: `sluice iam ...`. Arguments and results are data; only `createKey` gives a secret.

import type { AccessKey, IamUser } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Services } from '../api/handler.ts';
import { replaceSessionKeys } from '../identity/session-keys.ts';
import type { Preset } from './administrator.ts';
import { forgetCredentials } from './first-access.ts';
import {
  addUser,
  createKey,
  keysOf,
  putPolicy,
  removeKey,
  removePolicy,
  removeUser,
  setKeyStatus,
  userOf,
} from './users.ts';

/** A key without its secret. */
export type ListedKey = Omit<AccessKey, 'secretAccessKey'>;

export interface ListedUser extends Omit<IamUser, 'policies'> {
  readonly policyNames: readonly string[];
  readonly keys: readonly ListedKey[];
}

interface Control {
  readonly services: Pick<Services, 'store' | 'dataDir' | 'now'>;
}

const withoutSecret = ({ secretAccessKey: _, ...key }: AccessKey): ListedKey => key;

const listed = (view: View, { policies, ...user }: IamUser): ListedUser => ({
  ...user,
  policyNames: Object.keys(policies),
  keys: keysOf(view, user.userName).map(withoutSecret),
});

export const accessActs = {
  iamAddUser: (
    { userName, preset }: { userName: string; preset?: Preset },
    { services: { store, now } }: Control,
  ): Promise<ListedUser> =>
    store.write((transaction) => listed(transaction, addUser(transaction, userName, preset, now()))),

  /** Ends all sessions: what was sealed before nobody opens any more. */
  iamEndSessions: (_: undefined, { services: { store, now } }: Control): Promise<void> =>
    store.write((transaction) => replaceSessionKeys(transaction, now())),

  iamListUsers: (_: undefined, { services: { store } }: Control): ListedUser[] =>
    store.view.list('iamUser', '').map((user) => listed(store.view, user)),

  iamRemoveUser: async ({ userName }: { userName: string }, { services }: Control): Promise<void> => {
    await services.store.write((transaction) => removeUser(transaction, userName));
    forgetCredentials(services.store.view, services.dataDir);
  },

  /** The only time that the secret is given. */
  iamCreateKey: (
    { userName }: { userName: string },
    { services: { store, now } }: Control,
  ): Promise<AccessKey> => store.write((transaction) => createKey(transaction, userName, now())),

  iamListKeys: ({ userName }: { userName?: string }, { services: { store } }: Control): ListedKey[] => {
    const keys =
      userName === undefined
        ? store.view.list('accessKey', '')
        : keysOf(store.view, userOf(store.view, userName).userName);
    return keys.map(withoutSecret);
  },

  iamSetKeyStatus: (
    { accessKeyId, status }: { accessKeyId: string; status: AccessKey['status'] },
    { services: { store } }: Control,
  ): Promise<ListedKey> =>
    store.write((transaction) => withoutSecret(setKeyStatus(transaction, accessKeyId, status))),

  iamRemoveKey: async (
    { accessKeyId }: { accessKeyId: string },
    { services }: Control,
  ): Promise<ListedKey> => {
    const key = await services.store.write((transaction) => removeKey(transaction, accessKeyId));
    forgetCredentials(services.store.view, services.dataDir);
    return withoutSecret(key);
  },

  iamPutPolicy: (
    argument: { userName: string; policyName: string; document: string },
    { services: { store } }: Control,
  ): Promise<void> =>
    store.write((transaction) =>
      putPolicy(transaction, argument.userName, argument.policyName, argument.document),
    ),

  iamRemovePolicy: (
    { userName, policyName }: { userName: string; policyName: string },
    { services: { store } }: Control,
  ): Promise<void> => store.write((transaction) => removePolicy(transaction, userName, policyName)),

  /** Policy name -> document. */
  iamShowPolicies: (
    { userName }: { userName: string },
    { services: { store } }: Control,
  ): Readonly<Record<string, string>> => userOf(store.view, userName).policies,
} as const;
