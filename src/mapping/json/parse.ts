// JSON as json-smart's permissive mode reads it: strict JSON on the fast path, and unquoted words, single quotes,
// useless commas and trailing text beside it. Numbers keep their Java class (1 is not 1.0), the last of two equal
// keys wins, and the order of keys stays.

import { parseDecimal } from '../value/decimal.ts';
import { JDouble, JFloat, JList, JLong, JMap, JSON_ARRAY, type Value } from '../value/kinds.ts';

/** json-smart gives up on deeper documents. */
const DEPTH_MAX = 400;

export class LenientJsonError extends Error {
  override readonly name: string = 'LenientJsonError';
}

const CODES = {
  QUOTE: 34,
  APOSTROPHE: 39,
  COMMA: 44,
  MINUS: 45,
  DOT: 46,
  ZERO: 48,
  NINE: 57,
  COLON: 58,
  UPPER_E: 69,
  OPEN_LIST: 91,
  BACKSLASH: 92,
  CLOSE_LIST: 93,
  LOWER_E: 101,
  OPEN_MAP: 123,
  CLOSE_MAP: 125,
  END: 26, // json-smart's own mark of the end, so that a real U+001A ends the text too
} as const;
const { QUOTE, APOSTROPHE, COMMA, MINUS, DOT, ZERO, NINE, COLON, UPPER_E, OPEN_LIST } = CODES;
const { BACKSLASH, CLOSE_LIST, LOWER_E, OPEN_MAP, CLOSE_MAP, END } = CODES;

// Where an unquoted word ends.
const IN_ROOT = 0;
const IN_LIST = 1;
const IN_MAP = 2;
const IN_KEY = 3;

/**
 * Reads a JSON text leniently.
 *
 * @returns the value; maps and lists belong to the caller
 * @throws LenientJsonError where even the permissive mode gives up
 */
export function parseLenientJson(text: string): Value {
  return new Reader(text).root();
}

class Reader {
  private readonly text: string;
  private readonly length: number;
  private pos = 0;
  private depth = 0;
  private readonly stack: Value[] = [];

  constructor(text: string) {
    this.text = text;
    this.length = text.length;
  }

  root(): Value {
    return this.value(IN_ROOT);
  }

  /** The code at the position, or END. */
  private code(): number {
    return this.pos < this.length ? this.text.charCodeAt(this.pos) : END;
  }

  private value(place: number): Value {
    let code = this.code();
    while (code === 32 || code === 10 || code === 13 || code === 9) {
      this.pos++;
      code = this.code();
    }
    switch (code) {
      case QUOTE:
      case APOSTROPHE:
        return this.string(code);
      case OPEN_MAP:
        return this.map();
      case OPEN_LIST:
        return this.list();
      case COLON:
      case CLOSE_MAP:
      case CLOSE_LIST:
        throw this.unexpected();
    }
    if ((code >= ZERO && code <= NINE) || code === MINUS) return this.number(place);
    return wordValue(this.word(place));
  }

  private map(): JMap {
    if (++this.depth > DEPTH_MAX) throw this.unexpected();
    const { stack } = this;
    const base = stack.length;
    for (;;) {
      this.pos++;
      const code = this.code();
      switch (code) {
        case 32:
        case 10:
        case 13:
        case 9:
        case COMMA:
          continue;
        case COLON:
        case CLOSE_LIST:
        case OPEN_LIST:
        case OPEN_MAP:
          throw this.unexpected();
        case CLOSE_MAP:
          return this.closeMap(base);
      }
      const key = code === QUOTE || code === APOSTROPHE ? this.string(code) : this.word(IN_KEY);
      if (this.code() !== COLON) {
        this.skipSpace();
        if (this.code() !== COLON) throw this.unexpected();
      }
      if (++this.pos >= this.length) throw this.unexpected();
      const value = this.value(IN_MAP);
      stack.push(key, value);
      let after = this.code();
      if (after !== COMMA && after !== CLOSE_MAP) {
        this.skipSpace();
        after = this.code();
      }
      if (after === CLOSE_MAP) return this.closeMap(base);
      if (after !== COMMA) throw this.unexpected();
    }
  }

