// A policy document, compiled: everything that can be wrong is told here, and evaluating only compares.

import type { AccessRequest, Decision } from './access-request.ts';
import { compileCondition } from './condition.ts';
import { compilePattern, oneOf } from './pattern.ts';
import { PolicyError } from './policy-error.ts';
import { compilePrincipal, type PrincipalTest } from './principal.ts';
import { type Json, membersOf, parseDocument, textsOf } from './read-json.ts';

/**
 * Whose policy it is. `identity`: of a user, who is not named in it. `resource`: of an API, and each statement says
 * whom it is about. `session`: what a custom authorizer answers; like an identity's, and names of principals are let
 * pass and not looked at. `trust`: of a role, which says who may assume it, and names no resource.
 */
export type PolicyKind = 'identity' | 'resource' | 'session' | 'trust';

export interface Policy {
  /** An explicit deny beats every allow. */
  evaluate(request: AccessRequest): Decision;
}

type Test = (request: AccessRequest) => boolean;

interface Statement {
  readonly effect: 'allow' | 'deny';
  /** All must hold; the cheapest first. */
  readonly tests: readonly Test[];
}

/**
 * Compiles a policy document.
 *
 * @param text - JSON of version 2012-10-17, or 2008-10-17, which has no variables
 * @throws PolicyError that says what is wrong where
 * @see IAM User Guide, "IAM JSON policy element reference"
 */
export function compilePolicy(text: string, kind: PolicyKind = 'identity'): Policy {
  const members = known(parseDocument(text), 'The policy', ['Version', 'Id', 'Statement']);
  const version = members.get('Version') ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17')
    throw new PolicyError(`The policy has the Version ${JSON.stringify(version)}; expected "2012-10-17"`);
  const list = members.get('Statement');
  if (list === undefined) throw new PolicyError('The policy has no Statement');
  const statements = (Array.isArray(list) ? list : [list]).map((one, i) =>
    compileStatement(one, `Statement ${i + 1}`, kind, version === '2012-10-17'),
  );
  if (statements.length === 0) throw new PolicyError('The policy has no Statement');
  // Denials first: one that holds ends the matter.
  const denials = statements.filter(({ effect }) => effect === 'deny');
  const allowances = statements.filter(({ effect }) => effect === 'allow');
  return {
    evaluate: (request) => {
      if (oneHolds(denials, request)) return 'deny';
      return oneHolds(allowances, request) ? 'allow' : 'none';
    },
  };
}

/** The decision of several policies together. @returns `none` when none of them says anything */
export function evaluateAll(policies: readonly Policy[], request: AccessRequest): Decision {
  let decision: Decision = 'none';
  for (const policy of policies) {
    const one = policy.evaluate(request);
    if (one === 'deny') return 'deny';
    if (one === 'allow') decision = 'allow';
  }
  return decision;
}

/** Plain loops: a closure for each list and request would cost more than most tests. */
function oneHolds(statements: readonly Statement[], request: AccessRequest): boolean {
  for (let i = 0; i < statements.length; i++) if (holds(statements[i]!, request)) return true;
  return false;
}

function holds({ tests }: Statement, request: AccessRequest): boolean {
  for (let i = 0; i < tests.length; i++) if (!tests[i]!(request)) return false;
  return true;
}

const elements = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

function compileStatement(json: Json, where: string, kind: PolicyKind, hasVariables: boolean): Statement {
  const members = known(json, where, elements);
  const effect = members.get('Effect');
  if (effect !== 'Allow' && effect !== 'Deny')
    throw new PolicyError(`${where} has the Effect ${JSON.stringify(effect)}; expected "Allow" or "Deny"`);
  if (members.has('Sid') && typeof members.get('Sid') !== 'string')
    throw new PolicyError(`${where} has a Sid that is no text`);
  const tests: Test[] = [either(members, where, 'Action', (json, at) => actionTest(textsOf(json, at), at))];
  if (kind !== 'trust')
    tests.push(
      either(members, where, 'Resource', (json, at) => resourceTest(textsOf(json, at), at, hasVariables)),
    );
  else if (members.has('Resource') || members.has('NotResource'))
    throw new PolicyError(`${where} has prohibited field Resource`);
  const who = principalTest(members, where, kind);
  if (who !== null) tests.push(({ principals = [] }) => who(principals));
  if (members.has('Condition'))
    tests.push(...compileCondition(members.get('Condition'), `${where}: Condition`, hasVariables));
  return { effect: effect === 'Allow' ? 'allow' : 'deny', tests };
}

type Members = ReadonlyMap<string, Json>;

/** Members of an object that has no others. */
function known(json: Json, where: string, names: readonly string[]): Members {
  const members = new Map(membersOf(json, where));
  for (const name of members.keys())
    if (!names.includes(name))
      throw new PolicyError(`${where} has the element "${name}"; expected ${names.join(', ')}`);
  return members;
}

/** `Action` or `NotAction`: one of them, and only one. */
function either(
  members: Members,
  where: string,
  name: string,
  compile: (json: Json, at: string) => Test,
): Test {
  const negated = `Not${name}`;
  if (members.has(name) === members.has(negated))
    throw new PolicyError(
      members.has(name)
        ? `${where} has both ${name} and ${negated}; expected one of them`
        : `${where} has neither ${name} nor ${negated}`,
    );
  if (members.has(name)) return compile(members.get(name), `${where}: ${name}`);
  const test = compile(members.get(negated), `${where}: ${negated}`);
  return (request) => !test(request);
}

function actionTest(actions: readonly string[], where: string): Test {
  const patterns = actions.map((action) => {
    if (action !== '*' && !/^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action))
      throw new PolicyError(`${where} has "${action}"; expected "service:Action" or "*"`);
    return compilePattern(action, { hasWildcards: true, hasVariables: false, ignoresCase: true });
  });
  const matches = oneOf(patterns);
  return ({ action, context }) => matches(action, context);
}

function resourceTest(resources: readonly string[], where: string, hasVariables: boolean): Test {
  const patterns = resources.map((resource) => {
    if (resource !== '*' && !/^arn:(?:[^:]*:){4}./.test(resource) && !/^arn:.*\*$/.test(resource))
      throw new PolicyError(`${where} has "${resource}"; expected an ARN or "*"`);
    return compilePattern(resource, { hasWildcards: true, hasVariables });
  });
  const matches = oneOf(patterns);
  return ({ resource, context }) => matches(resource, context);
}

function principalTest(members: Members, where: string, kind: PolicyKind): PrincipalTest | null {
  const [has, hasNot] = [members.has('Principal'), members.has('NotPrincipal')];
  if (kind === 'session') return null;
  if (kind === 'identity') {
    if (has || hasNot)
      throw new PolicyError(`${where} has a Principal; a user's policy is about that user alone`);
    return null;
  }
  if (has === hasNot) {
    throw new PolicyError(
      has
        ? `${where} has both Principal and NotPrincipal; expected one of them`
        : `${where} has no Principal`,
    );
  }
  if (has) return compilePrincipal(members.get('Principal'), `${where}: Principal`);
  const test = compilePrincipal(members.get('NotPrincipal'), `${where}: NotPrincipal`);
  return (names) => !test(names);
}
