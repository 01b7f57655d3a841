// Rules are checked by compiling them as data planes do: what is accepted is evaluated.

import {
  checkRuleGroup,
  compileWebAcl,
  FirewallError,
  type FirewallTools,
  processTools,
  RateBudget,
  type References,
} from '../../firewall/index.ts';
import type { RuleGroup, WebAcl } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import type { Context } from '../api/handler.ts';
import { asWafException } from '../protocol/wafv2/exceptions.ts';
import { usersOf } from './documents.ts';

type Process = Pick<Context, 'dataDir'>;

/** @returns its capacity @throws WafException for the first thing that cannot be evaluated */
export const checkedWebAcl = (
  webAcl: Omit<WebAcl, 'Id' | 'LockToken' | 'Capacity'>,
  view: View,
  process: Process,
): number =>
  told(() => {
    const compiled = compileWebAcl(webAcl, referencesOf(view), toolsOf(process));
    compiled.close();
    return compiled.capacity;
  });

/** @throws WafException when it is wrong, or needs more capacity than it was made with */
export const checkGroup = (group: RuleGroup, view: View, process: Process): number =>
  told(() => checkRuleGroup(group, referencesOf(view), toolsOf(process)));

/** After a change of what rules name: they must still be evaluated. @throws WafException */
export function checkUsers(view: View, arn: string, process: Process): void {
  for (const user of usersOf(view, arn))
    if ('DefaultAction' in user) checkedWebAcl(user as WebAcl, view, process);
    else {
      checkGroup(user, view, process);
      checkUsers(view, user.ARN, process);
    }
}

/** What the firewall refuses, in the words of the service. */
export function told<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof FirewallError) throw asWafException(error);
    throw error;
  }
}

function referencesOf(view: View): References {
  const find = <T extends { readonly ARN: string }>(list: readonly T[], arn: string): T | null =>
    list.find(({ ARN }) => ARN === arn) ?? null;
  return {
    ipSet: (arn) => find(view.list('ipSet', ''), arn),
    regexPatternSet: (arn) => find(view.list('regexPatternSet', ''), arn),
    ruleGroup: (arn) => find(view.list('ruleGroup', ''), arn),
  };
}

/** Nothing is counted here. */
const counters = { bucket: () => 0, take: () => 0, release: () => {} };

const toolsOf = ({ dataDir }: Process): FirewallTools => ({
  counters,
  budget: new RateBudget(1),
  ...processTools(dataDir),
});
