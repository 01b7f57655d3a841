// Temporary credentials of roles, as the control plane makes them.

import {
  newSealingKey,
  type Session,
  SessionKeys,
  type TemporaryCredentials,
} from '../../src/base/session-token.ts';
import type { PublishedRole, SessionKey } from '../../src/resources/index.ts';
import { accountId, policyOf } from './authorized.ts';

export const sessionKey: SessionKey = { ...newSealingKey(), createdDate: '2024-01-02T03:04:05Z' };
const keys = new SessionKeys([sessionKey]);

export const role = (more: Partial<PublishedRole> = {}): PublishedRole => ({
  arn: `arn:aws:iam::${accountId}:role/team/caller`,
  roleId: 'AROACALLERCALLERCALLE',
  roleName: 'caller',
  policies: [policyOf({ Action: 'execute-api:*' })],
  trustsGateway: false,
  ...more,
});

/** A session of that role which begins now and lasts an hour. */
export function sessionOf(more: Partial<Session> = {}, nowMs = Date.now()): TemporaryCredentials {
  const issuedAt = Math.floor(nowMs / 1000);
  const session = { roleId: role().roleId, sessionName: 'alice', issuedAt, expiresAt: issuedAt + 3_600 };
  return keys.issue({ ...session, ...more })!;
}
