// The values a template can hold. Plain JavaScript primitives stand for the common Java classes, so that the hot
// path allocates nothing for them; every other class is a JavaObject. No JavaScript object of the caller is a value.
//
//   null -> null      string -> String      boolean -> Boolean
//   number -> Integer (always within 32 bits)      bigint -> BigInteger

import { TemplateRenderError } from '../errors.ts';
import type { Shape } from './shape.ts';

export abstract class JavaObject {
  /** What `.class.name` answers. */
  abstract get className(): string;
}

export type Value = null | string | boolean | number | bigint | JavaObject;

export class JLong extends JavaObject {
  readonly value: bigint;
  constructor(value: bigint) {
    super();
    this.value = value;
  }
  get className(): string {
    return 'java.lang.Long';
  }
}

/**
 * A double. One read from JSON may know its text and become a number only when someone calculates with it: most are
 * printed as they came, and both conversions showed in profiles (a seventh of a loop over 20 prices).
 */
export class JDouble extends JavaObject {
  /** null until someone asks (and never the 0 of a number that has a text: V8 would box it). */
  private number: number | null;
  /** Java's text of it, if known. */
  readonly text: string | null;
  /** @param value - or null for that of the text */
  constructor(value: number | null, text: string | null = null) {
    super();
    this.number = value;
    this.text = text;
  }
  get value(): number {
    this.number ??= Number(this.text);
    return this.number;
  }
  get className(): string {
    return 'java.lang.Double';
  }
}

export class JFloat extends JavaObject {
  readonly value: number;
  constructor(value: number) {
    super();
    this.value = Math.fround(value);
  }
  get className(): string {
    return 'java.lang.Float';
  }
}

/** Byte and Short: they only arise from `.byteValue()` and `.shortValue()`. */
export class JSmall extends JavaObject {
  readonly value: number;
  readonly bits: 8 | 16;
  constructor(value: number, bits: 8 | 16) {
    super();
    this.value = bits === 8 ? (value << 24) >> 24 : (value << 16) >> 16;
    this.bits = bits;
  }
  get className(): string {
    return this.bits === 8 ? 'java.lang.Byte' : 'java.lang.Short';
  }
}

/** BigDecimal: `unscaled * 10^-scale`. */
export class JDecimal extends JavaObject {
  readonly unscaled: bigint;
  readonly scale: number;
  constructor(unscaled: bigint, scale: number) {
    super();
    this.unscaled = unscaled;
    this.scale = scale;
  }
  get className(): string {
    return 'java.math.BigDecimal';
  }
}

/** One UTF-16 unit. */
export class JChar extends JavaObject {
  readonly code: number;
  constructor(code: number) {
    super();
    this.code = code;
  }
  get className(): string {
    return 'java.lang.Character';
  }
}

/** A class, of which only the name can be asked. */
export class JClass extends JavaObject {
  readonly of: string;
  constructor(of: string) {
    super();
    this.of = of;
  }
  get className(): string {
    return 'java.lang.Class';
  }
}

/** How a list behaves: its class, how it prints, what may be written. */
export interface ListFlavor {
  readonly className: string;
  /** json: as json-smart prints it; list: `[a, b]`; array: Java's class and hash. */
  readonly prints: 'json' | 'list' | 'array';
  readonly writable: 'all' | 'elements' | 'removals' | 'none';
  readonly isSet: boolean;
}

const flavor = (
  className: string,
  prints: ListFlavor['prints'],
  writable: ListFlavor['writable'],
  isSet = false,
): ListFlavor => ({ className, prints, writable, isSet });

export const ARRAY_LIST = flavor('java.util.ArrayList', 'list', 'all');
export const JSON_ARRAY = flavor('net.minidev.json.JSONArray', 'json', 'all');
export const STRING_ARRAY = flavor('[Ljava.lang.String;', 'array', 'elements');
export const OBJECT_ARRAY = flavor('[Ljava.lang.Object;', 'array', 'elements');
export const BYTE_ARRAY = flavor('[B', 'array', 'elements');
export const CHAR_ARRAY = flavor('[C', 'array', 'elements');
export const IMMUTABLE_LIST = flavor('java.util.ImmutableCollections$ListN', 'list', 'none');
export const KEY_SET = flavor('java.util.LinkedHashMap$LinkedKeySet', 'list', 'removals', true);
export const MAP_VALUES = flavor('java.util.LinkedHashMap$LinkedValues', 'list', 'removals');
export const ENTRY_SET = flavor('java.util.LinkedHashMap$LinkedEntrySet', 'list', 'removals', true);

