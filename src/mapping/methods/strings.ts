// java.lang.String.

import { compileRegex, type Regex, RegexSyntaxError } from '../regex/regex.ts';
import { stringHash } from '../value/equality.ts';
import { BYTE_ARRAY, CHAR_ARRAY, JChar, JList, JSmall, STRING_ARRAY, type Value } from '../value/kinds.ts';
import { spendText } from '../value/meter.ts';
import { TEXT_CHARS_MAX, toDisplayText, tooLong } from '../value/text.ts';
import { formatJava } from './format.ts';
import { JStream } from './stream.ts';
import { cannotCompare, fault, methodTable, notNull } from './table.ts';

const JAVA_TRIM = /^[\0- ]+|[\0- ]+$/g;
const STRIP_SPACE =
  '[\\t-\\r\\u001c-\\u001f \\u1680\\u2000-\\u2006\\u2008-\\u200a\\u2028\\u2029\\u205f\\u3000]';
const LEADING = new RegExp(`^${STRIP_SPACE}+`);
const TRAILING = new RegExp(`${STRIP_SPACE}$`);

/** A text a method has built: counted, and refused when too long. */
function built(text: string): string {
  if (text.length > TEXT_CHARS_MAX) throw tooLong();
  spendText(text.length);
  return text;
}

function inside(index: number, length: number): number {
  if (index < 0 || index > length)
    throw fault(`StringIndexOutOfBoundsException: index ${index}, length ${length}`);
  return index;
}

function substring(text: string, begin: number, end: number): string {
  if (begin > end) throw fault(`StringIndexOutOfBoundsException: begin ${begin}, end ${end}`);
  return text.slice(inside(begin, text.length), inside(end, text.length));
}

function charAt(text: string, index: number): JChar {
  if (index < 0 || index >= text.length) throw fault(`StringIndexOutOfBoundsException: index ${index}`);
  return new JChar(text.charCodeAt(index));
}

