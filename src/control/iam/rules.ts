// Quotas, and what documents and tags must be.

import { quotaExceeded } from '../access/access-error.ts';
import { checkDocument } from '../access/check-document.ts';
import { AwsException } from '../protocol/exceptions.ts';

/** @see IAM User Guide, "IAM and AWS STS quotas" */
export const quotas = {
  groups: 300,
  roles: 1_000,
  policies: 1_500,
  users: 5_000,
  groupsOfUser: 10,
  attachedPolicies: 10,
  policyVersions: 5,
  tags: 50,
  /** Characters, blanks not counted. */
  managedPolicy: 6_144,
  inlinePolicies: 10_240,
  trustPolicy: 2_048,
} as const;

/** @throws LimitExceeded 409 */
export function refuseBeyond(max: number, existing: number, quota: string): void {
  if (existing >= max) throw quotaExceeded(`Cannot exceed quota for ${quota}: ${max}`);
}

export const sizeOf = (document: string): number => document.replace(/\s/g, '').length;

/** What a managed policy may say. @throws MalformedPolicyDocument 400, LimitExceeded 409 */
export function checkManaged(document: string): void {
  if (sizeOf(document) > quotas.managedPolicy)
    throw quotaExceeded(`Cannot exceed quota for PolicySize: ${quotas.managedPolicy}`);
  checkDocument(document);
}

type WireTags = readonly { readonly Key: string; readonly Value: string }[];

/** @throws InvalidInput 400 for a key that is given twice, LimitExceeded 409 */
export function tagsWith(
  tags: Readonly<Record<string, string>> | undefined,
  added: WireTags,
): Record<string, string> {
  const keys = added.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size < keys.length)
    throw new AwsException(
      'InvalidInput',
      400,
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  for (const key of keys)
    if (key.startsWith('aws:') || key === '__proto__')
      throw new AwsException('InvalidInput', 400, 'Tag keys may not begin with aws: or be a reserved word.');
  // A key that differs by case alone takes the other's place.
  const kept = Object.entries(tags ?? {}).filter(([key]) => !keys.includes(key.toLowerCase()));
  const all = Object.fromEntries([...kept, ...added.map(({ Key, Value }) => [Key, Value])]);
  if (Object.keys(all).length > quotas.tags)
    throw quotaExceeded(`The number of tags has reached the maximum limit: ${quotas.tags}`);
  return all;
}

export const tagsWithout = (
  tags: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): Record<string, string> =>
  Object.fromEntries(Object.entries(tags ?? {}).filter(([key]) => !keys.includes(key)));
