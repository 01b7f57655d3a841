// How a value prints: Java's toString() for most, json-smart's text for lists that came from JSON.

import { TemplateRenderError } from '../errors.ts';
import { listJson } from '../json/write.ts';
import { decimalText } from './decimal.ts';
import { doubleText, floatText } from './double-text.ts';
import {
  type JavaObject,
  JChar,
  JClass,
  JDecimal,
  JDouble,
  JEntry,
  JFloat,
  JList,
  JLong,
  JMap,
  JSmall,
  type Value,
} from './kinds.ts';

/** No text a template builds may be longer; the same as the largest payload. */
export const TEXT_CHARS_MAX = 10 * 1024 * 1024;
const NESTING_MAX = 500;

/** An object outside the plain classes that knows how it prints. */
export interface Printable {
  toText(): string;
}

/**
 * Java's text of a value: what `$x` prints.
 *
 * @throws TemplateRenderError when the text would be longer than {@link TEXT_CHARS_MAX}
 */
export function toDisplayText(value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  if (value === null) return 'null';
  return objectText(value, 0);
}

function textOf(value: Value, depth: number): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return String(value);
  if (value === null) return 'null';
  return objectText(value, depth);
}

function objectText(value: JavaObject, depth: number): string {
  if (value instanceof JDouble) return value.text ?? doubleText(value.value);
  if (value instanceof JLong) return value.value.toString();
  if (value instanceof JMap) return mapText(value, depth);
  if (value instanceof JList) return listText(value, depth);
  if (value instanceof JChar) return String.fromCharCode(value.code);
  if (value instanceof JDecimal) return decimalText(value);
  if (value instanceof JFloat) return floatText(value.value);
  if (value instanceof JSmall) return String(value.value);
  if (value instanceof JEntry) return `${textOf(value.key, depth + 1)}=${textOf(value.value, depth + 1)}`;
  if (value instanceof JClass) return `class ${value.of}`;
  if ('toText' in value) return (value as JavaObject & Printable).toText();
  return `${value.className}@0`;
}

function mapText(map: JMap, depth: number): string {
  if (map.silent) return '';
  assertNesting(depth);
  const { keys, values } = map;
  let text = '{';
  for (let i = 0; i < keys.length; i++) {
    if (i > 0) text += ', ';
    const value = values[i]!;
    text += `${keys[i] === map ? '(this Map)' : textOf(keys[i]!, depth + 1)}=`;
    text += value === map ? '(this Map)' : textOf(value, depth + 1);
    if (text.length > TEXT_CHARS_MAX) throw tooLong();
  }
  return `${text}}`;
}

function listText(list: JList, depth: number): string {
  if (list.flavor.prints === 'json') return listJson(list, true);
  if (list.flavor.prints === 'array') return `${list.className}@0`;
  assertNesting(depth);
  let text = '[';
  const items = list.items;
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ', ';
    const item = items[i]!;
    text += item === list ? '(this Collection)' : textOf(item, depth + 1);
    if (text.length > TEXT_CHARS_MAX) throw tooLong();
  }
  return `${text}]`;
}

function assertNesting(depth: number): void {
  if (depth > NESTING_MAX) throw new TemplateRenderError('A list or map is nested too deeply to print');
}

export function tooLong(): TemplateRenderError {
  return new TemplateRenderError(`A text would be longer than ${TEXT_CHARS_MAX} characters`);
}