  // Members wait on a stack until their number is known: arrays of the exact size are half the garbage.
  private closeMap(base: number): JMap {
    const { stack } = this;
    this.depth--;
    this.pos++;
    const count = (stack.length - base) >> 1;
    if (count > SMALL_MAP_MAX || hasTwins(stack, base)) {
      const map = new JMap();
      for (let i = base; i < stack.length; i += 2) map.put(stack[i]!, stack[i + 1]!);
      stack.length = base;
      return map;
    }
    const names: Value[] = new Array(count);
    const contents: Value[] = new Array(count);
    for (let i = 0, at = base; i < count; i++, at += 2) {
      names[i] = stack[at]!;
      contents[i] = stack[at + 1]!;
    }
    stack.length = base;
    return new JMap(names, contents);
  }

  private list(): JList {
    if (++this.depth > DEPTH_MAX) throw this.unexpected();
    const items: Value[] = [];
    this.pos++;
    for (;;) {
      const code = this.code();
      switch (code) {
        case 32:
        case 10:
        case 13:
        case 9:
        case COMMA:
          this.pos++;
          continue;
        case CLOSE_LIST:
          this.depth--;
          this.pos++;
          return new JList(items, JSON_ARRAY);
        case COLON:
        case CLOSE_MAP:
          throw this.unexpected();
        case END:
          if (this.pos >= this.length || code === END) throw this.unexpected();
      }
      items.push(this.value(IN_LIST));
    }
  }

  private string(quote: number): string {
    const { text, length } = this;
    const start = this.pos + 1;
    for (let i = start; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code === quote) {
        this.pos = i + 1;
        return text.slice(start, i);
      }
      if (code === BACKSLASH) return this.escapedString(quote, start);
    }
    throw this.unexpected();
  }

  private escapedString(quote: number, start: number): string {
    const text = this.text;
    let result = '';
    let from = start;
    let i = start;
    for (;;) {
      const code = i < this.length ? text.charCodeAt(i) : END;
      if (code === END) throw this.unexpected();
      if (code === quote) {
        this.pos = i + 1;
        return result + text.slice(from, i);
      }
      if (code === BACKSLASH) {
        result += text.slice(from, i);
        const kind = text.charAt(i + 1);
        i += 2;
        if (kind === 'u' || kind === 'x') {
          const digits = kind === 'u' ? 4 : 2;
          result += String.fromCharCode(this.hex(i, digits));
          i += digits;
        } else {
          result += ESCAPES.get(kind) ?? '';
        }
        from = i;
      } else if (code < 32 || code === 127) {
        // The permissive mode drops controls, but only from strings that hold an escape.
        result += text.slice(from, i);
        from = ++i;
      } else {
        i++;
      }
    }
  }

  private hex(at: number, digits: number): number {
    const text = this.text.slice(at, at + digits);
    if (text.length < digits || !/^[0-9a-fA-F]+$/.test(text)) throw this.unexpected();
    return Number.parseInt(text, 16);
  }

  private number(place: number): Value {
    const text = this.text;
    const start = this.pos;
    let i = start + 1;
    let code = i < this.length ? text.charCodeAt(i) : END;
    while (code >= ZERO && code <= NINE) code = ++i < this.length ? text.charCodeAt(i) : END;
    let whole = true;
    if (code === DOT) {
      whole = false;
      code = ++i < this.length ? text.charCodeAt(i) : END;
      while (code >= ZERO && code <= NINE) code = ++i < this.length ? text.charCodeAt(i) : END;
    }
    if (code === UPPER_E || code === LOWER_E) {
      whole = false;
      code = ++i < this.length ? text.charCodeAt(i) : END;
      if (code !== 43 && code !== MINUS && !(code >= ZERO && code <= NINE)) {
        this.pos = i;
        return this.wordFrom(start, place);
      }
      code = ++i < this.length ? text.charCodeAt(i) : END;
      while (code >= ZERO && code <= NINE) code = ++i < this.length ? text.charCodeAt(i) : END;
    }
    const end = i;
    this.pos = i;
    if (code <= 32 && code !== END) {
      this.skipSpace();
      code = this.code();
    }
    // A code of 126 or above ends a number without being looked at, as in json-smart's table of stops.
    if (code < 126 && !stops(place, code)) return this.wordFrom(start, place);
    return whole ? integer(text, start, end) : decimal(text.slice(start, end), () => this.unexpected());
  }

  private word(place: number): string {
    return this.wordFrom(this.pos, place);
  }

  private wordFrom(start: number, place: number): string {
    const text = this.text;
    let i = this.pos;
    while (i < this.length) {
      const code = text.charCodeAt(i);
      if (code === END || (code < 126 && stops(place, code))) break;
      i++;
    }
    this.pos = i;
    return trimmed(text, start, i);
  }

  private skipSpace(): void {
    while (this.pos < this.length) {
      const code = this.text.charCodeAt(this.pos);
      if (code > 32 || code === END) return;
      this.pos++;
    }
  }

  private unexpected(): LenientJsonError {
    return new LenientJsonError(`Unexpected character at position ${this.pos}`);
  }
}

