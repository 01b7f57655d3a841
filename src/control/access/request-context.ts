// The condition keys of a call of the management API.

import type { ContextValue } from '../../policy/index.ts';
import type { IamUser } from '../../resources/index.ts';
import type { Account } from '../api/handler.ts';

export interface ContextSource {
  readonly user: IamUser;
  readonly userArn: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly referer: string | undefined;
  readonly isTls: boolean;
  readonly nowMs: number;
  readonly account: Pick<Account, 'accountId' | 'region'>;
}

type Read = (source: ContextSource) => ContextValue | undefined;

/** Keys in lower case, as policies are compiled to ask for them. */
const keys: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['aws:username', ({ user }) => user.userName],
  ['aws:userid', ({ user }) => user.userId],
  ['aws:principaltype', () => 'User'],
  ['aws:principalarn', ({ userArn }) => userArn],
  ['aws:principalaccount', ({ account }) => account.accountId],
  ['aws:principalisawsservice', () => 'false'],
  ['aws:viaawsservice', () => 'false'],
  ['aws:resourceaccount', ({ account }) => account.accountId],
  ['aws:requestedregion', ({ account }) => account.region],
  ['aws:sourceip', ({ sourceIp }) => sourceIp],
  ['aws:useragent', ({ userAgent }) => (userAgent === '' ? undefined : userAgent)],
  ['aws:referer', ({ referer }) => referer],
  ['aws:securetransport', ({ isTls }) => String(isTls)],
  ['aws:currenttime', ({ nowMs }) => new Date(nowMs).toISOString()],
  ['aws:epochtime', ({ nowMs }) => String(Math.floor(nowMs / 1000))],
]);

/** Values of the keys that policies ask for; absent ones have none, as for a user of AWS without tags, MFA or session. */
export const requestContext =
  (source: ContextSource) =>
  (key: string): ContextValue | undefined =>
    keys.get(key)?.(source);
