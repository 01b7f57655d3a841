// Jayway's path functions: $.list.length(), $..price.min(), $.sum($.a, 1) ...

import { LenientJsonError, parseLenientJson } from '../json/parse.ts';
import { doubleOf, intOf, isNumber, type JNumber } from '../value/arithmetic.ts';
import { JDouble, JList, JMap, KEY_SET, type Value } from '../value/kinds.ts';
import { toDisplayText } from '../value/text.ts';
import { JsonPathFault, JsonPathSyntaxError } from './cursor.ts';
import { evaluate } from './evaluate.ts';
import type { FunctionArgument, ParsedPath, PathToken } from './tokens.ts';

type Call = PathToken & { type: 'function' };

const AGGREGATIONS: ReadonlyMap<string, (numbers: readonly number[]) => number> = new Map([
  ['avg', (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length],
  ['sum', (numbers: readonly number[]) => numbers.reduce((sum, x) => sum + x, 0)],
  ['min', (numbers: readonly number[]) => numbers.reduce((least, x) => lesser(least, x), Number.MAX_VALUE)],
  // Java begins with the smallest positive double, so the maximum of negative numbers is that.
  ['max', (numbers: readonly number[]) => numbers.reduce((most, x) => -lesser(-most, -x), Number.MIN_VALUE)],
  ['stddev', standardDeviation],
]);

// Not Math.min: Java's comparison passes over NaN.
function lesser(a: number, b: number): number {
  if (a > b) return b;
  return a;
}

/** @throws JsonPathFault or JsonPathSyntaxError where the whole read fails */
export function applyFunction(call: Call, model: Value, root: Value): Value {
  const aggregation = AGGREGATIONS.get(call.name);
  const values = (): Value[] => call.args.map((arg) => argumentOf(arg, root));
  if (aggregation !== undefined) {
    const numbers = [...(model instanceof JList ? model.items : []), ...values().flatMap(spread)].filter(
      isNumber,
    );
    if (numbers.length === 0)
      throw new JsonPathFault('Aggregation function attempted to calculate value using empty array');
    return new JDouble(aggregation(numbers.map((x: JNumber) => doubleOf(x))));
  }
  switch (call.name) {
    case 'length':
    case 'size':
      return lengthOf(call, model, root);
    case 'concat':
      return concat(model, values());
    case 'append':
      return append(model, values());
    case 'keys':
      values();
      return model instanceof JMap ? new JList([...model.keys], KEY_SET, model) : null;
    case 'first':
      values();
      return elementOf(model, 0);
    case 'last':
      values();
      return elementOf(model, -1);
    case 'index':
      return elementOf(model, indexFrom(values()));
  }
  throw new JsonPathSyntaxError(`Function with name: ${call.name} does not exist.`);
}

function argumentOf(arg: FunctionArgument, root: Value): Value {
  if (arg.type === 'path') return evaluate(arg.path, root, root, false);
  try {
    return parseLenientJson(arg.json);
  } catch (error) {
    if (error instanceof LenientJsonError) throw new JsonPathFault(error.message);
    throw error;
  }
}

function spread(value: Value): readonly Value[] {
  return value instanceof JList ? value.items : [value];
}

function standardDeviation(numbers: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const x of numbers) {
    sum += x;
    squares += x * x;
  }
  const count = numbers.length;
  return Math.sqrt(squares / count - (sum * sum) / count / count);
}

// With an argument, Jayway puts a wildcard behind its path and counts what that finds.
function lengthOf(call: Call, model: Value, root: Value): Value {
  const first = call.args[0];
  if (first !== undefined) {
    for (const arg of call.args) argumentOf(arg, root);
    if (first.type !== 'path') throw new JsonPathFault('NullPointerException');
    const inner = evaluate(withWildcard(first.path), model, model, false);
    if (inner instanceof JList) return inner.items.length;
  }
  if (model instanceof JList) return model.items.length;
  return model instanceof JMap ? model.size : null;
}

function withWildcard(path: ParsedPath): ParsedPath {
  const last = path.tokens[path.tokens.length - 1];
  if (last === undefined || last.type === 'function') return path;
  // Whether it is definite was settled before the wildcard was put there.
  return { ...path, tokens: [...path.tokens, { type: 'wildcard', isAppended: true }] };
}

function concat(model: Value, args: readonly Value[]): string {
  let text = '';
  if (model instanceof JList) for (const item of model.items) if (typeof item === 'string') text += item;
  for (const value of args.flatMap(spread)) if (value !== null) text += toDisplayText(value);
  return text;
}

function append(model: Value, args: readonly Value[]): Value {
  if (model instanceof JList) {
    for (const value of args) {
      model.items.push(value);
      model.changes++;
    }
  }
  return model;
}

function indexFrom(args: readonly Value[]): number {
  const number = args.flatMap(spread).find(isNumber);
  if (number === undefined) throw new JsonPathFault('IndexOutOfBoundsException');
  return intOf(number);
}

function elementOf(model: Value, index: number): Value {
  if (!(model instanceof JList))
    throw new JsonPathFault('Aggregation function attempted to calculate value using empty array');
  const { items } = model;
  const at = index >= 0 ? index : items.length + index;
  const isInside = index >= 0 ? at < items.length : at > 0;
  if (!isInside) throw new JsonPathFault(`Target index:${index} larger than object count:${items.length}`);
  return items[at]!;
}
