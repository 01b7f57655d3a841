// Whether a value passes a filter, by Jayway's rules for comparing unlike things.

import { parseLenientJson } from '../json/parse.ts';
import { compareNumbers, isNumber } from '../value/arithmetic.ts';
import { compareDecimals, parseDecimal } from '../value/decimal.ts';
import { javaEquals } from '../value/equality.ts';
import { JDecimal, JDouble, JFloat, JList, JMap, type Value } from '../value/kinds.ts';
import { toDisplayText } from '../value/text.ts';
import { JsonPathFault, JsonPathSyntaxError } from './cursor.ts';
import type { Filter, Operand, Relation } from './filter.ts';
import { jsonOperand } from './filter-parse.ts';
import type { ParsedPath } from './tokens.ts';

/** What a filter needs of the evaluation it stands in. */
export interface FilterScope {
  readonly item: Value;
  /** The value of a path from the item or the root; undefined when there is none. */
  find(path: ParsedPath, item: Value): Value | undefined;
  /** Whether a path leads anywhere. */
  exists(path: ParsedPath, item: Value): boolean;
  parsePath(text: string): ParsedPath;
}

/**
 * @throws JsonPathSyntaxError where Jayway takes the item for not matching
 * @throws JsonPathFault where the whole read fails
 */
export function testFilter(filter: Filter, scope: FilterScope): boolean {
  switch (filter.type) {
    case 'and':
      return filter.parts.every((part) => testFilter(part, scope));
    case 'or':
      return filter.parts.some((part) => testFilter(part, scope));
    case 'not':
      return !testFilter(filter.part, scope);
    case 'exists':
      return scope.exists(filter.path, scope.item) === filter.wanted;
    case 'relation':
      return relate(filter.operator, resolve(filter.left, scope), resolve(filter.right, scope), scope);
  }
}

function resolve(operand: Operand, scope: FilterScope): Operand {
  if (operand.type !== 'path') return operand;
  const value = scope.find(operand.path, scope.item);
  return value === undefined ? { type: 'undefined' } : found(value);
}

function found(value: Value): Operand {
  if (typeof value === 'string') return { type: 'string', text: value };
  if (typeof value === 'boolean') return { type: 'boolean', value };
  if (value === null) return { type: 'null' };
  if (isNumber(value)) return { type: 'number', decimal: decimalOf(value) };
  if (value instanceof JList || value instanceof JMap) return { type: 'json', value, source: null };
  throw new JsonPathFault('Could not convert to a ValueNode');
}

function decimalOf(value: Value): JDecimal {
  if (value instanceof JDecimal) return value;
  if ((value instanceof JDouble || value instanceof JFloat) && !Number.isFinite(value.value)) {
    throw new JsonPathFault('NumberFormatException');
  }
  if (typeof value === 'number') return new JDecimal(BigInt(value), 0);
  return parseDecimal(toDisplayText(value))!;
}

function relate(relation: Relation, left: Operand, right: Operand, scope: FilterScope): boolean {
  switch (relation) {
    case '==':
      return equal(left, right);
    case '!=':
      return !equal(left, right);
    case '===':
      return left.type === right.type && equal(left, right);
    case '!==':
      return !(left.type === right.type && equal(left, right));
    case '<':
      return ordered(left, right, (order) => order < 0);
    case '<=':
      return ordered(left, right, (order) => order <= 0);
    case '>':
      return ordered(left, right, (order) => order > 0);
    case '>=':
      return ordered(left, right, (order) => order >= 0);
    case '=~':
      return matches(left, right, scope);
    case 'IN':
      return contained(left, right, scope);
    case 'NIN':
      return !contained(left, right, scope);
    case 'CONTAINS':
      return contains(left, right, scope);
    case 'ALL':
      return all(left, right, scope);
    case 'SIZE':
      return (
        right.type === 'number' &&
        sizeOf(left) === Number(right.decimal.unscaled / 10n ** BigInt(Math.max(0, right.decimal.scale)))
      );
    case 'EMPTY':
      return empty(left, right);
    case 'SUBSETOF':
      return pairOfLists(left, right, scope, (a, b) => a.every((x) => b.some((y) => equal(x, y))));
    case 'ANYOF':
      return pairOfLists(left, right, scope, (a, b) => a.some((x) => b.some((y) => equal(x, y))));
    case 'NONEOF':
      return pairOfLists(left, right, scope, (a, b) => !a.some((x) => b.some((y) => equal(x, y))));
    case 'EXISTS':
      if (left.type !== 'boolean' || right.type !== 'boolean')
        throw new JsonPathFault('Failed to evaluate exists');
      return left.value === right.value;
    case 'TYPE':
    case 'MATCHES':
      throw new JsonPathSyntaxError('Expected class or predicate node');
  }
}

function equal(left: Operand, right: Operand): boolean {
  switch (left.type) {
    case 'json':
      if (right.type !== 'json') return false;
      // A literal on the left is still its text, which no parsed value equals.
      if (left.source !== null)
        return left === right || (right.source !== null && left.source === right.value);
      return javaEquals(left.value, right.value);
    case 'string':
      if (right.type === 'string') return left.text === right.text;
      return right.type === 'number' && left.text === toDisplayText(right.decimal);
    case 'number': {
      if (right.type === 'number') return compareDecimals(left.decimal, right.decimal) === 0;
      const other = right.type === 'string' ? parseDecimal(right.text) : null;
      return other !== null && compareDecimals(left.decimal, other) === 0;
    }
    case 'boolean':
      return right.type === 'boolean' && left.value === right.value;
    case 'null':
      return right.type === 'null';
    case 'pattern':
    case 'path':
      return left === right;
    default:
      return false;
  }
}