function stripTrailing(text: string): string {
  let end = text.length;
  while (end > 0 && TRAILING.test(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** A regular expression of a template; a bad one ends the render. */
function regexOf(source: string): Regex {
  try {
    return compileRegex(notNull(source));
  } catch (error) {
    if (error instanceof RegexSyntaxError) throw fault(`PatternSyntaxException: ${error.message}`);
    throw error;
  }
}

function replaceAll(text: string, source: string, replacement: string, onlyFirst = false): string {
  const regex = regexOf(source);
  let result = '';
  let from = 0;
  let at = 0;
  let lastMatch = 0;
  for (;;) {
    const groups = at <= text.length ? regex.find(text, at, lastMatch) : null;
    if (groups === null) break;
    const [start, end] = [groups[0]!, groups[1]!];
    result += text.slice(from, start) + expanded(notNull(replacement), text, groups, regex);
    if (result.length > TEXT_CHARS_MAX) throw tooLong();
    from = end;
    lastMatch = end;
    at = end === start ? end + 1 : end;
    if (onlyFirst) break;
  }
  return built(result + text.slice(from));
}

// "$1", "${name}" and "\x" of a replacement.
function expanded(replacement: string, text: string, groups: readonly number[], regex: Regex): string {
  if (!replacement.includes('$') && !replacement.includes('\\')) return replacement;
  let result = '';
  for (let i = 0; i < replacement.length; i++) {
    const char = replacement[i]!;
    if (char === '\\') {
      const next = replacement[++i];
      if (next === undefined) throw fault('IllegalArgumentException: character to be escaped is missing');
      result += next;
    } else if (char === '$') {
      const [index, length] = groupReference(replacement, i + 1, regex);
      const start = groups[2 * index] ?? -1;
      if (start >= 0) result += text.slice(start, groups[2 * index + 1]);
      i += length;
    } else {
      result += char;
    }
  }
  return result;
}

/** @returns the number of the group, and how many characters named it */
function groupReference(replacement: string, at: number, regex: Regex): [number, number] {
  const named = /^\{([a-zA-Z][a-zA-Z0-9]*)\}/.exec(replacement.slice(at, at + 100));
  if (named !== null) {
    const index = regex.names.get(named[1]!);
    if (index === undefined) throw fault(`IllegalArgumentException: No group with name {${named[1]}}`);
    return [index, named[0].length];
  }
  if (!/[0-9]/.test(replacement[at] ?? '')) throw fault('IllegalArgumentException: Illegal group reference');
  let index = Number(replacement[at]);
  if (index > regex.groupCount) throw fault(`IndexOutOfBoundsException: No group ${index}`);
  let length = 1;
  while (/[0-9]/.test(replacement[at + length] ?? '')) {
    const longer = index * 10 + Number(replacement[at + length]);
    if (longer > regex.groupCount) break;
    index = longer;
    length++;
  }
  return [index, length];
}

function split(text: string, source: string, limit = 0): JList {
  const regex = regexOf(source);
  const parts: string[] = [];
  let from = 0;
  let at = 0;
  let lastMatch = 0;
  while (at <= text.length && (limit <= 0 || parts.length < limit - 1)) {
    const groups = regex.find(text, at, lastMatch);
    if (groups === null) break;
    const [start, end] = [groups[0]!, groups[1]!];
    lastMatch = end;
    at = end === start ? end + 1 : end;
    // A match of nothing at the very beginning splits nothing off.
    if (end === 0) continue;
    parts.push(text.slice(from, start));
    from = end;
  }
  spendText(text.length);
  if (from === 0 && parts.length === 0) return new JList([text], STRING_ARRAY);
  parts.push(text.slice(from));
  if (limit === 0) while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
  return new JList(parts, STRING_ARRAY);
}

function lines(text: string): string[] {
  const parts = text.split(/\r\n|\n|\r/);
  if (parts[parts.length - 1] === '') parts.pop();
  return parts;
}

function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a.charCodeAt(i) - b.charCodeAt(i);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

// Java folds each character up and then down.
const folded = (text: string): string => text.toUpperCase().toLowerCase();

function pointAt(text: string, index: number): number {
  if (index < 0 || index >= text.length) throw fault(`StringIndexOutOfBoundsException: index ${index}`);
  return text.codePointAt(index)!;
}

function joined(separator: string, parts: readonly Value[]): string {
  return built(parts.map((part) => (part === null ? 'null' : toDisplayText(part))).join(separator));
}

function bytesOf(text: string): JList {
  spendText(text.length * 4);
  return new JList(
    [...new TextEncoder().encode(text.toWellFormed())].map((byte) => new JSmall(byte, 8)),
    BYTE_ARRAY,
  );
}

function charsOf(text: string): JList {
  spendText(text.length * 8);
  return new JList(
    Array.from(text.split(''), (char) => new JChar(char.charCodeAt(0))),
    CHAR_ARRAY,
  );
}

function regionMatches(
  fold: boolean,
  a: string,
  at: number,
  b: string,
  from: number,
  length: number,
): boolean {
  if (at < 0 || from < 0 || at + length > a.length || from + length > b.length) return false;
  const left = a.substr(at, Math.max(0, length));
  const right = b.substr(from, Math.max(0, length));
  return fold ? folded(left) === folded(right) : left === right;
}

function indented(text: string, by: number): string {
  if (text === '') return '';
  const pad = ' '.repeat(Math.max(0, Math.min(by, TEXT_CHARS_MAX)));
  const moved = lines(text).map((line) => {
    if (by >= 0) return pad + line;
    const blanks = LEADING.exec(line)?.[0].length ?? 0;
    return line.slice(Math.min(-by, blanks));
  });
  return built(`${moved.join('\n')}\n`);
}

export const STRING = methodTable<string>({
  'length()': (self) => self.length,
  'isEmpty()': (self) => self.length === 0,
  'isBlank()': (self) => stripTrailing(self) === '',
  'charAt(int)': charAt,
  'codePointAt(int)': pointAt,
  'codePointBefore(int)': (self, index: number) => pointAt(self, index - 1),
  'codePointCount(int,int)': (self, begin: number, end: number) => [...substring(self, begin, end)].length,
  'substring(int)': (self, begin: number) => substring(self, begin, self.length),
  'substring(int,int)': substring,
  'subSequence(int,int)': substring,
  'indexOf(int)': (self, code: number) => self.indexOf(String.fromCodePoint(validPoint(code))),
  'indexOf(String)': (self, text: string) => self.indexOf(notNull(text)),
  'indexOf(int,int)': (self, code: number, from: number) =>
    self.indexOf(String.fromCodePoint(validPoint(code)), from),
  'indexOf(String,int)': (self, text: string, from: number) => self.indexOf(notNull(text), from),
  'lastIndexOf(int)': (self, code: number) => self.lastIndexOf(String.fromCodePoint(validPoint(code))),
  'lastIndexOf(String)': (self, text: string) => self.lastIndexOf(notNull(text)),
  'lastIndexOf(int,int)': (self, code: number, from: number) =>
    from < 0 ? -1 : self.lastIndexOf(String.fromCodePoint(validPoint(code)), from),
  'lastIndexOf(String,int)': (self, text: string, from: number) =>
    from < 0 ? -1 : self.lastIndexOf(notNull(text), from),
  'contains(CharSequence)': (self, text: string) => self.includes(notNull(text)),
  'startsWith(String)': (self, text: string) => self.startsWith(notNull(text)),
  'startsWith(String,int)': (self, text: string, at: number) =>
    at >= 0 && at <= self.length && self.startsWith(notNull(text), at),
  'endsWith(String)': (self, text: string) => self.endsWith(notNull(text)),
  'equalsIgnoreCase(String)': (self, text: string | null) => text !== null && folded(self) === folded(text),
  'contentEquals(CharSequence)': (self, text: string) => self === notNull(text),
  'compareTo(String)': (self, text: string) => compareTexts(self, notNull(text)),
  'compareTo(Object)': cannotCompare,
  'compareToIgnoreCase(String)': (self, text: string) => compareTexts(folded(self), folded(notNull(text))),
  'regionMatches(int,String,int,int)': (self, at: number, text: string, from: number, length: number) =>
    regionMatches(false, self, at, notNull(text), from, length),
  'regionMatches(boolean,int,String,int,int)': (
    self,
    fold: boolean,
    at: number,
    text: string,
    from: number,
    n: number,
  ) => regionMatches(fold, self, at, notNull(text), from, n),
  'toUpperCase()': (self) => built(self.toUpperCase()),
  'toLowerCase()': (self) => built(self.toLowerCase()),
  'trim()': (self) => built(self.replace(JAVA_TRIM, '')),
  'strip()': (self) => built(stripTrailing(self.replace(LEADING, ''))),
  'stripLeading()': (self) => built(self.replace(LEADING, '')),
  'stripTrailing()': (self) => built(stripTrailing(self)),
  'concat(String)': (self, text: string) => built(self + notNull(text)),
  'repeat(int)': (self, count: number) => {
    if (count < 0) throw fault(`IllegalArgumentException: count is negative: ${count}`);
    if (self.length * count > TEXT_CHARS_MAX) throw tooLong();
    return built(self.repeat(count));
  },
  'replace(char,char)': (self, from: number, to: number) =>
    built(self.replaceAll(String.fromCharCode(from), () => String.fromCharCode(to))),
  'replace(CharSequence,CharSequence)': (self, from: string, to: string) => {
    const grown = notNull(to).length * (self.length + 1);
    if (grown > TEXT_CHARS_MAX && self.split(notNull(from)).length * to.length > TEXT_CHARS_MAX)
      throw tooLong();
    return built(self.replaceAll(notNull(from), () => to));
  },
  'replaceAll(String,String)': (self, regex: string, to: string) => replaceAll(self, regex, to),
  'replaceFirst(String,String)': (self, regex: string, to: string) => replaceAll(self, regex, to, true),
  'matches(String)': (self, regex: string) => regexOf(regex).matches(self),
  'split(String)': (self, regex: string) => split(self, regex),
  'split(String,int)': split,
  'lines()': (self) => new JStream(lines(built(self))),
  'chars()': (self) => new JStream(charsOf(self).items.map((char) => (char as JChar).code)),
  'indent(int)': indented,
  'stripIndent()': (self) => stripIndent(self),
  'translateEscapes()': (self) => translated(self),
  'toCharArray()': charsOf,
  'getBytes()': bytesOf,
  'getBytes(String)': bytesOf,
  'intern()': (self) => self,
  'hashCode()': (self) => stringHash(self),
  'formatted(Object...)': (self, args: Value[]) => built(formatJava(self, args)),
  'format(String,Object...)': (_, pattern: string, args: Value[]) =>
    built(formatJava(notNull(pattern), args)),
  'join(CharSequence,Collection)': (_, separator: string, list: JList) =>
    joined(notNull(separator), notNull(list).items),
  'join(CharSequence,CharSequence...)': (_, separator: string, parts: Value[]) =>
    joined(notNull(separator), parts),
  'valueOf(Object)': (_, value: Value) =>
    value instanceof JList && value.flavor === CHAR_ARRAY
      ? value.items.map(toDisplayText).join('')
      : toDisplayText(value),
  'copyValueOf(Object)': (_, value: Value) => charsText(value),
});

function charsText(value: Value): Value {
  if (value instanceof JChar) return toDisplayText(value);
  return value instanceof JList && value.flavor === CHAR_ARRAY
    ? value.items.map(toDisplayText).join('')
    : null;
}

function validPoint(code: number): number {
  return code >= 0 && code <= 0x10ffff ? code : 0xffff;
}

function stripIndent(text: string): string {
  const all = text.split(/\r\n|\n|\r/);
  const last = all[all.length - 1]!;
  const counted = all.filter((line, i) => stripTrailing(line) !== '' || i === all.length - 1);
  const margin = Math.min(
    ...counted.map((line) =>
      stripTrailing(line) === '' ? line.length : (LEADING.exec(line)?.[0].length ?? 0),
    ),
  );
  return built(
    all.map((line) => stripTrailing(stripTrailing(line) === '' ? '' : line.slice(margin))).join('\n') +
      (last === '' ? '' : ''),
  );
}

const TRANSLATIONS = new Map([
  ['b', '\b'],
  ['t', '\t'],
  ['n', '\n'],
  ['f', '\f'],
  ['r', '\r'],
  ['s', ' '],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['\n', ''],
]);

function translated(text: string): string {
  return text.replace(/\\([0-3]?[0-7]{1,2}|[\s\S]|$)/g, (_, kind: string) => {
    if (/^[0-7]/.test(kind)) return String.fromCharCode(Number.parseInt(kind, 8));
    const found = TRANSLATIONS.get(kind);
    if (found === undefined) throw fault('IllegalArgumentException: Invalid escape sequence');
    return found;
  });
}
