// An API key on a stage of its usage plan: whose limits hold for a request, and what it is counted as. Types only.

import type { QuotaSettings, ThrottleSettings } from '../resources/index.ts';

/** One object for the same key, plan and stage for as long as the plan stays as it is: counters are found by it. */
export interface PlanMember {
  readonly planId: string;
  readonly keyId: string;
  /** `{apiId}/{stage}` */
  readonly stage: string;
  readonly throttle: ThrottleSettings | null;
  readonly quota: QuotaSettings | null;
  /** `{resource path}/{VERB}` -> throttle; null without any. */
  readonly methodThrottles: ReadonlyMap<string, ThrottleSettings> | null;
}
