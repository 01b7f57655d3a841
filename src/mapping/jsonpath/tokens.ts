// A parsed path: a chain of tokens, as plain data.

import type { Filter } from './filter.ts';

export type PathToken =
  | { readonly type: 'properties'; readonly names: readonly string[]; readonly quote: string }
  | { readonly type: 'index'; readonly indexes: readonly number[] }
  | { readonly type: 'slice'; readonly from: number | null; readonly to: number | null }
  /** `isAppended`: put behind a path that was complete without it. */
  | { readonly type: 'wildcard'; readonly isAppended?: true }
  | { readonly type: 'scan' }
  | { readonly type: 'filter'; readonly filter: Filter }
  | { readonly type: 'function'; readonly name: string; readonly args: readonly FunctionArgument[] };

export type FunctionArgument =
  | { readonly type: 'path'; readonly path: ParsedPath }
  | { readonly type: 'json'; readonly json: string };

export interface ParsedPath {
  readonly tokens: readonly PathToken[];
  /** Begins with `$`, not `@`. */
  readonly isRoot: boolean;
  /** Gives one value rather than a list. */
  readonly isDefinite: boolean;
}

/** Whether a token gives at most one value; `isLast` matters for `['a','b']`, which is one object at the end. */
export function isDefiniteToken(token: PathToken, isLast: boolean): boolean {
  switch (token.type) {
    case 'properties':
      return token.names.length === 1 || isLast;
    case 'index':
      return token.indexes.length === 1;
    case 'function':
      return true;
    default:
      return false;
  }
}

export function parsedPath(tokens: readonly PathToken[], isRoot: boolean): ParsedPath {
  const isDefinite = tokens.every((token, i) => isDefiniteToken(token, i === tokens.length - 1));
  return { tokens, isRoot, isDefinite };
}
