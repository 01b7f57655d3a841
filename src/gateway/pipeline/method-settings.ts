// Which settings hold for one method on a stage: its own over the stage's defaults over AWS's.

import {
  accountBurstDefault,
  accountRateRpsDefault,
  type MethodSetting,
  type Stage,
} from '../../resources/index.ts';

/** The settings that this release runs. */
export interface MethodSettings {
  readonly metricsEnabled: boolean;
  readonly loggingLevel: 'OFF' | 'ERROR' | 'INFO';
  readonly dataTraceEnabled: boolean;
  /** The method's own throttle; null = none, or without limit. */
  readonly methodThrottle: { readonly rateRps: number; readonly burst: number } | null;
  /** The stage's default, for methods without their own. */
  readonly stageThrottle: { readonly rateRps: number; readonly burst: number } | null;
}

/**
 * @param resourcePath - `/pets/{id}`; AWS's key drops the first slash: `pets/{id}/GET`
 * @see data-plane reference, section 21; observed behaviour, section 3
 */
export function settingsOf(
  methodSettings: Stage['methodSettings'],
  resourcePath: string,
  verb: string,
): MethodSettings {
  const defaults = methodSettings['*/*'] ?? {};
  const own =
    methodSettings[`${resourcePath.slice(1)}/${verb}`] ?? methodSettings[`${resourcePath}/${verb}`] ?? {};
  return {
    metricsEnabled: own.metricsEnabled ?? defaults.metricsEnabled ?? false,
    loggingLevel: own.loggingLevel ?? defaults.loggingLevel ?? 'OFF',
    dataTraceEnabled: own.dataTraceEnabled ?? defaults.dataTraceEnabled ?? false,
    methodThrottle: throttleOf(own),
    stageThrottle: throttleOf(defaults),
  };
}

/** @returns null without a limit: -1 means none */
export function throttleOf({
  throttlingRateLimit: rateRps = -1,
  throttlingBurstLimit: burst = -1,
}: Partial<
  Pick<MethodSetting, 'throttlingRateLimit' | 'throttlingBurstLimit'>
>): MethodSettings['methodThrottle'] {
  if (rateRps < 0 && burst < 0) return null;
  // Only one given: AWS's defaults for the other.
  return {
    rateRps: rateRps < 0 ? accountRateRpsDefault : rateRps,
    burst: burst < 0 ? accountBurstDefault : burst,
  };
}
