// Tags of what the second version has, by ARN.

import type { Transaction, View } from '../../store/index.ts';
import { type Account, type Context, reads, writes } from '../api/handler.ts';
import { checkTags, type Tags } from '../api/tag-rules.ts';
import { autoDeploy } from '../deployment/v2-deploy.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import type { V2Handlers } from './handlers.ts';
import { partOf, v2ApiOf } from './lookup.ts';
import { rulesOf } from './protocol-rules.ts';

export const tags = {
  'apigatewayv2:GetTags': reads<'apigatewayv2:GetTags'>(({ resourceArn }, view, { account }) => ({
    tags: taggedAt(resourceArn, view, account).tags,
  })),

  'apigatewayv2:TagResource': writes<'apigatewayv2:TagResource'>(
    ({ resourceArn, tags: added = {} }, transaction, context) => {
      const tagged = taggedAt(resourceArn, transaction, context.account);
      // Those that are there already may be the service's own.
      tagged.check(added);
      const all = { ...tagged.tags, ...added };
      checkTags(all);
      tagged.put(all, transaction, context);
      return {};
    },
  ),

  'apigatewayv2:UntagResource': writes<'apigatewayv2:UntagResource'>(
    ({ resourceArn, tagKeys }, transaction, context) => {
      const tagged = taggedAt(resourceArn, transaction, context.account);
      const left = Object.entries(tagged.tags).filter(([key]) => !tagKeys.includes(key));
      tagged.put(Object.fromEntries(left), transaction, context);
    },
  ),
} satisfies Partial<V2Handlers>;

interface Tagged {
  readonly tags: Tags;
  readonly check: (tags: Tags) => void;
  readonly put: (tags: Tags, transaction: Transaction, context: Context) => void;
}

/** @throws BadRequestException for what is no ARN of ours; NotFoundException when nothing is there */
function taggedAt(arn: string, view: View, account: Account): Tagged {
  const [prefix, partition, service, region, owner, ...rest] = arn.split(':');
  const isOurs =
    prefix === 'arn' &&
    partition === account.partition &&
    service === 'apigateway' &&
    region === account.region &&
    (owner === '' || owner === account.accountId);
  const parts = isOurs ? rest.join(':').split('/') : [];
  const [empty, kind, id = '', stages, stageName] = parts;
  if (empty === '' && id !== '') {
    if (kind === 'apis' && parts.length === 3) return ofApi(view, id, account);
    if (kind === 'apis' && parts.length === 5 && stages === 'stages')
      return ofStage(view, id, stageName!, account);
    if (kind === 'domainnames' && parts.length === 3) return ofDomainName(view, id);
    if (kind === 'vpclinks' && parts.length === 3) return ofVpcLink(view, id);
  }
  throw badRequest('Invalid ARN specified in the request');
}

function ofApi(view: View, apiId: string, account: Account): Tagged {
  const { tags = {}, ...api } = v2ApiOf(view, apiId, account);
  return {
    tags,
    check: rulesOf(api.protocolType).checkTags,
    put: (all, transaction, context) => {
      transaction.put('v2Api', '', apiId, { ...api, ...member(all) });
      // Tags of the API are settings of what is served.
      autoDeploy(transaction, context, apiId);
    },
  };
}

function ofStage(view: View, apiId: string, stageName: string, account: Account): Tagged {
  const { tags = {}, ...stage } = partOf(view, 'v2Stage', apiId, stageName, account);
  return {
    tags,
    check: rulesOf(v2ApiOf(view, apiId, account).protocolType).checkTags,
    put: (all, transaction) => transaction.put('v2Stage', apiId, stageName, { ...stage, ...member(all) }),
  };
}

function ofDomainName(view: View, id: string): Tagged {
  const found = view.get('domainName', '', id);
  if (found === undefined) throw notFound('Invalid domain name identifier specified');
  const { tags = {}, ...domainName } = found;
  return {
    tags,
    check: checkTags,
    put: (all, transaction) => transaction.put('domainName', '', id, { ...domainName, ...member(all) }),
  };
}

function ofVpcLink(view: View, id: string): Tagged {
  const found = view.get('vpcLink', '', id);
  if (found === undefined) throw notFound('Invalid VpcLink identifier specified');
  const { tags = {}, ...link } = found;
  return {
    tags,
    check: checkTags,
    put: (all, transaction) => transaction.put('vpcLink', '', id, { ...link, ...member(all) }),
  };
}

const member = (tags: Tags): { readonly tags?: Tags } => (Object.keys(tags).length === 0 ? {} : { tags });
