// Selection expressions of WebSocket APIs: `$request.body.action`, `${request.body.service}.${request.body.version}`,
// `$integration.response.statuscode`. Text in, a function out that gives a key; pure. See WebSocket reference, section 2.1.

/** Where an expression's variables are read from. What an expression does not name is never asked for. */
export interface SelectionSource {
  /** The message as JSON; `noJson` when it is none. */
  body(): unknown;
  header(lowerCaseName: string): string | null;
  query(name: string): string | null;
  /** `$context.x` */
  context(name: string): string | null;
  stageVariable(name: string): string | null;
  /** `$integration.response.{statuscode|header.x|body.y}` */
  integrationStatus(): string | null;
  integrationHeader(lowerCaseName: string): string | null;
  integrationBody(): unknown;
}

/** What `body` gives for a text that is not JSON. */
export const noJson: unique symbol = Symbol('no JSON');

export interface SelectionExpression {
  /** Some variable of it is read from the message. */
  readonly readsBody: boolean;
  /** The key of an expression without variables; else null. */
  readonly constant: string | null;
  /** For `$request.body.a.b` alone, the commonest: the path; else null. */
  readonly bodyPath: readonly (string | number)[] | null;
  /** @returns null when it cannot be evaluated, because the message is not JSON; '' where a variable has no value */
  evaluate(source: SelectionSource): string | null;
}

type Read = (source: SelectionSource) => string | null;

/** `$name.path` ends where a letter comes that no path has; `${...}` at its brace; `\$` is a dollar. */
const piece = /\\(\$)|\$\{([^{}]*)\}|\$((?:request|context|stageVariables|integration)\.[\w.[\]-]*)/g;

/** Never throws: what is no variable is text. */
export function compileSelection(text: string): SelectionExpression {
  const parts: (string | Read)[] = [];
  let readsBody = false;
  let bodyPath: readonly (string | number)[] | null = null;
  let at = 0;
  for (const found of text.matchAll(piece)) {
    if (found.index > at) parts.push(text.slice(at, found.index));
    at = found.index + found[0].length;
    const name = found[2] ?? found[3];
    const read = name === undefined ? null : variable(name);
    if (read === null) {
      parts.push(found[1] ?? found[0]);
      continue;
    }
    if (name!.startsWith('request.body')) {
      readsBody = true;
      bodyPath = pathOf(name!.slice('request.body'.length));
    }
    parts.push(read);
  }
  if (at < text.length) parts.push(text.slice(at));
  const only = parts.length === 1 ? parts[0] : undefined;
  const isConstant = parts.every((part) => typeof part === 'string');
  return {
    readsBody,
    constant: isConstant ? parts.join('') : null,
    bodyPath: typeof only === 'function' ? bodyPath : null,
    evaluate: typeof only === 'function' ? only : (source) => joined(parts, source),
  };
}

function joined(parts: readonly (string | Read)[], source: SelectionSource): string | null {
  let text = '';
  for (const part of parts) {
    const value = typeof part === 'string' ? part : part(source);
    if (value === null) return null;
    text += value;
  }
  return text;
}

/** @param name - without the dollar @returns null when there is no such variable */
function variable(name: string): Read | null {
  if (name === 'request.body' || /^request\.body[.[]/.test(name)) {
    const path = pathOf(name.slice('request.body'.length));
    return (source) => textAt(source.body(), path);
  }
  if (name === 'integration.response.body' || /^integration\.response\.body[.[]/.test(name)) {
    const path = pathOf(name.slice('integration.response.body'.length));
    return (source) => textAt(source.integrationBody(), path);
  }
  if (name.toLowerCase() === 'integration.response.statuscode')
    return (source) => source.integrationStatus() ?? '';
  const named =
    /^(request\.header|request\.querystring|context|stageVariables|integration\.response\.header)\.(.+)$/.exec(
      name,
    );
  if (named === null) return null;
  const [, where, key] = named as unknown as [string, string, string];
  const lower = key.toLowerCase();
  switch (where) {
    case 'request.header':
      return (source) => source.header(lower) ?? '';
    case 'request.querystring':
      return (source) => source.query(key) ?? '';
    case 'context':
      return (source) => source.context(key) ?? '';
    case 'stageVariables':
      return (source) => source.stageVariable(key) ?? '';
    default:
      return (source) => source.integrationHeader(lower) ?? '';
  }
}

/** `.a.b[0].c` -> a, b, 0, c */
function pathOf(text: string): (string | number)[] {
  return [...text.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) =>
    index === undefined ? name! : Number(index),
  );
}

function textAt(body: unknown, path: readonly (string | number)[]): string | null {
  return body === noJson ? null : keyText(valueAt(body, path));
}

/** @returns undefined where the path leads nowhere; own members only */
export function valueAt(body: unknown, path: readonly (string | number)[]): unknown {
  let value = body;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    // An index counts elements; a list has no members with names, `length` least of all.
    if (Array.isArray(value) !== (typeof step === 'number')) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}

/**
 * A value as a key: text as it is, numbers and booleans as JSON, lists `[a, b]`, nothing as ''. What is nested too deeply
 * to be printed is no key either.
 */
export function keyText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  try {
    return printed(value);
  } catch (error) {
    if (error instanceof RangeError) return ''; // the stack is used up
    throw error;
  }
}

function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(element).join(', ')}]`;
  return JSON.stringify(value);
}

const element = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : printed(value);
