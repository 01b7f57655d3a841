// VpcLinks: ways to load balancers inside a VPC, which integrations name by id.

import type { Integration, VpcLink } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type PatchTable, patchDocument, replaces } from '../protocol/patch.ts';
import { quotas, refuseAbove } from '../quota.ts';
import { type Context, type Handlers, reads, writes } from './handler.ts';
import { methodsOf } from './methods-of-api.ts';
import { checkTags, idFor } from './tag-rules.ts';

/** A link is pending until so long after its creation; the service takes minutes. */
const pendingMs = 2_000;

export const vpcLinks = {
  CreateVpcLink: writes<'CreateVpcLink'>((input, transaction, context) => {
    const { name, description, targetArns, tags } = input;
    checkName(name);
    if (targetArns.length !== 1) throw badRequest('A VPC link must have exactly one target ARN');
    for (const arn of targetArns)
      if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(arn))
        throw badRequest(`Invalid ARN. ARN is not well formed ${arn}`);
    checkTags(tags);
    refuseAbove(quotas.vpcLinks, transaction.list('vpcLink', '').length, 'VPC links', 'account');
    const id = idFor(tags, 6, (taken) => transaction.get('vpcLink', '', taken) !== undefined, context);
    const link: VpcLink = {
      id,
      name,
      ...(description === undefined ? {} : { description }),
      targetArns,
      status: 'PENDING',
      createdDate: context.now(),
      ...(tags === undefined ? {} : { tags }),
    };
    transaction.put('vpcLink', '', id, link);
    return present(link, context);
  }),

  GetVpcLink: reads<'GetVpcLink'>(({ vpcLinkId }, view, context) =>
    present(vpcLinkOf(view, vpcLinkId), context),
  ),

  GetVpcLinks: reads<'GetVpcLinks'>((input, view, context) =>
    page(
      // Those of the second version have subnets in place of targets.
      view.list('vpcLink', '').filter(({ subnetIds }) => subnetIds === undefined),
      input,
      ({ id }) => id,
      (link) => present(link, context),
    ),
  ),

  UpdateVpcLink: writes<'UpdateVpcLink'>(({ vpcLinkId, patchOperations }, transaction, context) => {
    const changed = patchDocument(vpcLinkOf(transaction, vpcLinkId), patchOperations, patches);
    transaction.put('vpcLink', '', vpcLinkId, changed);
    return { ...present(changed, context), tags: changed.tags ?? {} };
  }),

  DeleteVpcLink: writes<'DeleteVpcLink'>(({ vpcLinkId }, transaction) => {
    vpcLinkOf(transaction, vpcLinkId);
    const users = usersOf(transaction, vpcLinkId);
    if (users.length > 0)
      throw badRequest(
        `Cannot delete vpc link. Vpc link '${vpcLinkId}', is referenced in [${users.join(', ')}] in format of [Method:Resource:Stage].`,
      );
    transaction.remove('vpcLink', '', vpcLinkId);
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException `Invalid Vpc Link identifier specified` */
function vpcLinkOf(view: View, id: string): VpcLink {
  const link = view.get('vpcLink', '', id);
  if (link === undefined) throw notFound('Invalid Vpc Link identifier specified');
  return link;
}

function checkName(name: string | undefined): string {
  if (name === undefined || name === '') throw badRequest('Name cannot be empty');
  return name;
}

/** What the wire shows. The status follows from the clock. */
function present({ createdDate, ...link }: VpcLink, { now }: Pick<Context, 'now'>) {
  const isPending = Date.parse(now()) < Date.parse(createdDate) + pendingMs;
  if (link.status !== 'PENDING' || isPending) return link;
  return { ...link, status: 'AVAILABLE', statusMessage: 'Your vpc link is ready for use' };
}

/** Each integration that names the link, as `{VERB}:{resource id}:{stage}`; also where a stage variable does. */
function usersOf(view: View, linkId: string): string[] {
  const ofSockets = view.list('v2Api', '').flatMap(({ apiId }) =>
    view
      .list('v2Integration', apiId)
      .filter(({ connectionType, connectionId }) => connectionType === 'VPC_LINK' && connectionId === linkId)
      .map(({ integrationId }) => `${apiId}:${integrationId}:-`),
  );
  const ofMethods = view.list('restApi', '').flatMap(({ id: apiId }) => {
    const stages = view.list('stage', apiId);
    return methodsOf(view, apiId).flatMap(({ verb, resourceId, method }) => {
      const named = linkNamed(method.methodIntegration);
      const using = stages.filter(
        ({ variables }) => named.replace(variable, (_, name) => variables?.[name] ?? '') === linkId,
      );
      const where = using.map(({ stageName }) => stageName);
      if (where.length === 0 && named === linkId) where.push('-');
      return where.map((stage) => `${verb}:${resourceId}:${stage}`);
    });
  });
  return [...ofMethods, ...ofSockets];
}

const variable = /^\$\{stageVariables\.(\w+)\}$/;

const linkNamed = (integration: Integration | undefined): string =>
  integration?.connectionType === 'VPC_LINK' ? (integration.connectionId ?? '') : '';

const patches: PatchTable<VpcLink> = {
  rows: [replaces('/name', 'name', checkName), replaces('/description', 'description', (value) => value)],
};
