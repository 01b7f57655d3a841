// Requests as rules see them, without a gateway around them, and rules compiled with what the test gives them.

import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Downstream, IncomingRequest } from '../../src/exchange/downstream.ts';
import { Exchange } from '../../src/exchange/exchange.ts';
import type { Route } from '../../src/exchange/route.ts';
import { judge } from '../../src/firewall/firewall.ts';
import { compileWebAcl, type FirewallTools, RateBudget, type References } from '../../src/firewall/index.ts';
import { loadInjection } from '../../src/firewall/injection.ts';
import { ipSet, patternSet, rule, webAcl } from './support.ts';

export const sets = [ipSet('some', ['203.0.113.0/24', '10.0.0.0/8'])];
export const patternSets = [patternSet('some', '(?i)evil|bad')];

/** What rules of tests may name: no rule groups. */
export const references: References = {
  ipSet: (arn) => sets.find(({ ARN }) => ARN === arn) ?? null,
  regexPatternSet: (arn) => patternSets.find(({ ARN }) => ARN === arn) ?? null,
  ruleGroup: () => null,
};

export const loaded = loadInjection();

/** Counts nothing. */
export const free: FirewallTools = {
  counters: { bucket: () => 0, take: () => 0, release: () => {} },
  budget: new RateBudget(1),
  injection: () => ('absent' in loaded ? loaded.absent : loaded.injection),
  countries: () => ({ of: () => 'CH', rangeCount: 1 }),
};

export const phaseTools: { readonly clock: Clock; settle(): void } = { clock: systemClock, settle: () => {} };
const route = { recorder: { finished: () => {}, executionLog: () => null } } as unknown as Route;

/** @param startedNs - when it came */
export function exchangeOf(
  request: Partial<IncomingRequest>,
  body: Uint8Array | null = null,
  address = '203.0.113.9',
  startedNs = 1e9,
): Exchange {
  const downstream = {
    aborted: false,
    remoteAddress: () => address,
    body: body === null ? null : { collect: (done: (bytes: Uint8Array) => void) => done(body) },
  } as unknown as Downstream;
  const whole = { method: 'GET', path: '/test/a', query: '', headers: ['host', 'x'], downstream, ...request };
  const at = { path: whole.path, resourceStart: 5, domainName: 'x', basePath: null };
  return new Exchange(route, whole, whole.method, at, [], 0, startedNs);
}

/** Whether a statement matches a request. */
export async function matches(
  statement: unknown,
  request: Partial<IncomingRequest>,
  body: Uint8Array | null = null,
): Promise<boolean> {
  const compiled = compileWebAcl(webAcl([rule('one', 0, statement)]), references, free);
  const outcome = await judge(exchangeOf(request, body), compiled, phaseTools);
  return outcome !== undefined;
}
