// Velocity's arithmetic: whole numbers grow from int to long to BigInteger, anything with a fraction is a double,
// and BigDecimal wins over all.

import { TemplateRenderError } from '../errors.ts';
import { addDecimals, compareDecimals, divideDecimals, exactDecimal, multiplyDecimals } from './decimal.ts';
import { JDecimal, JDouble, JFloat, JLong, JSmall, type Value } from './kinds.ts';

/** Java's Number. */
export type JNumber = number | bigint | JLong | JDouble | JFloat | JSmall | JDecimal;
export type Operator = '+' | '-' | '*' | '/' | '%';

const NUMBER_BITS_MAX = 100_000n;

export function isNumber(value: Value): value is JNumber {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof JDouble ||
    value instanceof JLong ||
    value instanceof JDecimal ||
    value instanceof JFloat ||
    value instanceof JSmall
  );
}

function isWhole(value: JNumber): boolean {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof JLong ||
    value instanceof JSmall
  );
}

/** `Number.doubleValue()`. */
export function doubleOf(value: JNumber): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof JDecimal) return Number(`${value.unscaled}e${-value.scale}`);
  return Number(value.value);
}

/** A whole number of any size. */
export function wholeOf(value: JNumber): bigint {
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'bigint') return value;
  if (value instanceof JDecimal) {
    return value.scale > 0
      ? value.unscaled / 10n ** BigInt(value.scale)
      : value.unscaled * 10n ** BigInt(-value.scale);
  }
  if (value instanceof JLong) return value.value;
  return saturatedLong(value.value);
}

/** A double as a long: Java's cast stops at the ends and takes NaN for zero. */
function saturatedLong(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  if (value >= 2 ** 63) return 9223372036854775807n;
  if (value <= -(2 ** 63)) return -9223372036854775808n;
  return BigInt(Math.trunc(value));
}

/** `Number.intValue()`. */
export function intOf(value: JNumber): number {
  if (typeof value === 'number') return value;
  if (value instanceof JDouble || value instanceof JFloat) {
    if (Number.isNaN(value.value)) return 0;
    return Math.max(-2147483648, Math.min(2147483647, Math.trunc(value.value)));
  }
  return Number(BigInt.asIntN(32, wholeOf(value)));
}

function decimalOf(value: JNumber): JDecimal {
  if (value instanceof JDecimal) return value;
  if (typeof value === 'bigint') return new JDecimal(value, 0);
  const double = doubleOf(value);
  if (!Number.isFinite(double)) throw new TemplateRenderError('NumberFormatException: Infinite or NaN');
  return exactDecimal(double);
}

type Base = 'big' | 'long' | 'float' | 'double' | 'decimal';

function baseOf(a: JNumber, b: JNumber): Base {
  const aWhole = isWhole(a);
  const bWhole = isWhole(b);
  const anyBig = typeof a === 'bigint' || typeof b === 'bigint';
  if (a instanceof JDecimal || b instanceof JDecimal || ((!aWhole || !bWhole) && anyBig)) return 'decimal';
  if (aWhole && bWhole) return anyBig ? 'big' : 'long';
  return a instanceof JDouble || b instanceof JDouble ? 'double' : 'float';
}

export function isZero(value: JNumber): boolean {
  if (typeof value === 'bigint') return value === 0n;
  return value instanceof JDecimal ? value.unscaled === 0n : doubleOf(value) === 0;
}

/** A sum, difference, product, quotient or remainder; null for a division by zero. */
export function calculate(operator: Operator, a: JNumber, b: JNumber): JNumber | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const quick = quickly(operator, a, b);
    if (quick !== undefined) return quick;
  }
  if ((operator === '/' || operator === '%') && isZero(b)) return null;
  switch (baseOf(a, b)) {
    case 'double':
      return new JDouble(onDoubles(operator, doubleOf(a), doubleOf(b)));
    case 'float':
      return new JFloat(onDoubles(operator, Math.fround(doubleOf(a)), Math.fround(doubleOf(b))));
    case 'long':
      return onLongs(operator, a, b);
    case 'big':
      return onBigs(operator, wholeOf(a), wholeOf(b));
    case 'decimal':
      return onDecimals(operator, decimalOf(a), decimalOf(b));
  }
}

