// METHOD REQUEST, throttling: usage plan, stage default or method setting, and account, decided together.

import { failures } from '../../../exchange/gateway-response.ts';
import type { Phase } from '../../../exchange/phase.ts';
import type { Route } from '../../../exchange/route.ts';
import type { Limit, Throttle } from '../../throttle/throttle.ts';
import type { MethodSettings } from '../method-settings.ts';
import { failureOf, type PlanCounters, refusalText } from './plan-counters.ts';

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
    exchange.log?.error(levelText(exchange.route, levels[refused - 1]!));
    return failures.throttled;
  };
}

/**
 * Compiles the phase of a method that requires an API key: its usage plan's levels too, the quota, and the count of what is
 * admitted, all in one decision.
 * @param levels - at most two: the stage's and the account's
 */
export function compileCountedThrottle(
  throttle: Throttle,
  levels: readonly Level[],
  counters: PlanCounters,
  { resourcePath, httpMethod }: Route,
): Phase {
  const uncounted = compileThrottle(throttle, levels);
  const [c, d] = [0, 1].map((i) => levels[i]?.bucket ?? -1) as [number, number];
  const place = `${resourcePath}/${httpMethod}`;
  return (exchange) => {
    const member = exchange.authorization?.planMember ?? null;
    if (member === null) return uncounted(exchange);
    const refused = counters.take(member, place, c, d, exchange.startedMs, exchange.startedNs);
    if (refused === 0) return undefined;
    if (exchange.log !== null) {
      const level = levels[refused - planLevels - 1];
      exchange.log.error(
        level === undefined ? refusalText(member, refused, place) : levelText(exchange.route, level),
      );
    }
    return failureOf(refused);
  };
}

/** Positions before the stage's: the plan's throttle of the method, and the plan's. */
const planLevels = 2;

const levelText = (route: Route, { limit }: Level): string =>
  `Key throttle limit exceeded for RestApi ${route.apiId}, Stage ${route.stageName}, Resource ${route.resourceId}, HttpMethod ${route.httpMethod}. Limit: ${limit.rateRps.toFixed(2)} Burst: ${limit.burst}`;

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
