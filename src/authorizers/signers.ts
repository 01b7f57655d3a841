// Who may sign requests, as the published state has it: keys of users, and sessions, which prove themselves. Replaced at each
// publish, while the plans that ask stay.

import { isTemporaryKeyId, type OpenedSession, type Session, SessionKeys } from '../base/session-token.ts';
import { expiredToken, type Credentials as Keys, type Refusal, unknownClient } from '../base/sigv4/index.ts';
import type { UsableRole } from '../exchange/backends.ts';
import type { Caller, CallerRights } from '../exchange/caller.ts';
import {
  compilePolicy,
  decidePermissions,
  type Permissions,
  type Policy,
  type PrincipalName,
} from '../policy/index.ts';
import type { PublishedIdentity, PublishedRole, PublishedState } from '../resources/index.ts';

/** Somebody who may sign. */
export interface Signer {
  readonly caller: Caller;
  readonly keys: Keys;
  readonly permissions: Permissions;
  readonly rights: CallerRights;
  /** Whether what limits the policies limits too what the policies of resources allow. */
  readonly isSession: boolean;
  /** As the policies of resources may call them. */
  readonly principals: readonly PrincipalName[];
}

interface OpenSession {
  readonly signer: Signer;
  readonly expiresAtMs: number;
}

type Published = Pick<PublishedState, 'identities' | 'roles' | 'sessionKeys' | 'managedPolicies'>;

/** Sessions that were opened lately: opening one anew takes some 50 us, with its policies more. */
const openMax = 4_096;

/** Sessions that we ask for ourselves, and how long before their end the next one is made. */
const ownSessionMs = 3_600_000;
const renewMs = 600_000;

export class Signers {
  #users: ReadonlyMap<string, Signer> = new Map();
  #rolesById: ReadonlyMap<string, PublishedRole> = new Map();
  #rolesByArn: ReadonlyMap<string, PublishedRole> = new Map();
  #sessionKeys = new SessionKeys([]);
  #managed: Readonly<Record<string, string>> = {};
  /** By text: of those that did not change the compiled ones stay. */
  #policies: ReadonlyMap<string, Policy> = new Map();
  #open = new Map<string, OpenSession>();
  #own = new Map<string, { readonly role: UsableRole; readonly renewAtMs: number }>();

  /** From now on these are known, and no others. */
  adopt({ identities = [], roles = [], sessionKeys = [], managedPolicies = {} }: Published): void {
    const policies = new Map<string, Policy>();
    for (const { policies: texts, boundary } of [...identities, ...roles])
      for (const text of boundary === undefined ? texts : [...texts, boundary])
        if (!policies.has(text)) policies.set(text, this.#policies.get(text) ?? policyOf(text));
    this.#policies = policies;
    this.#users = new Map(identities.map((identity) => [identity.accessKeyId, this.#userOf(identity)]));
    this.#rolesById = new Map(roles.map((role) => [role.roleId, role]));
    this.#rolesByArn = new Map(roles.map((role) => [role.arn, role]));
    this.#sessionKeys = new SessionKeys(sessionKeys);
    this.#managed = managedPolicies;
    this.#open = new Map();
    this.#own = new Map();
  }

  /**
   * Who has this key.
   *
   * @param token - null: none came with it
   * @param nowMs - wall time
   */
  find(accessKeyId: string, token: string | null, nowMs: number): Signer | Refusal {
    if (!isTemporaryKeyId(accessKeyId)) {
      const user = this.#users.get(accessKeyId);
      // Keys of users come without a token: there is none that would be right.
      return user === undefined || token !== null ? unknownClient : user;
    }
    if (token === null) return unknownClient;
    const open = this.#open.get(token) ?? this.#opened(token);
    if (open === null || open.signer.keys.accessKeyId !== accessKeyId) return unknownClient;
    return open.expiresAtMs <= nowMs ? expiredToken : open.signer;
  }

  /**
   * A role of the account, for calls of our own in its name.
   *
   * @returns null when there is no such role, or it does not let the gateway assume it
   */
  ownRole(roleArn: string, nowMs: number): UsableRole | null {
    const known = this.#own.get(roleArn);
    if (known !== undefined && nowMs < known.renewAtMs) return known.role;
    const role = this.#rolesByArn.get(roleArn);
    if (role === undefined || !role.trustsGateway) return null;
    const keys = this.#sessionKeys.issue({
      roleId: role.roleId,
      // As the service calls its own.
      sessionName: 'BackplaneAssumeRoleSession',
      issuedAt: Math.floor(nowMs / 1000),
      expiresAt: Math.floor((nowMs + ownSessionMs) / 1000),
    });
    const signer = keys === null ? null : (this.#opened(keys.sessionToken)?.signer ?? null);
    if (keys === null || signer === null) return null;
    const { allows } = signer.rights;
    const usable: UsableRole = { roleArn, ...keys, allows };
    this.#own.set(roleArn, { role: usable, renewAtMs: nowMs + ownSessionMs - renewMs });
    return usable;
  }