// Two ints whose result is an int again: nearly all arithmetic there is.
function quickly(operator: Operator, a: number, b: number): number | null | undefined {
  let result: number;
  switch (operator) {
    case '+':
      result = a + b;
      break;
    case '-':
      result = a - b;
      break;
    case '*':
      result = a * b;
      break;
    default:
      if (b === 0) return null;
      result = operator === '/' ? Math.trunc(a / b) : a % b;
  }
  return result >= -2147483648 && result <= 2147483647 ? result + 0 : undefined;
}

function onDoubles(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

function onBigs(operator: Operator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*': {
      const result = a * b;
      if (result > 0n ? result >> NUMBER_BITS_MAX > 0n : -result >> NUMBER_BITS_MAX > 0n) {
        throw new TemplateRenderError('A number has grown too large');
      }
      return result;
    }
    case '/':
      return a / b;
    case '%': {
      if (b < 0n) throw new TemplateRenderError('ArithmeticException: BigInteger: modulus not positive');
      const rest = a % b;
      return rest < 0n ? rest + b : rest;
    }
  }
}

// Java's long arithmetic, made BigInteger where it would overflow. The result has the wider class of the two.
function onLongs(operator: Operator, a: JNumber, b: JNumber): JNumber {
  const left = wholeOf(a);
  const right = wholeOf(b);
  const result = operator === '%' ? left % right : onBigs(operator, left, right);
  if (result < -9223372036854775808n || result > 9223372036854775807n) {
    return operator === '/' ? new JLong(BigInt.asIntN(64, result)) : result;
  }
  return narrowest(result, Math.max(rank(a), rank(b)));
}

function rank(value: JNumber): number {
  if (value instanceof JSmall) return value.bits === 8 ? 0 : 1;
  return typeof value === 'number' ? 2 : 3;
}

function narrowest(value: bigint, from: number): JNumber {
  if (from <= 0 && value >= -128n && value <= 127n) return new JSmall(Number(value), 8);
  if (from <= 1 && value >= -32768n && value <= 32767n) return new JSmall(Number(value), 16);
  if (from <= 2 && value >= -2147483648n && value <= 2147483647n) return Number(value);
  return new JLong(value);
}

function onDecimals(operator: Operator, a: JDecimal, b: JDecimal): JDecimal {
  if (Math.abs(a.scale) + Math.abs(b.scale) > 100_000)
    throw new TemplateRenderError('A number has grown too large');
  switch (operator) {
    case '+':
      return addDecimals(a, b);
    case '-':
      return addDecimals(a, new JDecimal(-b.unscaled, b.scale));
    case '*': {
      const result = multiplyDecimals(a, b);
      const size = result.unscaled < 0n ? -result.unscaled : result.unscaled;
      if (size >> NUMBER_BITS_MAX > 0n) throw new TemplateRenderError('A number has grown too large');
      return result;
    }
    case '/':
      return divideDecimals(a, b);
    case '%':
      throw new TemplateRenderError('ArithmeticException: Cannot calculate the modulo of BigDecimals.');
  }
}

/** -1, 0 or 1; values that cannot be ordered (NaN) compare as equal, as in Velocity. */
export function compareNumbers(a: JNumber, b: JNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  switch (baseOf(a, b)) {
    case 'double':
    case 'float': {
      const left = doubleOf(a);
      const right = doubleOf(b);
      return left < right ? -1 : left > right ? 1 : 0;
    }
    case 'long':
    case 'big': {
      const left = wholeOf(a);
      const right = wholeOf(b);
      return left < right ? -1 : left > right ? 1 : 0;
    }
    case 'decimal':
      return compareDecimals(decimalOf(a), decimalOf(b));
  }
}
