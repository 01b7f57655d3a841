// The first lines of a method's execution log.

import { masked } from '../../authorizers/index.ts';
import type { Phase } from '../../exchange/phase.ts';

/** @see observability reference, section 3: lines 10 to 13 */
export const logStart: Phase = (exchange) => {
  const { log, route } = exchange;
  if (log === null) return undefined;
  const key = exchange.authorization?.apiKeyId ?? null;
  if (key === null)
    log.info(
      `API Key  authorized because method '${exchange.method} ${route.resourcePath}' does not require API Key. Request will not contribute to throttle or quota limits`,
    );
  log.info(`Starting execution for request: ${exchange.requestId}`);
  log.info(`HTTP Method: ${exchange.method}, Resource Path: ${exchange.resourcePath()}`);
  if (key !== null) {
    log.info(`API Key: ${masked(exchange.authorization?.apiKey ?? '')}`);
    log.info(`API Key ID: ${key}`);
  }
  if (!log.dataTrace) return undefined;
  log.info(`Method request path: ${pairsText(route.pathParameterNames, exchange.pathValues)}`);
  const query = exchange.query();
  log.info(`Method request query string: ${pairsText(query.names, query.values)}`);
  log.fields('Method request headers', exchange.headers);
  return undefined;
};

function pairsText(names: readonly string[], values: readonly string[]): string {
  return `{${names.map((name, i) => `${name}=${values[i] ?? ''}`).join(', ')}}`;
}
