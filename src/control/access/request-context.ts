// The condition keys of a call of the management API.

import type { ContextValue } from '../../policy/index.ts';
import type { Account } from '../api/handler.ts';
import type { Signer } from './signer.ts';

export interface ContextSource {
  readonly signer: Pick<Signer, 'context'>;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly referer: string | undefined;
  readonly isTls: boolean;
  readonly nowMs: number;
  readonly account: Pick<Account, 'accountId' | 'region'>;
  /** Keys of the service that is called. */
  readonly ofService: ((key: string) => ContextValue | undefined) | undefined;
}

type Read = (source: ContextSource) => ContextValue | undefined;

/** Keys in lower case, as policies are compiled to ask for them. */
const keys: ReadonlyMap<string, Read> = new Map<string, Read>([
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

/** Values of the keys that policies ask for; absent ones have none, as for somebody of AWS without tags or MFA. */
export const requestContext =
  (source: ContextSource) =>
  (key: string): ContextValue | undefined =>
    keys.get(key)?.(source) ?? source.signer.context.get(key) ?? source.ofService?.(key);
