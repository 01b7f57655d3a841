// Web ACLs and what they refer to, as AWS spells them (wafv2). Rules are kept as they were given: firewall reads them.

/** A rule as the wire has it. */
export type FirewallRule = Readonly<Record<string, unknown>>;

export interface FirewallTag {
  readonly Key: string;
  readonly Value: string;
}

/** What all four have. */
export interface FirewallResource {
  readonly Name: string;
  /** UUID. */
  readonly Id: string;
  readonly ARN: string;
  readonly Description?: string;
  /** Another one after each change: who changes it must name the present one. */
  readonly LockToken: string;
  readonly Tags?: readonly FirewallTag[];
}

export interface VisibilityConfig {
  readonly SampledRequestsEnabled: boolean;
  readonly CloudWatchMetricsEnabled: boolean;
  readonly MetricName: string;
}

export interface CustomResponseBody {
  readonly ContentType: 'TEXT_PLAIN' | 'TEXT_HTML' | 'APPLICATION_JSON';
  readonly Content: string;
}

/** Rules, and what judges them: a web ACL, or a group of rules that web ACLs may name. */
export interface RuleHolder extends FirewallResource {
  readonly Rules: readonly FirewallRule[];
  readonly VisibilityConfig: VisibilityConfig;
  readonly CustomResponseBodies?: Readonly<Record<string, CustomResponseBody>>;
  /** Web ACL capacity units. */
  readonly Capacity: number;
}

export interface WebAcl extends RuleHolder {
  readonly DefaultAction: Readonly<Record<string, unknown>>;
  readonly AssociationConfig?: Readonly<Record<string, unknown>>;
}

export interface RuleGroup extends RuleHolder {}

export interface IpSet extends FirewallResource {
  readonly IPAddressVersion: 'IPV4' | 'IPV6';
  /** CIDR. */
  readonly Addresses: readonly string[];
}

export interface RegexPatternSet extends FirewallResource {
  readonly RegularExpressionList: readonly { readonly RegexString: string }[];
}

/** Web ACLs of stages, and what their rules name. */
export interface PublishedFirewall {
  readonly webAcls: readonly WebAcl[];
  readonly ruleGroups: readonly RuleGroup[];
  readonly ipSets: readonly IpSet[];
  readonly regexPatternSets: readonly RegexPatternSet[];
  /** Another text when the table of countries is another; absent where there was never one. */
  readonly countries?: string;
}

export type FirewallVerdict = 'ALLOW' | 'BLOCK' | 'COUNT';

/** A request that a rule matched; as `GetSampledRequests` tells it. */
export interface SampledRequest {
  readonly atMs: number;
  readonly clientIp: string;
  readonly uri: string;
  readonly method: string;
  /** Flat; secrets are not in it. */
  readonly headers: readonly string[];
  /** Requests that this one stands for. */
  readonly weight: number;
  readonly action: FirewallVerdict;
  readonly labels: readonly string[];
  readonly ruleWithinGroup: string | null;
  readonly overridden: string | null;
  readonly inserted: readonly string[];
  readonly status: number | null;
}

/** How often a rule of a web ACL, or its default action, has judged so. */
export interface FirewallRuleCount {
  readonly webAcl: string;
  /** Its metric name. */
  readonly rule: string;
  readonly ruleGroup: string | null;
  readonly action: FirewallVerdict;
  readonly count: number;
}

/** Which of a web ACL's sampled requests are wanted. */
export interface SampleQuery {
  readonly webAclArn: string;
  readonly metricName: string;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
}
