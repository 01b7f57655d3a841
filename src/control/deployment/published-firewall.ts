// Web ACLs of stages, and what their rules name, as data planes are told of them.

import { arnsIn } from '../../firewall/index.ts';
import type { PublishedFirewall } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';

/** The setting whose change has data planes read the table of countries again. */
export const countriesSetting = 'wafCountries';

export function publishedFirewall(view: View): PublishedFirewall {
  const wanted = new Set(
    view
      .list('restApi', '')
      .flatMap(({ id }) => view.list('stage', id).map(({ webAclArn }) => webAclArn ?? '')),
  );
  const webAcls = view.list('webAcl', '').filter(({ ARN }) => wanted.has(ARN));
  const named = new Set(webAcls.flatMap(({ Rules }) => arnsIn(Rules)));
  const ruleGroups = view.list('ruleGroup', '').filter(({ ARN }) => named.has(ARN));
  for (const { Rules } of ruleGroups) for (const arn of arnsIn(Rules)) named.add(arn);
  const isNamed = ({ ARN }: { readonly ARN: string }): boolean => named.has(ARN);
  const countries = view.get('setting', '', countriesSetting)?.value;
  return {
    ...(countries === undefined ? {} : { countries }),
    webAcls,
    ruleGroups,
    ipSets: view.list('ipSet', '').filter(isNamed),
    regexPatternSets: view.list('regexPatternSet', '').filter(isNamed),
  };
}
