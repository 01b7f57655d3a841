// What the framework checks of values whose types are right: enumerations, patterns, required members. All failures
// of a request are told together.

import type { AwsException } from './exceptions.ts';
import { validation } from './exceptions.ts';
import type { Members, ShapeKind } from './shape.ts';

/** Failures told of one request; a hostile list would else be answered with a text many times its size. */
const failuresMax = 100;

/** Adds what fails to `failures`. @param path - of the value: `createRestApiInput.endpointConfiguration.types` */
export type Check = (value: unknown, path: string, failures: string[]) => void;

/** @returns null when every value of the shape is right */
export function checkOf(shape: ShapeKind): Check | null {
  switch (shape.type) {
    case 'string': {
      const constraint = constraintOf(shape);
      return constraint === null ? null : checkText(constraint);
    }
    case 'list':
      return shape.member.type === 'structure' ? checkStructures(shape.member) : checkTexts(shape.member);
    case 'map':
      return checkMap(shape.value);
    case 'structure':
      return checkMembers(shape.members);
    default:
      return null;
  }
}

interface Constraint {
  readonly isMet: (text: string) => boolean;
  readonly text: string;
}

function constraintOf({ values, pattern }: ShapeKind & { readonly type: 'string' }): Constraint | null {
  if (values !== undefined) {
    const allowed = new Set(values);
    return {
      isMet: (text) => allowed.has(text),
      text: `Member must satisfy enum value set: [${values.join(', ')}]`,
    };
  }
  if (pattern === undefined) return null;
  const expression = new RegExp(`^(?:${pattern})$`, 'u');
  return {
    isMet: (text) => expression.test(text),
    text: `Member must satisfy regular expression pattern: ${pattern}`,
  };
}

const failure = (shown: string, path: string, constraint: string): string =>
  `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;

const notNull = 'Member must not be null';

const checkText =
  ({ isMet, text }: Constraint): Check =>
  (value, path, failures) => {
    if (!isMet(value as string)) failures.push(failure(`'${value}'`, path, text));
  };

/** One failure for the whole list, which is printed as Java prints it. */
function checkTexts(member: ShapeKind): Check {
  const constraint = member.type === 'string' ? constraintOf(member) : null;
  return (value, path, failures) => {
    const list = value as readonly (string | null)[];
    const isNull = list.includes(null);
    if (!isNull && (constraint === null || list.every((text) => constraint.isMet(text as string)))) return;
    const broken = isNull ? notNull : constraint!.text;
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
  pathOf: (path: string, name: string) => string = (path, name) => `${path}.${name}`,
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

/** `2 validation errors detected: ...; ...` */
export const validationFailed = (failures: readonly string[]): AwsException =>
  validation(
    `${failures.length} validation error${failures.length === 1 ? '' : 's'} detected: ${failures.join('; ')}`,
  );
