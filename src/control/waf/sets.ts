// Rule groups, IP sets and sets of regular expressions: what rules name.

import { compileRegex, readRange } from '../../firewall/index.ts';
import type { IpSet, RegexPatternSet, RuleGroup } from '../../resources/index.ts';
import { reads, writes } from '../api/handler.ts';
import { invalidParameter, limitsExceeded } from '../protocol/wafv2/exceptions.ts';
import { checkGroup, checkUsers, told } from './check-rules.ts';
import {
  documentGiven,
  documentNamed,
  documentToChange,
  newDocument,
  pageOf,
  putChanged,
  removeDocument,
  summaryOf,
} from './documents.ts';
import type { WafHandlers } from './handlers.ts';

/** Quotas of the service. */
const addressesMax = 10_000;
const expressionsMax = 10;

export const ipSets = {
  'wafv2:CreateIPSet': writes<'wafv2:CreateIPSet'>((input, transaction, { account }) => {
    const { IPAddressVersion } = input;
    const document = newDocument(transaction, 'ipSet', input, account);
    const Addresses = checkedAddresses(input.Addresses, IPAddressVersion);
    transaction.put('ipSet', '', document.Id, { ...document, IPAddressVersion, Addresses });
    return { Summary: summaryOf(document) };
  }),

  'wafv2:GetIPSet': reads<'wafv2:GetIPSet'>((input, view) => {
    const { LockToken, Tags: _, ...set } = documentNamed(view, 'ipSet', input);
    return { IPSet: { ...set, Description: set.Description ?? '' }, LockToken };
  }),

  'wafv2:ListIPSets': reads<'wafv2:ListIPSets'>((input, view) => {
    const { page: IPSets, ...more } = pageOf(view, 'ipSet', input);
    return { IPSets, ...more };
  }),

  'wafv2:UpdateIPSet': writes<'wafv2:UpdateIPSet'>((input, transaction) => {
    const { Description: _, ...before } = documentToChange(transaction, 'ipSet', input);
    const Addresses = checkedAddresses(input.Addresses, before.IPAddressVersion);
    return putChanged(transaction, 'ipSet', { ...before, ...descriptionOf(input), Addresses });
  }),

  'wafv2:DeleteIPSet': writes<'wafv2:DeleteIPSet'>((input, transaction) => {
    removeDocument(transaction, 'ipSet', input);
    return {};
  }),
} satisfies Partial<WafHandlers>;

export const regexPatternSets = {
  'wafv2:CreateRegexPatternSet': writes<'wafv2:CreateRegexPatternSet'>((input, transaction, { account }) => {
    const document = newDocument(transaction, 'regexPatternSet', input, account);
    const RegularExpressionList = checkedExpressions(input.RegularExpressionList);
    transaction.put('regexPatternSet', '', document.Id, { ...document, RegularExpressionList });
    return { Summary: summaryOf(document) };
  }),

  'wafv2:GetRegexPatternSet': reads<'wafv2:GetRegexPatternSet'>((input, view) => {
    const { LockToken, Tags: _, ...set } = documentNamed(view, 'regexPatternSet', input);
    return { RegexPatternSet: { ...set, Description: set.Description ?? '' }, LockToken };
  }),

  'wafv2:ListRegexPatternSets': reads<'wafv2:ListRegexPatternSets'>((input, view) => {
    const { page: RegexPatternSets, ...more } = pageOf(view, 'regexPatternSet', input);
    return { RegexPatternSets, ...more };
  }),

  'wafv2:UpdateRegexPatternSet': writes<'wafv2:UpdateRegexPatternSet'>((input, transaction) => {
    const { Description: _, ...before } = documentToChange(transaction, 'regexPatternSet', input);
    const RegularExpressionList = checkedExpressions(input.RegularExpressionList);
    return putChanged(transaction, 'regexPatternSet', {
      ...before,
      ...descriptionOf(input),
      RegularExpressionList,
    });
  }),

  'wafv2:DeleteRegexPatternSet': writes<'wafv2:DeleteRegexPatternSet'>((input, transaction) => {
    removeDocument(transaction, 'regexPatternSet', input);
    return {};
  }),
} satisfies Partial<WafHandlers>;

