// Tables of the Java methods a template may call, by class. A method is written as its Java signature; nothing that
// is not in a table can be called, whatever the receiver is made of in JavaScript.

import { TemplateRenderError } from '../errors.ts';
import { doubleOf, type JNumber, wholeOf } from '../value/arithmetic.ts';
import { JChar, JDouble, JFloat, JList, JLong, JMap, JSmall, type Value } from '../value/kinds.ts';

/** What a void method answers: Velocity makes an empty text of it. */
export const VOID = '';

// biome-ignore lint/suspicious/noExplicitAny: the signature in text says what a method is given
type Body<Self> = (self: Self, ...args: any[]) => Value;

interface Overload {
  readonly types: readonly string[];
  readonly isVariadic: boolean;
  readonly body: Body<Value>;
}

export type MethodTable = ReadonlyMap<string, readonly Overload[]>;

/**
 * Makes a table. Keys are `name(type,type)`; among overloads that fit, the first written is called, so the narrower
 * comes first. Argument types: int long float double boolean char String CharSequence Object Collection Map, and
 * `Object...` at the end.
 */
export function methodTable<Self extends Value>(
  methods: Readonly<Record<string, Body<Self>>>,
  parent: MethodTable = new Map(),
): MethodTable {
  const table = new Map<string, Overload[]>();
  for (const [signature, body] of Object.entries(methods)) {
    const open = signature.indexOf('(');
    const name = signature.slice(0, open);
    const list = signature.slice(open + 1, -1);
    const types = list === '' ? [] : list.split(',');
    const overloads = table.get(name) ?? [];
    overloads.push({ types, isVariadic: list.endsWith('...'), body: body as Body<Value> });
    table.set(name, overloads);
  }
  for (const [name, overloads] of parent) table.set(name, [...(table.get(name) ?? []), ...overloads]);
  return table;
}

/** Calls a method; undefined when the class has none that takes these arguments. */
export function callIn(
  table: MethodTable,
  self: Value,
  name: string,
  args: readonly Value[],
): Value | undefined {
  const overloads = table.get(name);
  if (overloads === undefined) return undefined;
  const only = overloads[0]!;
  if (overloads.length === 1 && only.types.length === 0 && args.length === 0) return only.body(self);
  for (const overload of overloads) {
    const given = overload.isVariadic ? variadic(overload, args) : fitted(overload.types, args);
    if (given !== null) return overload.body(self, ...given);
  }
  // Velocity takes a method without parameters for one that fits any arguments, and then fails to call it.
  if (args.length > 0 && overloads.some((overload) => overload.types.length === 0)) {
    throw fault('IllegalArgumentException: wrong number of arguments');
  }
  return undefined;
}

const MISFIT = Symbol('does not fit');

function fitted(types: readonly string[], args: readonly Value[]): unknown[] | null {
  if (types.length !== args.length) return null;
  const given: unknown[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = convert(types[i]!, args[i]!);
    if (arg === MISFIT) return null;
    given.push(arg);
  }
  return given;
}

function variadic({ types }: Overload, args: readonly Value[]): unknown[] | null {
  const fixed = types.length - 1;
  if (args.length < fixed) return null;
  const given = fitted(types.slice(0, fixed), args.slice(0, fixed));
  if (given === null) return null;
  const type = types[fixed]!.slice(0, -3);
  const rest: unknown[] = [];
  const tail = args.slice(fixed);
  const only = tail[0];
  const spread =
    tail.length === 1 && only instanceof JList && only.flavor.prints === 'array' ? only.items : tail;
  for (const arg of spread) {
    const value = convert(type, arg);
    if (value === MISFIT) return null;
    rest.push(value);
  }
  given.push(rest);
  return given;
}

function convert(type: string, value: Value): unknown {
  switch (type) {
    case 'Object':
      return value;
    case 'String':
    case 'CharSequence':
      return typeof value === 'string' || value === null ? value : MISFIT;
    case 'int':
      if (typeof value === 'number') return value;
      return value instanceof JSmall ? value.value : MISFIT;
    case 'long':
      return isIntegral(value) ? wholeOf(value) : MISFIT;
    case 'float':
      return isIntegral(value) || value instanceof JFloat ? doubleOf(value) : MISFIT;
    case 'double':
      return isIntegral(value) || value instanceof JFloat || value instanceof JDouble
        ? doubleOf(value)
        : MISFIT;
    case 'boolean':
      return typeof value === 'boolean' ? value : MISFIT;
    case 'char':
      return value instanceof JChar ? value.code : MISFIT;
    case 'Collection':
      return value === null || (value instanceof JList && value.flavor.prints !== 'array') ? value : MISFIT;
    case 'Map':
      return value === null || value instanceof JMap ? value : MISFIT;
    case 'Integer':
      return typeof value === 'number' ? value : MISFIT;
    case 'Long':
      return value instanceof JLong ? value.value : MISFIT;
    case 'Double':
      return value instanceof JDouble ? value.value : MISFIT;
    case 'BigInteger':
      return typeof value === 'bigint' ? value : MISFIT;
    default:
      return MISFIT;
  }
}

function isIntegral(value: Value): value is JNumber {
  return typeof value === 'number' || value instanceof JLong || value instanceof JSmall;
}

/** `compareTo(Object)`: Java reaches it through Comparable, and it then cannot cast its argument. */
export function cannotCompare(): never {
  throw fault('ClassCastException');
}

/** A fault inside a method: Java's exception ends the render. */
export function fault(exception: string): TemplateRenderError {
  return new TemplateRenderError(exception);
}

export function notNull<T>(value: T | null): T {
  if (value === null) throw fault('NullPointerException');
  return value;
}
