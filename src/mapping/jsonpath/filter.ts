// A parsed filter, as plain data; jsonpath/filter-test.ts decides with it.

import type { Regex } from '../regex/regex.ts';
import type { JDecimal, Value } from '../value/kinds.ts';
import type { ParsedPath } from './tokens.ts';

export type Filter =
  | { readonly type: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly type: 'not'; readonly part: Filter }
  | {
      readonly type: 'relation';
      readonly left: Operand;
      readonly operator: Relation;
      readonly right: Operand;
    }
  | { readonly type: 'exists'; readonly path: ParsedPath; readonly wanted: boolean };

/** `matches` and `type` exist in the syntax, but no text can give them their operand. */
export const RELATIONS = [
  '>=',
  '<=',
  '==',
  '===',
  '!=',
  '!==',
  '<',
  '>',
  '=~',
  'NIN',
  'IN',
  'CONTAINS',
  'ALL',
  'SIZE',
  'EXISTS',
  'TYPE',
  'MATCHES',
  'EMPTY',
  'SUBSETOF',
  'ANYOF',
  'NONEOF',
] as const;
export type Relation = (typeof RELATIONS)[number];

/** What stands on one side of a relation, literal or found. */
export type Operand =
  | { readonly type: 'path'; readonly path: ParsedPath }
  | { readonly type: 'number'; readonly decimal: JDecimal }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null' }
  | { readonly type: 'undefined' }
  | { readonly type: 'pattern'; readonly pattern: Regex }
  /** `source` is set while the JSON is still the text of a literal. */
  | { readonly type: 'json'; readonly value: Value; readonly source: string | null }
  | { readonly type: 'list'; readonly operands: readonly Operand[] };
