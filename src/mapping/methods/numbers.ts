// Integer, Long, Double, Boolean, Character and their kin, with the static methods that an instance can reach.

import { doubleOf, intOf, type JNumber, wholeOf } from '../value/arithmetic.ts';
import {
  addDecimals,
  compareDecimals,
  divideDecimals,
  multiplyDecimals,
  parseDecimal,
  plainText,
} from '../value/decimal.ts';
import { doubleText, floatText } from '../value/double-text.ts';
import { JChar, JDecimal, JDouble, JFloat, JLong, JSmall, type Value } from '../value/kinds.ts';
import { cannotCompare, fault, type MethodTable, methodTable } from './table.ts';

const INT_MIN = -2147483648n;
const INT_MAX = 2147483647n;
const LONG_MIN = -9223372036854775808n;
const LONG_MAX = 9223372036854775807n;

function parseWhole(text: string | null, radix: number, min: bigint, max: bigint): bigint {
  const digits = text?.replace(/^[+-]/, '') ?? '';
  if (radix < 2 || radix > 36 || digits === '') throw notANumber(text);
  let value = 0n;
  for (const char of digits) {
    const digit = /[0-9a-zA-Z]/.test(char) ? Number.parseInt(char, 36) : Number.NaN;
    if (!(digit < radix)) throw notANumber(text);
    value = value * BigInt(radix) + BigInt(digit);
    if (value > max + 1n) throw notANumber(text);
  }
  if (text!.startsWith('-')) value = -value;
  if (value < min || value > max) throw notANumber(text);
  return value;
}

function notANumber(text: string | null) {
  return fault(`NumberFormatException: For input string: ${JSON.stringify(text)}`);
}

const parseInt32 = (text: string | null, radix = 10): number =>
  Number(parseWhole(text, radix, INT_MIN, INT_MAX));
const parseLong = (text: string | null, radix = 10): JLong =>
  new JLong(parseWhole(text, radix, LONG_MIN, LONG_MAX));

