// Calls, properties and elements of any value: the only way from a template to what a value can do.

import { TemplateRenderError } from '../errors.ts';
import { isNumber } from '../value/arithmetic.ts';
import { javaEquals, javaHash } from '../value/equality.ts';
import {
  JavaObject,
  JChar,
  JClass,
  JEntry,
  JIterator,
  JList,
  JMap,
  JSmall,
  type Value,
} from '../value/kinds.ts';
import { spend } from '../value/meter.ts';
import { toDisplayText } from '../value/text.ts';
import { ENTRY, ITERATOR, MAP, tableOfList } from './collections.ts';
import { BOOLEAN, CHARACTER, tableOfNumber } from './numbers.ts';
import { JStream, STREAM } from './stream.ts';
import { STRING } from './strings.ts';
import { callIn, type MethodTable, methodTable } from './table.ts';

/** An object of ours ($input, $util, $foreach) with a table of its own. */
export abstract class HostObject extends JavaObject {
  abstract get methods(): MethodTable;
}

const OBJECT = methodTable<NonNullable<Value>>({
  'toString()': (self) => toDisplayText(self),
  'equals(Object)': (self, other: Value) => javaEquals(self, other),
  'hashCode()': (self) => javaHash(self),
  'getClass()': (self) => new JClass(classNameOf(self)),
});

const CLASS = methodTable<JClass>({ 'getName()': (self) => self.of });
const NOTHING: MethodTable = new Map();

function classNameOf(value: NonNullable<Value>): string {
  switch (typeof value) {
    case 'string':
      return 'java.lang.String';
    case 'number':
      return 'java.lang.Integer';
    case 'boolean':
      return 'java.lang.Boolean';
    case 'bigint':
      return 'java.math.BigInteger';
    default:
      return value.className;
  }
}

function tableOf(value: NonNullable<Value>): MethodTable {
  if (typeof value === 'string') return STRING;
  if (value instanceof HostObject) return value.methods;
  if (value instanceof JMap) return value.ownMethods ?? MAP;
  if (value instanceof JList) return tableOfList(value);
  if (isNumber(value)) return tableOfNumber(value);
  if (typeof value === 'boolean') return BOOLEAN;
  if (value instanceof JEntry) return ENTRY;
  if (value instanceof JIterator) return ITERATOR;
  if (value instanceof JChar) return CHARACTER;
  if (value instanceof JStream) return STREAM;
  return NOTHING;
}

/**
 * Calls a method.
 *
 * @returns undefined when there is no such method for these arguments, null when it answered null
 * @throws TemplateRenderError when the method fails
 */
export function invoke(self: NonNullable<Value>, name: string, args: readonly Value[]): Value | undefined {
  spend(1);
  if (self instanceof JClass) return callIn(CLASS, self, name, args);
  const found = callIn(tableOf(self), self, name, args);
  return found !== undefined ? found : callIn(OBJECT, self, name, args);
}

const NO_ARGUMENTS: readonly Value[] = [];

/** `$x.name`: a getter, a member of a map, or an `isName()`. */
export function propertyOf(self: NonNullable<Value>, name: string): Value {
  // A map has no getter but getClass(), so nearly every property is one of its members.
  if (self instanceof JMap && !self.isHost && name !== 'class' && name !== 'Class') return self.get(name);
  const swapped = swapCase(name);
  // An array has its wrapper's methods, but not its properties.
  if (self instanceof JList && self.flavor.prints === 'array') {
    return swapped === 'Class' || swapped === 'class' ? new JClass(self.className) : null;
  }
  const got = invoke(self, `get${name}`, NO_ARGUMENTS) ?? invoke(self, `get${swapped}`, NO_ARGUMENTS);
  if (got !== undefined && got !== null) return got;
  if (self instanceof JMap) return self.get(name);
  const is = invoke(self, `is${name}`, NO_ARGUMENTS) ?? invoke(self, `is${swapped}`, NO_ARGUMENTS);
  return typeof is === 'boolean' ? is : null;
}

function swapCase(name: string): string {
  const first = name[0]!;
  const upper = first.toUpperCase();
  return (upper === first ? first.toLowerCase() : upper) + name.slice(1);
}

/** `$x[arg]`. */
export function elementOf(self: NonNullable<Value>, arg: Value): Value {
  if (self instanceof JMap && typeof arg === 'string') return self.get(arg);
  return invoke(self, 'get', [fromTheEnd(self, arg)]) ?? null;
}

// A negative Integer counts from the end, for whatever has a size.
function fromTheEnd(self: NonNullable<Value>, arg: Value): Value {
  if (typeof arg !== 'number' || arg >= 0) return arg;
  const size = invoke(self, 'size', NO_ARGUMENTS);
  if (typeof size !== 'number')
    throw new TemplateRenderError(`A 'size()' method required for negative value ${arg}`);
  return size + arg;
}

/** `#set($x[arg] = value)`; nothing happens on what can be set by neither index nor key. */
export function setElement(self: NonNullable<Value>, arg: Value, value: Value): void {
  const args = [fromTheEnd(self, arg), value];
  if (invoke(self, 'set', args) === undefined) invoke(self, 'put', args);
}

/** `#set($x.name = value)`. */
export function setProperty(self: NonNullable<Value>, name: string, value: Value): void {
  spend(1);
  if (self instanceof JMap) self.put(name, value);
  else if (self instanceof JEntry && (name === 'value' || name === 'Value')) self.setValue(value);
}

/** How `==` sees the class of a value: equal ones are compared by equals(), unlike ones by their text. */
export function areRelated(a: NonNullable<Value>, b: NonNullable<Value>): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return typeof a === typeof b;
  if (a instanceof JMap && b instanceof JMap) return true;
  if (a instanceof JSmall && b instanceof JSmall) return a.bits === b.bits;
  const left = a.className;
  const right = b.className;
  if (left === right) return true;
  return isArrayList(left) && isArrayList(right);
}

function isArrayList(name: string): boolean {
  return name === 'java.util.ArrayList' || name === 'net.minidev.json.JSONArray';
}
