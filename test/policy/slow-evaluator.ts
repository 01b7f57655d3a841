// Policies evaluated the obvious way, read from the specification line by line: the judge of the compiled ones. It
// knows String, Numeric, Bool, Null, IpAddress (v4) and Arn operators, which is what the properties generate.

import type { AccessRequest, Decision } from '../../src/policy/index.ts';

type OneOrMany<T> = T | readonly T[];
export interface SlowPolicy {
  readonly Version?: string;
  readonly Statement: OneOrMany<SlowStatement>;
}
interface SlowStatement {
  readonly Effect: string;
  readonly Action?: OneOrMany<string>;
  readonly NotAction?: OneOrMany<string>;
  readonly Resource?: OneOrMany<string>;
  readonly NotResource?: OneOrMany<string>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function slowDecision(policy: SlowPolicy, request: AccessRequest): Decision {
  const effects = list(policy.Statement)
    .filter((statement) => applies(statement, request, policy.Version === '2012-10-17'))
    .map((statement) => statement.Effect);
  if (effects.includes('Deny')) return 'deny';
  return effects.includes('Allow') ? 'allow' : 'none';
}

const list = <T>(value: OneOrMany<T>): T[] => (Array.isArray(value) ? [...value] : [value as T]);

function applies(statement: SlowStatement, request: AccessRequest, hasVariables: boolean): boolean {
  const action = (pattern: string): boolean =>
    like(request.action.toLowerCase(), pattern.toLowerCase(), request, false);
  const resource = (pattern: string): boolean => like(request.resource, pattern, request, hasVariables);
  if (statement.Action && !list(statement.Action).some(action)) return false;
  if (statement.NotAction && list(statement.NotAction).some(action)) return false;
  if (statement.Resource && !list(statement.Resource).some(resource)) return false;
  if (statement.NotResource && list(statement.NotResource).some(resource)) return false;
  for (const [operator, keys] of Object.entries(statement.Condition ?? {}))
    for (const [key, values] of Object.entries(keys))
      if (!conditionHolds(operator, key.toLowerCase(), list(values).map(String), request, hasVariables))
        return false;
  return true;
}

function conditionHolds(
  operator: string,
  key: string,
  expected: string[],
  request: AccessRequest,
  hasVariables: boolean,
): boolean {
  const raw = request.context(key);
  const given = raw === undefined ? undefined : list(raw);
  const isAbsent = given === undefined || given.length === 0;
  if (operator === 'Null') return expected.includes(String(isAbsent));
  const all = operator.startsWith('ForAllValues:');
  const any = operator.startsWith('ForAnyValue:');
  const ifExists = operator.endsWith('IfExists');
  const name = operator.replace(/^For(All|Any)Values?:/, '').replace(/IfExists$/, '');
  const isNegated = name.includes('Not');
  if (isAbsent) return ifExists || all || (isNegated && !any);
  const positive = name.replace('Not', '');
  const matches = (value: string): boolean =>
    expected.some((one) => compare(positive, value, one, request, hasVariables));
  if (all) return given.every((value) => matches(value) !== isNegated);
  if (any) return given.some((value) => matches(value) !== isNegated);
  return isNegated ? !given.some(matches) : given.some(matches);
}

function compare(
  operator: string,
  value: string,
  expected: string,
  request: AccessRequest,
  hasVariables: boolean,
): boolean {
  switch (operator) {
    case 'StringEquals':
      return literal(expected, request, hasVariables) === value;
    case 'StringEqualsIgnoreCase':
      return literal(expected, request, hasVariables)?.toLowerCase() === value.toLowerCase();
    case 'StringLike':
      return like(value, expected, request, hasVariables);
    case 'ArnLike':
    case 'ArnEquals': {
      const [given, wanted] = [value.split(':'), expected.split(':')];
      return given.length === 6 && wanted.every((part, i) => like(given[i]!, part, request, false));
    }
    case 'NumericEquals':
      return Number(value) === Number(expected);
    case 'NumericLessThan':
      return Number(value) < Number(expected);
    case 'NumericGreaterThanEquals':
      return Number(value) >= Number(expected);
    case 'Bool':
      return value.toLowerCase() === expected.toLowerCase();
    case 'IpAddress': {
      const [base, bits] = expected.split('/');
      const size = 2 ** (32 - Number(bits));
      return Math.floor(address(value) / size) === Math.floor(address(base!) / size);
    }
    default:
      throw new Error(operator);
  }
}

const address = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);

/** With variables put in; undefined when one has no value. */
function literal(text: string, request: AccessRequest, hasVariables: boolean): string | undefined {
  if (!hasVariables) return text;
  let isWhole = true;
  const filled = text.replace(/\$\{([^}]*)\}/g, (_, name) => {
    if (name === '*' || name === '?' || name === '$') return name;
    const value = request.context(name.toLowerCase());
    if (typeof value !== 'string') isWhole = false;
    return String(value);
  });
  return isWhole ? filled : undefined;
}

function like(text: string, pattern: string, request: AccessRequest, hasVariables: boolean): boolean {
  const quoted = (part: string): string => part.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const end = pattern.indexOf('}', i);
    if (hasVariables && pattern.startsWith('${', i) && end > 0) {
      const value = literal(pattern.slice(i, end + 1), request, true);
      if (value === undefined) return false;
      source += quoted(value);
      i = end;
    } else if (pattern[i] === '*') source += '[^]*';
    else if (pattern[i] === '?') source += '[^]';
    else source += quoted(pattern[i]!);
  }
  return new RegExp(`^${source}$`).test(text);
}
