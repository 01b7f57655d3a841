// Reading members of a policy document, with a word on what was expected where.

import { PolicyError } from './policy-error.ts';

export type Json = unknown;

/** @throws PolicyError when it is no object */
export function membersOf(value: Json, where: string): [name: string, value: Json][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PolicyError(`${where} is not an object`);
  return Object.entries(value);
}

/** One text or a list of texts; numbers and booleans as they are written. @throws PolicyError */
export function textsOf(value: Json, where: string): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new PolicyError(`${where} is an empty list`);
  return list.map((one) => {
    if (typeof one === 'string') return one;
    if (typeof one === 'number' || typeof one === 'boolean') return String(one);
    throw new PolicyError(`${where} is neither a text nor a list of texts`);
  });
}

/**
 * The document, parsed. A member that stands twice in one object is refused: readers disagree on which one counts.
 *
 * @throws PolicyError
 */
export function parseDocument(text: string): Json {
  let document: Json;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new PolicyError(`The policy is not JSON: ${(error as Error).message}`);
  }
  const twice = repeatedMember(text);
  if (twice !== null) throw new PolicyError(`The policy has the member ${twice} twice in one object`);
  return document;
}

/** Of a text that is JSON: the first name, quoted, that its object has had before. */
function repeatedMember(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(null);
    else if (token === '}' || token === ']') open.pop();
    else if (token.endsWith(':')) {
      const quoted = token.slice(0, token.lastIndexOf('"') + 1);
      const name = JSON.parse(quoted) as string;
      const names = open.at(-1)!;
      if (names.has(name)) return quoted;
      names.add(name);
    }
  }
  return null;
}
