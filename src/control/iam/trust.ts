// Trust policies of roles: what they must be, and whom they name.

import type { View } from '../../store/index.ts';
import { malformedPolicy, quotaExceeded } from '../access/access-error.ts';
import { checkDocument } from '../access/check-document.ts';
import type { Account } from '../api/handler.ts';
import { iamArn } from '../user-arn.ts';
import { quotas, sizeOf } from './rules.ts';

/**
 * @returns ARNs of users and roles of the account that it names -> their ids: who is made anew under an old name is
 * somebody else
 * @throws MalformedPolicyDocument 400, also when somebody is named who is not there; LimitExceeded 409
 */
export function readTrust(view: View, document: string, account: Account): Readonly<Record<string, string>> {
  if (sizeOf(document) > quotas.trustPolicy)
    throw quotaExceeded(`Cannot exceed quota for ACLSizePerRole: ${quotas.trustPolicy}`);
  checkDocument(document, 'trust');
  const ids: Record<string, string> = {};
  for (const arn of namedIn(document)) {
    const id = idOf(view, arn, account);
    if (id === null) throw malformedPolicy(`Invalid principal in policy: "AWS":"${arn}"`);
    if (id !== undefined) ids[arn] = id;
  }
  return ids;
}

/** All ids under `AWS` of Principal and NotPrincipal. */
function namedIn(document: string): Set<string> {
  const { Statement } = JSON.parse(document);
  const names = [Statement]
    .flat()
    .flatMap(({ Principal, NotPrincipal }) => [Principal?.AWS, NotPrincipal?.AWS])
    .flat();
  return new Set(names.filter((name): name is string => typeof name === 'string'));
}

/** @returns null: not there; undefined: nobody whom we know by id, such as an account or somebody of another one */
function idOf(view: View, arn: string, account: Account): string | null | undefined {
  const [, , , owner, resource = ''] = /^arn:([^:]+):(iam|sts)::([^:]*):(.*)$/.exec(arn) ?? [];
  if (owner !== account.accountId || resource === 'root') return undefined;
  if (resource.startsWith('user/')) {
    const user = view.get('iamUser', '', resource.slice(resource.lastIndexOf('/') + 1));
    const isSame = user !== undefined && iamArn(account, 'user', user.userName, user.path) === arn;
    return isSame ? user.userId : null;
  }
  if (resource.startsWith('role/')) {
    const role = view.get('iamRole', '', resource.slice(resource.lastIndexOf('/') + 1));
    const isSame = role !== undefined && iamArn(account, 'role', role.roleName, role.path) === arn;
    return isSame ? role.roleId : null;
  }
  return resource.startsWith('assumed-role/') ? undefined : null;
}
