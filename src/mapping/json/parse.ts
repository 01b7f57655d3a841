// JSON as json-smart's permissive mode reads it: strict JSON on the fast path, and unquoted words, single quotes,
// useless commas and trailing text beside it. Numbers keep their Java class (1 is not 1.0), the last of two equal
// keys wins, and the order of keys stays.

import { JList, JMap, JSON_ARRAY, type Value } from '../value/kinds.ts';
import { rootShape, type Shape } from '../value/shape.ts';
import { codesOfText, layOut } from './codes.ts';
import { decimal, integer } from './numbers.ts';
import { END, IN_KEY, IN_LIST, IN_MAP, IN_ROOT, stops, trimmed, wordValue } from './words.ts';

/** json-smart gives up on deeper documents. */
const DEPTH_MAX = 400;

// See there for why it has a name of its own here.
const codes = codesOfText;

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
} as const;
const { QUOTE, APOSTROPHE, COMMA, MINUS, DOT, ZERO, NINE, COLON, UPPER_E, OPEN_LIST } = CODES;
const { BACKSLASH, CLOSE_LIST, LOWER_E, OPEN_MAP, CLOSE_MAP } = CODES;

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
  // What maps and lists hold waits here until its number is known: arrays of the exact size are half the garbage.
  // The array never shrinks (setting its length costs more than a small map), and has room for most bodies.
  private readonly waiting: Value[] = new Array(32);
  private waitingCount = 0;

  constructor(text: string) {
    this.text = text;
    this.length = text.length;
    if (!layOut(text)) throw this.unexpected();
  }

  root(): Value {
    return this.value(IN_ROOT);
  }

  /** The code at the position, or END. */
  private code(): number {
    return codes[this.pos]!;
  }

  private value(place: number): Value {
    let code = this.code();
    if (code === QUOTE) return this.string(QUOTE);
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
    const base = this.waitingCount;
    let shape: Shape | null = rootShape();
    // Takes over where shapes end: a key for the second time, a key too many.
    let shapeless: JMap | null = null;
    for (;;) {
      let at = this.pos + 1;
      let code = codes[at]!;
      if (code !== QUOTE) {
        while (code === 32 || code === 10 || code === 13 || code === 9 || code === COMMA) code = codes[++at]!;
        this.pos = at;
        if (code === CLOSE_MAP) break;
      }
      const known: Shape | null = shape === null ? null : shape.follower(codes, at);
      if (known !== null) {
        shape = known;
        const behind = at + known.openingSize;
        this.pos = behind;
        if (codes[behind] === QUOTE) this.wait(this.string(QUOTE));
        else if (behind < this.length) this.wait(this.value(IN_MAP));
        else throw this.unexpected();
      } else {
        this.pos = at;
        const key = this.key(code);
        const larger: Shape | null = shape === null ? null : shape.with(key);
        if (shape !== null && larger === null) shapeless = new JMap([...shape.keys], this.taken(base));
        shape = larger;
        const value = this.value(IN_MAP);
        if (shapeless !== null) shapeless.put(key, value);
        else this.wait(value);
      }
      code = codes[this.pos]!;
      if (code === COMMA) continue;
      if (code !== CLOSE_MAP) {
        this.skipSpace();
        code = codes[this.pos]!;
      }
      if (code === CLOSE_MAP) break;
      if (code !== COMMA) throw this.unexpected();
    }
    this.depth--;
    this.pos++;
    return shapeless ?? new JMap(shape!.keys, this.taken(base), shape);
  }

  // A key and the colon behind it.
  private key(code: number): string {
    if (code === COLON || code === CLOSE_LIST || code === OPEN_LIST || code === OPEN_MAP)
      throw this.unexpected();
    const key = code === QUOTE || code === APOSTROPHE ? this.string(code) : this.word(IN_KEY);
    if (this.code() !== COLON) {
      this.skipSpace();
      if (this.code() !== COLON) throw this.unexpected();
    }
    if (++this.pos >= this.length) throw this.unexpected();
    return key;
  }

  private wait(value: Value): void {
    this.waiting[this.waitingCount++] = value;
  }

  private taken(base: number): Value[] {
    const { waiting } = this;
    const count = this.waitingCount - base;
    const values: Value[] = new Array(count);
    for (let i = 0; i < count; i++) values[i] = waiting[base + i]!;
    this.waitingCount = base;
    return values;
  }

  private list(): JList {
    if (++this.depth > DEPTH_MAX) throw this.unexpected();
    const base = this.waitingCount;
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
          return new JList(this.taken(base), JSON_ARRAY);
        case COLON:
        case CLOSE_MAP:
        case END:
          throw this.unexpected();
      }
      this.wait(this.value(IN_LIST));
    }
  }

  private string(quote: number): string {
    const { length } = this;
    const start = this.pos + 1;
    for (let i = start; i < length; i++) {
      const code = codes[i];
      if (code === quote) {
        this.pos = i + 1;
        return this.text.slice(start, i);
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
      const code = i < this.length ? codes[i]! : END;
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
    const { text } = this;
    const start = this.pos;
    let i = start + 1;
    let code = codes[i]!;
    while (code >= ZERO && code <= NINE) code = codes[++i]!;
    let whole = true;
    let dot = -1;
    if (code === DOT) {
      whole = false;
      dot = i;
      code = codes[++i]!;
      while (code >= ZERO && code <= NINE) code = codes[++i]!;
    }
    if (code === UPPER_E || code === LOWER_E) {
      whole = false;
      dot = -1;
      code = codes[++i]!;
      if (code !== 43 && code !== MINUS && !(code >= ZERO && code <= NINE)) {
        this.pos = i;
        return this.wordFrom(start, place);
      }
      code = codes[++i]!;
      while (code >= ZERO && code <= NINE) code = codes[++i]!;
    }
    const end = i;
    this.pos = i;
    if (code <= 32 && code !== END) {
      this.skipSpace();
      code = this.code();
    }
    // A code of 126 or above ends a number without being looked at, as in json-smart's table of stops.
    if (code < 126 && !stops(place, code)) return this.wordFrom(start, place);
    if (whole) return integer(codes, text, start, end);
    const value = decimal(codes, text, start, dot, end);
    if (value === undefined) throw this.unexpected();
    return value;
  }

  private word(place: number): string {
    return this.wordFrom(this.pos, place);
  }

  private wordFrom(start: number, place: number): string {
    const text = this.text;
    let i = this.pos;
    while (i < this.length) {
      const code = codes[i]!;
      if (code === END || (code < 126 && stops(place, code))) break;
      i++;
    }
    this.pos = i;
    return trimmed(text, start, i);
  }

  private skipSpace(): void {
    while (this.pos < this.length) {
      const code = codes[this.pos]!;
      if (code > 32 || code === END) return;
      this.pos++;
    }
  }

  private unexpected(): LenientJsonError {
    return new LenientJsonError(`Unexpected character at position ${this.pos}`);
  }
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
