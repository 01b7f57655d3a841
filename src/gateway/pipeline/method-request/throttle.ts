// METHOD REQUEST, throttling: account, stage default or method setting, decided together.

import { failures } from '../../../exchange/gateway-response.ts';
import type { Phase } from '../../../exchange/phase.ts';
import type { Route } from '../../../exchange/route.ts';
import type { Limit, Throttle } from '../../throttle/throttle.ts';
import type { MethodSettings } from '../method-settings.ts';

/** A bucket that a request of this method draws from, with its limit for the log. */
export interface Level {
  readonly bucket: number;
  readonly limit: Limit;
}

/**
 * Compiles the phase. The order is AWS's: the narrowest level first.
 * @param levels - at most four; see data-plane reference, section 21
 */
export function compileThrottle(throttle: Throttle, levels: readonly Level[]): Phase {
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => levels[i]?.bucket ?? -1) as [number, number, number, number];
  return (exchange) => {
    // The time of arrival will do: it is never ahead of the buckets' time, and saves reading the clock again.
    const refused = throttle.take(a, b, c, d, exchange.startedNs);
    if (refused === 0) return undefined;
    if (exchange.log !== null) {
      const { route } = exchange;
      const limit = levels[refused - 1]!.limit;
      exchange.log.error(
        `Key throttle limit exceeded for RestApi ${route.apiId}, Stage ${route.stageName}, Resource ${route.resourceId}, HttpMethod ${route.httpMethod}. Limit: ${limit.rateRps.toFixed(2)} Burst: ${limit.burst}`,
      );
    }
    return failures.throttled;
  };
}

/**
 * The buckets that a request of this route draws from: the method's own limit, else the stage's default (each
 * method has a bucket of its own under it, as on AWS), then the account's.
 */
export function throttleLevels(
  throttle: Throttle,
  route: Route,
  settings: MethodSettings,
  account: Limit,
): readonly Level[] {
  const levels: Level[] = [];
  const limit = settings.methodThrottle ?? settings.stageThrottle;
  if (limit !== null) {
    const key = `method:${route.apiId}/${route.stageName}/${route.httpMethod}${route.resourcePath}`;
    levels.push({ bucket: throttle.bucket(key, limit), limit });
  }
  levels.push({
    bucket: throttle.bucket(`account:${route.accountId}/${route.region}`, account),
    limit: account,
  });
  return levels;
}
