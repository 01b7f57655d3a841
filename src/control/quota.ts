// Quotas of the account and of an API, as many things as may be.

import { limitExceeded } from './protocol/exceptions.ts';

/** @see management reference, section 10 */
export const quotas = {
  apiKeys: 10_000,
  authorizersPerApi: 10,
  clientCertificates: 60,
  documentationPartsPerApi: 2_000,
  methodThrottlesPerStage: 20,
  plansPerKey: 10,
  usagePlans: 300,
  vpcLinks: 20,
} as const;

/**
 * @param existing - how many there are, without the one that is to come
 * @param what - plural, as in `authorizers`
 * @param where - what they belong to, as in `API`
 * @throws LimitExceededException when no more may come
 */
export function refuseAbove(max: number, existing: number, what: string, where: string): void {
  if (existing < max) return;
  throw limitExceeded(`Maximum number of ${what} for this ${where} has been reached.`);
}
