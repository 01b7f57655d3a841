// Web ACLs, and the stages that stand behind them.

import { textsNamed } from '../../firewall/index.ts';
import type { Stage, WebAcl } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { refuseUnlessAllowed } from '../access/access-error.ts';
import { type Account, type Caller, reads, writes } from '../api/handler.ts';
import type { CallInput } from '../protocol/services.ts';
import { associatedItem, invalidParameter, nonexistentItem } from '../protocol/wafv2/exceptions.ts';
import { checkedWebAcl } from './check-rules.ts';
import {
  checkScope,
  documentAt,
  documentGiven,
  documentToChange,
  newDocument,
  pageOf,
  putChanged,
  removeDocument,
  summaryOf,
} from './documents.ts';
import type { WafHandlers } from './handlers.ts';

export const webAcls = {
  'wafv2:CreateWebACL': writes<'wafv2:CreateWebACL'>((input, transaction, context) => {
    const document = newDocument(transaction, 'webAcl', input, context.account);
    const webAcl = { ...document, ...settingsOf(input) };
    const Capacity = checkedWebAcl(webAcl, transaction, context);
    transaction.put('webAcl', '', document.Id, { ...webAcl, Capacity });
    return { Summary: summaryOf(document) };
  }),

  'wafv2:GetWebACL': reads<'wafv2:GetWebACL'>((input, view) => {
    const webAcl = documentGiven(view, 'webAcl', input);
    return { WebACL: present(webAcl), LockToken: webAcl.LockToken };
  }),

  'wafv2:ListWebACLs': reads<'wafv2:ListWebACLs'>((input, view) => {
    const { page: WebACLs, ...more } = pageOf(view, 'webAcl', input);
    return { WebACLs, ...more };
  }),

  'wafv2:UpdateWebACL': writes<'wafv2:UpdateWebACL'>((input, transaction, context) => {
    const { Name, Id, ARN, LockToken, Tags } = documentToChange(transaction, 'webAcl', input);
    const webAcl = {
      Name,
      Id,
      ARN,
      LockToken,
      ...(Tags === undefined ? {} : { Tags }),
      ...(input.Description === undefined ? {} : { Description: input.Description }),
      ...settingsOf(input),
    };
    const Capacity = checkedWebAcl(webAcl, transaction, context);
    return putChanged(transaction, 'webAcl', { ...webAcl, Capacity });
  }),

  'wafv2:DeleteWebACL': writes<'wafv2:DeleteWebACL'>((input, transaction) => {
    const { ARN } = documentToChange(transaction, 'webAcl', input);
    if (stagesBehind(transaction, ARN).length > 0) throw associatedItem();
    removeDocument(transaction, 'webAcl', input);
    return {};
  }),

  'wafv2:AssociateWebACL': writes<'wafv2:AssociateWebACL'>((input, transaction, { account, caller, now }) => {
    const { ARN } = documentAt(transaction, 'webAcl', input.WebACLArn);
    const { apiId, stage } = stageToChange(transaction, input.ResourceArn, account, caller);
    transaction.put('stage', apiId, stage.stageName, { ...stage, webAclArn: ARN, lastUpdatedDate: now() });
    return {};
  }),

  'wafv2:DisassociateWebACL': writes<'wafv2:DisassociateWebACL'>(
    (input, transaction, { account, caller, now }) => {
      const { apiId, stage } = stageToChange(transaction, input.ResourceArn, account, caller);
      const { webAclArn: _, ...rest } = stage;
      transaction.put('stage', apiId, stage.stageName, { ...rest, lastUpdatedDate: now() });
      return {};
    },
  ),

  'wafv2:GetWebACLForResource': reads<'wafv2:GetWebACLForResource'>(({ ResourceArn }, view, { account }) => {
    const { webAclArn } = stageAt(view, ResourceArn, account).stage;
    return webAclArn === undefined ? {} : { WebACL: present(documentAt(view, 'webAcl', webAclArn)) };
  }),

  // Who does not say of which kind asks for load balancers.
  'wafv2:ListResourcesForWebACL': reads<'wafv2:ListResourcesForWebACL'>((input, view, { account }) => {
    const { ARN } = documentAt(view, 'webAcl', input.WebACLArn);
    const isOurs = input.ResourceType === 'API_GATEWAY';
    const { partition, region } = account;
    const ResourceArns = isOurs
      ? stagesBehind(view, ARN).map(
          ({ apiId, stage }) =>
            `arn:${partition}:apigateway:${region}::/restapis/${apiId}/stages/${stage.stageName}`,
        )
      : [];
    return { ResourceArns };
  }),

  'wafv2:CheckCapacity': reads<'wafv2:CheckCapacity'>(({ Scope, Rules }, view, context) => {
    checkScope(Scope);
    const { partition, region, accountId } = context.account;
    const webAcl = {
      Name: 'checked',
      ARN: `arn:${partition}:wafv2:${region}:${accountId}:regional/webacl/checked/checked`,
      Rules: Rules as WebAcl['Rules'],
      DefaultAction: { Allow: {} },
      // Whatever bodies they name are elsewhere, and cost nothing.
      CustomResponseBodies: Object.fromEntries(
        textsNamed('CustomResponseBodyKey', Rules).map((key) => [key, noBody]),
      ),
      VisibilityConfig: {
        SampledRequestsEnabled: false,
        CloudWatchMetricsEnabled: false,
        MetricName: 'checked',
      },
    };
    return { Capacity: checkedWebAcl(webAcl, view, context) };
  }),
} satisfies Partial<WafHandlers>;

