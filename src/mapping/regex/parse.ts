// Java's regular expression syntax, as a tree.

import {
  type CharTest,
  classOfProperty,
  foldedTest,
  isWordChar,
  literalTest,
  rangeTest,
} from './char-class.ts';

export class RegexSyntaxError extends Error {
  override readonly name: string = 'RegexSyntaxError';
}

export type RegexNode =
  | { readonly type: 'char'; readonly test: CharTest; readonly literal: string | null }
  | { readonly type: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly type: 'choice'; readonly options: readonly RegexNode[] }
  | {
      readonly type: 'repeat';
      readonly part: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly mode: 'greedy' | 'lazy' | 'possessive';
    }
  | { readonly type: 'group'; readonly index: number; readonly part: RegexNode }
  | { readonly type: 'atomic'; readonly part: RegexNode }
  | { readonly type: 'look'; readonly ahead: boolean; readonly wanted: boolean; readonly part: RegexNode }
  | { readonly type: 'back'; readonly index: number; readonly fold: boolean }
  | {
      readonly type:
        | 'begin'
        | 'end'
        | 'endBeforeLine'
        | 'lineBegin'
        | 'lineEnd'
        | 'word'
        | 'noWord'
        | 'lastMatch';
    }
  | { readonly type: 'empty' };

export interface ParsedRegex {
  readonly root: RegexNode;
  readonly groupCount: number;
  readonly names: ReadonlyMap<string, number>;
}

interface Flags {
  fold: boolean;
  multiline: boolean;
  dotAll: boolean;
  comments: boolean;
  unixLines: boolean;
}

const NESTING_MAX = 100;
const REPEAT_MAX = 10_000;

/** @throws RegexSyntaxError */
export function parseRegex(source: string, flags = ''): ParsedRegex {
  return new RegexParser(source, flags).parse();
}

