// Text transformations: what is done to a part of a request before it is looked at, against attackers who write it in
// another way. Texts have one character for each byte. Every one of them is linear in its text, whatever that holds.

import { createHash } from 'node:crypto';
import { isAscii, textOf } from './byte-text.ts';
import { FirewallError, notEvaluated, reasons } from './firewall-error.ts';
import { integerIn, listIn, membersOf, optionIn } from './members.ts';

export type Transformation = (text: string) => string;

const transformationsMax = 10;

export interface Transformations {
  /** Equal for those that do the same. */
  readonly key: string;
  /** In their order; none where nothing is to be done. */
  readonly list: readonly Transformation[];
}

/** @param value - `TextTransformations` of a statement @throws FirewallError */
export function compileTransformations(value: unknown): Transformations {
  const given = listIn({ TextTransformations: value }, 'TextTransformations', field, 1, transformationsMax);
  const ordered = given
    .map((one) => {
      const members = membersOf(one, field, ['Priority', 'Type']);
      return {
        priority: integerIn(members, 'Priority', field, 0, 2 ** 31 - 1),
        type: optionIn(members, 'Type', field, allTypes),
      };
    })
    .sort((a, b) => a.priority - b.priority);
  if (new Set(ordered.map(({ priority }) => priority)).size < ordered.length)
    throw new FirewallError(reasons.duplicatePriority, field, 'Priority');
  const types = ordered.map(({ type }) => type).filter((type) => type !== 'NONE');
  return { key: types.join(','), list: types.map(transformationOf) };
}

const field = 'TEXT_TRANSFORMATION';

function transformationOf(type: (typeof allTypes)[number]): Transformation {
  const found = transformations[type as keyof typeof transformations];
  if (found === undefined) throw notEvaluated(type, field);
  return found;
}

const space = /[ \f\t\n\r\v\xa0]/;
const isOctal = (code: number): boolean => code >= 48 && code <= 55;

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** The value of `count` hexadecimal digits at `from`; -1 when they are none. */
function hexAt(text: string, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const digit = i < text.length ? hexDigit(text.charCodeAt(i)) : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** Bytes of a code point, in UTF-8. */
const utf8Of = (codePoint: number): string =>
  codePoint < 128
    ? String.fromCharCode(codePoint)
    : codePoint > 0x10ffff
      ? ''
      : Buffer.from(String.fromCodePoint(codePoint), 'utf8').toString('latin1');

/** A whole code point becomes one byte where it fits, as the decoders of web applications' firewalls do it. */
const byteOf = (codePoint: number): string =>
  codePoint < 256 ? String.fromCharCode(codePoint) : utf8Of(codePoint);

/**
 * Copies a text, but for what `decode` takes: it is asked at each `mark`.
 * @param decode - given where the mark stands: how many characters go, and what comes; null leaves the mark
 */
function replaceAt(
  text: string,
  mark: string,
  decode: (text: string, at: number) => readonly [taken: number, put: string] | null,
): string {
  let at = text.indexOf(mark);
  if (at < 0) return text;
  const parts: string[] = [];
  let from = 0;
  while (at >= 0) {
    const found = decode(text, at);
    if (found === null) at = text.indexOf(mark, at + 1);
    else {
      parts.push(text.slice(from, at), found[1]);
      from = at + found[0];
      at = text.indexOf(mark, from);
    }
  }
  parts.push(text.slice(from));
  return parts.join('');
}

/** `%uXXXX` of full-width letters is the letter. */
const plainOf = (code: number): string =>
  code >= 0xff01 && code <= 0xff5e ? String.fromCharCode(code - 0xfee0) : utf8Of(code);

function urlDecode(text: string, withUnicode: boolean): string {
  return replaceAt(text.includes('+') ? text.replaceAll('+', ' ') : text, '%', (all, at) => {
    const byte = hexAt(all, at + 1, 2);
    if (byte >= 0) return [3, String.fromCharCode(byte)];
    if (!withUnicode || (all.charCodeAt(at + 1) | 32) !== 117) return null;
    const code = hexAt(all, at + 2, 4);
    return code < 0 ? null : [6, plainOf(code)];
  });
}

/** Those that hide something that a rule may look for. */
const entities: Readonly<Record<string, string>> = {
  __proto__: null as never,
  amp: '&',
  apos: "'",
  ast: '*',
  bsol: '\\',
  colon: ':',
  comma: ',',
  equals: '=',
  excl: '!',
  gt: '>',
  lbrace: '{',
  lpar: '(',
  lsqb: '[',
  lt: '<',
  nbsp: '\xa0',
  newline: '\n',
  num: '#',
  percnt: '%',
  period: '.',
  plus: '+',
  quot: '"',
  rbrace: '}',
  rpar: ')',
  rsqb: ']',
  semi: ';',
  sol: '/',
  tab: '\t',
};

const entityNameMax = 7;

function htmlEntityDecode(text: string): string {
  return replaceAt(text, '&', (all, at) => {
    if (all.charCodeAt(at + 1) === 35) return numericEntity(all, at);
    const end = all.slice(at + 1, at + 2 + entityNameMax).search(/[^A-Za-z]/);
    const name = all.slice(at + 1, end < 0 ? at + 1 + entityNameMax : at + 1 + end);
    const found = entities[name.toLowerCase()];
    if (found === undefined) return null;
    const isEnded = all.charCodeAt(at + 1 + name.length) === 59;
    return [1 + name.length + (isEnded ? 1 : 0), found];
  });
}

/** Zeros before a number may be many, which browsers read: they are counted, and not kept. */
function numericEntity(text: string, at: number): readonly [number, string] | null {
  const isHex = (text.charCodeAt(at + 2) | 32) === 120;
  const start = at + (isHex ? 3 : 2);
  let value = 0;
  let end = start;
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end);
    const digit = isHex ? hexDigit(code) : code >= 48 && code <= 57 ? code - 48 : -1;
    if (digit < 0) break;
    value = Math.min(value * (isHex ? 16 : 10) + digit, 0x110000);
  }
  if (end === start) return null;
  const isEnded = text.charCodeAt(end) === 59;
  return [end - at + (isEnded ? 1 : 0), byteOf(value)];
}

