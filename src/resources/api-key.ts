// API keys and usage plans as data planes are told of them. Types only.

import type { ApiStage, QuotaSettings, ThrottleSettings } from './account.ts';

export interface PublishedApiKey {
  /** `$context.identity.apiKeyId` */
  readonly id: string;
  /** SHA-256 of the value, lower-case hex digits: the value itself is not published. */
  readonly valueHash: string;
  readonly enabled: boolean;
  /** `{apiId}/{stage}` of each stage that a usage plan of the key covers: the doors that it opens. */
  readonly stages: readonly string[];
}

/** What a plan limits and counts of its keys' requests. */
export interface PublishedUsagePlan {
  readonly id: string;
  readonly apiStages: readonly ApiStage[];
  /** For each key. */
  readonly throttle?: ThrottleSettings;
  /** For each key. */
  readonly quota?: QuotaSettings;
  readonly keyIds: readonly string[];
}