const SMALL_MAP_MAX = 8;

/** Whether two of the keys waiting on the stack are the same. */
function hasTwins(stack: readonly Value[], base: number): boolean {
  for (let i = base + 2; i < stack.length; i += 2) {
    for (let j = base; j < i; j += 2) if (stack[i] === stack[j]) return true;
  }
  return false;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['t', '\t'],
  ['n', '\n'],
  ['r', '\r'],
  ['f', '\f'],
  ['b', '\b'],
  ['\\', '\\'],
  ['/', '/'],
  ["'", "'"],
  ['"', '"'],
]);

function stops(place: number, code: number): boolean {
  switch (place) {
    case IN_LIST:
      return code === COMMA || code === CLOSE_LIST || code === END;
    case IN_MAP:
      return code === COMMA || code === CLOSE_MAP || code === END;
    case IN_KEY:
      return code === COLON || code === END;
    default:
      return code === END;
  }
}

function wordValue(word: string): Value {
  switch (word) {
    case 'null':
      return null;
    case 'true':
      return true;
    case 'false':
      return false;
    case 'NaN':
      return new JFloat(Number.NaN);
    default:
      return word;
  }
}

// Java trims Character.isWhitespace from both ends, but leaves at least one character.
function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to - 1 && isSpace(text.charCodeAt(from))) from++;
  while (to - 1 > from && isSpace(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isSpace(code: number): boolean {
  if (code <= 32) return (code >= 9 && code <= 13) || code >= 28;
  return (
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a && code !== 0x2007) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x205f ||
    code === 0x3000
  );
}

function integer(text: string, start: number, end: number): Value {
  const negative = text.charCodeAt(start) === MINUS;
  const first = negative ? start + 1 : start;
  if (end - first <= 9) {
    let result = 0;
    for (let i = first; i < end; i++) result = result * 10 + text.charCodeAt(i) - ZERO;
    return negative ? 0 - result : result;
  }
  return wholeNumber(BigInt(text.slice(start, end)));
}

/** The smallest of Integer, Long and BigInteger that holds a number. */
export function wholeNumber(value: bigint): Value {
  if (value >= -2147483648n && value <= 2147483647n) return Number(value);
  if (value >= -9223372036854775808n && value <= 9223372036854775807n) return new JLong(value);
  return value;
}

// The form that Double.toString would give back: at least a thousandth, less than ten million, no needless zeros.
const PRINTS_AS_IT_IS = /^-?(?:[1-9][0-9]{0,6}\.(?:0|[0-9]{0,7}[1-9])|0\.(?:0|(?!000)[0-9]{0,7}[1-9]))$/;

function decimal(text: string, fail: () => LenientJsonError): Value {
  if (PRINTS_AS_IT_IS.test(text)) return new JDouble(0, text);
  // More than 18 characters would not survive as a double.
  if (text.length <= 18) {
    const value = Number(text);
    if (Number.isNaN(value)) throw fail();
    return new JDouble(value);
  }
  const value = parseDecimal(text);
  if (value === null) throw fail();
  return value;
}
