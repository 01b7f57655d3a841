// DomainNames in the shape of the second version: the documents are those of the first. Each endpoint type of a domain
// name is a configuration here.

import type { DomainName } from '../../resources/index.ts';
import type { Transaction } from '../../store/index.ts';
import { checkDomainName, withEndpoints } from '../api/domain-name-checks.ts';
import { domainNameOf } from '../api/domain-names.ts';
import { type Context, reads, writes } from '../api/handler.ts';
import { checkTags } from '../api/tag-rules.ts';
import { presentMutualTls } from '../api/truststore-warnings.ts';
import { domainNameKey } from '../deployment/published-state.ts';
import { badRequest } from '../protocol/exceptions.ts';
import { refuseAbove } from '../quota.ts';
import type { V2Handlers, V2Input } from './handlers.ts';
import { present } from './members.ts';
import { itemsOf } from './paging.ts';
import { wireTime } from './wire.ts';

const publicMax = 120;

export const domainNames = {
  'apigatewayv2:CreateDomainName': writes<'apigatewayv2:CreateDomainName'>((input, transaction, context) => {
    const { domainName: name, tags } = input;
    checkTags(tags);
    const given = withSettings(
      {
        domainName: name,
        endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' },
        domainNameStatus: 'AVAILABLE',
        securityPolicy: 'TLS_1_2',
        routingMode: 'BASE_PATH_MAPPING_ONLY',
        ...(tags === undefined ? {} : { tags }),
      },
      input,
      context,
    );
    checkDomainName(given);
    refuseTaken(transaction, name);
    transaction.put('domainName', '', domainNameKey(given), given);
    return presentDomainName(given, context);
  }),

  'apigatewayv2:GetDomainName': reads<'apigatewayv2:GetDomainName'>(({ domainName }, view, context) =>
    presentDomainName(domainNameOf(view, { domainName }), context),
  ),

  'apigatewayv2:GetDomainNames': reads<'apigatewayv2:GetDomainNames'>((input, view, context) =>
    itemsOf(
      // Private ones, which have ids, are REST APIs' own.
      view.list('domainName', '').filter(({ domainNameId }) => domainNameId === undefined),
      input,
      domainNameKey,
      (domainName) => presentDomainName(domainName, context),
    ),
  ),

  'apigatewayv2:UpdateDomainName': writes<'apigatewayv2:UpdateDomainName'>((input, transaction, context) => {
    const before = domainNameOf(transaction, { domainName: input.domainName });
    const after = withSettings(before, input, context);
    checkDomainName(after, before);
    transaction.put('domainName', '', domainNameKey(after), after);
    return presentDomainName(after, context);
  }),

  'apigatewayv2:DeleteDomainName': writes<'apigatewayv2:DeleteDomainName'>(({ domainName }, transaction) => {
    const key = domainNameKey(domainNameOf(transaction, { domainName }));
    transaction.removeAll('basePathMapping', key);
    transaction.removeAll('v2ApiMapping', key);
    transaction.remove('domainName', '', key);
  }),
} satisfies Partial<V2Handlers>;

/** The first version's words for what decides where a path leads. */
const routingModes = {
  API_MAPPING_ONLY: 'BASE_PATH_MAPPING_ONLY',
  ROUTING_RULE_ONLY: 'ROUTING_RULE_ONLY',
  ROUTING_RULE_THEN_API_MAPPING: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING',
} as const;

type Given = Pick<
  V2Input<'CreateDomainName'>,
  'domainNameConfigurations' | 'mutualTlsAuthentication' | 'routingMode'
>;

function withSettings(before: DomainName, given: Given, context: Context): DomainName {
  const { domainNameConfigurations: configurations, mutualTlsAuthentication: mutualTls, routingMode } = given;
  if (routingMode !== undefined && routingMode !== 'API_MAPPING_ONLY')
    throw badRequest(`RoutingMode ${routingMode} is not supported by this release: it has no routing rules`);
  const { mutualTlsAuthentication: _, ...open } = before;
  const domainName: DomainName = {
    ...(mutualTls === undefined ? before : open),
    ...(mutualTls?.truststoreUri ? { mutualTlsAuthentication: present(mutualTls) } : {}),
    ...(routingMode === undefined ? {} : { routingMode: routingModes[routingMode] }),
  };
  return withEndpoints(
    configurations === undefined ? domainName : withConfigurations(domainName, configurations, context),
    context,
  );
}

