// STS's operations and what they do: the registry.

import type { Session } from '../../base/session-token.ts';
import { acts, type Handlers, reads } from '../api/handler.ts';
import { AccessDenied } from '../protocol/exceptions.ts';
import type { StsOperationName } from '../protocol/sts/operations.ts';
import { assumeRole } from './assume-role.ts';
import { issue } from './issue.ts';

/** Twelve hours. */
const userSessionSecondsDefault = 43_200;

export const stsHandlers: Handlers<`sts:${StsOperationName}`> = {
  'sts:AssumeRole': assumeRole,

  'sts:GetCallerIdentity': reads((_, __, { account, caller }) => ({
    UserId: caller.userId ?? account.accountId,
    Account: account.accountId,
    Arn: caller.arn,
  })),

  'sts:GetSessionToken': acts(async ({ DurationSeconds, SerialNumber, TokenCode }, context) => {
    const { caller } = context;
    const signer = caller.identity?.signer;
    if (signer === undefined || signer.session !== null || !('userId' in signer.source))
      throw new AccessDenied('Cannot call GetSessionToken with session credentials', caller);
    if (SerialNumber !== undefined || TokenCode !== undefined)
      throw new AccessDenied('MultiFactorAuthentication failed, there are no MFA devices.', caller);
    const issuedAt = Math.floor(Date.parse(context.now()) / 1000);
    const session: Session = {
      userId: signer.source.userId,
      parentKeyId: signer.accessKeyId,
      issuedAt,
      expiresAt: issuedAt + (DurationSeconds ?? userSessionSecondsDefault),
    };
    return { Credentials: await issue(session, context) };
  }),

  'sts:GetAccessKeyInfo': reads((_, __, { account }) => ({ Account: account.accountId })),
};
