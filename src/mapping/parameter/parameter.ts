// The grammar of parameter mappings: where a value comes from and where it goes. Text in, plain data out;
// `exchange/parameter-reader.ts` turns the data into functions.

/** Where a mapped value comes from. Response sources read the integration's answer, request sources the request. */
export type ParameterSource =
  | { readonly kind: 'static'; readonly text: string }
  | { readonly kind: 'path' | 'querystring' | 'multivaluequerystring'; readonly name: string }
  | { readonly kind: 'header' | 'multivalueheader'; readonly name: string }
  | { readonly kind: 'body'; readonly jsonPath: string | null }
  | { readonly kind: 'context' | 'stageVariable'; readonly name: string };

/** Which side an expression belongs to: it decides which sources exist. */
export type ParameterDirection = 'request' | 'response' | 'gatewayResponse';

export interface ParameterTarget {
  readonly location: 'path' | 'querystring' | 'header';
  readonly name: string;
}

/** @see data-plane reference, section 7: names in parameter declarations. */
const nameText = '[a-zA-Z0-9._$-]+';
const requestSource = new RegExp(
  `^method\\.request\\.(path|querystring|multivaluequerystring|header|multivalueheader)\\.(${nameText})$`,
);
const responseSource = new RegExp(`^integration\\.response\\.(header|multivalueheader)\\.(${nameText})$`);
const contextSource = /^context\.([a-zA-Z0-9._-]+)$/;
const stageVariableSource = /^stageVariables\.([a-zA-Z0-9_]+)$/;
const targets: Readonly<Record<ParameterDirection, RegExp>> = {
  request: new RegExp(`^integration\\.request\\.(path|querystring|header)\\.(${nameText})$`),
  response: new RegExp(`^method\\.response\\.(header)\\.(${nameText})$`),
  gatewayResponse: new RegExp(`^gatewayresponse\\.(header)\\.(${nameText})$`),
};

/**
 * Reads a mapping expression.
 * @param expression - the value of a mapping, such as `method.request.path.id`, `'text'`, `context.requestId`
 * @returns null when it is no expression of that direction (AWS: `Invalid mapping expression specified`)
 * @see data-plane reference, section 7
 */
export function parseParameterSource(
  expression: string,
  direction: ParameterDirection,
): ParameterSource | null {
  if (expression.length >= 2 && expression.startsWith("'") && expression.endsWith("'"))
    return { kind: 'static', text: expression.slice(1, -1) };
  const context = contextSource.exec(expression);
  if (context !== null) return { kind: 'context', name: context[1]! };
  const variable = stageVariableSource.exec(expression);
  if (variable !== null) return { kind: 'stageVariable', name: variable[1]! };
  if (direction === 'response') {
    const field = responseSource.exec(expression);
    if (field !== null) return { kind: field[1] as 'header' | 'multivalueheader', name: field[2]! };
    return bodySource(expression, 'integration.response.body');
  }
  const part = requestSource.exec(expression);
  if (part !== null) return { kind: part[1] as 'path', name: part[2]! };
  return direction === 'request' ? bodySource(expression, 'method.request.body') : null;
}

/** A JSONPath is written without its leading `$.`, or directly as an index: `body[0].x`. */
function bodySource(expression: string, prefix: string): ParameterSource | null {
  if (expression === prefix) return { kind: 'body', jsonPath: null };
  if (expression.startsWith(`${prefix}.`) && expression.length > prefix.length + 1)
    return { kind: 'body', jsonPath: `$.${expression.slice(prefix.length + 1)}` };
  if (expression.startsWith(`${prefix}[`))
    return { kind: 'body', jsonPath: `$${expression.slice(prefix.length)}` };
  return null;
}

/** Reads the key of a mapping, such as `integration.request.header.X`. @returns null when it is none of that direction */
export function parseParameterTarget(key: string, direction: ParameterDirection): ParameterTarget | null {
  const found = targets[direction].exec(key);
  return found === null ? null : { location: found[1] as 'path', name: found[2]! };
}
