// What compiling the rules of one web ACL needs.

import type { IpSet, RegexPatternSet, RuleGroup } from '../resources/index.ts';
import type { Countries } from './countries.ts';
import type { Injection } from './injection.ts';
import type { Counters, RateBudget, RateKeys } from './rate-keys.ts';
import type { Views } from './views.ts';

/** What rules may name, by ARN. */
export interface References {
  ipSet(arn: string): IpSet | null;
  regexPatternSet(arn: string): RegexPatternSet | null;
  ruleGroup(arn: string): RuleGroup | null;
}

/** What the process has for rules. */
export interface FirewallTools {
  readonly counters: Counters;
  readonly budget: RateBudget;
  /** A text: why there is none. */
  injection(): Injection | string;
  countries(): Countries | string;
}

export interface CompileContext {
  readonly references: References;
  readonly tools: FirewallTools;
  readonly views: Views;
  /** Names the web ACL in all processes. */
  readonly arn: string;
  /** What the names of labels begin with, whose rules these are: `awswaf:111122223333:webacl:edge:` */
  readonly labelPrefix: string;
  /** Rate-based statements, to be given back. */
  readonly rates: RateKeys[];
}
