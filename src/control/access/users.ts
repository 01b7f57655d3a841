// Users, their keys and policies: what the command line does to them. Each is one transaction's work.

import type { AccessKey, IamUser } from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { entityExists, invalidInput, noSuchEntity, quotaExceeded } from './access-error.ts';
import { keepingAnAdministrator, type Preset, presets } from './administrator.ts';
import { checkDocument } from './check-document.ts';
import { newAccessKeyId, newSecret, newUserId } from './secrets.ts';

const usersMax = 5_000;
const keysOfUserMax = 2;
const policiesOfUserMax = 20;
const policyCharactersMax = 10_240;

/** @throws NoSuchEntity 404 */
export function userOf(view: View, userName: string): IamUser {
  const user = view.get('iamUser', '', userName);
  if (user === undefined) throw noSuchEntity(`The user with name ${userName} cannot be found.`);
  return user;
}

export const keysOf = (view: View, userName: string): AccessKey[] =>
  view.list('accessKey', '').filter((key) => key.userName === userName);

/** @param preset - a policy to begin with; without one the user may do nothing. @throws EntityAlreadyExists 409 */
export function addUser(
  transaction: Transaction,
  userName: string,
  preset: Preset | undefined,
  now: string,
): IamUser {
  checkName('user', userName);
  if (transaction.get('iamUser', '', userName) !== undefined)
    throw entityExists(`User with name ${userName} already exists.`);
  if (transaction.list('iamUser', '').length >= usersMax)
    throw quotaExceeded(`Cannot exceed quota for UsersPerAccount: ${usersMax}`);
  const policies = preset === undefined ? {} : { [presets[preset].name]: presets[preset].document };
  const user: IamUser = { userName, userId: newUserId(), createdDate: now, policies };
  transaction.put('iamUser', '', userName, user);
  return user;
}

/** With all keys. @throws NoSuchEntity 404, DeleteConflict 409 when nobody could do everything any more */
export function removeUser(transaction: Transaction, userName: string): void {
  userOf(transaction, userName);
  keepingAnAdministrator(transaction, () => {
    for (const { accessKeyId } of keysOf(transaction, userName))
      transaction.remove('accessKey', '', accessKeyId);
    transaction.remove('iamUser', '', userName);
  });
}

/** @returns the key with its secret, which is shown nowhere else. @throws LimitExceeded 409 beyond two */
export function createKey(transaction: Transaction, userName: string, now: string): AccessKey {
  userOf(transaction, userName);
  if (keysOf(transaction, userName).length >= keysOfUserMax)
    throw quotaExceeded(`Cannot exceed quota for AccessKeysPerUser: ${keysOfUserMax}`);
  const key: AccessKey = {
    accessKeyId: newAccessKeyId(),
    secretAccessKey: newSecret(),
    userName,
    status: 'Active',
    createdDate: now,
  };
  transaction.put('accessKey', '', key.accessKeyId, key);
  return key;
}

function keyOf(view: View, accessKeyId: string): AccessKey {
  const key = view.get('accessKey', '', accessKeyId);
  if (key === undefined) throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found.`);
  return key;
}

/** @throws NoSuchEntity 404, DeleteConflict 409 */
export function setKeyStatus(
  transaction: Transaction,
  accessKeyId: string,
  status: AccessKey['status'],
): AccessKey {
  const key: AccessKey = { ...keyOf(transaction, accessKeyId), status };
  keepingAnAdministrator(transaction, () => transaction.put('accessKey', '', accessKeyId, key));
  return key;
}

/** @throws NoSuchEntity 404, DeleteConflict 409 */
export function removeKey(transaction: Transaction, accessKeyId: string): AccessKey {
  const key = keyOf(transaction, accessKeyId);
  keepingAnAdministrator(transaction, () => transaction.remove('accessKey', '', accessKeyId));
  return key;
}

/** @throws NoSuchEntity 404, MalformedPolicyDocument 400, DeleteConflict 409 */
export function putPolicy(
  transaction: Transaction,
  userName: string,
  policyName: string,
  document: string,
): void {
  const user = userOf(transaction, userName);
  checkName('policy', policyName, 128);
  if (document.length > policyCharactersMax)
    throw quotaExceeded(`Maximum policy size of ${policyCharactersMax} characters exceeded`);
  checkDocument(document);
  const policies = { ...user.policies, [policyName]: document };
  if (Object.keys(policies).length > policiesOfUserMax)
    throw quotaExceeded(`Cannot exceed quota for PoliciesPerUser: ${policiesOfUserMax}`);
  keepingAnAdministrator(transaction, () => transaction.put('iamUser', '', userName, { ...user, policies }));
}

/** @throws NoSuchEntity 404, DeleteConflict 409 */
export function removePolicy(transaction: Transaction, userName: string, policyName: string): void {
  const user = userOf(transaction, userName);
  if (!Object.hasOwn(user.policies, policyName))
    throw noSuchEntity(`The user policy with name ${policyName} cannot be found.`);
  const policies = Object.fromEntries(Object.entries(user.policies).filter(([name]) => name !== policyName));
  keepingAnAdministrator(transaction, () => transaction.put('iamUser', '', userName, { ...user, policies }));
}

function checkName(what: string, name: string, lengthMax = 64): void {
  if (!/^[A-Za-z0-9_+=,.@-]+$/.test(name) || name.length > lengthMax || name === '__proto__')
    throw invalidInput(
      `"${name}" is no ${what} name: letters, digits and _+=,.@- are allowed, at most ${lengthMax}`,
    );
}
