// Who may sign requests and which API keys there are, as the published state has them: replaced at each publish, while
// the plans that ask stay. Nobody is known before the first publish.

import { SigningKeys, sha256Hex } from '../base/sigv4/index.ts';
import type { Caller } from '../exchange/caller.ts';
import { compilePolicy, type Policy, type PrincipalName } from '../policy/index.ts';
import type { PublishedApiKey, PublishedIdentity, PublishedState } from '../resources/index.ts';
import type { GoodApiKey } from './api-key.ts';
import { PlanMembers } from './plan-members.ts';

/** Somebody who may sign. */
export interface Signer {
  readonly caller: Caller;
  readonly secretAccessKey: string;
  readonly policies: readonly Policy[];
  /** As the policies of resources may call them. */
  readonly principals: readonly PrincipalName[];
}

export interface KnownApiKey {
  readonly id: string;
  readonly isEnabled: boolean;
  /** `{apiId}/{stage}` -> what the key is there. */
  readonly stages: ReadonlyMap<string, GoodApiKey>;
}

/** Values that were looked up lately, so that not every request needs a digest (0.9 us). */
const recentMax = 4_096;

export class Credentials {
  /** Derived keys are remembered across publishes: their secrets are part of what they are found by. */
  readonly signingKeys = new SigningKeys();
  readonly planMembers = new PlanMembers();
  #signers: ReadonlyMap<string, Signer> = new Map();
  #apiKeys: ReadonlyMap<string, KnownApiKey> = new Map();
  #recent = new Map<string, KnownApiKey>();
  #policies: ReadonlyMap<string, Policy> = new Map();

  /** From now on these are known, and no others. */
  adopt({
    identities = [],
    apiKeys = [],
    usagePlans = [],
  }: Pick<PublishedState, 'identities' | 'apiKeys' | 'usagePlans'>): void {
    const policies = new Map<string, Policy>();
    for (const text of identities.flatMap((identity) => identity.policies))
      if (!policies.has(text)) policies.set(text, this.#policies.get(text) ?? policyOf(text));
    this.#policies = policies;
    this.#signers = new Map(
      identities.map((identity) => [identity.accessKeyId, signerOf(identity, policies)]),
    );
    this.planMembers.adopt(usagePlans);
    this.#apiKeys = new Map(apiKeys.map((key) => [key.valueHash, knownKey(key, this.planMembers)]));
    this.#recent = new Map();
  }

  signer(accessKeyId: string): Signer | null {
    return this.#signers.get(accessKeyId) ?? null;
  }

  /** @param value - as the client sent it */
  apiKey(value: string): KnownApiKey | null {
    const recent = this.#recent.get(value);
    if (recent !== undefined) return recent;
    const known = this.#apiKeys.get(sha256Hex(value));
    if (known === undefined) return null;
    // Only values that are keys: those that are none could be as many as somebody likes.
    if (this.#recent.size >= recentMax) this.#recent.clear();
    this.#recent.set(value, known);
    return known;
  }
}

function signerOf(identity: PublishedIdentity, policies: ReadonlyMap<string, Policy>): Signer {
  const { accessKeyId, secretAccessKey, arn, userId, userName } = identity;
  return {
    caller: { accessKeyId, accountId: arn.split(':')[4] ?? '', userId, arn, userName },
    secretAccessKey,
    policies: identity.policies.map((text) => policies.get(text)!),
    principals: [{ type: 'AWS', id: arn }],
  };
}

/** Policies are compiled before they are stored; one that a later release wrote and this one cannot read denies. */
function policyOf(text: string): Policy {
  try {
    return compilePolicy(text);
  } catch {
    return { evaluate: () => 'deny' };
  }
}

const knownKey = (
  { id, enabled, stages }: PublishedApiKey,
  members: Pick<PlanMembers, 'find'>,
): KnownApiKey => ({
  id,
  isEnabled: enabled,
  stages: new Map(stages.map((stage) => [stage, { id, planMember: members.find(id, stage) }])),
});
