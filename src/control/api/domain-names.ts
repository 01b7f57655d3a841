// DomainNames: hosts of one's own, under which base paths lead to stages.

import type {
  BackendSettings,
  DomainName,
  EndpointConfiguration,
  EndpointType,
} from '../../resources/index.ts';
import type { Transaction, View } from '../../store/index.ts';
import { domainNameKey } from '../deployment/published-state.ts';
import { badRequest, notFound } from '../protocol/exceptions.ts';
import type { Input } from '../protocol/operations.ts';
import { page } from '../protocol/paging.ts';
import { refuseAbove } from '../quota.ts';
import { checkDomainName, withEndpoints } from './domain-name-checks.ts';
import { patchDomainName } from './domain-name-patch.ts';
import { type Context, epochSeconds, type Handlers, reads, writes } from './handler.ts';
import { checkTags } from './tag-rules.ts';
import { presentMutualTls } from './truststore-warnings.ts';

const publicMax = 120;
const privateMax = 50;

export const domainNames = {
  CreateDomainName: writes<'CreateDomainName'>((input, transaction, context) => {
    const domainName = withEndpoints(newDomainName(input, context), context);
    checkDomainName(domainName);
    checkTags(domainName.tags);
    refuseTaken(transaction, domainName);
    transaction.put('domainName', '', domainNameKey(domainName), domainName);
    return presentDomainName(domainName, context.backends);
  }),

  GetDomainName: reads<'GetDomainName'>((input, view, { backends }) =>
    presentDomainName(domainNameOf(view, input), backends),
  ),

  GetDomainNames: reads<'GetDomainNames'>((input, view, { backends }) => {
    // There are no other accounts that could share theirs.
    const all = input.resourceOwner === 'OTHER_ACCOUNTS' ? [] : view.list('domainName', '');
    return page(all, input, domainNameKey, (one) => presentDomainName(one, backends));
  }),

  UpdateDomainName: writes<'UpdateDomainName'>((input, transaction, context) => {
    const before = domainNameOf(transaction, input);
    const after = withEndpoints(patchDomainName(before, input.patchOperations, context.now()), context);
    checkDomainName(after, before);
    transaction.put('domainName', '', domainNameKey(after), after);
    return presentDomainName(after, context.backends);
  }),

  DeleteDomainName: writes<'DeleteDomainName'>((input, transaction) => {
    const domainName = domainNameOf(transaction, input);
    transaction.removeAll('basePathMapping', domainNameKey(domainName));
    transaction.removeAll('v2ApiMapping', domainNameKey(domainName));
    for (const one of transaction.list('domainNameAccessAssociation', ''))
      if (one.domainNameArn === domainName.domainNameArn)
        transaction.remove('domainNameAccessAssociation', '', one.domainNameAccessAssociationArn);
    transaction.remove('domainName', '', domainNameKey(domainName));
  }),
} satisfies Partial<Handlers>;

/** @throws NotFoundException, also for a private one without its id */
export function domainNameOf(
  view: View,
  wanted: { readonly domainName: string; readonly domainNameId?: string },
): DomainName {
  const found = view.get('domainName', '', domainNameKey(wanted));
  if (found === undefined) throw notFound('Invalid domain name identifier specified');
  return found;
}

// certificateBody, certificateChain and certificatePrivateKey, which the service has deprecated, are taken and not
// kept: TLS is the listener's own, and a key that nobody uses is only a danger.
function newDomainName(input: Input<'CreateDomainName'>, context: Context): DomainName {
  const { certificateName, certificateArn, regionalCertificateName, regionalCertificateArn } = input;
  const { account, newId } = context;
  const endpointConfiguration = endpointOf(input.endpointConfiguration);
  const isPrivate = endpointConfiguration.types.includes('PRIVATE');
  const domainNameId = isPrivate ? newId(10) : undefined;
  const { partition, region, accountId } = account;
  const own = `${input.domainName}+${domainNameId}`;
  const hasCertificate = [
    certificateName,
    certificateArn,
    regionalCertificateName,
    regionalCertificateArn,
  ].some((one) => one !== undefined);
  const { mutualTlsAuthentication: mutualTls } = input;
  const domainName: { [K in keyof DomainName]: DomainName[K] | undefined } = {
    domainName: input.domainName,
    domainNameId,
    domainNameArn: isPrivate
      ? `arn:${partition}:apigateway:${region}:${accountId}:/domainnames/${own}`
      : undefined,
    certificateName,
    certificateArn,
    certificateUploadDate: hasCertificate ? context.now() : undefined,
    regionalCertificateName,
    regionalCertificateArn,
    endpointConfiguration,
    domainNameStatus: 'AVAILABLE',
    securityPolicy: input.securityPolicy ?? 'TLS_1_2',
    endpointAccessMode: input.endpointAccessMode,
    mutualTlsAuthentication: mutualTls?.truststoreUri ? mutualTls : undefined,
    ownershipVerificationCertificateArn: input.ownershipVerificationCertificateArn,
    policy: input.policy || undefined,
    routingMode: input.routingMode ?? 'BASE_PATH_MAPPING_ONLY',
    tags: input.tags,
  };
  return Object.fromEntries(
    Object.entries(domainName).filter(([, value]) => value !== undefined),
  ) as unknown as DomainName;
}

function endpointOf(given: Input<'CreateDomainName'>['endpointConfiguration'] = {}): EndpointConfiguration {
  const { types = ['EDGE'], ipAddressType } = given;
  return {
    types: types as readonly EndpointType[],
    ipAddressType: ipAddressType ?? (types.includes('PRIVATE') ? 'dualstack' : 'ipv4'),
  };
}

/** Public names are the only ones of their name; private ones have ids. */
function refuseTaken(transaction: Transaction, domainName: DomainName): void {
  const isPrivate = domainName.domainNameId !== undefined;
  const alike = transaction
    .list('domainName', '')
    .filter(({ domainNameId }) => (domainNameId !== undefined) === isPrivate);
  const name = domainName.domainName.toLowerCase();
  if (!isPrivate && alike.some((one) => one.domainName.toLowerCase() === name))
    throw badRequest('The domain name you provided already exists.');
  refuseAbove(isPrivate ? privateMax : publicMax, alike.length, 'domain names', 'account');
}

const presentDomainName = (domainName: DomainName, backends: BackendSettings) => ({
  ...domainName,
  mutualTlsAuthentication: presentMutualTls(domainName, backends),
  certificateUploadDate:
    domainName.certificateUploadDate === undefined
      ? undefined
      : epochSeconds(domainName.certificateUploadDate),
});