/** Certificates are names that answers show: TLS is the listener's own. */
function withConfigurations(
  domainName: DomainName,
  configurations: NonNullable<Given['domainNameConfigurations']>,
  { now }: Context,
): DomainName {
  if (configurations.length === 0) throw badRequest('A domain name must have at least one configuration');
  const types = configurations.map(({ endpointType = 'REGIONAL' }) => endpointType);
  if (new Set(types).size < types.length)
    throw badRequest('A domain name has at most one configuration of each endpoint type');
  const of = (type: 'REGIONAL' | 'EDGE') => configurations[types.indexOf(type)];
  const [regional, edge] = [of('REGIONAL'), of('EDGE')];
  const first = configurations[0]!;
  const hasCertificate = configurations.some(({ certificateArn }) => certificateArn !== undefined);
  return {
    ...domainName,
    ...present({
      certificateArn: edge?.certificateArn ?? domainName.certificateArn,
      certificateName: edge?.certificateName ?? domainName.certificateName,
      regionalCertificateArn: regional?.certificateArn ?? domainName.regionalCertificateArn,
      regionalCertificateName: regional?.certificateName ?? domainName.regionalCertificateName,
      certificateUploadDate: hasCertificate ? now() : domainName.certificateUploadDate,
      ownershipVerificationCertificateArn:
        first.ownershipVerificationCertificateArn ?? domainName.ownershipVerificationCertificateArn,
      securityPolicy: first.securityPolicy ?? domainName.securityPolicy,
    }),
    endpointConfiguration: {
      ...domainName.endpointConfiguration,
      types,
      ipAddressType: first.ipAddressType ?? domainName.endpointConfiguration.ipAddressType ?? 'ipv4',
    },
  };
}

function refuseTaken(transaction: Transaction, name: string): void {
  const others = transaction.list('domainName', '').filter(({ domainNameId }) => domainNameId === undefined);
  if (others.some(({ domainName }) => domainName.toLowerCase() === name.toLowerCase()))
    throw badRequest('The domain name you provided already exists.');
  refuseAbove(publicMax, others.length, 'domain names', 'account');
}

function presentDomainName(
  domainName: DomainName,
  { account: { partition, region }, backends }: Pick<Context, 'account' | 'backends'>,
) {
  const { endpointConfiguration, routingMode, tags } = domainName;
  const mutualTlsAuthentication = presentMutualTls(domainName, backends);
  const v2Mode = Object.entries(routingModes).find(([, mode]) => mode === routingMode)?.[0];
  return {
    apiMappingSelectionExpression: '$request.basepath',
    domainName: domainName.domainName,
    domainNameArn: `arn:${partition}:apigateway:${region}::/domainnames/${domainName.domainName}`,
    domainNameConfigurations: endpointConfiguration.types.map((type) => configurationOf(domainName, type)),
    ...(mutualTlsAuthentication === undefined ? {} : { mutualTlsAuthentication }),
    routingMode: v2Mode ?? 'API_MAPPING_ONLY',
    tags: tags ?? {},
  };
}

function configurationOf(domainName: DomainName, type: string) {
  const isRegional = type === 'REGIONAL';
  const { certificateUploadDate: uploaded } = domainName;
  return {
    apiGatewayDomainName: isRegional ? domainName.regionalDomainName : domainName.distributionDomainName,
    certificateArn: isRegional ? domainName.regionalCertificateArn : domainName.certificateArn,
    certificateName: isRegional ? domainName.regionalCertificateName : domainName.certificateName,
    certificateUploadDate: uploaded === undefined ? undefined : wireTime(uploaded),
    domainNameStatus: domainName.domainNameStatus,
    endpointType: type,
    hostedZoneId: isRegional ? domainName.regionalHostedZoneId : domainName.distributionHostedZoneId,
    ipAddressType: domainName.endpointConfiguration.ipAddressType,
    securityPolicy: domainName.securityPolicy,
    ownershipVerificationCertificateArn: domainName.ownershipVerificationCertificateArn,
  };
}
