// Whether a JSON text already is what toJsonText would make of it, so that a template which passes a body on with
// $input.json('$') needs no document at all. Most bodies are: JSON.stringify and its like write this way.

import { rootShape, type Shape } from '../value/shape.ts';
import { codesOfText, layOut } from './codes.ts';
import { printsAsItIs } from './numbers.ts';

// See there for why it has a name of its own here.
const codes = codesOfText;

/** Deeper texts are read and written the long way. */
const DEPTH_MAX = 100;

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_LIST = 91;
const BACKSLASH = 92;
const CLOSE_LIST = 93;
const OPEN_MAP = 123;
const CLOSE_MAP = 125;

/**
 * Whether a text is one JSON map or list in the very form in which it would be written again: no white space, no
 * needless escapes, no key twice, numbers as Java prints them.
 *
 * @returns false also when it is not worth finding out
 */
export function isCanonicalJson(text: string): boolean {
  const first = text.charCodeAt(0);
  if (first !== OPEN_MAP && first !== OPEN_LIST) return false;
  return layOut(text) && new Scanner(text).afterValue(0, 0) === text.length;
}

const WORDS = ['true', 'false', 'null'];

// Those that are written the same way; at the end of the text there is the empty one, and then no quote.
const PLAIN_ESCAPES = '"\\bfnrt';

/** Each method answers the place behind what it has read, or -1. */
class Scanner {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  afterValue(at: number, depth: number): number {
    const { text } = this;
    const code = codes[at]!;
    if (code === QUOTE) return this.afterString(at + 1);
    if (code === OPEN_MAP) return this.afterMap(at + 1, depth + 1);
    if (code === OPEN_LIST) return this.afterList(at + 1, depth + 1);
    if ((code >= ZERO && code <= NINE) || code === MINUS) return this.afterNumber(at);
    for (const word of WORDS) if (text.startsWith(word, at)) return at + word.length;
    return -1;
  }

  afterMap(start: number, depth: number): number {
    const { text } = this;
    if (depth > DEPTH_MAX) return -1;
    if (codes[start]! === CLOSE_MAP) return start + 1;
    let shape: Shape = rootShape();
    let at = start;
    for (;;) {
      const known = shape.follower(codes, at);
      if (known !== null) {
        shape = known;
        at += known.openingSize;
      } else {
        const end = codes[at]! === QUOTE ? this.afterString(at + 1) : -1;
        if (end < 0 || codes[end]! !== COLON) return -1;
        const key = text.slice(at + 1, end - 1);
        const larger = key.includes('\\') ? null : shape.with(key);
        if (larger === null) return -1;
        shape = larger;
        at = end + 1;
      }
      at = this.afterValue(at, depth);
      if (at < 0) return -1;
      const code = codes[at++]!;
      if (code === CLOSE_MAP) return at;
      if (code !== COMMA) return -1;
    }
  }

  afterList(start: number, depth: number): number {
    if (depth > DEPTH_MAX) return -1;
    if (codes[start]! === CLOSE_LIST) return start + 1;
    for (let at = start; ; ) {
      at = this.afterValue(at, depth);
      if (at < 0) return -1;
      const code = codes[at++]!;
      if (code === CLOSE_LIST) return at;
      if (code !== COMMA) return -1;
    }
  }

  afterString(start: number): number {
    const { text } = this;
    const { length } = text;
    for (let at = start; at < length; at++) {
      const code = codes[at]!;
      if (code === QUOTE) return at + 1;
      if (code === BACKSLASH) {
        if (!PLAIN_ESCAPES.includes(text.charAt(++at))) return -1;
      } else if (code < 32 || (code > 126 && isEscaped(code))) return -1;
    }
    return -1;
  }

  afterNumber(start: number): number {
    const first = codes[start]! === MINUS ? start + 1 : start;
    const dot = this.afterDigits(first);
    if (codes[dot]! !== DOT) {
      // Neither "-0" nor "007" prints as it is.
      const isPlain = codes[first]! !== ZERO ? dot > first : dot === start + 1;
      return isPlain ? dot : -1;
    }
    const end = this.afterDigits(dot + 1);
    return printsAsItIs(codes, start, dot, end) ? end : -1;
  }

  afterDigits(start: number): number {
    let at = start;
    for (let code = codes[at]!; code >= ZERO && code <= NINE; ) code = codes[++at]!;
    return at;
  }
}

function isEscaped(code: number): boolean {
  return code <= 0x9f || (code >= 0x2000 && code <= 0x20ff);
}
