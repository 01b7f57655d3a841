// A definition's text as parsed values, each of which still knows where it stands.

import { parseJsonSource } from './parse-json.ts';
import { parseYamlSource } from './parse-yaml.ts';

/** Offsets (UTF-16 units from 0) of a member's key and value; in lists both are the element's. */
export interface Spot {
  readonly key: number;
  readonly value: number;
}

/** Where the members of each parsed map or list stand. */
export type Spots = WeakMap<object, ReadonlyMap<string, Spot>>;

/** What is wrong with the text itself. */
export interface SyntaxProblem {
  readonly severity: 'error' | 'warning';
  readonly offset: number;
  readonly message: string;
}

export interface ParsedSource {
  /** Maps have no prototype. Aliases of YAML share one object; nothing contains itself. */
  readonly root: unknown;
  readonly rootOffset: number;
  readonly spots: Spots;
  readonly problems: readonly SyntaxProblem[];
}

/** Applied to each string value while parsing. */
export type ExpandText = (text: string) => string;

/**
 * What a tag of YAML's own kind (`!Ref x`) says: the name of the one member of a map that holds the value, or null for a
 * tag that says nothing.
 */
export type ReadTag = (tag: string) => string | null;

export const depthMax = 500;

/** Parses JSON or YAML; which of them, the text itself says. */
export function parseSource(text: string, expand: ExpandText, readTag: ReadTag = () => null): ParsedSource {
  if (!/^\uFEFF?\s*[{[]/.test(text)) return parseYamlSource(text, expand, readTag);
  const json = parseJsonSource(text, expand);
  const wrong = json.problems.find((problem) => problem.severity === 'error');
  if (wrong === undefined || text.length > 1_000_000) return json;
  // YAML may begin with a brace too (flow style, comments); when it is neither, the JSON parser says why best.
  const yaml = parseYamlSource(text, expand, readTag);
  if (yaml.problems.some((problem) => problem.severity === 'error')) return json;
  const message = `not JSON, so read as YAML: ${wrong.message}`;
  return { ...yaml, problems: [...yaml.problems, { severity: 'warning', offset: wrong.offset, message }] };
}

/** Turns offsets into lines and columns, both from 1. */
export class LineTable {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#starts.push(at + 1);
  }

  placeOf(offset: number): { readonly line: number; readonly column: number } {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#starts[low]! + 1 };
  }
}
