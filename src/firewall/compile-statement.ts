// A rule's statement -> what tests a request. Statements within statements are gone through here.

import { geoMatch, ipSetReference } from './address-statements.ts';
import type { CompileContext } from './compile-context.ts';
import { FirewallError, notEvaluated, reasons } from './firewall-error.ts';
import { listIn, membersOf, oneOfMembers, optionIn, patterns, textIn } from './members.ts';
import { rateBased } from './rate-statement.ts';
import type { Test } from './statement.ts';
import {
  byteMatch,
  regexMatch,
  regexPatternSet,
  sizeConstraint,
  sqliMatch,
  xssMatch,
} from './text-statements.ts';

/** Statements that test; each is one line here. */
const kinds = {
  ByteMatchStatement: byteMatch,
  SqliMatchStatement: sqliMatch,
  XssMatchStatement: xssMatch,
  SizeConstraintStatement: sizeConstraint,
  GeoMatchStatement: geoMatch,
  IPSetReferenceStatement: ipSetReference,
  RegexPatternSetReferenceStatement: regexPatternSet,
  RegexMatchStatement: regexMatch,
  LabelMatchStatement: labelMatch,
} as const satisfies Readonly<Record<string, (value: unknown, context: CompileContext) => Test>>;

const names = [
  ...(Object.keys(kinds) as (keyof typeof kinds)[]),
  'AndStatement',
  'OrStatement',
  'NotStatement',
  'RateBasedStatement',
  'RuleGroupReferenceStatement',
  'ManagedRuleGroupStatement',
  'AsnMatchStatement',
] as const;

const depthMax = 20;
const statementsMax = 100;

/**
 * @param ruleName - of the rule whose whole statement it is; null: it stands in another one
 * @throws FirewallError
 */
export function compileStatement(
  value: unknown,
  context: CompileContext,
  ruleName: string | null,
  depth = 0,
): Test {
  if (depth > depthMax) throw new FirewallError(reasons.nested, 'STATEMENT', 'Statement');
  const [kind, given] = oneOfMembers(value, 'STATEMENT', names);
  const inner = (statement: unknown): Test => compileStatement(statement, context, null, depth + 1);
  switch (kind) {
    case 'AndStatement':
    case 'OrStatement': {
      const field = kind === 'AndStatement' ? 'AND_STATEMENT' : 'OR_STATEMENT';
      const members = membersOf(given, field, ['Statements']);
      const tests = listIn(members, 'Statements', field, 2, statementsMax).map(inner);
      return kind === 'AndStatement' ? allOf(tests) : anyOf(tests);
    }
    case 'NotStatement': {
      const test = inner(membersOf(given, 'NOT_STATEMENT', ['Statement']).Statement);
      return { ...test, matches: (inspection) => !test.matches(inspection) };
    }
    case 'RateBasedStatement':
      if (ruleName === null) throw new FirewallError(reasons.nested, 'RATE_BASED_STATEMENT', kind);
      return rateBased(given, context, ruleName, inner);
    case 'RuleGroupReferenceStatement':
      // A rule of a web ACL that names a group is compiled as the group's rules.
      throw new FirewallError(reasons.nested, 'RULE_GROUP_REFERENCE_STATEMENT', kind);
    case 'ManagedRuleGroupStatement':
      throw notEvaluated('managed rule groups', 'MANAGED_RULE_SET_STATEMENT');
    case 'AsnMatchStatement':
      throw notEvaluated(kind, 'STATEMENT');
    default:
      return kinds[kind](given, context);
  }
}

function allOf(tests: readonly Test[]): Test {
  return {
    capacity: sum(tests),
    matches: (inspection) => {
      for (let i = 0; i < tests.length; i++) if (!tests[i]!.matches(inspection)) return false;
      return true;
    },
  };
}

function anyOf(tests: readonly Test[]): Test {
  return {
    capacity: sum(tests),
    matches: (inspection) => {
      for (let i = 0; i < tests.length; i++) if (tests[i]!.matches(inspection)) return true;
      return false;
    },
  };
}

const sum = (tests: readonly Test[]): number => tests.reduce((total, { capacity }) => total + capacity, 0);

/** A key that does not say whose label it is means one of the rules around it. */
function labelMatch(value: unknown, { labelPrefix }: CompileContext): Test {
  const field = 'LABEL_MATCH_STATEMENT';
  const members = membersOf(value, field, ['Scope', 'Key']);
  const scope = optionIn(members, 'Scope', field, ['LABEL', 'NAMESPACE']);
  const key = textIn(members, 'Key', field, patterns.label);
  if (scope === 'NAMESPACE' && !key.endsWith(':')) throw new FirewallError(reasons.format, field, key);
  const whole = key.startsWith('awswaf:') ? key : labelPrefix + key;
  return {
    capacity: 1,
    matches:
      scope === 'LABEL'
        ? ({ labels }) => labels.includes(whole)
        : ({ labels }) => labels.some((label) => label.startsWith(whole)),
  };
}
