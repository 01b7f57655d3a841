// From the digits of a JSON number to the Java class that json-smart makes of it: 1 is not 1.0.

import { parseDecimal } from '../value/decimal.ts';
import { JDouble, JLong, type Value } from '../value/kinds.ts';

const MINUS = 45;
const ZERO = 48;
const NINE = 57;

/** The value of `-?[0-9]*` at a place of a text. */
export function integer(codes: Uint16Array, text: string, start: number, end: number): Value {
  const negative = codes[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (end - first <= 9) {
    let result = 0;
    for (let i = first; i < end; i++) result = result * 10 + codes[i]! - ZERO;
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

/**
 * The value of a number with a fraction or an exponent.
 *
 * @param codes - those of the text
 * @param dot - place of the dot of a number without exponent; -1 for any other
 * @returns undefined when it is no number after all
 */
export function decimal(
  codes: Uint16Array,
  text: string,
  start: number,
  dot: number,
  end: number,
): Value | undefined {
  const image = text.slice(start, end);
  if (dot >= 0 && printsAsItIs(codes, start, dot, end)) return new JDouble(null, image);
  // More than 18 characters would not survive as a double.
  if (image.length > 18) return parseDecimal(image) ?? undefined;
  const value = Number(image);
  return Number.isNaN(value) ? undefined : new JDouble(value);
}

/**
 * Whether Double.toString gives a number back as it is written: at least a thousandth, less than ten million, no
 * needless zeros, few enough digits.
 */
export function printsAsItIs(codes: Uint16Array, start: number, dot: number, end: number): boolean {
  const first = codes[start] === MINUS ? start + 1 : start;
  const code = codes[first]!;
  const wholeDigits = dot - first;
  const digits = end - dot - 1;
  if (digits < 1 || digits > 8 || (digits > 1 && codes[end - 1] === ZERO)) return false;
  if (code > ZERO && code <= NINE) return wholeDigits <= 7;
  if (code !== ZERO || wholeDigits !== 1) return false;
  return digits < 4 || codes[dot + 1] !== ZERO || codes[dot + 2] !== ZERO || codes[dot + 3] !== ZERO;
}