/** Comments become `with`; one that does not end reaches to the end of the text. */
function replaceComments(text: string, put: string): string {
  let end = 0;
  return replaceAt(text, '/*', (all, at) => {
    end = all.indexOf('*/', at + 2);
    return [end < 0 ? all.length - at : end + 2 - at, put];
  });
}

const escapes: Readonly<Record<string, string>> = {
  __proto__: null as never,
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** ANSI C. */
function escapeSequenceDecode(text: string): string {
  return replaceAt(text, '\\', (all, at) => {
    const next = all.charAt(at + 1);
    if (next === 'x' || next === 'X') {
      const byte = hexAt(all, at + 2, 2);
      return byte < 0 ? null : [4, String.fromCharCode(byte)];
    }
    if (isOctal(all.charCodeAt(at + 1))) return octal(all, at);
    const simple = escapes[next];
    if (simple !== undefined) return [2, simple];
    return next !== '' && '\\?\'"'.includes(next) ? [2, next] : null;
  });
}

function octal(text: string, at: number): readonly [number, string] {
  let value = 0;
  let end = at + 1;
  while (end < at + 4 && isOctal(text.charCodeAt(end))) value = value * 8 + text.charCodeAt(end++) - 48;
  return [end - at, String.fromCharCode(value & 255)];
}

/** `\uXXXX` too. */
function jsDecode(text: string): string {
  return replaceAt(text, '\\', (all, at) => {
    const next = all.charAt(at + 1);
    if (next === 'u') {
      const code = hexAt(all, at + 2, 4);
      if (code >= 0) return [6, plainOf(code)];
    } else if (next === 'x') {
      const byte = hexAt(all, at + 2, 2);
      if (byte >= 0) return [4, String.fromCharCode(byte)];
    } else if (isOctal(all.charCodeAt(at + 1))) return octal(all, at);
    return next === '' ? null : [2, escapes[next] ?? next];
  });
}

/** CSS 2: up to six digits, and one space after them; a line end goes. */
function cssDecode(text: string): string {
  return replaceAt(text, '\\', (all, at) => {
    let end = at + 1;
    while (end < at + 7 && end < all.length && hexDigit(all.charCodeAt(end)) >= 0) end++;
    if (end === at + 1) {
      const next = all.charAt(end);
      return next === '' ? [1, ''] : [2, next === '\n' ? '' : next];
    }
    const code = Number.parseInt(all.slice(at + 1, end), 16);
    const put = code >= 0xff01 && code <= 0xff5e ? plainOf(code) : byteOf(code & 0xff);
    return [end - at + (space.test(all.charAt(end)) ? 1 : 0), put];
  });
}

/** `0x414243` -> `ABC` */
function sqlHexDecode(text: string): string {
  return replaceAt(text.replaceAll('0X', '0x'), '0x', (all, at) => {
    let end = at + 2;
    while (end + 1 < all.length && hexAt(all, end, 2) >= 0) end += 2;
    if (end === at + 2) return null;
    return [end - at, Buffer.from(all.slice(at + 2, end), 'hex').toString('latin1')];
  });
}

/** What shells pass over: quotes, carets and backslashes go; delimiters become one space; none before `/` and `(`. */
function commandLine(text: string): string {
  return text
    .replace(/[\\"'^]/g, '')
    .replace(/[\s,;]+/g, ' ')
    .replace(/ (?=[/(])/g, '')
    .replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Slashes in a row, `.` and `..` go, but for those at the start that go above it. */
function normalizePath(text: string): string {
  const isAbsolute = text.startsWith('/');
  const kept: string[] = [];
  for (const part of text.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (part !== '..' || !isAbsolute) kept.push(part);
  }
  const isFolder = /(?:^|\/)\.{0,2}$/.test(text) && kept.length > 0;
  return `${isAbsolute ? '/' : ''}${kept.join('/')}${isFolder ? '/' : ''}`;
}

function base64Decode(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1');
}

/** Stops at what is no base64, as the strict decoder does. */
function base64DecodeStrict(text: string): string {
  const end = text.search(/[^A-Za-z0-9+/]/);
  return base64Decode(end < 0 ? text : text.slice(0, end));
}

function hexDecode(text: string): string {
  return Buffer.from(text.length % 2 === 0 ? text : text.slice(0, -1), 'hex').toString('latin1');
}

/** Code points above ASCII become `%uXXXX`. */
const utf8ToUnicode: Transformation = (text) =>
  isAscii(text)
    ? text
    : textOf(text).replace(
        /[^\x00-\x7f]/g,
        (unit) => `%u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );

const hashOf = (name: string): Transformation => {
  return (text) => createHash(name).update(text, 'latin1').digest().toString('latin1');
};

/** The letters A to Z alone: a byte above them may be part of anything. */
const lowerCase: Transformation = (text) =>
  isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upperCase: Transformation = (text) =>
  isAscii(text) ? text.toUpperCase() : text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

function trimLeft(text: string): string {
  let start = 0;
  while (start < text.length && space.test(text.charAt(start))) start++;
  return text.slice(start);
}

function trimRight(text: string): string {
  let end = text.length;
  while (end > 0 && space.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

const transformations = {
  BASE64_DECODE: base64DecodeStrict,
  BASE64_DECODE_EXT: base64Decode,
  CMD_LINE: commandLine,
  COMPRESS_WHITE_SPACE: (text) => text.replace(/[ \f\t\n\r\v\xa0]+/g, ' '),
  CSS_DECODE: cssDecode,
  ESCAPE_SEQ_DECODE: escapeSequenceDecode,
  HEX_DECODE: hexDecode,
  HTML_ENTITY_DECODE: htmlEntityDecode,
  JS_DECODE: jsDecode,
  LOWERCASE: lowerCase,
  MD5: hashOf('md5'),
  NORMALIZE_PATH: normalizePath,
  NORMALIZE_PATH_WIN: (text) => normalizePath(text.replaceAll('\\', '/')),
  REMOVE_NULLS: (text) => text.replaceAll('\0', ''),
  REMOVE_WHITESPACE: (text) => text.replace(/[ \f\t\n\r\v\xa0]+/g, ''),
  REPLACE_COMMENTS: (text) => replaceComments(text, ' '),
  REPLACE_NULLS: (text) => text.replaceAll('\0', ' '),
  SHA256: hashOf('sha256'),
  SQL_HEX_DECODE: sqlHexDecode,
  TRIM: (text) => trimLeft(trimRight(text)),
  TRIM_LEFT: trimLeft,
  TRIM_RIGHT: trimRight,
  UPPERCASE: upperCase,
  URL_DECODE: (text) => urlDecode(text, false),
  URL_DECODE_UNI: (text) => urlDecode(text, true),
  UTF8_TO_UNICODE: utf8ToUnicode,
} as const satisfies Readonly<Record<string, Transformation>>;

/** For tests that go through all of them. */
export const transformationTypes = Object.keys(transformations) as (keyof typeof transformations)[];

const allTypes = [
  'NONE',
  ...transformationTypes,
  'REMOVE_COMMENTS_CHAR',
  'CMD_LINE_WIN',
  'CMD_LINE_UNIX',
  'JS_DECODE_EXT',
] as const;
