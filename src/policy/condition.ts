// The Condition of a statement: operators of which all must hold, each on keys of which all must hold, each with values
// of which one is enough.

import type { AccessRequest, ContextValue } from './access-request.ts';
import { operators } from './operators.ts';
import { type Matches, oneOf } from './pattern.ts';
import { PolicyError } from './policy-error.ts';
import { type Json, membersOf, textsOf } from './read-json.ts';

export type Condition = (request: AccessRequest) => boolean;

/** @returns conditions that must all hold @throws PolicyError */
export function compileCondition(json: Json, where: string, hasVariables: boolean): Condition[] {
  return membersOf(json, where).flatMap(([name, keys]) => {
    const byKey = membersOf(keys, `${where}: ${name}`);
    // A misspelled operator is told below, of its key; without one it must not be taken for none.
    if (byKey.length === 0 && !isOperator(name))
      throw new PolicyError(`${where}: "${name}" is no condition operator`);
    return byKey.map(([key, values]) => {
      const at = `${where}: ${name}: ${key}`;
      try {
        return compileTest(name, key, textsOf(values, at), hasVariables);
      } catch (error) {
        if (error instanceof PolicyError && !error.message.startsWith(where))
          throw new PolicyError(`${at}: ${error.message}`);
        throw error;
      }
    });
  });
}

const operatorName = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

function isOperator(name: string): boolean {
  const plainName = operatorName.exec(name)?.[2];
  return plainName !== undefined && (plainName === 'Null' || operators.has(plainName));
}

function compileTest(
  name: string,
  key: string,
  expected: readonly string[],
  hasVariables: boolean,
): Condition {
  const [, set, plainName, ifExists] = operatorName.exec(name) ?? [];
  const contextKey = key.toLowerCase();
  if (plainName === 'Null') {
    if (set !== undefined || ifExists !== undefined)
      throw new PolicyError(`"${name}" is no condition operator: Null takes no modifier`);
    return nullTest(contextKey, expected);
  }
  const operator = plainName === undefined ? undefined : operators.get(plainName);
  if (operator === undefined) throw new PolicyError(`"${name}" is no condition operator`);
  const holds = oneOf(expected.map((one) => operator.compile(one, hasVariables)));
  const quantify = set === 'ForAllValues' ? forAllValues : set === 'ForAnyValue' ? forAnyValue : forOneValue;
  const whenAbsent =
    set === 'ForAllValues' || ifExists !== undefined || (set === undefined && operator.isNegated);
  return (request) => {
    const value = request.context(contextKey);
    // The commonest by far.
    if (set === undefined && typeof value === 'string')
      return holds(value, request.context) !== operator.isNegated;
    const given = valuesOf(value);
    return given.length === 0 ? whenAbsent : quantify(given, operator.isNegated, holds, request);
  };
}

const nothing: readonly string[] = [];
const valuesOf = (value: ContextValue | undefined): readonly string[] =>
  value === undefined ? nothing : typeof value === 'string' ? [value] : value;

type Quantify = (
  given: readonly string[],
  isNegated: boolean,
  holds: Matches,
  request: AccessRequest,
) => boolean;

const forAllValues: Quantify = (given, isNegated, holds, { context }) =>
  given.every((value) => holds(value, context) !== isNegated);
const forAnyValue: Quantify = (given, isNegated, holds, { context }) =>
  given.some((value) => holds(value, context) !== isNegated);
/** Without a modifier: negated operators hold when none of the values satisfies the policy. */
const forOneValue: Quantify = (given, isNegated, holds, { context }) =>
  given.some((value) => holds(value, context)) !== isNegated;

/** `"true"`: the key must be absent. */
function nullTest(key: string, expected: readonly string[]): Condition {
  const wanted = expected.map((one) => {
    const lower = one.toLowerCase();
    if (lower !== 'true' && lower !== 'false') throw new PolicyError(`"${one}" is neither true nor false`);
    return lower === 'true';
  });
  return (request) => wanted.includes(valuesOf(request.context(key)).length === 0);
}