/** Every list, array, set and view of a map. */
export class JList extends JavaObject {
  items: Value[];
  readonly flavor: ListFlavor;
  /** Grows with every structural change, so that an iteration notices one. */
  changes = 0;
  /** The map this is a view of; null for a list of its own. */
  readonly viewOf: JMap | null;
  constructor(items: Value[], flavor: ListFlavor, viewOf: JMap | null = null) {
    super();
    this.items = items;
    this.flavor = flavor;
    this.viewOf = viewOf;
  }
  get className(): string {
    return this.flavor.className;
  }
}

const INDEX_FROM = 9;

/**
 * A LinkedHashMap: two parallel arrays, with an index once it has grown. Own data only: `__proto__` is a key like
 * any other. Small maps are searched in a row, which costs less than building a Map for every JSON object.
 */
export class JMap extends JavaObject {
  private names: readonly Value[];
  private readonly contents: Value[];
  private places: Map<unknown, number> | null = null;
  /** The keys of a map as it was read, which it shares with others: null once it has others. */
  shape: Shape | null;
  changes = 0;

  /** @param names - belongs to the map, except with a shape */
  constructor(
    names: readonly Value[] = [],
    contents: Value[] = [],
    shape: Shape | null = null,
    isHost = false,
  ) {
    super();
    this.names = names;
    this.contents = contents;
    this.shape = shape;
    this.isHost = isHost;
  }

  get className(): string {
    return 'java.util.LinkedHashMap';
  }
  /** Whether it is a class of ours that adds methods to a map's. A field, as every property asks for it. */
  readonly isHost: boolean;
  /** The table of such a class; typed loosely, as this file knows no tables. */
  get ownMethods(): ReadonlyMap<string, never> | null {
    return null;
  }
  /** Maps under $context print nothing. */
  get silent(): boolean {
    return false;
  }
  get size(): number {
    return this.names.length;
  }
  get keys(): readonly Value[] {
    return this.names;
  }
  get values(): readonly Value[] {
    return this.contents;
  }

  /** The value at a place that the shape gives. */
  at(place: number): Value {
    return this.contents[place]!;
  }

  protected find(key: Value): number {
    if (this.shape !== null && typeof key === 'string') return this.shape.placeOf(key);
    const names = this.names;
    if (names.length < INDEX_FROM) {
      if (typeof key === 'object' && key !== null) {
        const wanted = identityOf(key);
        for (let i = 0; i < names.length; i++) if (identityOf(names[i]!) === wanted) return i;
        return -1;
      }
      for (let i = 0; i < names.length; i++) if (names[i] === key) return i;
      return -1;
    }
    let index = this.places;
    if (index === null) {
      index = new Map();
      for (let i = 0; i < names.length; i++) index.set(identityOf(names[i]!), i);
      this.places = index;
    }
    return index.get(identityOf(key)) ?? -1;
  }

  has(key: Value): boolean {
    return this.find(key) >= 0;
  }

  get(key: Value): Value {
    const at = this.find(key);
    return at < 0 ? null : this.contents[at]!;
  }

  /** @returns what was there before, or null */
  put(key: Value, value: Value): Value {
    const at = this.find(key);
    if (at >= 0) {
      const before = this.contents[at]!;
      this.contents[at] = value;
      return before;
    }
    this.places?.set(identityOf(key), this.names.length);
    this.ownNames().push(key);
    this.contents.push(value);
    this.changes++;
    return null;
  }

  remove(key: Value): Value {
    const at = this.find(key);
    if (at < 0) return null;
    const before = this.contents[at]!;
    this.ownNames().splice(at, 1);
    this.contents.splice(at, 1);
    this.places = null;
    this.changes++;
    return before;
  }

