// Parameter mappings as PutMethod and PutIntegration check them, in AWS's words.
// @see data-plane reference, section 7; observed behaviour, section 2

import { parseParameterSource, parseParameterTarget } from '../../mapping/parameter/parameter.ts';

export type MappingDirection = 'request' | 'response' | 'gatewayResponse';

/** AWS's wrapping of mapping errors. */
export const mappingError = (what: string): string =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${what}]`;

/** Is `key` a parameter that a method can declare? */
export const isMethodParameter = (key: string): boolean =>
  /^method\.request\.(?:path|querystring|header)\.[a-zA-Z0-9._$-]+$/.test(key);

/** Is `key` something that can be written to? */
export const isMappingTarget = (key: string, direction: MappingDirection): boolean =>
  parseParameterTarget(key, direction) !== null;

/** Problems of the expression on the right-hand side; empty when it is well formed. */
export function expressionProblems(expression: string, direction: MappingDirection): readonly string[] {
  if (parseParameterSource(expression, direction) !== null) return [];
  return [mappingError(`Invalid mapping expression specified: ${expression}`)];
}

/** The method parameter that an expression reads, spelled as methods declare it; undefined when it reads none. */
export function methodParameterRead(expression: string): string | undefined {
  const found = /^method\.request\.(path|(?:multivalue)?querystring|(?:multivalue)?header)\.(.+)$/.exec(
    expression,
  );
  return found === null ? undefined : `method.request.${found[1]!.replace('multivalue', '')}.${found[2]}`;
}
