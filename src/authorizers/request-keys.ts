// The condition keys of a request, by name in lower case. A key that is not here has no value: conditions on it hold only
// where they are negated, or say what is to be when it is absent.

import type { Caller } from '../exchange/caller.ts';
import type { ContextValue } from '../policy/index.ts';

/** What is known of a request, whatever it is for. */
export interface RequestFacts {
  readonly caller: Caller | null;
  /** Of the API. */
  readonly accountId: string;
  readonly region: string;
  readonly isTls: boolean;
  /** Requests of private APIs have no public address: `aws:SourceIp` has no value. */
  readonly isPrivate: boolean;
  sourceIp(): string;
  /** The last field of that name. @param name - lower case */
  header(name: string): string | null;
  /** Wall time. */
  nowMs(): number;
}

type Read = (facts: RequestFacts) => ContextValue | null | undefined;

/** @see data-plane reference, section 4: condition keys */
const reads: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['aws:currenttime', (facts) => new Date(facts.nowMs()).toISOString()],
  ['aws:epochtime', (facts) => String(Math.floor(facts.nowMs() / 1000))],
  ['aws:referer', (facts) => facts.header('referer')],
  ['aws:requestedregion', (facts) => facts.region],
  ['aws:resourceaccount', (facts) => facts.accountId],
  ['aws:securetransport', (facts) => String(facts.isTls)],
  ['aws:sourceip', (facts) => (facts.isPrivate ? null : facts.sourceIp())],
  ['aws:useragent', (facts) => facts.header('user-agent')],
  // Of callers who signed.
  ['aws:principalaccount', ({ caller }) => caller?.accountId],
  ['aws:principalisawsservice', ({ caller }) => (caller === null ? null : 'false')],
]);

/** @param key - lower case */
export const keyOf = (facts: RequestFacts, key: string): ContextValue | undefined =>
  reads.get(key)?.(facts) ?? facts.caller?.conditionKeys.get(key);