  #opened(token: string): OpenSession | null {
    const opened = this.#sessionKeys.open(token);
    const signer = opened === null ? null : this.#sessionSigner(opened, token);
    if (opened === null || signer === null) return null;
    const open = { signer, expiresAtMs: opened.session.expiresAt * 1000 };
    // Only tokens that are right: those that are not could be as many as somebody likes.
    if (this.#open.size >= openMax) this.#open.clear();
    this.#open.set(token, open);
    return open;
  }

  #userOf(identity: PublishedIdentity): Signer {
    const { accessKeyId, secretAccessKey, arn, userId, userName, tags } = identity;
    const conditionKeys = new Map([
      ['aws:principalarn', arn],
      ['aws:principaltype', 'User'],
      ['aws:userid', userId],
      ['aws:username', userName],
      ...tagKeys(tags),
    ]);
    return signerOf({
      caller: { accessKeyId, accountId: accountOf(arn), userId, arn, conditionKeys },
      keys: { accessKeyId, secretAccessKey },
      permissions: this.#permissionsOf(identity),
      isSession: false,
      principals: [{ type: 'AWS', id: arn }],
    });
  }

  #permissionsOf({ policies, boundary }: PublishedIdentity | PublishedRole): Permissions {
    return {
      policies: policies.map((text) => this.#policies.get(text)!),
      limits: boundary === undefined ? [] : [[this.#policies.get(boundary)!]],
    };
  }

  /** @returns null when the role is gone, or the user, or the key that the session was asked for with */
  #sessionSigner(
    { accessKeyId, secretAccessKey, session }: OpenedSession,
    sessionToken: string,
  ): Signer | null {
    const keys = { accessKeyId, secretAccessKey, sessionToken };
    const issued = new Date(session.issuedAt * 1000).toISOString().replace('.000', '');
    if (session.roleId === undefined) {
      const user = this.#users.get(session.parentKeyId ?? '');
      if (user === undefined || user.caller.userId !== session.userId) return null;
      const conditionKeys = new Map([...user.caller.conditionKeys, ['aws:tokenissuetime', issued]] as const);
      return signerOf({
        keys,
        caller: { ...user.caller, accessKeyId, conditionKeys },
        permissions: this.#limited(user.permissions, session),
        isSession: true,
        principals: user.principals,
      });
    }
    const role = this.#rolesById.get(session.roleId);
    if (role === undefined) return null;
    const { sessionName = '', tags, sourceIdentity } = session;
    const userId = `${role.roleId}:${sessionName}`;
    const [, partition, , , accountId = ''] = role.arn.split(':');
    const arn = `arn:${partition}:sts::${accountId}:assumed-role/${role.roleName}/${sessionName}`;
    const conditionKeys = new Map([
      ['aws:principalarn', role.arn],
      ['aws:principaltype', 'AssumedRole'],
      ['aws:tokenissuetime', issued],
      ['aws:userid', userId],
      ...(sourceIdentity === undefined ? [] : [['aws:sourceidentity', sourceIdentity] as const]),
      ...tagKeys({ ...role.tags, ...tags }),
    ]);
    return signerOf({
      caller: { accessKeyId, accountId, userId, arn, conditionKeys },
      keys,
      permissions: this.#limited(this.#permissionsOf(role), session),
      isSession: true,
      principals: [
        { type: 'AWS', id: role.arn },
        { type: 'AWS', id: arn },
      ],
    });
  }

  #limited(permissions: Permissions, { policies = [], policyArns = [] }: Session): Permissions {
    if (policies.length === 0 && policyArns.length === 0) return permissions;
    const managed = policyArns.map((arn) => (Object.hasOwn(this.#managed, arn) ? this.#managed[arn]! : ''));
    const own = [...policies, ...managed].map(policyOf);
    return { ...permissions, limits: [...permissions.limits, own] };
  }
}

function signerOf(signer: Omit<Signer, 'rights'>): Signer {
  const { caller, keys, permissions } = signer;
  const context = (key: string): string | undefined => caller.conditionKeys.get(key);
  const rights: CallerRights = {
    arn: caller.arn,
    keys,
    allows: (action, resource) => decidePermissions(permissions, { action, resource, context }) === 'allow',
  };
  return { ...signer, rights };
}

const accountOf = (arn: string): string => arn.split(':')[4] ?? '';

const tagKeys = (tags: Readonly<Record<string, string>> = {}): [string, string][] =>
  Object.entries(tags).map(([name, value]) => [`aws:principaltag/${name.toLowerCase()}`, value]);

/** Policies are compiled before they are stored; one that a later release wrote and this one cannot read denies. */
function policyOf(text: string): Policy {
  try {
    return compilePolicy(text);
  } catch {
    return { evaluate: () => 'deny' };
  }
}
