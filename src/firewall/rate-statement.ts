// Rate-based statements: too many requests, by address or whatever they are aggregated by.

import { compileOrigin, type Origin } from './address-statements.ts';
import type { CompileContext } from './compile-context.ts';
import { compileField } from './fields.ts';
import { FirewallError, notEvaluated, reasons } from './firewall-error.ts';
import type { Inspection } from './inspection.ts';
import { integerIn, isGiven, listIn, membersOf, oneOfMembers, optionIn, textIn } from './members.ts';
import { RateKeys } from './rate-keys.ts';
import type { Test } from './statement.ts';
import { compileTransformations } from './transformations.ts';

const field = 'RATE_BASED_STATEMENT';
const windows = [60, 120, 300, 600];

/**
 * @param ruleName - names its counters, with the web ACL
 * @param scopeDown - compiles the statement that says which requests count
 */
export function rateBased(
  value: unknown,
  context: CompileContext,
  ruleName: string,
  scopeDown: (statement: unknown) => Test,
): Test {
  const members = membersOf(value, field, [
    'Limit',
    'EvaluationWindowSec',
    'AggregateKeyType',
    'ScopeDownStatement',
    'ForwardedIPConfig',
    'CustomKeys',
  ]);
  const requests = integerIn(members, 'Limit', field, 10, 2_000_000_000);
  const windowSeconds = isGiven(members.EvaluationWindowSec)
    ? integerIn(members, 'EvaluationWindowSec', field, 60, 600)
    : 300;
  if (!windows.includes(windowSeconds)) throw new FirewallError(reasons.option, field, String(windowSeconds));
  const aggregate = compileAggregate(members, context);
  const scope = isGiven(members.ScopeDownStatement) ? scopeDown(members.ScopeDownStatement) : null;
  if (scope === null && members.AggregateKeyType === 'CONSTANT')
    throw new FirewallError(reasons.missing, field, 'ScopeDownStatement');
  const { tools, arn, rates } = context;
  const keys = new RateKeys(tools.counters, tools.budget, `${arn}/${ruleName}`, { requests, windowSeconds });
  rates.push(keys);
  return {
    capacity: 2 + aggregate.capacity + (scope?.capacity ?? 0),
    matches: (inspection) => {
      if (scope !== null && !scope.matches(inspection)) return false;
      const key = aggregate.keyOf(inspection);
      if (typeof key === 'boolean') return key;
      return key !== null && keys.isOver(key, inspection.exchange.startedNs);
    },
  };
}

interface Aggregate {
  readonly capacity: number;
  /** null: the request is not counted; a boolean where the statement's setting decides. */
  keyOf(inspection: Inspection): string | boolean | null;
}

const plain = (keyOf: Aggregate['keyOf'], capacity = 0): Aggregate => ({ capacity, keyOf });

function compileAggregate(members: Readonly<Record<string, unknown>>, context: CompileContext): Aggregate {
  const types = ['IP', 'FORWARDED_IP', 'CUSTOM_KEYS', 'CONSTANT'] as const;
  const type = optionIn(members, 'AggregateKeyType', field, types);
  if ((type === 'CUSTOM_KEYS') !== isGiven(members.CustomKeys))
    throw new FirewallError(reasons.exactlyOne, field, 'CustomKeys');
  const config = members.ForwardedIPConfig;
  switch (type) {
    case 'CONSTANT':
      return plain(() => '');
    case 'IP':
      return plain(firstOf(compileOrigin(undefined, false)));
    case 'FORWARDED_IP':
      if (!isGiven(config)) throw new FirewallError(reasons.missing, field, 'ForwardedIPConfig');
      return plain(firstOf(compileOrigin(config, false)));
    case 'CUSTOM_KEYS': {
      const parts = listIn(members, 'CustomKeys', 'CUSTOM_KEYS', 1, 5).map((one) =>
        compilePart(one, config, context),
      );
      return plain((inspection) => joined(parts, inspection), 30 * parts.length);
    }
  }
}

const firstOf =
  (origin: Origin): Aggregate['keyOf'] =>
  (inspection) => {
    const keys = origin(inspection);
    return keys === null || typeof keys === 'boolean' ? keys : keys[0]!;
  };

type Part = Aggregate['keyOf'];

/** A request that lacks one of the parts is not counted. */
function joined(parts: readonly Part[], inspection: Inspection): string | boolean | null {
  const texts: string[] = [];
  for (const part of parts) {
    const key = part(inspection);
    if (typeof key !== 'string') return key;
    texts.push(key);
  }
  return JSON.stringify(texts);
}

const partKinds = [
  'Header',
  'Cookie',
  'QueryArgument',
  'QueryString',
  'HTTPMethod',
  'ForwardedIP',
  'IP',
  'LabelNamespace',
  'UriPath',
  'JA3Fingerprint',
  'JA4Fingerprint',
  'ASN',
] as const;

function compilePart(value: unknown, forwardedConfig: unknown, context: CompileContext): Part {
  const [kind, given] = oneOfMembers(value, 'CUSTOM_KEYS', partKinds);
  switch (kind) {
    case 'IP':
      membersOf(given, 'CUSTOM_KEYS', []);
      return firstOf(compileOrigin(undefined, false));
    case 'ForwardedIP':
      membersOf(given, 'CUSTOM_KEYS', []);
      if (!isGiven(forwardedConfig)) throw new FirewallError(reasons.missing, field, 'ForwardedIPConfig');
      return firstOf(compileOrigin(forwardedConfig, false));
    case 'HTTPMethod':
      membersOf(given, 'CUSTOM_KEYS', []);
      return ({ exchange }) => exchange.request.method;
    case 'LabelNamespace': {
      const members = membersOf(given, 'CUSTOM_KEYS', ['Namespace']);
      const namespace = textIn(members, 'Namespace', 'CUSTOM_KEYS', /^[0-9A-Za-z_\-:]{0,1023}:$/);
      return ({ labels }) => {
        const found = labels.filter((label) => label.startsWith(namespace));
        return found.length === 0 ? null : found.sort().join(' ');
      };
    }
    case 'UriPath':
    case 'QueryString': {
      const { TextTransformations } = membersOf(given, 'CUSTOM_KEYS', ['TextTransformations']);
      return viewPart({ [kind]: {} }, TextTransformations, context);
    }
    case 'Header':
    case 'QueryArgument':
    case 'Cookie': {
      const { Name, TextTransformations } = membersOf(given, 'CUSTOM_KEYS', ['Name', 'TextTransformations']);
      const fieldToMatch =
        kind === 'Header'
          ? { SingleHeader: { Name } }
          : kind === 'QueryArgument'
            ? { SingleQueryArgument: { Name } }
            : {
                Cookies: {
                  MatchPattern: { IncludedCookies: [Name] },
                  MatchScope: 'VALUE',
                  OversizeHandling: 'CONTINUE',
                },
              };
      return viewPart(fieldToMatch, TextTransformations, context);
    }
    default:
      throw notEvaluated(kind, 'CUSTOM_KEYS');
  }
}

/** A part of the request that rules can look at. */
function viewPart(fieldToMatch: unknown, transformations: unknown, { views }: CompileContext): Part {
  const view = views.of(compileField(fieldToMatch), compileTransformations(transformations));
  return (inspection) => {
    const reading = inspection.reading(view);
    return typeof reading === 'boolean' || reading.length === 0 ? null : reading.join('\0');
  };
}
