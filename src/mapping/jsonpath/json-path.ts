// JSONPath as the rest of the gateway uses it: compiled once, read often.

import { JList, JMap, type Value } from '../value/kinds.ts';
import { refillMeter } from '../value/meter.ts';
import { JsonPathFault, JsonPathSyntaxError } from './cursor.ts';
import { evaluatePath } from './evaluate.ts';
import { parsePath } from './parse.ts';
import type { ParsedPath, PathToken } from './tokens.ts';

export interface JsonPath {
  readonly source: string;
  /** False for a text that is no path: it finds nothing. */
  readonly isValid: boolean;
  /** Finds the document itself, whatever it is. */
  readonly isRoot: boolean;
  /** Whether finding may run a regular expression. */
  readonly usesRegex: boolean;
  /**
   * Reads a document.
   *
   * @param document - a value of {@link parseLenientJson}
   * @returns the value; a list for paths that are not definite; undefined when nothing is there
   * @throws TemplateRenderError only when the path takes too many steps
   */
  read(document: Value): Value | undefined;
}

const CACHE_SIZE_MAX = 400;
const cache = new Map<string, JsonPath>();

/** Compiles a JSONPath with Jayway's syntax; a bad one compiles too, and finds nothing. */
export function compileJsonPath(source: string): JsonPath {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const compiled = compile(source);
  if (source.length < 1000) {
    if (cache.size >= CACHE_SIZE_MAX) cache.delete(cache.keys().next().value!);
    cache.set(source, compiled);
  }
  return compiled;
}

function compile(source: string): JsonPath {
  let path: ParsedPath;
  try {
    path = parsePath(source);
  } catch (error) {
    if (!isOurs(error)) throw error;
    return { source, isValid: false, isRoot: false, usesRegex: false, read: () => undefined };
  }
  return {
    source,
    isValid: true,
    isRoot: path.isRoot && path.tokens.length === 0,
    usesRegex: source.includes('=~'),
    read: (path.isDefinite ? quickRead(path.tokens) : null) ?? slowRead(path),
  };
}

function slowRead(path: ParsedPath): (document: Value) => Value | undefined {
  return (document) => {
    refillMeter();
    try {
      return evaluatePath(path, document);
    } catch (error) {
      if (!isOurs(error)) throw error;
      return undefined;
    }
  };
}

function isOurs(error: unknown): boolean {
  return error instanceof JsonPathSyntaxError || error instanceof JsonPathFault;
}

// "$", "$.a.b", "$.a[0]": nearly every path there is, walked without lists of results.
function quickRead(tokens: readonly PathToken[]): ((document: Value) => Value | undefined) | null {
  const steps: (string | number)[] = [];
  for (const token of tokens) {
    if (token.type === 'properties' && token.names.length === 1) steps.push(token.names[0]!);
    else if (token.type === 'index' && token.indexes.length === 1) steps.push(token.indexes[0]!);
    else return null;
  }
  const count = steps.length;
  return (document) => {
    if (document === null) return undefined;
    let value: Value = document;
    for (let i = 0; i < count; i++) {
      const step = steps[i]!;
      if (typeof step === 'string') {
        if (!(value instanceof JMap)) return undefined;
        const next: Value = value.get(step);
        if (next === null && !value.has(step)) return undefined;
        value = next;
      } else {
        if (!(value instanceof JList)) return undefined;
        const next: Value | undefined = value.items[step < 0 ? value.items.length + step : step];
        if (next === undefined) return undefined;
        value = next;
      }
    }
    return value;
  };
}
