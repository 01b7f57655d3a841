// Java's equals() and hashCode(), where templates can see them.

import { TemplateRenderError } from '../errors.ts';
import { JChar, JDecimal, JDouble, JEntry, JFloat, JList, JLong, JMap, JSmall, type Value } from './kinds.ts';

const NESTING_MAX = 500;

/** `a.equals(b)`, with null equal to null only. */
export function javaEquals(a: Value, b: Value, depth = 0): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (depth > NESTING_MAX) throw new TemplateRenderError('Lists or maps are nested too deeply to compare');
  if (a instanceof JLong) return b instanceof JLong && a.value === b.value;
  if (a instanceof JDouble) return b instanceof JDouble && Object.is(a.value, b.value);
  if (a instanceof JFloat) return b instanceof JFloat && Object.is(a.value, b.value);
  if (a instanceof JSmall) return b instanceof JSmall && a.bits === b.bits && a.value === b.value;
  if (a instanceof JChar) return b instanceof JChar && a.code === b.code;
  if (a instanceof JDecimal) return b instanceof JDecimal && a.scale === b.scale && a.unscaled === b.unscaled;
  if (a instanceof JEntry) {
    return (
      b instanceof JEntry && javaEquals(a.key, b.key, depth + 1) && javaEquals(a.value, b.value, depth + 1)
    );
  }
  if (a instanceof JMap) return b instanceof JMap && mapsEqual(a, b, depth);
  if (a instanceof JList && b instanceof JList) return listsEqual(a, b, depth);
  return false;
}

function mapsEqual(a: JMap, b: JMap, depth: number): boolean {
  if (a.size !== b.size) return false;
  for (let i = 0; i < a.keys.length; i++) {
    const key = a.keys[i]!;
    if (!b.has(key) || !javaEquals(a.values[i]!, b.get(key), depth + 1)) return false;
  }
  return true;
}

function listsEqual(a: JList, b: JList, depth: number): boolean {
  if (a.flavor.prints === 'array' || b.flavor.prints === 'array') return false;
  if (a.flavor.isSet !== b.flavor.isSet || a.items.length !== b.items.length) return false;
  // The values() of a map have no equals of their own.
  if (!a.flavor.isSet && (a.viewOf !== null || b.viewOf !== null)) return false;
  if (a.flavor.isSet)
    return a.items.every((item) => b.items.some((other) => javaEquals(item, other, depth + 1)));
  return a.items.every((item, i) => javaEquals(item, b.items[i]!, depth + 1));
}

const view = new DataView(new ArrayBuffer(8));

/** `value.hashCode()`; 0 for objects whose hash Java draws at random. */
export function javaHash(value: Value, depth = 0): number {
  switch (typeof value) {
    case 'string':
      return stringHash(value);
    case 'number':
      return value;
    case 'boolean':
      return value ? 1231 : 1237;
    case 'bigint':
      return bigHash(value);
  }
  if (value === null) return 0;
  if (depth > NESTING_MAX) throw new TemplateRenderError('A list or map is nested too deeply to hash');
  if (value instanceof JLong) return Number(BigInt.asIntN(32, value.value ^ (value.value >> 32n)));
  if (value instanceof JDouble) {
    view.setFloat64(0, value.value);
    return view.getInt32(0) ^ view.getInt32(4);
  }
  if (value instanceof JFloat) {
    view.setFloat32(0, value.value);
    return view.getInt32(0);
  }
  if (value instanceof JSmall) return value.value;
  if (value instanceof JChar) return value.code;
  if (value instanceof JDecimal) return (Math.imul(31, bigHash(value.unscaled)) + value.scale) | 0;
  if (value instanceof JEntry) return javaHash(value.key, depth + 1) ^ javaHash(value.value, depth + 1);
  if (value instanceof JMap) {
    let hash = 0;
    value.keys.forEach((key, i) => {
      hash = (hash + (javaHash(key, depth + 1) ^ javaHash(value.values[i]!, depth + 1))) | 0;
    });
    return hash;
  }
  if (value instanceof JList && value.flavor.prints !== 'array') {
    let hash = value.flavor.isSet ? 0 : 1;
    for (const item of value.items) {
      hash = ((value.flavor.isSet ? hash : Math.imul(31, hash)) + javaHash(item, depth + 1)) | 0;
    }
    return hash;
  }
  return 0;
}

export function stringHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}

function bigHash(value: bigint): number {
  let rest = value < 0n ? -value : value;
  const words: number[] = [];
  while (rest > 0n) {
    words.unshift(Number(rest & 0xffffffffn));
    rest >>= 32n;
  }
  let hash = 0;
  for (const word of words) hash = (Math.imul(31, hash) + word) | 0;
  return value < 0n ? -hash | 0 : hash;
}
