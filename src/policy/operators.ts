// The condition operators: each turns a value of the policy into a test of a value of the request.

import { addressBytes, compileIpRange } from './ip-range.ts';
import { compilePattern, type Matches } from './pattern.ts';
import { PolicyError } from './policy-error.ts';

export interface Operator {
  /** @throws PolicyError when the value is none for this operator */
  compile(expected: string, hasVariables: boolean): Matches;
  /** `...Not...`: true when no value of the policy is satisfied, also when the request has none. */
  readonly isNegated: boolean;
}

type Compile = Operator['compile'];

const text = (options: { hasWildcards: boolean; ignoresCase?: boolean }): Compile => {
  return (expected, hasVariables) => compilePattern(expected, { ...options, hasVariables });
};

/** Decimal numbers, as JSON and people write them. */
function numberOf(value: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.trim()) ? Number(value) : Number.NaN;
}

const isoDate = /^\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/;

/** ISO 8601 or seconds since 1970, as milliseconds. Four digits are a year. */
function dateOf(value: string): number {
  const trimmed = value.trim();
  if (/^-?\d+(\.\d+)?$/.test(trimmed) && trimmed.length !== 4) return Number(trimmed) * 1000;
  if (!isoDate.test(trimmed)) return Number.NaN;
  // A time without a zone is UTC; Date.parse would take this machine's own.
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/.test(trimmed.slice(10));
  const full = /T\d\d$/.test(trimmed) ? `${trimmed}:00` : trimmed;
  return Date.parse(full.includes('T') && !hasZone ? `${full}Z` : full);
}

const compared = (
  what: string,
  read: (value: string) => number,
  holds: (value: number, expected: number) => boolean,
): Compile => {
  return (expected) => {
    const number = read(expected);
    if (Number.isNaN(number)) throw new PolicyError(`"${expected}" is no ${what}`);
    return (value) => holds(read(value), number);
  };
};

const isEqual = (a: number, b: number): boolean => a === b;
const orders = {
  Equals: isEqual,
  LessThan: (a: number, b: number) => a < b,
  LessThanEquals: (a: number, b: number) => a <= b,
  GreaterThan: (a: number, b: number) => a > b,
  GreaterThanEquals: (a: number, b: number) => a >= b,
};

const boolean: Compile = (expected) => {
  const wanted = expected.toLowerCase();
  if (wanted !== 'true' && wanted !== 'false')
    throw new PolicyError(`"${expected}" is neither true nor false`);
  return (value) => value.toLowerCase() === wanted;
};

const binary: Compile = (expected) => {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(expected)) throw new PolicyError(`"${expected}" is no base64`);
  const bytes = Buffer.from(expected, 'base64');
  return (value) => bytes.equals(Buffer.from(value, 'base64'));
};

const ipAddress: Compile = (expected) => {
  const range = compileIpRange(expected);
  if (range === null)
    throw new PolicyError(`"${expected}" is neither an IP address nor a range such as 203.0.113.0/24`);
  return (value) => {
    const address = bytesOf(value);
    return address !== null && range.contains(address);
  };
};

let lastAddress = '';
let lastBytes: readonly number[] | null = null;

/** Of one request all ranges are asked about the same address. */
function bytesOf(value: string): readonly number[] | null {
  if (value !== lastAddress) {
    lastBytes = addressBytes(value);
    lastAddress = value;
  }
  return lastBytes;
}

/**
 * The six parts of an ARN are compared one by one, so that a `*` does not reach over a colon before the last. One that
 * ends a shorter pattern stands for all parts that are left.
 */
const arn: Compile = (expected, hasVariables) => {
  // Names of variables have colons of their own.
  const parts = arnParts(expected.replace(/\$\{[^}]*\}/g, (variable) => variable.replaceAll(':', '\0')));
  if (parts.at(-1)!.endsWith('*')) while (parts.length < 6) parts.push('*');
  if (parts.length !== 6) throw new PolicyError(`"${expected}" is no ARN`);
  const patterns = parts.map((part) =>
    compilePattern(part.replaceAll('\0', ':'), { hasWildcards: true, hasVariables }),
  );
  return (value, context) => {
    const given = arnParts(value);
    return given.length === 6 && patterns.every((matches, i) => matches(given[i]!, context));
  };
};

function arnParts(value: string): string[] {
  const parts = value.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

const pair = (name: string, negatedName: string, compile: Compile): [string, Operator][] => [
  [name, { compile, isNegated: false }],
  [negatedName, { compile, isNegated: true }],
];
const ordered = (family: string, what: string, read: (value: string) => number): [string, Operator][] => [
  ...Object.entries(orders).map(([name, holds]): [string, Operator] => [
    `${family}${name}`,
    { compile: compared(what, read, holds), isNegated: false },
  ]),
  [`${family}NotEquals`, { compile: compared(what, read, isEqual), isNegated: true }],
];

/** By name, without modifiers. `Null` is not here: it looks at the key, not at values. */
export const operators: ReadonlyMap<string, Operator> = new Map([
  ...pair('StringEquals', 'StringNotEquals', text({ hasWildcards: false })),
  ...pair(
    'StringEqualsIgnoreCase',
    'StringNotEqualsIgnoreCase',
    text({ hasWildcards: false, ignoresCase: true }),
  ),
  ...pair('StringLike', 'StringNotLike', text({ hasWildcards: true })),
  ...ordered('Numeric', 'number', numberOf),
  ...ordered('Date', 'date', dateOf),
  ['Bool', { compile: boolean, isNegated: false }] as [string, Operator],
  ['BinaryEquals', { compile: binary, isNegated: false }] as [string, Operator],
  ...pair('IpAddress', 'NotIpAddress', ipAddress),
  ...pair('ArnEquals', 'ArnNotEquals', arn),
  ...pair('ArnLike', 'ArnNotLike', arn),
]);
