// A web ACL -> the list of its rules, ready to run. All that a rule says is checked here: what is refused, is refused
// when it is configured.

import type { RuleGroup, RuleHolder, VisibilityConfig, WebAcl } from '../resources/index.ts';
import { type Action, compileAction, type ResponseBodies } from './actions.ts';
import type { CompileContext, FirewallTools, References } from './compile-context.ts';
import { compileStatement } from './compile-statement.ts';
import { FirewallError, reasons } from './firewall-error.ts';
import {
  booleanIn,
  integerIn,
  isGiven,
  listIn,
  type Members,
  membersOf,
  oneOfMembers,
  optionIn,
  patterns,
  textIn,
} from './members.ts';
import type { RateKeys } from './rate-keys.ts';
import { RuleCounts } from './rule-counts.ts';
import type { Step } from './step.ts';
import { Views } from './views.ts';

export interface CompiledWebAcl {
  readonly arn: string;
  readonly name: string;
  readonly steps: readonly Step[];
  readonly defaultAction: Action;
  /** Of what no rule ended. */
  readonly defaultCounts: RuleCounts;
  /** Every header that a rule may put in. */
  readonly insertedNames: ReadonlySet<string>;
  readonly viewCount: number;
  readonly bodyBytesMax: number;
  readonly capacity: number;
  /** Gives buckets back. */
  close(): void;
}

/** Units of one web ACL, or of one rule group. */
export const capacityMax = 5_000;
const rulesMax = 1_000;

