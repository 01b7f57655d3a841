// The operations of `wafv2` (API version 2019-07-29): how they look on the wire. What they do is in control/waf. Rules
// nest in themselves: they are read by firewall.

import { operation } from '../operation.ts';
import {
  boolean,
  double,
  integer,
  json,
  keyedMap,
  list,
  long,
  matching,
  oneOf,
  required,
  string,
  structure,
  within,
} from '../shape.ts';

const entityName = within({ min: 1, max: 128 }, matching('^[\\w\\-]+$'));
const uuid = within({ min: 1, max: 36 }, matching('^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$'));
const arn = within({ min: 20, max: 2048 }, matching('.*\\S.*'));
const scope = required(oneOf('CLOUDFRONT', 'REGIONAL'));
const description = within(
  { min: 1, max: 256 },
  matching('^[\\w+=:#@/\\-,\\.][\\w+=:#@/\\-,\\.\\s]+[\\w+=:#@/\\-,\\.]$'),
);
const tag = structure({
  Key: required(within({ min: 1, max: 128 }, matching('^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'))),
  Value: required(within({ min: 0, max: 256 }, matching('^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'))),
});
const tags = within({ min: 1 }, list(tag));
const visibility = required(
  structure({
    SampledRequestsEnabled: required(boolean),
    CloudWatchMetricsEnabled: required(boolean),
    MetricName: required(within({ min: 1, max: 255 }, matching('^[\\w#:\\.\\-/]+$'))),
  }),
);
const rules = list(json);
const responseBodies = within(
  { min: 1 },
  keyedMap(
    entityName,
    structure({
      ContentType: required(oneOf('TEXT_PLAIN', 'TEXT_HTML', 'APPLICATION_JSON')),
      Content: required(within({ min: 1, max: 10_240 }, matching('[\\s\\S]*'))),
    }),
  ),
);
const paged = {
  NextMarker: within({ min: 1, max: 256 }, matching('.*\\S.*')),
  Limit: within({ min: 1, max: 100 }, integer),
} as const;

const made = { Name: required(entityName), Scope: scope, Description: description } as const;
const named = { Name: required(entityName), Scope: scope, Id: required(uuid) } as const;
const changed = { ...named, Description: description, LockToken: required(uuid) } as const;
const removed = { ...named, LockToken: required(uuid) } as const;
const byArn = { Name: entityName, Scope: oneOf('CLOUDFRONT', 'REGIONAL'), Id: uuid, ARN: arn } as const;
const listed = { Scope: scope, ...paged } as const;

const webAcl = {
  DefaultAction: required(json),
  Rules: rules,
  VisibilityConfig: visibility,
  CustomResponseBodies: responseBodies,
  AssociationConfig: json,
  // Known so that they are refused, and not passed over.
  CaptchaConfig: json,
  ChallengeConfig: json,
  TokenDomains: json,
  DataProtectionConfig: json,
  OnSourceDDoSProtectionConfig: json,
  ApplicationConfig: json,
  MonetizationConfig: json,
} as const;
const ruleGroup = {
  Rules: rules,
  VisibilityConfig: visibility,
  CustomResponseBodies: responseBodies,
  MonetizationConfig: json,
} as const;
const addresses = required(list(within({ min: 1, max: 50 }, matching('.*\\S.*'))));
const expressions = required(list(structure({ RegexString: within({ min: 1, max: 512 }, string) })));

const post = <const D extends Parameters<typeof operation>[3]>(declared: D) =>
  operation('POST', '/', 200, declared);

export const wafOperations = {
  AssociateWebACL: post({ WebACLArn: required(arn), ResourceArn: required(arn) }),
  CheckCapacity: post({ Scope: scope, Rules: required(rules) }),
  CreateIPSet: post({
    ...made,
    IPAddressVersion: required(oneOf('IPV4', 'IPV6')),
    Addresses: addresses,
    Tags: tags,
  }),
  CreateRegexPatternSet: post({ ...made, RegularExpressionList: expressions, Tags: tags }),
  CreateRuleGroup: post({ ...made, ...ruleGroup, Capacity: required(within({ min: 1 }, long)), Tags: tags }),
  CreateWebACL: post({ ...made, ...webAcl, Tags: tags }),
  DeleteIPSet: post(removed),
  DeleteRegexPatternSet: post(removed),
  DeleteRuleGroup: post(removed),
  DeleteWebACL: post(removed),
  DisassociateWebACL: post({ ResourceArn: required(arn) }),
  GetIPSet: post(named),
  GetRegexPatternSet: post(named),
  GetRuleGroup: post(byArn),
  GetSampledRequests: post({
    WebAclArn: required(arn),
    RuleMetricName: required(within({ min: 1, max: 255 }, matching('^[\\w#:\\.\\-/]+$'))),
    Scope: scope,
    TimeWindow: required(structure({ StartTime: required(double), EndTime: required(double) })),
    MaxItems: required(within({ min: 1, max: 500 }, long)),
  }),
  GetWebACL: post(byArn),
  GetWebACLForResource: post({ ResourceArn: required(arn) }),
  ListIPSets: post(listed),
  ListRegexPatternSets: post(listed),
  ListResourcesForWebACL: post({
    WebACLArn: required(arn),
    ResourceType: oneOf(
      'APPLICATION_LOAD_BALANCER',
      'API_GATEWAY',
      'APPSYNC',
      'COGNITO_USER_POOL',
      'APP_RUNNER_SERVICE',
      'VERIFIED_ACCESS_INSTANCE',
      'AMPLIFY',
    ),
  }),
  ListRuleGroups: post(listed),
  ListTagsForResource: post({ ResourceARN: required(arn), ...paged }),
  ListWebACLs: post(listed),
  TagResource: post({ ResourceARN: required(arn), Tags: required(tags) }),
  UntagResource: post({
    ResourceARN: required(arn),
    TagKeys: required(within({ min: 1 }, list(within({ min: 1, max: 128 }, string)))),
  }),
  UpdateIPSet: post({ ...changed, Addresses: addresses }),
  UpdateRegexPatternSet: post({ ...changed, RegularExpressionList: expressions }),
  UpdateRuleGroup: post({ ...changed, ...ruleGroup }),
  UpdateWebACL: post({ ...changed, ...webAcl }),
} as const;