class RegexParser {
  private readonly source: string;
  private at = 0;
  private groups = 0;
  private depth = 0;
  private readonly names = new Map<string, number>();
  private flags: Flags;

  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = {
      fold: flags.includes('i'),
      multiline: flags.includes('m'),
      dotAll: flags.includes('s'),
      comments: flags.includes('x'),
      unixLines: flags.includes('d'),
    };
  }

  parse(): ParsedRegex {
    const root = this.choice();
    if (this.at < this.source.length) throw this.bad('Unmatched closing parenthesis');
    return { root, groupCount: this.groups, names: this.names };
  }

  private bad(message: string): RegexSyntaxError {
    return new RegexSyntaxError(`${message} near index ${this.at}`);
  }

  private choice(): RegexNode {
    if (++this.depth > NESTING_MAX) throw this.bad('Nested too deeply');
    const before = { ...this.flags };
    const options = [this.sequence()];
    while (this.source[this.at] === '|') {
      this.at++;
      options.push(this.sequence());
    }
    this.flags = before;
    this.depth--;
    return options.length === 1 ? options[0]! : { type: 'choice', options };
  }

  private sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (;;) {
      if (this.flags.comments) this.skipComments();
      const char = this.source[this.at];
      if (char === undefined || char === '|' || char === ')') break;
      const part = this.source.startsWith('\\Q', this.at) ? this.quotation(parts) : this.atom();
      if (part !== null) parts.push(this.repeated(part));
    }
    return parts.length === 1 ? parts[0]! : { type: 'sequence', parts };
  }

  private skipComments(): void {
    for (;;) {
      const char = this.source[this.at];
      if (char !== undefined && /\s/.test(char)) this.at++;
      else if (char === '#') while (this.at < this.source.length && this.source[this.at] !== '\n') this.at++;
      else return;
    }
  }

  private quotation(parts: RegexNode[]): RegexNode | null {
    const end = this.source.indexOf('\\E', this.at + 2);
    const text = this.source.slice(this.at + 2, end < 0 ? undefined : end);
    this.at = end < 0 ? this.source.length : end + 2;
    const chars = [...text].map((char) => this.literal(char));
    const last = chars.pop() ?? null;
    parts.push(...chars);
    return last;
  }

  private literal(char: string): RegexNode {
    if (char.length > 1) {
      return { type: 'sequence', parts: [this.literal(char[0]!), this.literal(char[1]!)] };
    }
    return this.flags.fold
      ? { type: 'char', test: foldedTest(literalTest(char)), literal: null }
      : { type: 'char', test: literalTest(char), literal: char };
  }

  private set(test: CharTest): RegexNode {
    return { type: 'char', test: this.flags.fold ? foldedTest(test) : test, literal: null };
  }

  private atom(): RegexNode | null {
    const char = this.source[this.at++]!;
    switch (char) {
      case '(':
        return this.group();
      case '[':
        return this.set(this.characterClass());
      case '.': {
        const { dotAll, unixLines } = this.flags;
        if (dotAll) return { type: 'char', test: () => true, literal: null };
        return { type: 'char', test: unixLines ? (c) => c !== 10 : (c) => !isLineEnd(c), literal: null };
      }
      case '^':
        return { type: this.flags.multiline ? 'lineBegin' : 'begin' };
      case '$':
        return { type: this.flags.multiline ? 'lineEnd' : 'endBeforeLine' };
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.bad(`Dangling meta character '${char}'`);
      default: {
        const low = this.source.charCodeAt(this.at);
        if (char >= '\ud800' && char <= '\udbff' && low >= 0xdc00 && low <= 0xdfff) {
          return this.literal(char + this.source[this.at++]!);
        }
        return this.literal(char);
      }
    }
  }

  // One quantifier at most: another one after it is dangling.
  private repeated(part: RegexNode): RegexNode {
    if (this.flags.comments) this.skipComments();
    const char = this.source[this.at];
    let min: number;
    let max = Number.POSITIVE_INFINITY;
    if (char === '*') min = 0;
    else if (char === '+') min = 1;
    else if (char === '?') {
      min = 0;
      max = 1;
    } else if (char === '{') {
      const match = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.source.slice(this.at, this.at + 24));
      if (match === null) throw this.bad('Illegal repetition');
      min = Number(match[1]);
      max = match[2] === undefined ? min : match[3] === '' ? max : Number(match[3]);
      if (max < min || min > REPEAT_MAX || (max !== Number.POSITIVE_INFINITY && max > REPEAT_MAX)) {
        throw this.bad('Illegal repetition range');
      }
      this.at += match[0].length - 1;
    } else return part;
    this.at++;
    const suffix = this.source[this.at];
    const mode = suffix === '?' ? 'lazy' : suffix === '+' ? 'possessive' : 'greedy';
    if (mode !== 'greedy') this.at++;
    return { type: 'repeat', part, min, max, mode };
  }

  private group(): RegexNode | null {
    const rest = this.source.slice(this.at, this.at + 4);
    if (!rest.startsWith('?')) return this.captured(null);
    if (rest.startsWith('?:')) return this.inner(2, (part) => part);
    if (rest.startsWith('?>')) return this.inner(2, (part) => ({ type: 'atomic', part }));
    if (rest.startsWith('?='))
      return this.inner(2, (part) => ({ type: 'look', ahead: true, wanted: true, part }));
    if (rest.startsWith('?!'))
      return this.inner(2, (part) => ({ type: 'look', ahead: true, wanted: false, part }));
    if (rest.startsWith('?<='))
      return this.inner(3, (part) => ({ type: 'look', ahead: false, wanted: true, part }));
    if (rest.startsWith('?<!'))
      return this.inner(3, (part) => ({ type: 'look', ahead: false, wanted: false, part }));
    const named = /^\?<([a-zA-Z][a-zA-Z0-9]*)>/.exec(this.source.slice(this.at, this.at + 100));
    if (named !== null) {
      if (this.names.has(named[1]!)) throw this.bad('Named capturing group is already defined');
      this.at += named[0].length;
      return this.captured(named[1]!);
    }
    return this.inlineFlags();
  }

  private captured(name: string | null): RegexNode {
    const index = ++this.groups;
    if (name !== null) this.names.set(name, index);
    return this.inner(0, (part) => ({ type: 'group', index, part }));
  }

  private inner(skip: number, make: (part: RegexNode) => RegexNode): RegexNode {
    this.at += skip;
    const part = this.choice();
    if (this.source[this.at] !== ')') throw this.bad('Unclosed group');
    this.at++;
    return make(part);
  }

  private inlineFlags(): RegexNode | null {
    const match = /^\?([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/.exec(this.source.slice(this.at, this.at + 30));
    if (match === null) throw this.bad('Unknown inline modifier');
    this.at += match[0].length;
    const before = { ...this.flags };
    this.apply(match[1]!, true);
    this.apply(match[2] ?? '', false);
    if (match[3] === ')') return null;
    const part = this.inner(0, (node) => node);
    this.flags = before;
    return part;
  }

  private apply(letters: string, on: boolean): void {
    for (const letter of letters) {
      switch (letter) {
        case 'i':
          this.flags.fold = on;
          break;
        case 'm':
          this.flags.multiline = on;
          break;
        case 's':
          this.flags.dotAll = on;
          break;
        case 'x':
          this.flags.comments = on;
          break;
        case 'd':
          this.flags.unixLines = on;
          break;
        case 'u':
        case 'U':
        case 'c':
          break;
        default:
          throw this.bad('Unknown inline modifier');
      }
    }
  }

  private escape(): RegexNode {
    const char = this.source[this.at++];
    switch (char) {
      case undefined:
        throw this.bad('Unexpected internal error');
      case 'b':
        return { type: 'word' };
      case 'B':
        return { type: 'noWord' };
      case 'A':
        return { type: 'begin' };
      case 'G':
        return { type: 'lastMatch' };
      case 'z':
        return { type: 'end' };
      case 'Z':
        return { type: 'endBeforeLine' };
      case 'R':
        return this.lineBreak();
      case 'k': {
        const match = /^<([a-zA-Z][a-zA-Z0-9]*)>/.exec(this.source.slice(this.at, this.at + 100));
        const index = match === null ? undefined : this.names.get(match[1]!);
        if (index === undefined) throw this.bad('No such named group');
        this.at += match![0].length;
        return { type: 'back', index, fold: this.flags.fold };
      }
    }
    if (char >= '1' && char <= '9') return this.backReference(Number(char));
    const test = this.shorthand(char);
    if (test !== null) return { type: 'char', test, literal: null };
    return this.literal(this.escapedChar(char));
  }

  // "\12" is group 12 if there are that many so far, else group 1 and a "2".
  private backReference(first: number): RegexNode {
    let index = first;
    while (/[0-9]/.test(this.source[this.at] ?? '')) {
      const longer = index * 10 + Number(this.source[this.at]);
      if (longer > this.groups) break;
      index = longer;
      this.at++;
    }
    return { type: 'back', index, fold: this.flags.fold };
  }

  private lineBreak(): RegexNode {
    const one = (text: string): RegexNode => ({ type: 'char', test: literalTest(text), literal: text });
    return {
      type: 'choice',
      options: [
        { type: 'sequence', parts: [one('\r'), one('\n')] },
        {
          type: 'char',
          test: (c) => (c >= 10 && c <= 13) || c === 0x85 || c === 0x2028 || c === 0x2029,
          literal: null,
        },
      ],
    };
  }

  private shorthand(char: string): CharTest | null {
    switch (char) {
      case 'd':
        return isDigit;
      case 'D':
        return (c) => !isDigit(c);
      case 'w':
        return isWordChar;
      case 'W':
        return (c) => !isWordChar(c);
      case 's':
        return isSpace;
      case 'S':
        return (c) => !isSpace(c);
      case 'h':
        return isHorizontal;
      case 'H':
        return (c) => !isHorizontal(c);
      case 'v':
        return isVertical;
      case 'V':
        return (c) => !isVertical(c);
      case 'p':
      case 'P':
        return this.property(char === 'P');
      default:
        return null;
    }
  }

  private property(negated: boolean): CharTest {
    const match = /^(?:\{(\^?[\w=]+)\}|([A-Z]))/.exec(this.source.slice(this.at, this.at + 64));
    if (match === null) throw this.bad('Unclosed character family');
    this.at += match[0].length;
    const test = classOfProperty(match[1] ?? match[2]!);
    if (test === null) throw this.bad('Unknown character property name');
    return negated ? (c) => !test(c) : test;
  }

  private escapedChar(char: string): string {
    const code = (length: number): string => {
      const hex = this.source.slice(this.at, this.at + length);
      if (hex.length < length || !/^[0-9a-fA-F]+$/.test(hex))
        throw this.bad('Illegal Unicode escape sequence');
      this.at += length;
      return String.fromCharCode(Number.parseInt(hex, 16));
    };
    switch (char) {
      case 't':
        return '\t';
      case 'n':
        return '\n';
      case 'r':
        return '\r';
      case 'f':
        return '\f';
      case 'a':
        return '\u0007';
      case 'e':
        return '\u001b';
      case 'u':
        return code(4);
      case 'x':
        return this.hexEscape(code);
      case '0': {
        const match = /^(?:[0-3][0-7]{2}|[0-7]{1,2})/.exec(this.source.slice(this.at, this.at + 3));
        if (match === null) throw this.bad('Illegal octal escape sequence');
        this.at += match[0].length;
        return String.fromCharCode(Number.parseInt(match[0], 8));
      }
      case 'c':
        return String.fromCharCode(this.source.charCodeAt(this.at++) ^ 64);
    }
    if (/[a-zA-Z]/.test(char)) throw this.bad('Illegal/unsupported escape sequence');
    return char;
  }

  private hexEscape(code: (length: number) => string): string {
    if (this.source[this.at] !== '{') return code(2);
    const match = /^\{([0-9a-fA-F]{1,6})\}/.exec(this.source.slice(this.at, this.at + 8));
    const point = match === null ? Number.POSITIVE_INFINITY : Number.parseInt(match[1]!, 16);
    if (point > 0x10ffff) throw this.bad('Hexadecimal codepoint is too big');
    this.at += match![0].length;
    return String.fromCodePoint(point);
  }

  // --- [...] --------------------------------------------------------------------------------------------------

  private characterClass(): CharTest {
    if (++this.depth > NESTING_MAX) throw this.bad('Nested too deeply');
    const negated = this.source[this.at] === '^';
    if (negated) this.at++;
    let result: CharTest | null = null;
    let union: CharTest[] = [];
    let isFirst = true;
    for (;;) {
      if (this.flags.comments) this.skipComments();
      const char = this.source[this.at];
      if (char === undefined) throw this.bad('Unclosed character class');
      if (char === ']' && !isFirst) break;
      isFirst = false;
      if (char === '[') {
        this.at++;
        union.push(this.characterClass());
      } else if (this.source.startsWith('&&', this.at)) {
        this.at += 2;
        while (this.source[this.at] === '&') this.at++;
        result = intersection(result, anyOf(union));
        union = [];
        if (this.source[this.at] === ']') break;
      } else {
        union.push(this.classItem());
      }
    }
    this.at++;
    this.depth--;
    const test = union.length === 0 && result !== null ? result : intersection(result, anyOf(union));
    return negated ? (c) => !test(c) : test;
  }

  private classItem(): CharTest {
    const from = this.classChar();
    if (typeof from !== 'string') return from;
    if (
      this.source[this.at] !== '-' ||
      this.source[this.at + 1] === ']' ||
      this.source[this.at + 1] === '['
    ) {
      return literalTest(from);
    }
    if (this.source[this.at + 1] === undefined) return literalTest(from);
    this.at++;
    const to = this.classChar();
    if (typeof to !== 'string') throw this.bad('Illegal character range');
    if (to < from) throw this.bad('Illegal character range');
    return rangeTest(from, to);
  }

  private classChar(): string | CharTest {
    const char = this.source[this.at++]!;
    if (char !== '\\') return char;
    const kind = this.source[this.at++];
    if (kind === undefined) throw this.bad('Unclosed character class');
    if (kind === 'Q') {
      const end = this.source.indexOf('\\E', this.at);
      const text = this.source.slice(this.at, end < 0 ? undefined : end);
      this.at = end < 0 ? this.source.length : end + 2;
      return anyOf([...text].map(literalTest));
    }
    return this.shorthand(kind) ?? this.escapedChar(kind);
  }
}

function anyOf(tests: readonly CharTest[]): CharTest {
  if (tests.length === 1) return tests[0]!;
  return (c) => tests.some((test) => test(c));
}

function intersection(a: CharTest | null, b: CharTest): CharTest {
  return a === null ? b : (c) => a(c) && b(c);
}

export function isLineEnd(c: number): boolean {
  return c === 10 || c === 13 || c === 0x85 || c === 0x2028 || c === 0x2029;
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

function isSpace(c: number): boolean {
  return c === 32 || (c >= 9 && c <= 13);
}

function isHorizontal(c: number): boolean {
  return (
    c === 32 ||
    c === 9 ||
    c === 0xa0 ||
    c === 0x1680 ||
    c === 0x180e ||
    (c >= 0x2000 && c <= 0x200a) ||
    c === 0x202f ||
    c === 0x205f ||
    c === 0x3000
  );
}

function isVertical(c: number): boolean {
  return (c >= 10 && c <= 13) || c === 0x85 || c === 0x2028 || c === 0x2029;
}