/** @throws FirewallError for the first thing that cannot be evaluated; nothing is held then */
export function compileWebAcl(
  webAcl: Omit<WebAcl, 'Id' | 'LockToken' | 'Capacity'>,
  references: References,
  tools: FirewallTools,
): CompiledWebAcl {
  const rates: RateKeys[] = [];
  const views = new Views();
  const context: CompileContext = {
    references,
    tools,
    views,
    arn: webAcl.ARN,
    labelPrefix: labelPrefixOf(webAcl.ARN, 'webacl', webAcl.Name),
    rates,
  };
  const close = () => {
    for (const keys of rates.splice(0)) keys.close();
  };
  try {
    const steps: Step[] = [];
    let capacity = 0;
    for (const rule of orderedRules(webAcl.Rules)) capacity += addRule(rule, steps, webAcl, context);
    const bodies = webAcl.CustomResponseBodies ?? {};
    const visibility = visibilityOf({ VisibilityConfig: webAcl.VisibilityConfig });
    const defaultAction = compileAction(webAcl.DefaultAction, 'DEFAULT_ACTION', ['Allow', 'Block'], bodies);
    return {
      arn: webAcl.ARN,
      name: webAcl.Name,
      steps,
      defaultAction,
      insertedNames: insertedBy([...steps.map(({ action }) => action), defaultAction]),
      defaultCounts: new RuleCounts(visibility, 'Default_Action', null),
      viewCount: views.count,
      bodyBytesMax: bodyBytesMaxOf(webAcl.AssociationConfig),
      capacity: withinCapacity(capacity, capacityMax),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Checks the rules of a group as they would run in a web ACL. @returns their capacity @throws FirewallError */
export function checkRuleGroup(
  group: Omit<RuleGroup, 'Id' | 'LockToken'>,
  references: References,
  tools: FirewallTools,
): number {
  const rates: RateKeys[] = [];
  const labelPrefix = labelPrefixOf(group.ARN, 'rulegroup', group.Name);
  const context: CompileContext = {
    references,
    tools,
    views: new Views(),
    arn: group.ARN,
    labelPrefix,
    rates,
  };
  try {
    visibilityOf({ VisibilityConfig: group.VisibilityConfig });
    const steps: Step[] = [];
    let capacity = 0;
    for (const rule of orderedRules(group.Rules)) capacity += addOwnRule(rule, steps, group, context, null);
    return withinCapacity(capacity, group.Capacity);
  } finally {
    for (const keys of rates) keys.close();
  }
}

const insertedBy = (actions: readonly Action[]): ReadonlySet<string> =>
  new Set(
    actions.flatMap((action) =>
      action.kind === 'BLOCK' ? [] : action.inserts.filter((_, i) => i % 2 === 0),
    ),
  );

function withinCapacity(capacity: number, max: number): number {
  if (capacity <= max) return capacity;
  throw new FirewallError(
    `The rules need ${capacity} web ACL capacity units, and ${max} may be used.`,
    'ENTITY_LIMIT',
    String(capacity),
  );
}

/** `awswaf:111122223333:webacl:edge:` */
const labelPrefixOf = (arn: string, kind: 'webacl' | 'rulegroup', name: string): string =>
  `awswaf:${arn.split(':')[4]}:${kind}:${name}:`;

const ruleMembers = [
  'Name',
  'Priority',
  'Statement',
  'Action',
  'OverrideAction',
  'RuleLabels',
  'VisibilityConfig',
];

function orderedRules(rules: readonly unknown[]): Members[] {
  const list = listIn({ rules }, 'rules', 'RULE', 0, rulesMax).map((rule) =>
    membersOf(rule, 'RULE', ruleMembers),
  );
  const names = list.map((rule) => textIn(rule, 'Name', 'RULE', patterns.entityName));
  const priorities = list.map((rule) => integerIn(rule, 'Priority', 'RULE', 0, 2 ** 31 - 1));
  if (new Set(names).size < names.length) throw new FirewallError(reasons.duplicateName, 'RULE', 'Name');
  if (new Set(priorities).size < priorities.length)
    throw new FirewallError(reasons.duplicatePriority, 'RULE', 'Priority');
  return list.sort((a, b) => (a.Priority as number) - (b.Priority as number));
}

function visibilityOf(members: Members): VisibilityConfig {
  const given = membersOf(members.VisibilityConfig, 'METRIC_NAME', [
    'SampledRequestsEnabled',
    'CloudWatchMetricsEnabled',
    'MetricName',
  ]);
  return {
    SampledRequestsEnabled: booleanIn(given, 'SampledRequestsEnabled', 'METRIC_NAME'),
    CloudWatchMetricsEnabled: booleanIn(given, 'CloudWatchMetricsEnabled', 'METRIC_NAME'),
    MetricName: textIn(given, 'MetricName', 'METRIC_NAME', patterns.metricName),
  };
}

/** @returns its capacity */
function addRule(
  rule: Members,
  steps: Step[],
  webAcl: Pick<WebAcl, 'CustomResponseBodies'>,
  context: CompileContext,
) {
  const statement = rule.Statement as Members | undefined;
  return isGiven(statement?.RuleGroupReferenceStatement)
    ? addGroup(rule, steps, context)
    : addOwnRule(rule, steps, webAcl, context, null);
}

/** A rule of a group, as the web ACL that names it has it. */
interface InGroup {
  readonly name: string;
  /** By rule: another action than its own. */
  readonly overrides: ReadonlyMap<string, Action>;
}

function addOwnRule(
  rule: Members,
  steps: Step[],
  { CustomResponseBodies = {} }: Pick<RuleHolder, 'CustomResponseBodies'>,
  context: CompileContext,
  group: InGroup | null,
): number {
  const name = rule.Name as string;
  const test = compileStatement(rule.Statement, context, group === null ? name : `${group.name}/${name}`);
  const visibility = visibilityOf(rule);
  if (isGiven(rule.OverrideAction)) throw new FirewallError(reasons.nested, 'OVERRIDE_ACTION', name);
  const ownAction = actionOf(rule, CustomResponseBodies);
  const override = group?.overrides.get(name);
  steps.push({
    test,
    action: override ?? ownAction,
    labels: labelsOf(rule, context.labelPrefix),
    counts: new RuleCounts(visibility, name, group?.name ?? null),
    next: steps.length + 1,
    overridden: override === undefined ? null : ownAction.kind,
  });
  return test.capacity;
}

const actionOf = (rule: Members, bodies: ResponseBodies): Action => {
  if (!isGiven(rule.Action)) throw new FirewallError(reasons.missing, 'RULE_ACTION', rule.Name as string);
  return compileAction(rule.Action, 'RULE_ACTION', ['Allow', 'Block', 'Count'], bodies);
};

const labelsMax = 100;

const labelsOf = ({ RuleLabels: labels }: Members, prefix: string): readonly string[] =>
  isGiven(labels)
    ? listIn({ labels }, 'labels', 'RULE', 1, labelsMax).map(
        (label) => prefix + textIn(membersOf(label, 'RULE', ['Name']), 'Name', 'RULE', patterns.label),
      )
    : [];

const groupField = 'RULE_GROUP_REFERENCE_STATEMENT';

function addGroup(rule: Members, steps: Step[], context: CompileContext): number {
  const [, given] = oneOfMembers(rule.Statement, 'STATEMENT', ['RuleGroupReferenceStatement']);
  const members = membersOf(given, groupField, ['ARN', 'ExcludedRules', 'RuleActionOverrides']);
  const arn = textIn(members, 'ARN', groupField, patterns.arn);
  const group = context.references.ruleGroup(arn);
  if (group === null) throw new FirewallError(reasons.reference, groupField, arn);
  if (isGiven(rule.Action)) throw new FirewallError(reasons.nested, 'RULE_ACTION', rule.Name as string);
  if (isGiven(rule.RuleLabels)) throw new FirewallError(reasons.nested, 'RULE', 'RuleLabels');
  visibilityOf(rule);
  const [kind] = oneOfMembers(rule.OverrideAction, 'OVERRIDE_ACTION', ['None', 'Count']);
  const first = steps.length;
  const inner: CompileContext = {
    ...context,
    labelPrefix: labelPrefixOf(group.ARN, 'rulegroup', group.Name),
  };
  const overrides = overridesOf(members, group);
  for (const one of orderedRules(group.Rules))
    addOwnRule(one, steps, group, inner, { name: rule.Name as string, overrides });
  if (kind === 'Count') countOnly(steps, first);
  return group.Capacity;
}

function overridesOf(members: Members, group: RuleGroup): ReadonlyMap<string, Action> {
  const overrides = new Map<string, Action>();
  const known = new Set(group.Rules.map(({ Name }) => Name));
  const put = (name: string, action: Action): void => {
    if (!known.has(name)) throw new FirewallError(reasons.reference, groupField, name);
    overrides.set(name, action);
  };
  if (isGiven(members.ExcludedRules))
    for (const one of listIn(members, 'ExcludedRules', groupField, 0, 100)) {
      const { Name } = membersOf(one, groupField, ['Name']);
      put(String(Name), { kind: 'COUNT', inserts: [] });
    }
  if (isGiven(members.RuleActionOverrides))
    for (const one of listIn(members, 'RuleActionOverrides', groupField, 0, 100)) {
      const { Name, ActionToUse } = membersOf(one, groupField, ['Name', 'ActionToUse']);
      const bodies = group.CustomResponseBodies ?? {};
      put(String(Name), compileAction(ActionToUse, 'RULE_ACTION', ['Allow', 'Block', 'Count'], bodies));
    }
  return overrides;
}

/** A match that would end the group is counted instead, and ends the group still. */
function countOnly(steps: Step[], first: number): void {
  for (let i = first; i < steps.length; i++) {
    const step = steps[i]!;
    if (step.action.kind === 'COUNT') continue;
    steps[i] = {
      ...step,
      action: { kind: 'COUNT', inserts: [] },
      next: steps.length,
      overridden: step.overridden ?? step.action.kind,
    };
  }
}

const limits = { KB_16: 16, KB_32: 32, KB_48: 48, KB_64: 64 } as const;

/** As for API Gateway: 16 KB, unless the web ACL says more. */
function bodyBytesMaxOf(value: unknown): number {
  const field = 'ASSOCIATION_CONFIG';
  if (!isGiven(value)) return limits.KB_16 * 1024;
  const { RequestBody } = membersOf(value, field, ['RequestBody']);
  const types = [
    'API_GATEWAY',
    'CLOUDFRONT',
    'COGNITO_USER_POOL',
    'APP_RUNNER_SERVICE',
    'VERIFIED_ACCESS_INSTANCE',
  ];
  const { API_GATEWAY: ours } = isGiven(RequestBody) ? membersOf(RequestBody, field, types) : {};
  if (!isGiven(ours)) return limits.KB_16 * 1024;
  const names = Object.keys(limits) as (keyof typeof limits)[];
  const limit = optionIn(
    membersOf(ours, field, ['DefaultSizeInspectionLimit']),
    'DefaultSizeInspectionLimit',
    field,
    names,
  );
  return limits[limit] * 1024;
}