export const ruleGroups = {
  'wafv2:CreateRuleGroup': writes<'wafv2:CreateRuleGroup'>((input, transaction, context) => {
    const document = newDocument(transaction, 'ruleGroup', input, context.account);
    const group: RuleGroup = { ...document, Capacity: input.Capacity, ...rulesOf(input) };
    checkGroup(group, transaction, context);
    transaction.put('ruleGroup', '', document.Id, group);
    return { Summary: summaryOf(document) };
  }),

  'wafv2:GetRuleGroup': reads<'wafv2:GetRuleGroup'>((input, view) => {
    const { LockToken, Tags: _, ...group } = documentGiven(view, 'ruleGroup', input);
    const LabelNamespace = `awswaf:${group.ARN.split(':')[4]}:rulegroup:${group.Name}:`;
    return { RuleGroup: { ...group, Description: group.Description ?? '', LabelNamespace }, LockToken };
  }),

  'wafv2:ListRuleGroups': reads<'wafv2:ListRuleGroups'>((input, view) => {
    const { page: RuleGroups, ...more } = pageOf(view, 'ruleGroup', input);
    return { RuleGroups, ...more };
  }),

  'wafv2:UpdateRuleGroup': writes<'wafv2:UpdateRuleGroup'>((input, transaction, context) => {
    const before = documentToChange(transaction, 'ruleGroup', input);
    const { Name, Id, ARN, LockToken, Capacity, Tags } = before;
    const group: RuleGroup = {
      Name,
      Id,
      ARN,
      LockToken,
      Capacity,
      ...(Tags === undefined ? {} : { Tags }),
      ...descriptionOf(input),
      ...rulesOf(input),
    };
    checkGroup(group, transaction, context);
    const answer = putChanged(transaction, 'ruleGroup', group);
    checkUsers(transaction, ARN, context);
    return answer;
  }),

  'wafv2:DeleteRuleGroup': writes<'wafv2:DeleteRuleGroup'>((input, transaction) => {
    removeDocument(transaction, 'ruleGroup', input);
    return {};
  }),
} satisfies Partial<WafHandlers>;

const descriptionOf = ({ Description }: { readonly Description?: string }) =>
  Description === undefined ? {} : { Description };

function rulesOf(
  input: Pick<RuleGroup, 'VisibilityConfig' | 'CustomResponseBodies'> & {
    readonly Rules?: readonly unknown[];
    readonly MonetizationConfig?: unknown;
  },
): Pick<RuleGroup, 'Rules' | 'VisibilityConfig' | 'CustomResponseBodies'> {
  const { Rules = [], VisibilityConfig, CustomResponseBodies, MonetizationConfig } = input;
  if (MonetizationConfig !== undefined)
    throw invalidParameter(
      'This release does not evaluate MonetizationConfig.',
      'RULE_GROUP',
      'MonetizationConfig',
    );
  return {
    Rules: Rules as RuleGroup['Rules'],
    VisibilityConfig,
    ...(CustomResponseBodies === undefined ? {} : { CustomResponseBodies }),
  };
}

/** @throws WafException */
function checkedAddresses(
  addresses: readonly string[],
  version: IpSet['IPAddressVersion'],
): readonly string[] {
  if (addresses.length > addressesMax) throw limitsExceeded();
  const length = version === 'IPV4' ? 4 : 16;
  for (const address of addresses) {
    const range = readRange(address);
    if (range?.key.length !== length || range.bits === 0)
      throw invalidParameter('The parameter contains formatting that is not valid.', 'IP_ADDRESS', address);
  }
  return [...new Set(addresses)];
}

/** @throws WafException */
function checkedExpressions(
  list: readonly { readonly RegexString?: string }[],
): RegexPatternSet['RegularExpressionList'] {
  if (list.length > expressionsMax) throw limitsExceeded();
  return list.map(({ RegexString = '' }) => {
    told(() => compileRegex(RegexString, 'REGEX_PATTERN_SET'));
    return { RegexString };
  });
}
