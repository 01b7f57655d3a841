// What the framework checks of values whose types are right: enumerations, patterns, required members. All failures
// of a request are told together.

import type { AwsException } from './exceptions.ts';
import { validation } from './exceptions.ts';
import type { Members, Range, ShapeKind } from './shape.ts';

/** Failures told of one request; a hostile list would else be answered with a text many times its size. */
const failuresMax = 100;

/** Adds what fails to `failures`. @param path - of the value: `createRestApiInput.endpointConfiguration.types` */
export type Check = (value: unknown, path: string, failures: string[]) => void;

/** @returns null when every value of the shape is right */
export function checkOf(shape: ShapeKind): Check | null {
  switch (shape.type) {
    case 'string':
    case 'integer':
    case 'long':
    case 'double':
      return checkValue(constraintsOf(shape));
    case 'list':
      return both(
        checkCount(shape.range),
        shape.member.type === 'structure' ? checkStructures(shape.member) : checkTexts(shape.member),
      );
    case 'map':
      return both(checkKeys(shape.key), checkMap(shape.value));
    case 'structure':
      return checkMembers(shape.members);
    default:
      return null;
  }
}

const both = (first: Check | null, second: Check | null): Check | null =>
  first === null || second === null
    ? (first ?? second)
    : (value, path, failures) => {
        first(value, path, failures);
        second(value, path, failures);
      };

interface Constraint {
  readonly isMet: (value: string | number) => boolean;
  readonly text: string;
}

function constraintsOf(shape: ShapeKind): readonly Constraint[] {
  if (shape.type === 'string') return [...textConstraints(shape), ...rangeConstraints('length', shape.range)];
  return 'range' in shape ? rangeConstraints('value', shape.range) : [];
}

function textConstraints({ values, pattern }: ShapeKind & { readonly type: 'string' }): Constraint[] {
  if (values !== undefined) {
    const allowed = new Set<string | number>(values);
    return [
      {
        isMet: (text) => allowed.has(text),
        text: `Member must satisfy enum value set: [${values.join(', ')}]`,
      },
    ];
  }
  if (pattern === undefined) return [];
  // Without the flag JavaScript reads sets as Java does: `[0-9-_]`, `[\\w\\-]`.
  const expression = new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
  return [
    {
      isMet: (text) => expression.test(text as string),
      text: `Member must satisfy regular expression pattern: ${pattern}`,
    },
  ];
}

function rangeConstraints(what: 'length' | 'value', { min, max }: Range = {}): Constraint[] {
  const amountOf = (value: string | number) => (typeof value === 'string' ? value.length : value);
  return [
    ...(min === undefined
      ? []
      : [
          {
            isMet: (value: string | number) => amountOf(value) >= min,
            text: `Member must have ${what} greater than or equal to ${min}`,
          },
        ]),
    ...(max === undefined
      ? []
      : [
          {
            isMet: (value: string | number) => amountOf(value) <= max,
            text: `Member must have ${what} less than or equal to ${max}`,
          },
        ]),
  ];
}

const failure = (shown: string, path: string, constraint: string): string =>
  `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;

const notNull = 'Member must not be null';

function checkValue(constraints: readonly Constraint[]): Check | null {
  if (constraints.length === 0) return null;
  return (value, path, failures) => {
    for (const { isMet, text } of constraints)
      if (!isMet(value as string)) failures.push(failure(`'${value}'`, path, text));
  };
}

function checkCount(range: Range | undefined): Check | null {
  const constraints = rangeConstraints('length', range);
  if (constraints.length === 0) return null;
  return (value, path, failures) => {
    const list = value as readonly unknown[];
    for (const { isMet, text } of constraints)
      if (!isMet(list.length)) failures.push(failure(`'[${list.map(String).join(', ')}]'`, path, text));
  };
}

/** Values of maps may be secret, so the map is not printed. */
function checkKeys(key: ShapeKind | undefined): Check | null {
  const constraints = key === undefined ? [] : constraintsOf(key);
  if (constraints.length === 0) return null;
  const text = `Map keys must satisfy constraint: [${constraints.map((one) => one.text).join(', ')}]`;
  return (value, path, failures) => {
    const isRight = Object.keys(value as object).every((name) => constraints.every((one) => one.isMet(name)));
    if (!isRight) failures.push(`Value at '${path}' failed to satisfy constraint: ${text}`);
  };
}

/** One failure for the whole list, which is printed as Java prints it. */
function checkTexts(member: ShapeKind): Check {
  const constraints = constraintsOf(member);
  return (value, path, failures) => {
    const list = value as readonly (string | null)[];
    const isNull = list.includes(null);
    if (!isNull && list.every((text) => constraints.every(({ isMet }) => isMet(text as string)))) return;
    const broken = isNull ? notNull : constraints.map(({ text }) => text).join(', ');
    failures.push(
      failure(`'[${list.map(String).join(', ')}]'`, path, `Member must satisfy constraint: [${broken}]`),
    );
  };
}

/** Counted from 1: `patchOperations.1.member.op`. */
function checkStructures({ members }: ShapeKind & { readonly type: 'structure' }): Check {
  const check = checkMembers(members);
  return (value, path, failures) => {
    for (const [i, entry] of (value as readonly unknown[]).entries()) {
      if (failures.length >= failuresMax) return;
      if (entry === null) failures.push(failure('null', `${path}.${i + 1}.member`, notNull));
      else check?.(entry, `${path}.${i + 1}.member`, failures);
    }
  };
}

function checkMap(shape: ShapeKind): Check | null {
  const check = checkOf(shape);
  if (check === null) return null;
  return (value, path, failures) => {
    for (const [key, entry] of Object.entries(value as object)) {
      if (failures.length >= failuresMax) return;
      if (entry !== null) check(entry, `${path}.${key}.member`, failures);
    }
  };
}

/** In the order of declaration. @param pathOf - member -> its path, where it is not `{path}.{name}` */
export function checkMembers(
  members: Members,
  pathOf: (path: string, name: string) => string = (path, name) => `${path}.${spelled(name)}`,
): Check | null {
  const checks = Object.entries(members).flatMap(([name, { shape, isRequired }]) => {
    const check = checkOf(shape);
    return isRequired || check !== null ? [{ name, isRequired, check }] : [];
  });
  if (checks.length === 0) return null;
  return (value, path, failures) => {
    const structure = value as Readonly<Record<string, unknown>>;
    for (const { name, isRequired, check } of checks) {
      if (failures.length >= failuresMax) return;
      const member = structure[name];
      if (member !== undefined) check?.(member, pathOf(path, name), failures);
      else if (isRequired) failures.push(failure('null', pathOf(path, name), notNull));
    }
  };
}

/** Members are told as Java names its own, whatever the wire has: `functionName`. */
export const spelled = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** `2 validation errors detected: ...; ...` */
export const validationFailed = (failures: readonly string[]): AwsException =>
  validation(
    `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected: ${failures.join('; ')}`,
  );
