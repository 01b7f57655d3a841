// The operations of wafv2 and what they do: the registry. One file per resource, one line here.

import type { WafHandlers } from './handlers.ts';
import { samples } from './samples.ts';
import { ipSets, regexPatternSets, ruleGroups } from './sets.ts';
import { tags } from './tags.ts';
import { webAcls } from './web-acls.ts';

/** All of them: the compiler sees to it that none is missing. */
export const wafHandlers: WafHandlers = {
  ...webAcls,
  ...ruleGroups,
  ...ipSets,
  ...regexPatternSets,
  ...tags,
  ...samples,
};
