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

type Tags = Readonly<Record<string, string>>;
type WireTags = readonly { readonly Key: string; readonly Value: string }[];

/**
 * Of users and roles, whose tag keys do not differ by case.
 *
 * @throws InvalidInput 400 for a key that is given twice or is reserved, LimitExceeded 409
 */
export const tagsWith = (tags: Tags | undefined, added: WireTags): Tags =>
  withTags(tags, added, (key) => key.toLowerCase());

/** Of policies: `Team` and `team` are two. @throws as {@link tagsWith} */
export const policyTagsWith = (tags: Tags | undefined, added: WireTags): Tags =>
  withTags(tags, added, (key) => key);

function withTags(tags: Tags | undefined, added: WireTags, sameAs: (key: string) => string): Tags {
  const keys = added.map(({ Key }) => sameAs(Key));
  if (new Set(keys).size < keys.length)
    throw new AwsException(
      'InvalidInput',
      400,
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  for (const { Key: key } of added)
    if (key.toLowerCase().startsWith('aws:') || key === '__proto__')
      throw new AwsException('InvalidInput', 400, 'Tag keys may not begin with aws: or be a reserved word.');
  // What is the same key takes the other's place.
  const kept = Object.entries(tags ?? {}).filter(([key]) => !keys.includes(sameAs(key)));
  const all = Object.fromEntries([...kept, ...added.map(({ Key, Value }) => [Key, Value])]);
  if (Object.keys(all).length > quotas.tags)
    throw quotaExceeded(`The number of tags has reached the maximum limit: ${quotas.tags}`);
  return all;
}

export const tagsWithout = (tags: Tags | undefined, keys: readonly string[]): Tags =>
  Object.fromEntries(Object.entries(tags ?? {}).filter(([key]) => !keys.includes(key)));
