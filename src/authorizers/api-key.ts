// API keys of methods that require one: known, enabled, and in a usage plan of this stage. What the plan limits is counted
// by the throttle, after this: see gateway/pipeline/method-request/plan-counters.ts.
// See data-plane reference, section 21.

import type { Exchange } from '../exchange/exchange.ts';
import { failures } from '../exchange/gateway-response.ts';
import type { Phase } from '../exchange/phase.ts';
import type { PlanMember } from '../exchange/plan-member.ts';
import type { Route } from '../exchange/route.ts';
import type { ApiKeySource } from '../resources/index.ts';
import type { Credentials } from './credentials.ts';
import { authorizationOf } from './method-access.ts';

export interface GoodApiKey {
  readonly id: string;
  readonly planMember: PlanMember | null;
}

/** A key that is good on a stage; null when it is not. @param stage - `{apiId}/{stage}` */
export function goodApiKey(credentials: Credentials, value: string | null, stage: string): GoodApiKey | null {
  if (value === null || value === '') return null;
  const known = credentials.apiKey(value);
  if (known === null || !known.isEnabled) return null;
  return known.stages.get(stage) ?? null;
}

export interface ApiKeyPhases {
  /** Notes the key on the exchange, and whose it is. Refuses nothing. */
  readonly find: (exchange: Exchange) => void;
  readonly check: Phase;
}

export function compileApiKey(source: ApiKeySource, route: Route, credentials: Credentials): ApiKeyPhases {
  const stage = `${route.apiId}/${route.stageName}`;
  const read =
    source === 'AUTHORIZER'
      ? (exchange: Exchange) => exchange.authorization?.authorizer?.usageIdentifierKey ?? null
      : (exchange: Exchange) => exchange.header('x-api-key');
  const find = (exchange: Exchange): void => {
    const authorization = authorizationOf(exchange);
    authorization.apiKey = read(exchange);
    const good = goodApiKey(credentials, authorization.apiKey, stage);
    authorization.apiKeyId = good?.id ?? null;
    authorization.planMember = good?.planMember ?? null;
  };
  return {
    find,
    check: (exchange) => {
      find(exchange);
      const { apiKey, apiKeyId } = exchange.authorization!;
      const { log } = exchange;
      if (log !== null) {
        const shown = masked(apiKey ?? '');
        log.info(
          `Verifying Usage Plan for request: ${exchange.requestId}. API Key: ${shown} API Stage: ${stage}`,
        );
        if (apiKeyId === null)
          log.error(
            `API Key ${shown} not authorized because method '${exchange.method} ${route.resourcePath}' requires API Key and API Key is not associated with a usage plan for API Stage ${stage}: ${apiKey === null ? 'No API Key was given' : 'No Usage Plan found for key and API Stage'}`,
          );
        else log.info(`Usage Plan check succeeded for API Key ${shown} and API Stage ${stage}`);
      }
      return apiKeyId === null ? failures.invalidApiKey : undefined;
    },
  };
}

/** As the service shows secrets: the last six characters alone, and of short ones nothing. */
export function masked(text: string): string {
  const shown = text.length > 12 ? 6 : 0;
  return '*'.repeat(text.length - shown) + text.slice(text.length - shown);
}
