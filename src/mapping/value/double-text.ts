// Double.toString and Float.toString of Java 17, digit for digit. Java before 19 does not always give the shortest
// text, so JavaScript's digits are taken only where both are known to agree; the rest follows Java's own method.

const DIGITS_OF_5 = [
  0, 3, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33, 35, 38, 40, 42, 45, 47, 49, 52, 54, 56, 59, 61,
];
// Digits that a power of two between 2^p and the next cannot tell apart, by p.
const INSIGNIFICANT = [
  0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 9, 10,
  10, 10, 11, 11, 11,
];

const view = new DataView(new ArrayBuffer(8));

/** @returns the text of `Double.toString(value)` */
export function doubleText(value: number): string {
  if (Number.isInteger(value) && value > -1e7 && value < 1e7) {
    return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  }
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value);
    if (text.length < 16) return text;
  }
  return layOut(value < 0, developDouble(size), size);
}

/** @returns the text of `Float.toString(value)`; `value` is already rounded to a float */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const size = Math.abs(value);
  return layOut(value < 0, developFloat(size), size);
}

interface Digits {
  readonly digits: string;
  /** Position of the decimal point: the value is 0.digits * 10^point. */
  readonly point: number;
}

function layOut(negative: boolean, { digits, point }: Digits, size: number): string {
  const sign = negative ? '-' : '';
  if (size >= 1e-3 && size < 1e7) {
    if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
    const whole = digits.slice(0, point).padEnd(point, '0');
    return `${sign}${whole}.${digits.slice(point) || '0'}`;
  }
  return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${point - 1}`;
}

function developDouble(size: number): Digits {
  view.setFloat64(0, size);
  const high = view.getUint32(0);
  const bits = (BigInt(high & 0xfffff) << 32n) | BigInt(view.getUint32(4));
  return develop(high >>> 20, bits, 1023, 52, 53);
}

function developFloat(size: number): Digits {
  view.setFloat32(0, size);
  const word = view.getUint32(0);
  // Java widens a float's bits to a double's before it develops them.
  return develop(word >>> 23, BigInt(word & 0x7fffff) << 29n, 127, 52, 24);
}

function develop(
  exponent: number,
  mantissa: bigint,
  bias: number,
  shift: number,
  significant: number,
): Digits {
  let binExp = exponent;
  let bits = mantissa;
  let nSignificant = significant;
  if (exponent === 0) {
    const leading = shift + 1 - bits.toString(2).length;
    bits <<= BigInt(leading);
    binExp = 1 - leading;
    nSignificant = significant - leading;
  } else {
    bits |= 1n << BigInt(shift);
  }
  return digitsOf(binExp - bias, bits, nSignificant);
}

function digitsOf(binExp: number, significand: bigint, nSignificant: number): Digits {
  let bits = significand;
  let tail = 0;
  while ((bits & 1n) === 0n) {
    bits >>= 1n;
    tail++;
  }
  const nFract = 53 - tail;
  const nTiny = Math.max(0, nFract - binExp - 1);
  if (binExp <= 62 && binExp >= -21 && nTiny === 0) {
    const whole = binExp >= 52 ? significand << BigInt(binExp - 52) : significand >> BigInt(52 - binExp);
    return wholeDigits(whole, binExp > nSignificant ? (INSIGNIFICANT[binExp - nSignificant - 1] ?? 0) : 0);
  }
  const fraction = Number(significand) / 2 ** 52;
  let decExp = Math.floor((fraction - 1.5) * 0.289529654 + 0.176091259 + binExp * 0.301029995663981);
  const b5 = Math.max(0, -decExp);
  let b2 = b5 + nTiny + binExp;
  const s5 = Math.max(0, decExp);
  let s2 = s5 + nTiny;
  let m2 = b2 - nSignificant;
  b2 -= nFract - 1;
  const common = Math.min(b2, s2);
  b2 -= common;
  s2 -= common;
  m2 -= common;
  if (nFract === 1) m2 -= 1;
  if (m2 < 0) {
    b2 -= m2;
    s2 -= m2;
    m2 = 0;
  }
  const bBits = nFract + b2 + (DIGITS_OF_5[b5] ?? b5 * 3);
  const tenSBits = s2 + 1 + (DIGITS_OF_5[s5 + 1] ?? (s5 + 1) * 3);
  const isSmall = bBits < 64 && tenSBits < 64;

  const s = (5n ** BigInt(s5)) << BigInt(s2);
  const tenS = s * 10n;
  let b = (bits * 5n ** BigInt(b5)) << BigInt(b2);
  let m = (5n ** BigInt(b5)) << BigInt(m2);
  let q = b / s;
  b = 10n * (b % s);
  m *= 10n;
  // Java's short arithmetic and its long one differ in the case of equality; both are kept.
  let low = b < m;
  let high = isSmall ? b + m > tenS : b + m >= tenS;
  let digits = '';
  if (q === 0n && !high) decExp -= 1;
  else digits += q;
  if (decExp < -3 || decExp >= 8) low = high = false;
  while (!low && !high) {
    q = b / s;
    b = 10n * (b % s);
    m *= 10n;
    low = b < m;
    high = isSmall ? b + m > tenS : b + m >= tenS;
    digits += q;
  }
  let up = high;
  if (high && low) {
    const twice = b * 2n;
    up = twice > tenS || (twice === tenS && (digits.charCodeAt(digits.length - 1) & 1) === 1);
  }
  return up ? roundedUp(digits, decExp + 1) : { digits, point: decExp + 1 };
}

function roundedUp(digits: string, point: number): Digits {
  const more = (BigInt(digits) + 1n).toString().padStart(digits.length, '0');
  // 9.9 -> 10: Java keeps the number of digits.
  return more.length > digits.length
    ? { digits: more.slice(0, digits.length), point: point + 1 }
    : { digits: more, point };
}

function wholeDigits(whole: bigint, insignificant: number): Digits {
  let value = whole;
  let dropped = 0;
  if (insignificant !== 0) {
    const unit = 10n ** BigInt(insignificant);
    const residue = value % unit;
    value /= unit;
    dropped = insignificant;
    if (residue >= unit / 2n) value += 1n;
  }
  const text = value.toString();
  return { digits: text.replace(/0+$/, '') || '0', point: text.length + dropped };
}
