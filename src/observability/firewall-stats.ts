// What rules of web ACLs have done: how the counts of several processes become one, and how they are scraped.

import type { FirewallRuleCount } from '../resources/index.ts';
import type { Families } from './prometheus.ts';

export function mergeFirewallStats(list: readonly FirewallRuleCount[]): FirewallRuleCount[] {
  const merged = new Map<string, FirewallRuleCount>();
  for (const one of list) {
    const key = JSON.stringify([one.webAcl, one.rule, one.ruleGroup, one.action]);
    merged.set(key, { ...one, count: one.count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged.values()];
}

/** The actions are AWS's metrics AllowedRequests, BlockedRequests and CountedRequests. */
export function firewallFamilies(text: Families, counts: readonly FirewallRuleCount[]): void {
  text.family(
    'sluice_waf_requests_total',
    'counter',
    "Requests that a rule of a web ACL matched, or its default action judged; `rule` is the rule's metric name.",
    (add) => {
      for (const { webAcl, rule, ruleGroup, action, count } of counts)
        add(
          { web_acl: webAcl, rule, ...(ruleGroup === null ? {} : { rule_group: ruleGroup }), action },
          count,
        );
    },
  );
}
