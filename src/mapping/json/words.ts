// Unquoted words: what json-smart's permissive mode makes of text that is neither string, map, list nor number.

import { JFloat, type Value } from '../value/kinds.ts';

/** json-smart's own mark of the end, so that a real U+001A ends the text too. */
export const END = 26;

/** Where a value stands: decides which character ends a word. */
export const IN_ROOT = 0;
export const IN_LIST = 1;
export const IN_MAP = 2;
export const IN_KEY = 3;

const COMMA = 44;
const COLON = 58;
const CLOSE_LIST = 93;
const CLOSE_MAP = 125;

/** Whether a character below 126 ends a word or number that stands there. */
export function stops(place: number, code: number): boolean {
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

/** The value that a word stands for: mostly itself. */
export function wordValue(word: string): Value {
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

/** A piece of a text without Java's white space around it, of which at least one character stays. */
export function trimmed(text: string, start: number, end: number): string {
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
