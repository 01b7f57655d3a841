// Statements about a part of a request: what it holds, how long it is, what it looks like.

import type { CompileContext } from './compile-context.ts';
import { compileField } from './fields.ts';
import { FirewallError, type FirewallField, notEvaluated, reasons } from './firewall-error.ts';
import { integerIn, membersOf, optionIn, patterns, textIn } from './members.ts';
import { compileAnyRegex, compileRegex } from './regex.ts';
import type { Test } from './statement.ts';
import { compileTransformations } from './transformations.ts';

const common = ['FieldToMatch', 'TextTransformations'] as const;

/** @param units - of capacity, before the field's and the transformations' own */
function textTest(
  { views }: CompileContext,
  members: Readonly<Record<string, unknown>>,
  units: number,
  accepts: (text: string) => boolean,
): Test {
  const field = compileField(members.FieldToMatch);
  const transformations = compileTransformations(members.TextTransformations);
  const view = views.of(field, transformations);
  return {
    capacity: units * field.factor + field.extra + 10 * transformations.list.length,
    matches: (inspection) => {
      const reading = inspection.reading(view);
      if (typeof reading === 'boolean') return reading;
      for (let i = 0; i < reading.length; i++) if (accepts(reading[i]!)) return true;
      return false;
    },
  };
}

const positions = ['EXACTLY', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS', 'CONTAINS_WORD'] as const;
const searchBytesMax = 200;

export function byteMatch(value: unknown, context: CompileContext): Test {
  const field = 'BYTE_MATCH_STATEMENT';
  const members = membersOf(value, field, ['SearchString', 'PositionalConstraint', ...common]);
  const search = bytesIn(members.SearchString, field);
  const position = optionIn(members, 'PositionalConstraint', field, positions);
  const units = position === 'CONTAINS' || position === 'CONTAINS_WORD' ? 10 : 2;
  return textTest(context, members, units, positionTest(position, search));
}

function bytesIn(value: unknown, field: FirewallField): string {
  if (typeof value !== 'string') throw new FirewallError(reasons.missing, field, 'SearchString');
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length === 0 || bytes.length > searchBytesMax)
    throw new FirewallError(reasons.format, field, 'SearchString');
  return bytes.toString('latin1');
}

function positionTest(position: (typeof positions)[number], search: string): (text: string) => boolean {
  switch (position) {
    case 'EXACTLY':
      return (text) => text === search;
    case 'STARTS_WITH':
      return (text) => text.startsWith(search);
    case 'ENDS_WITH':
      return (text) => text.endsWith(search);
    case 'CONTAINS':
      return (text) => text.includes(search);
    case 'CONTAINS_WORD':
      return (text) => containsWord(text, search);
  }
}

const isWordCode = (code: number): boolean =>
  code === 95 || (code >= 48 && code <= 57) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90);

/** Alone, or with what is no letter, digit or underscore beside it. */
function containsWord(text: string, search: string): boolean {
  for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, at + 1)) {
    const end = at + search.length;
    if (
      (at === 0 || !isWordCode(text.charCodeAt(at - 1))) &&
      (end === text.length || !isWordCode(text.charCodeAt(end)))
    )
      return true;
  }
  return false;
}

const comparisons = ['EQ', 'NE', 'LE', 'LT', 'GE', 'GT'] as const;

export function sizeConstraint(value: unknown, context: CompileContext): Test {
  const field = 'SIZE_CONSTRAINT_STATEMENT';
  const members = membersOf(value, field, ['ComparisonOperator', 'Size', ...common]);
  const size = integerIn(members, 'Size', field, 0, 21_474_836_480);
  const test = textTest(
    context,
    members,
    1,
    comparison(optionIn(members, 'ComparisonOperator', field, comparisons), size),
  );
  return test;
}

function comparison(operator: (typeof comparisons)[number], size: number): (text: string) => boolean {
  switch (operator) {
    case 'EQ':
      return ({ length }) => length === size;
    case 'NE':
      return ({ length }) => length !== size;
    case 'LE':
      return ({ length }) => length <= size;
    case 'LT':
      return ({ length }) => length < size;
    case 'GE':
      return ({ length }) => length >= size;
    case 'GT':
      return ({ length }) => length > size;
  }
}

export function sqliMatch(value: unknown, context: CompileContext): Test {
  const field = 'SQLI_MATCH_STATEMENT';
  const members = membersOf(value, field, ['SensitivityLevel', ...common]);
  // libinjection knows one, which is what the service calls low.
  const sensitivity = optionIn(members, 'SensitivityLevel', field, ['LOW', 'HIGH'], 'LOW');
  if (sensitivity === 'HIGH') throw notEvaluated('SensitivityLevel HIGH', field);
  const injection = injectionOf(context, field);
  return textTest(context, members, 20, (text) => injection.isSqli(text));
}

export function xssMatch(value: unknown, context: CompileContext): Test {
  const field = 'XSS_MATCH_STATEMENT';
  const injection = injectionOf(context, field);
  return textTest(context, membersOf(value, field, common), 40, (text) => injection.isXss(text));
}

function injectionOf({ tools }: CompileContext, field: FirewallField) {
  const injection = tools.injection();
  if (typeof injection !== 'string') return injection;
  throw new FirewallError(`SQLi and XSS statements need libinjection: ${injection}.`, field, field);
}

export function regexMatch(value: unknown, context: CompileContext): Test {
  const field = 'REGEX_PATTERN_REFERENCE_STATEMENT';
  const members = membersOf(value, field, ['RegexString', ...common]);
  const source = members.RegexString;
  if (typeof source !== 'string') throw new FirewallError(reasons.missing, field, 'RegexString');
  return textTest(context, members, 3, compileRegex(source, field));
}

export function regexPatternSet(value: unknown, context: CompileContext): Test {
  const field = 'REGEX_PATTERN_REFERENCE_STATEMENT';
  const members = membersOf(value, field, ['ARN', ...common]);
  const arn = textIn(members, 'ARN', field, patterns.arn);
  const set = context.references.regexPatternSet(arn);
  if (set === null) throw new FirewallError(reasons.reference, field, arn);
  const sources = set.RegularExpressionList.map(({ RegexString }) => RegexString);
  return textTest(context, members, 25, compileAnyRegex(sources, 'REGEX_PATTERN_SET'));
}
