// The grammar of parameter mapping expressions, and AWS's words for what breaks it.
// @see data-plane reference, section 7

export type MappingDirection = 'request' | 'response';

const name = '[a-zA-Z0-9._$-]+';
const common = [`stageVariables\\.[a-zA-Z0-9_]+`, 'context\\.[a-zA-Z0-9._-]+', "'[^']*'"];
const sources: Readonly<Record<MappingDirection, RegExp>> = {
  request: new RegExp(
    `^(?:method\\.request\\.(?:path|querystring|multivaluequerystring|header|multivalueheader)\\.${name}|method\\.request\\.body(?:[.[].+)?|${common.join('|')})$`,
    's',
  ),
  response: new RegExp(
    `^(?:integration\\.response\\.(?:header|multivalueheader)\\.${name}|integration\\.response\\.body(?:[.[].+)?|${common.join('|')})$`,
    's',
  ),
};

const targets: Readonly<Record<MappingDirection, RegExp>> = {
  request: new RegExp(`^integration\\.request\\.(?:path|querystring|header)\\.${name}$`),
  response: new RegExp(`^method\\.response\\.header\\.${name}$`),
};

/** AWS's wrapping of mapping errors. */
export const mappingError = (what: string): string =>
  `Invalid mapping expression specified: Validation Result: warnings : [], errors : [${what}]`;

export const isMethodParameter = (key: string): boolean =>
  /^method\.request\.(?:path|querystring|header)\.[a-zA-Z0-9._$-]+$/.test(key);

/** Is `key` something that can be written to? */
export const isMappingTarget = (key: string, direction: MappingDirection): boolean =>
  targets[direction].test(key);

/** Problems of the expression on the right-hand side, as AWS words them; empty when it is well formed. */
export function expressionProblems(expression: string, direction: MappingDirection): readonly string[] {
  if (sources[direction].test(expression)) return [];
  return [mappingError(`Invalid mapping expression specified: ${expression}`)];
}

/** The method parameter that an expression reads, spelled as methods declare it; undefined when it reads none. */
export function methodParameterRead(expression: string): string | undefined {
  const found = /^method\.request\.(path|(?:multivalue)?querystring|(?:multivalue)?header)\.(.+)$/.exec(
    expression,
  );
  return found === null ? undefined : `method.request.${found[1]!.replace('multivalue', '')}.${found[2]}`;
}