  clear(): void {
    this.shape = null;
    this.names = [];
    this.contents.length = 0;
    this.places = null;
    this.changes++;
  }

  private ownNames(): Value[] {
    if (this.shape !== null) {
      this.shape = null;
      this.names = [...this.names];
    }
    return this.names as Value[];
  }
}

/** One member of a map, writing through to it. */
export class JEntry extends JavaObject {
  readonly map: JMap | null;
  readonly key: Value;
  private own: Value;
  constructor(map: JMap | null, key: Value, value: Value = null) {
    super();
    this.map = map;
    this.key = key;
    this.own = value;
  }
  get className(): string {
    return 'java.util.LinkedHashMap$Entry';
  }
  get value(): Value {
    return this.map === null ? this.own : this.map.get(this.key);
  }
  setValue(value: Value): Value {
    const before = this.value;
    if (this.map === null) this.own = value;
    else this.map.put(this.key, value);
    return before;
  }
}

/** An iterator over a list or a map's view; it fails as Java's does when what it walks has changed. */
export class JIterator extends JavaObject {
  private readonly list: JList;
  private cursor = 0;
  private expected: number;
  private more: boolean;
  private length: number;
  constructor(list: JList) {
    super();
    this.list = list;
    this.expected = changesOf(list);
    this.length = list.items.length;
    this.more = this.length > 0;
  }
  get className(): string {
    return 'java.util.ArrayList$Itr';
  }
  hasNext(): boolean {
    // A map's iterator has looked ahead already; a list's compares with the size of now.
    return this.list.viewOf !== null ? this.more : this.cursor !== this.list.items.length;
  }
  next(): Value {
    if (changesOf(this.list) !== this.expected)
      throw new TemplateRenderError('ConcurrentModificationException');
    if (this.cursor >= this.list.items.length) throw new TemplateRenderError('NoSuchElementException');
    const item = this.list.items[this.cursor++]!;
    this.more = this.cursor < this.length;
    return item;
  }
  remove(): void {
    if (
      this.cursor === 0 ||
      this.list.flavor.writable === 'none' ||
      this.list.flavor.writable === 'elements'
    ) {
      throw new TemplateRenderError('the iterator has nothing to remove');
    }
    const [gone] = this.list.items.splice(--this.cursor, 1);
    this.length--;
    if (this.list.viewOf === null) this.list.changes++;
    else this.list.viewOf.remove(gone instanceof JEntry ? gone.key : gone!);
    this.expected = changesOf(this.list);
  }
}

export function changesOf(list: JList): number {
  return list.viewOf === null ? list.changes : list.viewOf.changes;
}

/** A key under which two values meet exactly when Java's `equals` says so (for the classes that are used as keys). */
export function identityOf(value: Value): unknown {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? `\0S${value}` : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof JLong) return `\0L${value.value}`;
  if (value instanceof JDouble) return `\0D${Object.is(value.value, -0) ? '-0' : value.value}`;
  if (value instanceof JFloat) return `\0F${value.value}`;
  if (value instanceof JSmall) return `\0${value.bits}_${value.value}`;
  if (value instanceof JChar) return `\0C${value.code}`;
  if (value instanceof JDecimal) return `\0B${value.unscaled}_${value.scale}`;
  if (value instanceof JList && value.flavor.prints !== 'array') return `\0A${partsOf(value.items)}`;
  if (value instanceof JMap) return `\0M${partsOf(value.keys)}=${partsOf(value.values)}`;
  return value;
}

function partsOf(values: readonly Value[]): string {
  let text = '';
  for (const value of values) {
    const part = String(
      typeof value === 'object' && value !== null && isOpaque(value) ? '' : identityOf(value),
    );
    text += `${typeof value}${part.length}:${part}`;
    if (text.length > 1_000_000) throw new TemplateRenderError('A list or map is too large to be a key');
  }
  return text;
}

function isOpaque(value: JavaObject): boolean {
  return typeof identityOf(value) === 'object';
}