function ordered(left: Operand, right: Operand, accept: (order: number) => boolean): boolean {
  if (left.type === 'number' && right.type === 'number')
    return accept(compareNumbers(left.decimal, right.decimal));
  if (left.type === 'string' && right.type === 'string') {
    return accept(left.text < right.text ? -1 : left.text > right.text ? 1 : 0);
  }
  return false;
}

function operandsOf(value: Value, scope: FilterScope): readonly Operand[] | null {
  return value instanceof JList ? value.items.map((item) => elementOf(item, scope)) : null;
}

// An element of a list that looks like a path or like JSON is taken for one.
function elementOf(value: Value, scope: FilterScope): Operand {
  if (typeof value !== 'string') {
    if (value instanceof JList || value instanceof JMap)
      throw new JsonPathFault('Could not determine value type');
    return found(value);
  }
  const text = value.trim();
  if (text.startsWith('@') || text.startsWith('$')) {
    try {
      return { type: 'path', path: scope.parsePath(text) };
    } catch (error) {
      if (!(error instanceof JsonPathSyntaxError) && !(error instanceof JsonPathFault)) throw error;
    }
  } else if (
    text.length > 1 &&
    ((text.startsWith('[') && text.endsWith(']')) || (text.startsWith('{') && text.endsWith('}')))
  ) {
    try {
      parseLenientJson(text);
      return jsonOperand(value);
    } catch {
      return { type: 'string', text: unquoted(value) };
    }
  }
  return { type: 'string', text: unquoted(value) };
}

function unquoted(text: string): string {
  const first = text[0];
  return text.length > 1 && (first === "'" || first === '"') && text.endsWith(first)
    ? text.slice(1, -1)
    : text;
}

/** The operands of a list; null when a relation has to answer false, a fault when there can be no list at all. */
function listOf(operand: Operand, scope: FilterScope): readonly Operand[] | null {
  if (operand.type === 'json') return operandsOf(operand.value, scope);
  if (operand.type === 'list') return operand.operands;
  throw new JsonPathSyntaxError('Expected value list node');
}

function contained(left: Operand, right: Operand, scope: FilterScope): boolean {
  return listOf(right, scope)?.some((operand) => equal(left, operand)) ?? false;
}

function contains(left: Operand, right: Operand, scope: FilterScope): boolean {
  if (left.type === 'string' && right.type === 'string') return left.text.includes(right.text);
  if (left.type !== 'json') return false;
  return operandsOf(left.value, scope)?.some((operand) => equal(right, operand)) ?? false;
}

// ALL asks for a list node on the right, which no text gives: Jayway then takes every item for not matching.
function all(left: Operand, right: Operand, scope: FilterScope): boolean {
  if (right.type !== 'list') throw new JsonPathSyntaxError('Expected value list node');
  if (left.type !== 'json') return false;
  const present = operandsOf(left.value, scope);
  return (
    present === null || right.operands.every((wanted) => present.some((operand) => equal(wanted, operand)))
  );
}

function pairOfLists(
  left: Operand,
  right: Operand,
  scope: FilterScope,
  decide: (a: readonly Operand[], b: readonly Operand[]) => boolean,
): boolean {
  const b = listOf(right, scope);
  if (b === null) return false;
  const a = listOf(left, scope);
  return a !== null && decide(a, b);
}

function sizeOf(operand: Operand): number | null {
  if (operand.type === 'string') return operand.text.length;
  if (operand.type !== 'json') return null;
  return operand.value instanceof JList ? operand.value.items.length : -1;
}

function empty(left: Operand, right: Operand): boolean {
  let isEmpty: boolean;
  if (left.type === 'string') isEmpty = left.text.length === 0;
  else if (left.type !== 'json') return false;
  else if (left.value instanceof JList) isEmpty = left.value.items.length === 0;
  else throw new JsonPathFault('ClassCastException: a map is not a collection');
  if (right.type !== 'boolean') throw new JsonPathSyntaxError('Expected boolean node');
  return isEmpty === right.value;
}

function matches(left: Operand, right: Operand, scope: FilterScope): boolean {
  const pattern = left.type === 'pattern' ? left : right.type === 'pattern' ? right : null;
  const subject = pattern === left ? right : left;
  if (pattern === null || subject.type === 'pattern') return false;
  const regex = (pattern as Operand & { type: 'pattern' }).pattern;
  if (subject.type === 'json' && subject.value instanceof JList) {
    return operandsOf(subject.value, scope)!.some((operand) => regex.matches(inputOf(operand)));
  }
  return regex.matches(inputOf(subject));
}

function inputOf(operand: Operand): string {
  switch (operand.type) {
    case 'string':
      return operand.text;
    case 'number':
      return toDisplayText(operand.decimal);
    case 'boolean':
      return String(operand.value);
    default:
      return '';
  }
}
