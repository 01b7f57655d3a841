// JSON text as json-smart writes it. Two styles: $input.json leaves "/" alone, the text of a list escapes it.

import { TemplateRenderError } from '../errors.ts';
import { JChar, JDouble, JFloat, JList, JMap, type Value } from '../value/kinds.ts';
import { TEXT_CHARS_MAX, toDisplayText } from '../value/text.ts';

const NESTING_MAX = 500;
// What must be escaped: controls, DEL to U+009F, U+2000 to U+20FF, quote and backslash.
const PLAIN = /^[^"\\\u0000-\u001f\u007f-\u009f\u2000-\u20ff]*$/;
const PLAIN_WEB = /^[^"\\/\u0000-\u001f\u007f-\u009f\u2000-\u20ff]*$/;
const ESCAPED = /["\\\u0000-\u001f\u007f-\u009f\u2000-\u20ff]/g;
const ESCAPED_WEB = /["\\/\u0000-\u001f\u007f-\u009f\u2000-\u20ff]/g;
const NAMED: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['/', '\\/'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * The JSON text of a value, as `$input.json` gives it.
 *
 * @throws TemplateRenderError when it would be too long or is nested too deeply
 */
export function toJsonText(value: Value): string {
  return jsonOf(value, false, 0);
}

/** The JSON text of a list; `web` escapes `/` as the list's own `toString()` does. */
export function listJson(list: JList, web: boolean): string {
  return jsonOf(list, web, 0);
}

function jsonOf(value: Value, web: boolean, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quoted(value, web);
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
  }
  if (value === null) return 'null';
  if (value instanceof JMap) return objectJson(value, web, depth);
  if (value instanceof JList) return arrayJson(value, web, depth);
  if (value instanceof JDouble && value.text !== null) return value.text;
  if (value instanceof JDouble || value instanceof JFloat) {
    return Math.abs(value.value) === Number.POSITIVE_INFINITY ? 'null' : toDisplayText(value);
  }
  if (value instanceof JChar) return quoted(toDisplayText(value), web);
  const text = toDisplayText(value);
  return value.className.startsWith('java.lang.') || value.className.startsWith('java.math.')
    ? text
    : quoted(text, web);
}

function objectJson(map: JMap, web: boolean, depth: number): string {
  assertNesting(depth);
  const { keys, values } = map;
  let text = '{';
  for (let i = 0; i < keys.length; i++) {
    if (i > 0) text += ',';
    text += `${quoted(toDisplayText(keys[i]!), web)}:`;
    text += jsonOf(values[i]!, web, depth + 1);
    if (text.length > TEXT_CHARS_MAX) throw new TemplateRenderError('A JSON text would be too long');
  }
  return `${text}}`;
}

function arrayJson(list: JList, web: boolean, depth: number): string {
  assertNesting(depth);
  const items = list.items;
  let text = '[';
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ',';
    text += jsonOf(items[i]!, web, depth + 1);
    if (text.length > TEXT_CHARS_MAX) throw new TemplateRenderError('A JSON text would be too long');
  }
  return `${text}]`;
}

function assertNesting(depth: number): void {
  if (depth > NESTING_MAX) throw new TemplateRenderError('A list or map is nested too deeply to write');
}

/** A JSON string; also what `$input.json` gives for a text. */
export function quoted(text: string, web: boolean): string {
  if ((web ? PLAIN_WEB : PLAIN).test(text)) return `"${text}"`;
  return `"${text.replace(web ? ESCAPED_WEB : ESCAPED, escaped)}"`;
}

function escaped(char: string): string {
  return NAMED.get(char) ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
