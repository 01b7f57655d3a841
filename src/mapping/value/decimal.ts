// BigDecimal as far as templates and JSONPath filters need it.

import { JDecimal } from './kinds.ts';

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Exponents beyond this would make numbers of unbounded length. */
const EXPONENT_MAX = 10_000;

/** `new BigDecimal(text)`; null where Java throws NumberFormatException. */
export function parseDecimal(text: string): JDecimal | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const whole = match[2]!;
  const fraction = match[3] ?? '';
  if (whole === '' && fraction === '') return null;
  const exponent = match[4] === undefined ? 0 : Number(match[4]);
  if (Math.abs(exponent) > EXPONENT_MAX) return null;
  const unscaled = BigInt(whole + fraction);
  return new JDecimal(match[1] === '-' ? -unscaled : unscaled, fraction.length - exponent);
}

/** `BigDecimal.toString()`. */
export function decimalText(value: JDecimal): string {
  const { unscaled, scale } = value;
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString();
  const sign = negative ? '-' : '';
  if (scale === 0) return sign + digits;
  const adjusted = digits.length - 1 - scale;
  if (scale > 0 && adjusted >= -6) {
    const padded = digits.padStart(scale + 1, '0');
    return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
  }
  const tail = digits.length > 1 ? `.${digits.slice(1)}` : '';
  const exponent = adjusted === 0 ? '' : `E${adjusted > 0 ? '+' : ''}${adjusted}`;
  return `${sign}${digits[0]}${tail}${exponent}`;
}

/** `BigDecimal.toPlainString()`. */
export function plainText(value: JDecimal): string {
  const { unscaled, scale } = value;
  const negative = unscaled < 0n;
  let digits = (negative ? -unscaled : unscaled).toString();
  if (scale < 0) digits = digits === '0' ? '0' : digits + '0'.repeat(-scale);
  else if (scale > 0) {
    digits = digits.padStart(scale + 1, '0');
    digits = `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  }
  return (negative ? '-' : '') + digits;
}

export function compareDecimals(a: JDecimal, b: JDecimal): number {
  const scale = Math.max(a.scale, b.scale);
  const left = a.unscaled * 10n ** BigInt(scale - a.scale);
  const right = b.unscaled * 10n ** BigInt(scale - b.scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The exact value of a double, as `new BigDecimal(double)` gives it. */
export function exactDecimal(value: number): JDecimal {
  if (value === 0) return new JDecimal(0n, 0);
  let bits = value;
  let exponent = 0;
  while (!Number.isInteger(bits)) {
    bits *= 2;
    exponent++;
  }
  return exponent === 0
    ? new JDecimal(BigInt(bits), 0)
    : new JDecimal(BigInt(bits) * 5n ** BigInt(exponent), exponent);
}

export function addDecimals(a: JDecimal, b: JDecimal): JDecimal {
  const scale = Math.max(a.scale, b.scale);
  return new JDecimal(
    a.unscaled * 10n ** BigInt(scale - a.scale) + b.unscaled * 10n ** BigInt(scale - b.scale),
    scale,
  );
}

export function multiplyDecimals(a: JDecimal, b: JDecimal): JDecimal {
  return new JDecimal(a.unscaled * b.unscaled, a.scale + b.scale);
}

/** `a.divide(b, ROUND_HALF_DOWN)`: the result keeps the scale of `a`. */
export function divideDecimals(a: JDecimal, b: JDecimal): JDecimal {
  // a / b at scale s(a): unscaled = a.u * 10^s(b) / b.u
  const up = b.scale >= 0 ? 10n ** BigInt(b.scale) : 1n;
  const down = b.scale < 0 ? 10n ** BigInt(-b.scale) : 1n;
  const dividend = a.unscaled * up;
  const divisor = b.unscaled * down;
  let quotient = dividend / divisor;
  const rest = dividend % divisor;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  if (twice > (divisor < 0n ? -divisor : divisor)) quotient += dividend < 0n === divisor < 0n ? 1n : -1n;
  return new JDecimal(quotient, a.scale);
}
