// Who may sign requests and which API keys there are, as the published state has them: replaced at each publish, while
// the plans that ask stay. Nobody is known before the first publish.

import { SigningKeys, sha256Hex } from '../base/sigv4/index.ts';
import type { PublishedApiKey, PublishedState } from '../resources/index.ts';
import type { GoodApiKey } from './api-key.ts';
import { PlanMembers } from './plan-members.ts';
import { Signers } from './signers.ts';

export interface KnownApiKey {
  readonly id: string;
  readonly isEnabled: boolean;
  /** `{apiId}/{stage}` -> what the key is there. */
  readonly stages: ReadonlyMap<string, GoodApiKey>;
}

type PublishedCredentials = Pick<
  PublishedState,
  'identities' | 'roles' | 'sessionKeys' | 'managedPolicies' | 'apiKeys' | 'usagePlans'
>;

/** Values that were looked up lately, so that not every request needs a digest (0.9 us). */
const recentMax = 4_096;

export class Credentials {
  /** Derived keys are remembered across publishes: their secrets are part of what they are found by. */
  readonly signingKeys = new SigningKeys();
  readonly planMembers = new PlanMembers();
  readonly signers = new Signers();
  #apiKeys: ReadonlyMap<string, KnownApiKey> = new Map();
  #recent = new Map<string, KnownApiKey>();

  /** From now on these are known, and no others. */
  adopt(state: PublishedCredentials): void {
    const { apiKeys = [], usagePlans = [] } = state;
    this.signers.adopt(state);
    this.planMembers.adopt(usagePlans);
    this.#apiKeys = new Map(apiKeys.map((key) => [key.valueHash, knownKey(key, this.planMembers)]));
    this.#recent = new Map();
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

const knownKey = (
  { id, enabled, stages }: PublishedApiKey,
  members: Pick<PlanMembers, 'find'>,
): KnownApiKey => ({
  id,
  isEnabled: enabled,
  stages: new Map(stages.map((stage) => [stage, { id, planMember: members.find(id, stage) }])),
});
