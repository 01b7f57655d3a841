// What a usage plan's quota, throttles and stages may be.

import type { ApiStage, QuotaSettings, ThrottleSettings } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import { quotas, refuseAbove } from '../quota.ts';

const offsetMax = { DAY: 0, WEEK: 6, MONTH: 27 } as const;

/** @throws BadRequestException */
export function checkQuota({ limit, offset = 0, period }: QuotaSettings): void {
  if (limit === undefined || limit < 1) throw badRequest('Usage Plan quota limit must be greater than zero');
  if (period === undefined)
    throw badRequest('Usage Plan quota period must be specified. Must be one of: [DAY, WEEK, MONTH]');
  const max = offsetMax[period];
  if (offset >= 0 && offset <= max) return;
  throw badRequest(
    period === 'DAY'
      ? 'Usage Plan quota offset must be zero in the DAY period'
      : `Usage Plan quota offset must be between 0 and ${max} inclusive in the ${period} period`,
  );
}

/** The service shows an offset of 0 where none was given. */
export const withOffset = (quota: QuotaSettings): QuotaSettings => ({ ...quota, offset: quota.offset ?? 0 });

/** -1 stands for no limit. @throws BadRequestException */
export function checkThrottle({ burstLimit = 0, rateLimit = 0 }: ThrottleSettings): void {
  if (burstLimit < -1) throw badRequest('Usage Plan throttle burst limit must be at least 0');
  if (rateLimit < 0 && rateLimit !== -1)
    throw badRequest('Usage Plan throttle rate limit must be at least 0');
}

/** What a client may give for a stage of a plan. */
export type ApiStageInput = Partial<ApiStage>;

/**
 * @param planId - named in the refusal
 * @throws NotFoundException when there is no such stage; BadRequestException for a throttle that cannot be
 */
export function checkedApiStage(
  view: View,
  { apiId, stage, throttle }: ApiStageInput,
  planId: string,
): ApiStage {
  // The service forgets to fill its own text in.
  if (!apiId || !stage) throw badRequest('Invalid API Stage {api: %s, stage: %s} specified for usageplan %s');
  const isThere =
    view.get('stage', apiId, stage) !== undefined || view.get('v2Stage', apiId, stage) !== undefined;
  if (!isThere) throw noApiStage(apiId, stage, planId);
  const checked = throttle === undefined ? undefined : checkedMethodThrottles(throttle);
  return { apiId, stage, ...(checked === undefined ? {} : { throttle: checked }) };
}

/** @throws BadRequestException for a place that is no `{path}/{VERB}`; LimitExceededException for too many */
export function checkedMethodThrottles(
  throttles: Readonly<Record<string, ThrottleSettings>>,
): Readonly<Record<string, ThrottleSettings>> {
  refuseAbove(
    quotas.methodThrottlesPerStage + 1,
    Object.keys(throttles).length,
    'method throttles',
    'stage of a usage plan',
  );
  for (const [place, throttle] of Object.entries(throttles)) {
    if (!/^\/.*\/(GET|PUT|POST|DELETE|PATCH|OPTIONS|HEAD|ANY)$/.test(place))
      throw badRequest(
        `Invalid method throttle specified: ${place}. Must be of the form /{resourcePath}/{httpMethod}`,
      );
    checkThrottle(throttle);
  }
  return throttles;
}

export const noApiStage = (apiId: string, stage: string, planId: string) =>
  notFound(`Invalid API Stage {api: ${apiId}, stage: ${stage}} specified for usageplan ${planId}`);
