// VpcLinks in the shape of the second version: the documents are those of the first, with subnets where those have
// targets. Here there are no subnets: what a link leads to is a pool of the configuration file.

import type { VpcLink } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { reads, writes } from '../api/handler.ts';
import { checkTags, freshId } from '../api/tag-rules.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import { quotas, refuseAbove } from '../quota.ts';
import type { V2Handlers } from './handlers.ts';
import { itemsOf } from './paging.ts';
import { wireTime } from './wire.ts';

export const vpcLinks = {
  'apigatewayv2:CreateVpcLink': writes<'apigatewayv2:CreateVpcLink'>((input, transaction, context) => {
    const { name, subnetIds, securityGroupIds = [], tags } = input;
    if (subnetIds.length === 0) throw badRequest('At least one subnet id must be specified');
    checkTags(tags);
    refuseAbove(quotas.vpcLinks, transaction.list('vpcLink', '').length, 'VPC links', 'account');
    const link: VpcLink = {
      id: freshId(6, (id) => transaction.get('vpcLink', '', id) !== undefined, context),
      name,
      targetArns: [],
      subnetIds,
      securityGroupIds,
      status: 'AVAILABLE',
      statusMessage: 'VPC link is ready to route traffic',
      createdDate: context.now(),
      ...(tags === undefined ? {} : { tags }),
    };
    transaction.put('vpcLink', '', link.id, link);
    return show(link);
  }),

  'apigatewayv2:GetVpcLink': reads<'apigatewayv2:GetVpcLink'>(({ vpcLinkId }, view) =>
    show(linkOf(view, vpcLinkId)),
  ),

  'apigatewayv2:GetVpcLinks': reads<'apigatewayv2:GetVpcLinks'>((input, view) =>
    itemsOf(view.list('vpcLink', '').filter(isOurs), input, ({ id }) => id, show),
  ),

  'apigatewayv2:UpdateVpcLink': writes<'apigatewayv2:UpdateVpcLink'>(({ vpcLinkId, name }, transaction) => {
    const before = linkOf(transaction, vpcLinkId);
    const link = { ...before, name: name ?? before.name };
    transaction.put('vpcLink', '', vpcLinkId, link);
    return show(link);
  }),

  'apigatewayv2:DeleteVpcLink': writes<'apigatewayv2:DeleteVpcLink'>(({ vpcLinkId }, transaction) => {
    linkOf(transaction, vpcLinkId);
    const users = integrationsOf(transaction, vpcLinkId);
    if (users.length > 0)
      throw badRequest(
        `Cannot delete vpc link. Vpc link '${vpcLinkId}', is referenced in integrations: [${users.join(', ')}]`,
      );
    transaction.remove('vpcLink', '', vpcLinkId);
    return {};
  }),
} satisfies Partial<V2Handlers>;

/** Links of the first version have targets in place of subnets. */
const isOurs = ({ subnetIds }: VpcLink): boolean => subnetIds !== undefined;

/** @throws NotFoundException */
function linkOf(view: View, id: string): VpcLink {
  const link = view.get('vpcLink', '', id);
  if (link === undefined || !isOurs(link)) throw notFound('Invalid VpcLink identifier specified');
  return link;
}

const integrationsOf = (view: View, linkId: string): string[] =>
  view.list('v2Api', '').flatMap(({ apiId }) =>
    view
      .list('v2Integration', apiId)
      .filter(({ connectionId }) => connectionId === linkId)
      .map(({ integrationId }) => `${apiId}/${integrationId}`),
  );

const show = (link: VpcLink) => ({
  createdDate: wireTime(link.createdDate),
  name: link.name,
  securityGroupIds: link.securityGroupIds ?? [],
  subnetIds: link.subnetIds ?? [],
  tags: link.tags ?? {},
  vpcLinkId: link.id,
  vpcLinkStatus: link.status,
  vpcLinkStatusMessage: link.statusMessage,
  vpcLinkVersion: 'V2',
});
