// Methods of authorization type NONE: the resource policy alone decides.

import type { Phase } from '../exchange/phase.ts';
import { combine } from './decision.ts';
import { deniedByPolicy, type MethodAccess } from './method-access.ts';

/** @param access - of an API that has a policy */
export function compileResourceGate(access: MethodAccess): Phase {
  return (exchange) => {
    const arn = access.arnOf(exchange);
    const combined = combine(
      'resource',
      'none',
      access.byResource(exchange, access.requestOf(exchange, arn, null)),
    );
    return combined === 'allow'
      ? undefined
      : deniedByPolicy(exchange, arn, null, combined === 'explicit deny');
  };
}
