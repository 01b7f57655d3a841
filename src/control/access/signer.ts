// Who signs a request of the management API: a user with a key, or a session of a role or user.

import { isTemporaryKeyId, type OpenedSession } from '../../base/session-token.ts';
import { expiredToken, type Refusal, type Signature, unknownClient } from '../../base/sigv4/index.ts';
import type { ContextValue, Permissions, PrincipalName } from '../../policy/index.ts';
import type { IamRole, IamUser } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Account } from '../api/handler.ts';
import { permissionsOfRole, permissionsOfSession, permissionsOfUser } from '../identity/permissions-of.ts';
import { openSession } from '../identity/session-keys.ts';
import { iamArn, userArn } from '../user-arn.ts';

export interface Signer {
  readonly arn: string;
  /** Of a session of a role: the role's name. */
  readonly userName: string;
  /** `AIDA...`, or `AROA...:session`. */
  readonly userId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** By these names policies of resources may call them. */
  readonly principals: readonly PrincipalName[];
  readonly permissions: Permissions;
  /** Of temporary credentials. */
  readonly session: OpenedSession | null;
  /** Whose session it is, or who signs. */
  readonly source: IamUser | IamRole;
  /** Condition keys of theirs, in lower case. */
  readonly context: ReadonlyMap<string, ContextValue>;
}

type Named = Pick<Account, 'accountId' | 'partition'>;

/**
 * @param nowMs - wall time
 * @returns who it is, nothing of the signature being proven yet, or why it is nobody
 */
export function signerOf(
  { accessKeyId, sessionToken }: Pick<Signature, 'accessKeyId' | 'sessionToken'>,
  view: View,
  account: Named,
  nowMs: number,
): Signer | Refusal {
  if (isTemporaryKeyId(accessKeyId)) return temporarySigner(accessKeyId, sessionToken, view, account, nowMs);
  const key = view.get('accessKey', '', accessKeyId);
  // Keys of users come without a token: there is none that would be right.
  if (key?.status !== 'Active' || sessionToken !== null) return unknownClient;
  const user = view.get('iamUser', '', key.userName);
  if (user === undefined) return unknownClient;
  return {
    ...ofUser(user, account),
    accessKeyId,
    secretAccessKey: key.secretAccessKey,
    permissions: permissionsOfUser(view, user),
    session: null,
  };
}

function ofUser(user: IamUser, account: Named) {
  const { userName, userId, path } = user;
  const arn = userArn(account, userName, path);
  return {
    arn,
    userName,
    userId,
    principals: [{ type: 'AWS', id: arn }] as const,
    source: user,
    context: new Map<string, ContextValue>([
      ['aws:username', userName],
      ['aws:userid', userId],
      ['aws:principaltype', 'User'],
      ['aws:principalarn', arn],
      ...tagKeys(user.tags),
    ]),
  };
}

const tagKeys = (tags: Readonly<Record<string, string>> = {}): [string, string][] =>
  Object.entries(tags).map(([name, value]) => [`aws:principaltag/${name.toLowerCase()}`, value]);

function temporarySigner(
  accessKeyId: string,
  sessionToken: string | null,
  view: View,
  account: Named,
  nowMs: number,
): Signer | Refusal {
  const opened = sessionToken === null ? null : openSession(view, sessionToken);
  if (opened === null || opened.accessKeyId !== accessKeyId) return unknownClient;
  const { session, secretAccessKey } = opened;
  if (session.expiresAt * 1000 <= nowMs) return expiredToken;
  const issued: [string, string] = [
    'aws:tokenissuetime',
    new Date(session.issuedAt * 1000).toISOString().replace('.000', ''),
  ];
  if (session.roleId === undefined) {
    const user = userOfSession(view, session.userId, session.parentKeyId);
    if (user === undefined) return unknownClient;
    const named = ofUser(user, account);
    return {
      ...named,
      accessKeyId,
      secretAccessKey,
      permissions: permissionsOfSession(view, permissionsOfUser(view, user), session),
      session: opened,
      context: new Map([...named.context, issued]),
    };
  }
  const role = view.list('iamRole', '').find(({ roleId }) => roleId === session.roleId);
  if (role === undefined) return unknownClient;
  const { sessionName = '', sourceIdentity, tags } = session;
  const roleArn = iamArn(account, 'role', role.roleName, role.path);
  const arn = `arn:${account.partition}:sts::${account.accountId}:assumed-role/${role.roleName}/${sessionName}`;
  const userId = `${role.roleId}:${sessionName}`;
  return {
    arn,
    userName: role.roleName,
    userId,
    accessKeyId,
    secretAccessKey,
    principals: [
      { type: 'AWS', id: roleArn },
      { type: 'AWS', id: arn },
    ],
    permissions: permissionsOfSession(view, permissionsOfRole(view, role), session),
    session: opened,
    source: role,
    context: new Map<string, ContextValue>([
      ['aws:userid', userId],
      ['aws:principaltype', 'AssumedRole'],
      // Of a session the role is who acts.
      ['aws:principalarn', roleArn],
      ...tagKeys({ ...role.tags, ...tags }),
      ...(sourceIdentity === undefined ? [] : [['aws:sourceidentity', sourceIdentity] as [string, string]]),
      issued,
    ]),
  };
}

/** A session of a user's own ends with the key that it was asked for with, and with the user. */
function userOfSession(view: View, userId = '', parentKeyId = ''): IamUser | undefined {
  const key = view.get('accessKey', '', parentKeyId);
  if (key?.status !== 'Active') return undefined;
  const user = view.get('iamUser', '', key.userName);
  return user?.userId === userId ? user : undefined;
}
