// Reading what was given as JSON, strictly: a member that is not known could restrict something, so it is refused.

import { FirewallError, type FirewallField, reasons } from './firewall-error.ts';

export type Members = Readonly<Record<string, unknown>>;

/** @throws FirewallError when it is no object, or has a member that is not among `known` */
export function membersOf(value: unknown, field: FirewallField, known: readonly string[]): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FirewallError(reasons.missing, field, field);
  for (const name of Object.keys(value))
    if (!known.includes(name)) throw new FirewallError(`This release does not know "${name}".`, field, name);
  return value as Members;
}

/** The one member that a union has. @throws FirewallError when it has none, several, or one that is not known */
export function oneOfMembers<Name extends string>(
  value: unknown,
  field: FirewallField,
  known: readonly Name[],
): readonly [Name, unknown] {
  const given = Object.entries(membersOf(value, field, known)).filter(([, one]) => one !== null);
  if (given.length !== 1) throw new FirewallError(reasons.exactlyOne, field, field);
  return given[0] as unknown as [Name, unknown];
}

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** @throws FirewallError when it is absent, no text, or does not match as a whole */
export function textIn(members: Members, name: string, field: FirewallField, pattern: RegExp): string {
  const value = members[name];
  if (!isGiven(value)) throw new FirewallError(reasons.missing, field, name);
  if (typeof value !== 'string' || !pattern.test(value))
    throw new FirewallError(reasons.format, field, String(value));
  return value;
}

/** @param fallback - where it may be absent */
export function optionIn<Option extends string>(
  members: Members,
  name: string,
  field: FirewallField,
  options: readonly Option[],
  fallback?: Option,
): Option {
  const value = members[name];
  if (!isGiven(value)) {
    if (fallback !== undefined) return fallback;
    throw new FirewallError(reasons.missing, field, name);
  }
  if (!options.includes(value as Option)) throw new FirewallError(reasons.option, field, String(value));
  return value as Option;
}

export function integerIn(
  members: Members,
  name: string,
  field: FirewallField,
  min: number,
  max: number,
): number {
  const value = members[name];
  if (!isGiven(value)) throw new FirewallError(reasons.missing, field, name);
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max)
    throw new FirewallError(reasons.format, field, String(value));
  return value as number;
}

export function booleanIn(members: Members, name: string, field: FirewallField): boolean {
  const value = members[name];
  if (!isGiven(value)) throw new FirewallError(reasons.missing, field, name);
  if (typeof value !== 'boolean') throw new FirewallError(reasons.format, field, String(value));
  return value;
}

/** @throws FirewallError when it is absent, or has too few or too many entries */
export function listIn(
  members: Members,
  name: string,
  field: FirewallField,
  min: number,
  max: number,
): readonly unknown[] {
  const value = members[name];
  if (!isGiven(value)) throw new FirewallError(reasons.missing, field, name);
  if (!Array.isArray(value) || value.length < min || value.length > max)
    throw new FirewallError(reasons.format, field, name);
  return value;
}

/** @throws FirewallError when one of them is no text that matches as a whole */
export const textsIn = (
  members: Members,
  name: string,
  field: FirewallField,
  max: number,
  pattern: RegExp,
): readonly string[] =>
  listIn(members, name, field, 1, max).map((value) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw new FirewallError(reasons.format, field, String(value));
  });

export const patterns = {
  entityName: /^(?!__proto__$)[\w-]{1,128}$/,
  metricName: /^[\w#:.\-/]{1,255}$/,
  label: /^[0-9A-Za-z_\-:]{1,1024}$/,
  arn: /^arn:\S{16,2044}$/,
  fieldName: /^[^\r\n]{0,63}\S[^\r\n]{0,63}$/,
  headerName: /^[a-zA-Z0-9-]{1,255}$/,
} as const;