const noBody = { ContentType: 'TEXT_PLAIN', Content: '' } as const;

type Settings = CallInput<'wafv2:CreateWebACL'> | CallInput<'wafv2:UpdateWebACL'>;

/** What a web ACL could have and this release does not evaluate. */
const refused = [
  'CaptchaConfig',
  'ChallengeConfig',
  'TokenDomains',
  'DataProtectionConfig',
  'OnSourceDDoSProtectionConfig',
  'ApplicationConfig',
  'MonetizationConfig',
] as const;

/** @throws WafException */
function settingsOf(
  input: Settings,
): Pick<
  WebAcl,
  'DefaultAction' | 'Rules' | 'VisibilityConfig' | 'CustomResponseBodies' | 'AssociationConfig'
> {
  for (const name of refused)
    if (input[name] !== undefined)
      throw invalidParameter(`This release does not evaluate ${name}.`, 'WEB_ACL', name);
  const { DefaultAction, Rules = [], VisibilityConfig, CustomResponseBodies, AssociationConfig } = input;
  return {
    DefaultAction: DefaultAction as WebAcl['DefaultAction'],
    Rules: Rules as WebAcl['Rules'],
    VisibilityConfig,
    ...(CustomResponseBodies === undefined ? {} : { CustomResponseBodies }),
    ...(AssociationConfig === undefined
      ? {}
      : { AssociationConfig: AssociationConfig as NonNullable<WebAcl['AssociationConfig']> }),
  };
}

const present = ({ LockToken: _, Tags: __, ...webAcl }: WebAcl) => ({
  ...webAcl,
  Description: webAcl.Description ?? '',
  ManagedByFirewallManager: false,
  LabelNamespace: `awswaf:${webAcl.ARN.split(':')[4]}:webacl:${webAcl.Name}:`,
});

interface StageOfApi {
  readonly apiId: string;
  readonly stage: Stage;
}

/** REST APIs alone can stand behind a web ACL, as on AWS. @throws WafException */
function stageAt(view: View, arn: string, { partition, region }: Account): StageOfApi {
  const prefix = `arn:${partition}:apigateway:${region}::`;
  const path = arn.startsWith(prefix) ? arn.slice(prefix.length) : '';
  const [, apiId = '', stageName = ''] = /^\/restapis\/([^/]+)\/stages\/([^/]+)$/.exec(path) ?? [];
  if (apiId === '')
    throw invalidParameter(
      'The ARN isn’t valid. A valid ARN begins with arn: and includes other information separated by colons or slashes.',
      'RESOURCE_ARN',
      arn,
    );
  const stage = view.get('stage', apiId, stageName);
  if (stage === undefined) throw nonexistentItem();
  return { apiId, stage };
}

/**
 * Whoever may do as they like with web ACLs of their own does not thereby take a stage from behind another.
 *
 * @see Service Authorization Reference, AWS WAF V2: AssociateWebACL depends on apigateway:SetWebACL
 * @throws AccessDenied, WafException
 */
function stageToChange(view: View, arn: string, account: Account, caller: Caller): StageOfApi {
  refuseUnlessAllowed(caller, 'apigateway:SetWebACL', arn);
  return stageAt(view, arn, account);
}

/** The stages that a web ACL judges. */
export const stagesBehind = (view: View, arn: string): StageOfApi[] =>
  view
    .list('restApi', '')
    .flatMap(({ id }) =>
      view.list('stage', id).flatMap((stage) => (stage.webAclArn === arn ? [{ apiId: id, stage }] : [])),
    );
