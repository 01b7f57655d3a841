// Which usage plan counts a key's requests on a stage. A key leads to one plan for each stage: the control plane sees to it.

import type { PlanMember } from '../exchange/plan-member.ts';
import type { ApiStage, PublishedUsagePlan } from '../resources/index.ts';

/** What one plan says of one stage, for all its keys. */
interface Terms {
  /** Tells whether the next published state says the same. */
  readonly text: string;
  readonly planId: string;
  readonly stage: string;
  readonly rules: Pick<PlanMember, 'throttle' | 'quota' | 'methodThrottles'>;
  readonly byKey: Map<string, PlanMember>;
}

export class PlanMembers {
  #terms: ReadonlyMap<string, Terms> = new Map();
  /** Key id -> stage -> member. */
  #byKey: ReadonlyMap<string, ReadonlyMap<string, PlanMember>> = new Map();

  /** From now on these plans hold. Members whose plan says what it said before stay the same objects. */
  adopt(plans: readonly PublishedUsagePlan[]): void {
    const terms = new Map<string, Terms>();
    const byKey = new Map<string, Map<string, PlanMember>>();
    for (const plan of plans) {
      for (const apiStage of plan.apiStages) {
        const fresh = termsOf(plan, apiStage);
        const name = `${plan.id}/${fresh.stage}`;
        const before = this.#terms.get(name);
        terms.set(name, fresh);
        for (const keyId of plan.keyIds) {
          const kept = before?.text === fresh.text ? before.byKey.get(keyId) : undefined;
          const member = kept ?? { planId: plan.id, keyId, stage: fresh.stage, ...fresh.rules };
          fresh.byKey.set(keyId, member);
          const stages = byKey.get(keyId) ?? new Map<string, PlanMember>();
          byKey.set(keyId, stages.set(fresh.stage, member));
        }
      }
    }
    this.#terms = terms;
    this.#byKey = byKey;
  }

  /** @returns null: nothing is limited or counted */
  find(keyId: string, stage: string): PlanMember | null {
    return this.#byKey.get(keyId)?.get(stage) ?? null;
  }

  /** Whether a member still holds. */
  has(member: PlanMember): boolean {
    return this.find(member.keyId, member.stage) === member;
  }
}

function termsOf(plan: PublishedUsagePlan, { apiId, stage: stageName, throttle }: ApiStage): Terms {
  const rules = {
    throttle: plan.throttle ?? null,
    quota: plan.quota ?? null,
    methodThrottles: throttle === undefined ? null : new Map(Object.entries(throttle)),
  };
  const text = JSON.stringify([rules.throttle, rules.quota, throttle ?? null]);
  return { text, planId: plan.id, stage: `${apiId}/${stageName}`, rules, byKey: new Map() };
}
