// DomainNameAccessAssociations: which VPC endpoints may reach a private domain name.

import type { DomainName, DomainNameAccessAssociation } from '../../resources/index.ts';
import type { View } from '../../store/index.ts';
import { badRequest, conflict, notFound } from '../protocol/exceptions.ts';
import { page } from '../protocol/paging.ts';
import { type Handlers, reads, writes } from './handler.ts';
import { checkTags } from './tag-rules.ts';

export const domainNameAccessAssociations = {
  CreateDomainNameAccessAssociation: writes<'CreateDomainNameAccessAssociation'>(
    (input, transaction, { account }) => {
      const { domainName } = privateNameOf(transaction, input.domainNameArn);
      const { accessAssociationSource: source } = input;
      if (!/^vpce-[A-Za-z0-9]{1,64}$/.test(source))
        throw badRequest(`Invalid VPC endpoint identifier specified: ${source}`);
      checkTags(input.tags);
      const { partition, region, accountId } = account;
      const arn = `arn:${partition}:apigateway:${region}:${accountId}:/domainnameaccessassociations/domainname/${domainName}/vpcesource/${source}`;
      // A VPC endpoint finds a domain name by its text, so it can have only one of that text.
      if (transaction.get('domainNameAccessAssociation', '', arn) !== undefined)
        throw conflict('Domain name access association already exists');
      const association: DomainNameAccessAssociation = { domainNameAccessAssociationArn: arn, ...input };
      transaction.put('domainNameAccessAssociation', '', arn, association);
      return association;
    },
  ),

  GetDomainNameAccessAssociations: reads<'GetDomainNameAccessAssociations'>((input, view) => {
    // There are no other accounts that could have made some.
    const isOthers = input.resourceOwner === 'OTHER_ACCOUNTS';
    const all = isOthers ? [] : view.list('domainNameAccessAssociation', '');
    return page(
      all,
      input,
      (one) => one.domainNameAccessAssociationArn,
      (one) => one,
    );
  }),

  DeleteDomainNameAccessAssociation: writes<'DeleteDomainNameAccessAssociation'>(
    ({ domainNameAccessAssociationArn: arn }, transaction) => {
      associationOf(transaction, arn);
      transaction.remove('domainNameAccessAssociation', '', arn);
    },
  ),

  RejectDomainNameAccessAssociation: writes<'RejectDomainNameAccessAssociation'>(
    ({ domainNameAccessAssociationArn: arn, domainNameArn }, transaction) => {
      privateNameOf(transaction, domainNameArn);
      if (associationOf(transaction, arn).domainNameArn !== domainNameArn) throw noAssociation();
      transaction.remove('domainNameAccessAssociation', '', arn);
    },
  ),
} satisfies Partial<Handlers>;

/** @throws NotFoundException, also for a public one, which has no such ARN */
function privateNameOf(view: View, arn: string): DomainName {
  const found = view.list('domainName', '').find(({ domainNameArn }) => domainNameArn === arn);
  if (found === undefined) throw notFound('Invalid domain name identifier specified');
  return found;
}

function associationOf(view: View, arn: string): DomainNameAccessAssociation {
  const found = view.get('domainNameAccessAssociation', '', arn);
  if (found === undefined) throw noAssociation();
  return found;
}

const noAssociation = () => notFound('Invalid domain name access association identifier specified');
