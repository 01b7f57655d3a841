// Web ACLs for tests, in front of a real gateway.

import type { TestContext } from 'node:test';
import type {
  FirewallRule,
  IpSet,
  PublishedFirewall,
  RegexPatternSet,
  RuleGroup,
  WebAcl,
} from '../../src/resources/index.ts';
import { type ApiSpec, api, type MethodSpec, mock } from '../support/api.ts';
import { startTestGateway, type TestGateway, writePublished } from '../support/gateway.ts';

const id = '11111111-2222-4333-8444-555555555555';
const arnOf = (kind: string, name: string): string =>
  `arn:aws:wafv2:us-east-1:123456789012:regional/${kind}/${name}/${id}`;

export const visibility = (MetricName: string) => ({
  SampledRequestsEnabled: true,
  CloudWatchMetricsEnabled: true,
  MetricName,
});

/** A rule that blocks what a statement matches. */
export const rule = (
  Name: string,
  Priority: number,
  Statement: unknown,
  more: FirewallRule = {},
): FirewallRule => ({
  Name,
  Priority,
  Statement,
  Action: { Block: {} },
  VisibilityConfig: visibility(Name),
  ...more,
});

export const none = [{ Priority: 0, Type: 'NONE' }];
export const transformed = (...types: readonly string[]) =>
  types.map((Type, Priority) => ({ Priority, Type }));
export const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** A statement that looks for a text. */
export const bytes = (
  search: string,
  FieldToMatch: unknown,
  PositionalConstraint = 'CONTAINS',
  TextTransformations: unknown = none,
) => ({
  ByteMatchStatement: {
    SearchString: base64(search),
    FieldToMatch,
    PositionalConstraint,
    TextTransformations,
  },
});

export function webAcl(rules: readonly FirewallRule[], more: Partial<WebAcl> = {}): WebAcl {
  return {
    Name: 'edge',
    Id: id,
    ARN: arnOf('webacl', 'edge'),
    LockToken: id,
    Capacity: 1,
    Rules: rules,
    DefaultAction: { Allow: {} },
    VisibilityConfig: visibility('edge'),
    ...more,
  };
}

export const ipSet = (Name: string, Addresses: readonly string[]): IpSet => ({
  Name,
  Id: id,
  ARN: arnOf('ipset', Name),
  LockToken: id,
  IPAddressVersion: 'IPV4',
  Addresses,
});

export const patternSet = (Name: string, ...expressions: readonly string[]): RegexPatternSet => ({
  Name,
  Id: id,
  ARN: arnOf('regexpatternset', Name),
  LockToken: id,
  RegularExpressionList: expressions.map((RegexString) => ({ RegexString })),
});

export const ruleGroup = (
  Name: string,
  Rules: readonly FirewallRule[],
  more: Partial<RuleGroup> = {},
): RuleGroup => ({
  Name,
  Id: id,
  ARN: arnOf('rulegroup', Name),
  LockToken: id,
  Capacity: 500,
  Rules,
  VisibilityConfig: visibility(Name),
  ...more,
});

/** A rule that runs those of a group. @param reference - more of its statement, such as overrides */
export const groupRule = (
  Name: string,
  { ARN }: RuleGroup,
  override: 'None' | 'Count',
  reference: object = {},
): FirewallRule => ({
  Name,
  Priority: 0,
  OverrideAction: { [override]: {} },
  VisibilityConfig: visibility(Name),
  Statement: { RuleGroupReferenceStatement: { ARN, ...reference } },
});

export interface Guarded extends TestGateway {
  /** Publishes another web ACL. */
  guard(acl: WebAcl, more?: Partial<PublishedFirewall>): Promise<void>;
}

export interface GuardedOptions {
  readonly methods?: Readonly<Record<string, MethodSpec>>;
  readonly spec?: ApiSpec;
  readonly stage?: Readonly<Record<string, unknown>>;
  readonly references?: Partial<PublishedFirewall>;
}

const open = { 'GET /a': mock('open'), 'POST /a': mock('open') };

/** A gateway whose one stage stands behind a web ACL. */
export async function startGuarded(
  t: TestContext,
  acl: WebAcl,
  { methods = open, spec = {}, stage = {}, references = {} }: GuardedOptions = {},
): Promise<Guarded> {
  const definition = api(methods, spec);
  const guarded = { definition, stage: { webAclArn: acl.ARN, ...stage } };
  const published = (one: WebAcl, more: Partial<PublishedFirewall>) => ({
    firewall: { webAcls: [one], ipSets: [], regexPatternSets: [], ruleGroups: [], ...more },
  });
  const gateway = await startTestGateway(t, [guarded], { published: published(acl, references) });
  return {
    ...gateway,
    guard: async (next, more = references) => {
      writePublished(gateway.dataDir, [guarded], published(next, more));
      await gateway.gateway.adopt();
    },
  };
}