function decode(text: string): bigint {
  const match = /^([+-]?)(0[xX]|#|0(?=.))?(.*)$/s.exec(text)!;
  const radix = match[2] === undefined ? 10 : match[2] === '0' ? 8 : 16;
  if (/^[+-]/.test(match[3]!)) throw notANumber(text);
  return parseWhole(match[1] + match[3]!, radix, LONG_MIN, LONG_MAX);
}

function parseDouble(text: string | null): number {
  const trimmed = (text ?? '').replace(/^[\0- ]+|[\0- ]+$/g, '');
  const match = /^([+-]?)(?:(NaN|Infinity)|((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[dDfF]?)$/.exec(trimmed);
  if (match === null) throw notANumber(text);
  const size = match[2] === undefined ? Number(match[3]) : Number(match[2]);
  return match[1] === '-' ? -size : size;
}

const sign = (order: boolean | number): number =>
  typeof order === 'number' ? Math.sign(order) : order ? 1 : 0;
const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
const unsigned = (value: number): string => String(value >>> 0);
const int = (value: bigint): number => Number(BigInt.asIntN(32, value));
const long = (value: bigint): JLong => new JLong(BigInt.asIntN(64, value));

const NUMBER = methodTable<JNumber>({
  'intValue()': (self) => intOf(self),
  'longValue()': (self) => long(wholeOf(self)),
  'doubleValue()': (self) => new JDouble(doubleOf(self)),
  'floatValue()': (self) => new JFloat(doubleOf(self)),
  'shortValue()': (self) => new JSmall(intOf(self), 16),
  'byteValue()': (self) => new JSmall(intOf(self), 8),
});

const INTEGER = methodTable<number>(
  {
    'compareTo(Integer)': (self, other: number) => compare(self, other),
    'compareTo(Object)': cannotCompare,
    'parseInt(String)': (_, text: string) => parseInt32(text),
    'parseInt(String,int)': (_, text: string, radix: number) => parseInt32(text, radix),
    'parseUnsignedInt(String)': (_, text: string) => int(parseWhole(text, 10, 0n, 4294967295n)),
    'valueOf(String)': (_, text: string) => parseInt32(text),
    'valueOf(String,int)': (_, text: string, radix: number) => parseInt32(text, radix),
    'valueOf(int)': (_, value: number) => value,
    'decode(String)': (_, text: string) => Number(decode(text)),
    'toString(int)': (_, value: number) => String(value),
    'toString(int,int)': (_, value: number, radix: number) =>
      value.toString(radix < 2 || radix > 36 ? 10 : radix),
    'toBinaryString(int)': (_, value: number) => (value >>> 0).toString(2),
    'toHexString(int)': (_, value: number) => (value >>> 0).toString(16),
    'toOctalString(int)': (_, value: number) => (value >>> 0).toString(8),
    'toUnsignedString(int)': (_, value: number) => unsigned(value),
    'toUnsignedLong(int)': (_, value: number) => long(BigInt(value >>> 0)),
    'hashCode(int)': (_, value: number) => value,
    'max(int,int)': (_, a: number, b: number) => Math.max(a, b),
    'min(int,int)': (_, a: number, b: number) => Math.min(a, b),
    'sum(int,int)': (_, a: number, b: number) => (a + b) | 0,
    'compare(int,int)': (_, a: number, b: number) => compare(a, b),
    'compareUnsigned(int,int)': (_, a: number, b: number) => compare(a >>> 0, b >>> 0),
    'signum(int)': (_, value: number) => sign(value),
    'bitCount(int)': (_, value: number) => (value >>> 0).toString(2).replaceAll('0', '').length,
    'highestOneBit(int)': (_, value: number) => (value === 0 ? 0 : (1 << (31 - Math.clz32(value))) | 0),
    'lowestOneBit(int)': (_, value: number) => value & -value,
    'numberOfLeadingZeros(int)': (_, value: number) => Math.clz32(value),
    'numberOfTrailingZeros(int)': (_, value: number) => (value === 0 ? 32 : 31 - Math.clz32(value & -value)),
    'reverseBytes(int)': (_, v: number) =>
      (v << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24) | 0,
    'rotateLeft(int,int)': (_, v: number, by: number) => (v << (by & 31)) | (v >>> ((32 - (by & 31)) % 32)),
    'reverse(int)': (_, v: number) =>
      Number.parseInt([...(v >>> 0).toString(2).padStart(32, '0')].reverse().join(''), 2) | 0,
    'divideUnsigned(int,int)': (_, a: number, b: number) => {
      if (b === 0) throw fault('ArithmeticException: / by zero');
      return Math.trunc((a >>> 0) / (b >>> 0)) | 0;
    },
  },
  NUMBER,
);

const LONG = methodTable<JLong>(
  {
    'compareTo(Long)': (self, other: bigint) => compare(self.value, other),
    'compareTo(Object)': cannotCompare,
    'parseLong(String)': (_, text: string) => parseLong(text),
    'parseLong(String,int)': (_, text: string, radix: number) => parseLong(text, radix),
    'valueOf(String)': (_, text: string) => parseLong(text),
    'valueOf(long)': (_, value: bigint) => new JLong(value),
    'decode(String)': (_, text: string) => new JLong(decode(text)),
    'toString(long)': (_, value: bigint) => value.toString(),
    'toString(long,int)': (_, value: bigint, radix: number) =>
      value.toString(radix < 2 || radix > 36 ? 10 : radix),
    'toBinaryString(long)': (_, value: bigint) => BigInt.asUintN(64, value).toString(2),
    'toHexString(long)': (_, value: bigint) => BigInt.asUintN(64, value).toString(16),
    'toOctalString(long)': (_, value: bigint) => BigInt.asUintN(64, value).toString(8),
    'max(long,long)': (_, a: bigint, b: bigint) => new JLong(a > b ? a : b),
    'min(long,long)': (_, a: bigint, b: bigint) => new JLong(a < b ? a : b),
    'sum(long,long)': (_, a: bigint, b: bigint) => long(a + b),
    'compare(long,long)': (_, a: bigint, b: bigint) => compare(a, b),
    'bitCount(long)': (_, value: bigint) => BigInt.asUintN(64, value).toString(2).replaceAll('0', '').length,
    'toUnsignedString(long)': (_, value: bigint) => BigInt.asUintN(64, value).toString(),
    'highestOneBit(long)': (_, value: bigint) =>
      long(value === 0n ? 0n : 1n << BigInt(BigInt.asUintN(64, value).toString(2).length - 1)),
    'lowestOneBit(long)': (_, value: bigint) => long(value & -value),
    'numberOfTrailingZeros(long)': (_, value: bigint) =>
      value === 0n ? 64 : BigInt.asUintN(64, value & -value).toString(2).length - 1,
    'numberOfLeadingZeros(long)': (_, value: bigint) =>
      value === 0n ? 64 : 64 - BigInt.asUintN(64, value).toString(2).length,
    'signum(long)': (_, value: bigint) => sign(compare(value, 0n)),
  },
  NUMBER,
);

const DOUBLE = methodTable<JDouble>(
  {
    'compareTo(Double)': (self, other: number) => compareDoubles(self.value, other),
    'compareTo(Object)': cannotCompare,
    'isNaN()': (self) => Number.isNaN(self.value),
    'isInfinite()': (self) => !Number.isFinite(self.value) && !Number.isNaN(self.value),
    'isNaN(double)': (_, value: number) => Number.isNaN(value),
    'isInfinite(double)': (_, value: number) => !Number.isFinite(value) && !Number.isNaN(value),
    'isFinite(double)': (_, value: number) => Number.isFinite(value),
    'parseDouble(String)': (_, text: string) => new JDouble(parseDouble(text)),
    'valueOf(String)': (_, text: string) => new JDouble(parseDouble(text)),
    'valueOf(double)': (_, value: number) => new JDouble(value),
    'toString(double)': (_, value: number) => doubleText(value),
    'max(double,double)': (_, a: number, b: number) => new JDouble(Math.max(a, b)),
    'min(double,double)': (_, a: number, b: number) => new JDouble(Math.min(a, b)),
    'sum(double,double)': (_, a: number, b: number) => new JDouble(a + b),
    'compare(double,double)': (_, a: number, b: number) => compareDoubles(a, b),
  },
  NUMBER,
);

const FLOAT = methodTable<JFloat>(
  {
    'isNaN()': (self) => Number.isNaN(self.value),
    'isInfinite()': (self) => !Number.isFinite(self.value) && !Number.isNaN(self.value),
    'parseFloat(String)': (_, text: string) => new JFloat(parseDouble(text)),
    'valueOf(String)': (_, text: string) => new JFloat(parseDouble(text)),
    'toString(float)': (_, value: number) => floatText(Math.fround(value)),
  },
  NUMBER,
);

function compareDoubles(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (Object.is(a, b)) return 0;
  return Number.isNaN(a) || Object.is(b, -0) ? 1 : -1;
}

const BIG_INTEGER = methodTable<bigint>(
  {
    'add(BigInteger)': (self, other: bigint) => self + other,
    'subtract(BigInteger)': (self, other: bigint) => self - other,
    'negate()': (self) => -self,
    'abs()': (self) => (self < 0n ? -self : self),
    'signum()': (self) => sign(compare(self, 0n)),
    'compareTo(BigInteger)': (self, other: bigint) => compare(self, other),
    'compareTo(Object)': cannotCompare,
    'max(BigInteger)': (self, other: bigint) => (self > other ? self : other),
    'min(BigInteger)': (self, other: bigint) => (self < other ? self : other),
    'toString(int)': (self, radix: number) => self.toString(radix < 2 || radix > 36 ? 10 : radix),
    'bitCount()': (self) => (self < 0n ? -self - 1n : self).toString(2).replaceAll('0', '').length,
    'bitLength()': (self) => (self === 0n ? 0 : (self < 0n ? -self - 1n : self).toString(2).length),
    'valueOf(long)': (_, value: bigint) => value,
  },
  NUMBER,
);

const ROUNDINGS = ['up', 'down', 'ceiling', 'floor', 'halfUp', 'halfDown', 'halfEven'] as const;

/** A decimal at another scale, rounded as one of BigDecimal's seven old constants says. */
export function rescaled(value: JDecimal, scale: number, rounding: number): JDecimal {
  if (Math.abs(scale) > 10_000) throw fault('ArithmeticException: scale out of bounds');
  if (scale >= value.scale) return new JDecimal(value.unscaled * 10n ** BigInt(scale - value.scale), scale);
  const unit = 10n ** BigInt(value.scale - scale);
  const quotient = value.unscaled / unit;
  const rest = value.unscaled % unit;
  if (rest === 0n) return new JDecimal(quotient, scale);
  const away = value.unscaled < 0n ? -1n : 1n;
  const half = compare((rest < 0n ? -rest : rest) * 2n, unit);
  const mode = ROUNDINGS[rounding];
  if (mode === undefined) throw fault('ArithmeticException: Rounding necessary');
  const isUp =
    mode === 'up' ||
    (mode === 'ceiling' && away > 0n) ||
    (mode === 'floor' && away < 0n) ||
    (mode.startsWith('half') &&
      (half > 0 || (half === 0 && (mode === 'halfUp' || (mode === 'halfEven' && quotient % 2n !== 0n)))));
  return new JDecimal(isUp ? quotient + away : quotient, scale);
}

const decimalFrom = (value: Value): JDecimal => {
  if (!(value instanceof JDecimal)) throw fault('IllegalArgumentException');
  return value;
};

const BIG_DECIMAL = methodTable<JDecimal>(
  {
    'scale()': (self) => self.scale,
    'signum()': (self) => sign(compare(self.unscaled, 0n)),
    'negate()': (self) => new JDecimal(-self.unscaled, self.scale),
    'abs()': (self) => (self.unscaled < 0n ? new JDecimal(-self.unscaled, self.scale) : self),
    'unscaledValue()': (self) => self.unscaled,
    'precision()': (self) => (self.unscaled < 0n ? -self.unscaled : self.unscaled).toString().length,
    'toPlainString()': (self) => plainText(self),
    'toBigInteger()': (self) => wholeOf(self),
    'setScale(int,int)': (self, scale: number, rounding: number) => rescaled(self, scale, rounding),
    'setScale(int)': (self, scale: number) => rescaled(self, scale, 7),
    'compareTo(Object)': (self, other: Value) => compareDecimals(self, decimalFrom(other)),
    'add(Object)': (self, other: Value) => addDecimals(self, decimalFrom(other)),
    'multiply(Object)': (self, other: Value) => multiplyDecimals(self, decimalFrom(other)),
    'divide(Object,int)': (self, other: Value, rounding: number) =>
      rounding === 5
        ? divideDecimals(self, decimalFrom(other))
        : rescaled(divideDecimals(self, decimalFrom(other)), self.scale, rounding),
    'stripTrailingZeros()': (self) => {
      let { unscaled, scale } = self;
      if (unscaled === 0n) return parseDecimal('0');
      while (unscaled % 10n === 0n) {
        unscaled /= 10n;
        scale--;
      }
      return new JDecimal(unscaled, scale);
    },
  },
  NUMBER,
);

export const BOOLEAN = methodTable<boolean>({
  'booleanValue()': (self) => self,
  'compareTo(boolean)': (self, other: boolean) => sign(self) - sign(other),
  'compareTo(Object)': cannotCompare,
  'parseBoolean(String)': (_, text: string | null) => text?.toLowerCase() === 'true',
  'valueOf(String)': (_, text: string | null) => text?.toLowerCase() === 'true',
  'valueOf(boolean)': (_, value: boolean) => value,
  'toString(boolean)': (_, value: boolean) => String(value),
  'compare(boolean,boolean)': (_, a: boolean, b: boolean) => sign(a) - sign(b),
  'logicalAnd(boolean,boolean)': (_, a: boolean, b: boolean) => a && b,
  'logicalOr(boolean,boolean)': (_, a: boolean, b: boolean) => a || b,
  'logicalXor(boolean,boolean)': (_, a: boolean, b: boolean) => a !== b,
});

const is = (pattern: RegExp) => (_: JChar, code: number) => pattern.test(String.fromCharCode(code));

export const CHARACTER = methodTable<JChar>({
  'charValue()': (self) => self,
  'compareTo(char)': (self, other: number) => self.code - other,
  'compareTo(Object)': cannotCompare,
  'isDigit(char)': is(/\p{Nd}/u),
  'isLetter(char)': is(/\p{L}/u),
  'isLetterOrDigit(char)': is(/[\p{L}\p{Nd}]/u),
  'isAlphabetic(int)': is(/\p{Alphabetic}/u),
  'isUpperCase(char)': is(/\p{Lu}/u),
  'isLowerCase(char)': is(/\p{Ll}/u),
  'isWhitespace(char)': is(/[\t-\r\u001c-\u001f \u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]/),
  'isSpaceChar(char)': is(/\p{Z}/u),
  'toUpperCase(char)': (_, code: number) => new JChar(single(String.fromCharCode(code).toUpperCase(), code)),
  'toLowerCase(char)': (_, code: number) => new JChar(single(String.fromCharCode(code).toLowerCase(), code)),
  'toString(char)': (_, code: number) => String.fromCharCode(code),
  'valueOf(char)': (_, code: number) => new JChar(code),
  'getNumericValue(char)': (_, code: number) => {
    const value = /[0-9a-zA-Z]/.test(String.fromCharCode(code))
      ? Number.parseInt(String.fromCharCode(code), 36)
      : -1;
    return value;
  },
});

function single(text: string, otherwise: number): number {
  return text.length === 1 ? text.charCodeAt(0) : otherwise;
}

/** The table of a number's class. */
export function tableOfNumber(value: JNumber): MethodTable {
  if (typeof value === 'number') return INTEGER;
  if (value instanceof JDouble) return DOUBLE;
  if (value instanceof JLong) return LONG;
  if (typeof value === 'bigint') return BIG_INTEGER;
  if (value instanceof JDecimal) return BIG_DECIMAL;
  return value instanceof JFloat ? FLOAT : NUMBER;
}
