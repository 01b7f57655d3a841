// String.format: %[index$][flags][width][.precision]conversion.

import { doubleOf, isNumber, wholeOf } from '../value/arithmetic.ts';
import { exactDecimal, parseDecimal, plainText } from '../value/decimal.ts';
import { doubleText } from '../value/double-text.ts';
import { javaHash } from '../value/equality.ts';
import { JChar, JDecimal, JDouble, JFloat, JLong, JSmall, type Value } from '../value/kinds.ts';
import { TEXT_CHARS_MAX, toDisplayText, tooLong } from '../value/text.ts';
import { rescaled } from './numbers.ts';
import { fault } from './table.ts';

const SPECIFIER = /%(?:(\d+)\$)?([-#+ 0,(<]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/y;

interface Specifier {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | null;
  readonly conversion: string;
}

/** @throws TemplateRenderError where Java throws an IllegalFormatException */
export function formatJava(pattern: string, args: readonly Value[]): string {
  let result = '';
  let next = 0;
  let last = -1;
  let from = 0;
  for (;;) {
    const at = pattern.indexOf('%', from);
    if (at < 0) return result + pattern.slice(from);
    result += pattern.slice(from, at);
    SPECIFIER.lastIndex = at;
    const match = SPECIFIER.exec(pattern);
    if (match === null) throw fault("UnknownFormatConversionException: Conversion = '%'");
    from = SPECIFIER.lastIndex;
    const [, index, flags, width, precision, conversion] = match;
    const specifier: Specifier = {
      flags: flags!,
      width: width === undefined ? -1 : Number(width),
      precision: precision === undefined ? null : Number(precision),
      conversion: conversion!,
    };
    if (specifier.width > TEXT_CHARS_MAX || (specifier.precision ?? 0) > 10_000) throw tooLong();
    assertFlags(specifier, flags!);
    if (conversion === 'n') result += '\n';
    else if (conversion === '%') result += padded('%', specifier);
    else {
      last = index !== undefined ? Number(index) - 1 : flags!.includes('<') ? last : next++;
      if (last < 0 || last >= args.length)
        throw fault(`MissingFormatArgumentException: Format specifier '${match[0]}'`);
      result += formatted(args[last]!, specifier);
    }
    if (result.length > TEXT_CHARS_MAX) throw tooLong();
  }
}

const CONVERSIONS = 'bBhHsScCdoxXeEfgG%n';
/** Flags a conversion refuses. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['b', '#+ 0,('],
  ['h', '#+ 0,('],
  ['s', '#+ 0,('],
  ['c', '#+ 0,('],
  ['d', '#'],
  ['x', ','],
  ['o', ','],
  ['e', ','],
  ['f', ''],
  ['g', '#'],
  ['%', '#+ 0,('],
  ['n', '-#+ 0,('],
]);

// Java is strict about what goes together.
function assertFlags({ width, precision, conversion }: Specifier, flags: string): void {
  if (!CONVERSIONS.includes(conversion))
    throw fault(`UnknownFormatConversionException: Conversion = '${conversion}'`);
  if (new Set(flags).size < flags.length) throw fault(`DuplicateFormatFlagsException: Flags = '${flags}'`);
  const kind = conversion.toLowerCase();
  const refused = REFUSED.get(kind)!;
  if ([...flags].some((flag) => refused.includes(flag)))
    throw fault(`FormatFlagsConversionMismatchException: ${flags}`);
  if (kind === 'n' && width >= 0) throw fault(`IllegalFormatWidthException: ${width}`);
  if ('n%c'.includes(kind) && precision !== null)
    throw fault(`IllegalFormatPrecisionException: ${precision}`);
  if ((flags.includes('-') || flags.includes('0')) && width < 0) throw fault('MissingFormatWidthException');
  const clash = (flags.includes('-') && flags.includes('0')) || (flags.includes('+') && flags.includes(' '));
  if (clash) throw fault(`IllegalFormatFlagsException: Flags = '${flags}'`);
}

function formatted(value: Value, specifier: Specifier): string {
  const lower = specifier.conversion.toLowerCase();
  const isUpper = specifier.conversion !== lower;
  const text = converted(value, lower, specifier);
  return padded(isUpper ? text.toUpperCase() : text, specifier);
}

function padded(text: string, { flags, width }: Specifier): string {
  if (flags.includes('-')) {
    if (width < 0) throw fault('MissingFormatWidthException');
    return text.padEnd(width);
  }
  return text.padStart(Math.max(0, width));
}

function converted(value: Value, conversion: string, specifier: Specifier): string {
  const { precision } = specifier;
  const cut = (text: string): string => (precision === null ? text : text.slice(0, precision));
  switch (conversion) {
    case 's':
      return cut(toDisplayText(value));
    case 'b':
      return cut(String(typeof value === 'boolean' ? value : value !== null));
    case 'h':
      return cut(value === null ? 'null' : (javaHash(value) >>> 0).toString(16));
    case 'c':
      return character(value, specifier);
    case 'd':
    case 'x':
    case 'o':
      return whole(value, conversion, specifier);
    case 'f':
    case 'e':
    case 'g':
      return floating(value, conversion, specifier);
  }
  throw fault(`UnknownFormatConversionException: Conversion = '${specifier.conversion}'`);
}

function mismatch(value: Value, { conversion }: Specifier) {
  return fault(
    `IllegalFormatConversionException: ${conversion} != ${value === null ? 'null' : typeof value}`,
  );
}

function character(value: Value, specifier: Specifier): string {
  if (value === null) return 'null';
  if (value instanceof JChar) return String.fromCharCode(value.code);
  if (typeof value !== 'number' && !(value instanceof JSmall)) throw mismatch(value, specifier);
  const point = typeof value === 'number' ? value : value.value;
  if (point < 0 || point > 0x10ffff) throw fault('IllegalFormatCodePointException');
  return String.fromCodePoint(point);
}

function whole(value: Value, conversion: string, specifier: Specifier): string {
  if (value === null) return 'null';
  const isIntegral =
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    value instanceof JLong ||
    value instanceof JSmall;
  if (!isIntegral) throw mismatch(value, specifier);
  if (specifier.precision !== null) throw fault('IllegalFormatPrecisionException');
  const number = wholeOf(value);
  if (conversion === 'd') return signed(number < 0n, (number < 0n ? -number : number).toString(), specifier);
  const radix = conversion === 'x' ? 16 : 8;
  if (typeof value !== 'bigint' && /[+ (]/.test(specifier.flags))
    throw fault('FormatFlagsConversionMismatchException');
  const bits = value instanceof JLong ? 64 : value instanceof JSmall ? value.bits : 32;
  const prefix = specifier.flags.includes('#') ? (radix === 16 ? '0x' : '0') : '';
  const digits = (typeof value === 'bigint' ? number : BigInt.asUintN(bits, number)).toString(radix);
  const zeros = specifier.flags.includes('0')
    ? Math.max(0, specifier.width - prefix.length - digits.length)
    : 0;
  return prefix + '0'.repeat(zeros) + digits;
}

// Sign, grouping and leading zeros, common to %d and %f.
function signed(isNegative: boolean, digits: string, { flags, width }: Specifier): string {
  const [integral, fraction] = digits.split('.') as [string, string | undefined];
  const grouped = flags.includes(',') ? integral.replace(/\B(?=(\d{3})+$)/g, ',') : integral;
  let text = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  const isWrapped = isNegative && flags.includes('(');
  const sign = isNegative
    ? isWrapped
      ? '('
      : '-'
    : flags.includes('+')
      ? '+'
      : flags.includes(' ')
        ? ' '
        : '';
  if (flags.includes('0')) text = text.padStart(width - sign.length - (isWrapped ? 1 : 0), '0');
  return sign + text + (isWrapped ? ')' : '');
}

function floating(value: Value, conversion: string, specifier: Specifier): string {
  if (value === null) return 'null';
  if (!(value instanceof JDouble || value instanceof JFloat || value instanceof JDecimal))
    throw mismatch(value, specifier);
  const double = isNumber(value) ? doubleOf(value) : 0;
  if (!Number.isFinite(double)) {
    const isNegative = double < 0;
    const plain: Specifier = { ...specifier, flags: specifier.flags.replace('0', '') };
    return Number.isNaN(double) ? 'NaN' : signed(isNegative, 'Infinity', plain);
  }
  const isNegative = double < 0 || Object.is(double, -0);
  const decimal =
    value instanceof JDecimal ? value : (parseDecimal(doubleText(double)) ?? exactDecimal(double));
  const size = decimal.unscaled < 0n ? new JDecimal(-decimal.unscaled, decimal.scale) : decimal;
  return signed(isNegative, layOut(size, conversion, specifier), specifier);
}

function layOut(size: JDecimal, conversion: string, { precision, flags }: Specifier): string {
  const digits = precision ?? 6;
  const point = flags.includes('#') && digits === 0 ? '.' : '';
  if (conversion === 'f') return plainText(rescaled(size, digits, 4)) + point;
  if (conversion === 'e') return scientific(size, digits);
  const significant = digits === 0 ? 1 : digits;
  const exponent = size.unscaled === 0n ? 0 : size.unscaled.toString().length - 1 - size.scale;
  if (size.unscaled !== 0n && (exponent < -4 || exponent >= significant))
    return scientific(size, significant - 1);
  return plainText(rescaled(size, Math.max(0, significant - 1 - exponent), 4));
}

function scientific(size: JDecimal, digits: number): string {
  let exponent = size.unscaled === 0n ? 0 : size.unscaled.toString().length - 1 - size.scale;
  let mantissa = rescaled(new JDecimal(size.unscaled, size.scale + exponent), digits, 4);
  if (mantissa.unscaled.toString().length > digits + 1) {
    exponent++;
    mantissa = rescaled(new JDecimal(size.unscaled, size.scale + exponent), digits, 4);
  }
  const power = Math.abs(exponent).toString().padStart(2, '0');
  return `${plainText(mantissa)}e${exponent < 0 ? '-' : '+'}${power}`;
}
