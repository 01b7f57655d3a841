// The shape that every integration type has: checked when it is configured, compiled once per deployment, run
// per request.

import type { Phase } from '../exchange/phase.ts';
import type { Route } from '../exchange/route.ts';
import type { Tools } from '../exchange/tools.ts';
import type { Integration } from '../resources/index.ts';

/** An integration whose configuration cannot be run; told at deployment, never on a request. */
export class IntegrationError extends Error {
  override readonly name = 'IntegrationError';
}

export interface IntegrationKind {
  /**
   * Proxies answer by themselves and see the request as it is. The others are surrounded by the phases
   * integration request (which builds `exchange.integrationRequest`) and integration response (which reads
   * `exchange.integrationAnswer`).
   */
  readonly isProxy: boolean;
  /** Renames headers that mappings may not set, to `x-amzn-Remapped-*` (reference, sections 6.2 and 30). */
  readonly remapsHeaders: boolean;
  /** The request's body must be in memory before the integration runs. */
  readonly needsBody: (integration: Integration) => boolean;
  /** What is wrong with the configuration, in AWS's words. */
  check(integration: Integration): readonly string[];
  /** @throws IntegrationError when `check` would have complained */
  compile(integration: Integration, route: Route, tools: Tools): Phase;
}
