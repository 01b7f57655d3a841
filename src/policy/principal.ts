// The Principal of a policy of a resource: whom a statement is about.

import type { PrincipalName } from './access-request.ts';
import { PolicyError } from './policy-error.ts';
import { type Json, membersOf, textsOf } from './read-json.ts';

export type PrincipalTest = (names: readonly PrincipalName[]) => boolean;

const types: ReadonlySet<string> = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** @throws PolicyError */
export function compilePrincipal(json: Json, where: string): PrincipalTest {
  if (json === '*') return () => true;
  const tests = membersOf(json, where).flatMap(([type, ids]) => {
    if (!types.has(type))
      throw new PolicyError(`${where} has "${type}"; expected AWS, Service, Federated or CanonicalUser`);
    return textsOf(ids, `${where}: ${type}`).map((id) => oneTest(type, id, where));
  });
  return (names) => tests.some((test) => test(names));
}

function oneTest(type: string, id: string, where: string): PrincipalTest {
  // {"AWS": "*"} is everybody, also those who did not sign.
  if (type === 'AWS' && id === '*') return () => true;
  const account = type === 'AWS' ? accountOf(id) : null;
  if (type === 'AWS' && account === null && !id.startsWith('arn:'))
    throw new PolicyError(`${where} has "${id}"; expected "*", an account id or an ARN`);
  return (names) =>
    names.some((name) => {
      if (name.type !== type) return false;
      if (account === null) return name.id === id;
      return name.isOnlyNamed !== true && name.id.split(':')[4] === account;
    });
}

/** `123456789012` and `arn:aws:iam::123456789012:root` are everybody of that account. */
const accountOf = (id: string): string | null =>
  /^(?:arn:[^:]*:iam::)?(\d{12})(?::root)?$/.exec(id)?.[1] ?? null;
