// What a domain name may be, and the names that the gateway gives it.

import type { DomainName } from '../../resources/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import type { Context } from './handler.ts';

/** Labels of letters, digits and hyphens; `*.` stands for one more at the front. */
const namePattern =
  /^(?=.{1,253}$)(\*\.)?[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/**
 * Refuses what AWS refuses in a domain name. Certificates are not asked for: TLS is the listener's own.
 *
 * @param before - as it was, when it is being changed
 * @throws AwsException BadRequestException
 * @see data-plane reference, section 27
 */
export function checkDomainName(domainName: DomainName, before?: DomainName): void {
  if (domainName.domainName === '') throw badRequest('No Domain Name specified');
  if (!namePattern.test(domainName.domainName))
    throw badRequest(`Invalid domain name specified: ${domainName.domainName}`);
  checkEndpoint(domainName, before);
  checkSecurity(domainName);
  for (const member of ['policy', 'managementPolicy'] as const) {
    const policy = domainName[member];
    if (policy === undefined) continue;
    if (!isPrivate(domainName))
      throw badRequest(`Invalid ${member}: only private custom domain names have one`);
    if (!isPolicy(policy)) throw badRequest('Invalid policy document. Please check the policy syntax.');
  }
}

const isPrivate = ({ endpointConfiguration }: DomainName): boolean =>
  endpointConfiguration.types.includes('PRIVATE');

function checkEndpoint(domainName: DomainName, before: DomainName | undefined): void {
  const { types, ipAddressType } = domainName.endpointConfiguration;
  if (types.length === 0)
    throw badRequest('REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.');
  // Two at once are a migration from one to the other, which begins with one.
  if (types.length > 1 && (before === undefined || isPrivate(domainName) || types.length > 2))
    throw badRequest('Cannot create a domain name with multiple Endpoint Types.');
  if (before !== undefined && isPrivate(before) !== isPrivate(domainName))
    throw badRequest('A private custom domain name cannot become a public one, nor the other way round.');
  if (isPrivate(domainName) && ipAddressType === 'ipv4')
    throw badRequest('Only dualstack ipAddressType is supported for Private APIs.');
}

function checkSecurity(domainName: DomainName): void {
  const { securityPolicy = 'TLS_1_2', endpointAccessMode, mutualTlsAuthentication } = domainName;
  if (endpointAccessMode !== undefined && !securityPolicy.startsWith('SecurityPolicy_'))
    throw badRequest('endpointAccessMode needs a security policy that starts with SecurityPolicy_');
  if (mutualTlsAuthentication === undefined) return;
  const { types } = domainName.endpointConfiguration;
  if (types.some((type) => type !== 'REGIONAL') || securityPolicy === 'TLS_1_0')
    throw badRequest('Mutual TLS authentication needs a REGIONAL domain name and at least TLS 1.2');
  if (!/^s3:\/\/[^/]+\/.+$/.test(mutualTlsAuthentication.truststoreUri ?? ''))
    throw badRequest('Invalid truststoreUri: must be the S3 URL of an object, s3://bucket/key');
}

function isPolicy(text: string): boolean {
  try {
    const policy = JSON.parse(text) as unknown;
    return typeof policy === 'object' && policy !== null && 'Statement' in policy;
  } catch {
    return false;
  }
}

/** The domain name with the names of the endpoints that its types ask for, and no others. */
export function withEndpoints(
  domainName: DomainName,
  { account, newId }: Pick<Context, 'account' | 'newId'>,
): DomainName {
  const { region, partition } = account;
  const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const newName = () => `d-${newId(10)}.execute-api.${region}.${suffix}`;
  const { types } = domainName.endpointConfiguration;
  const {
    regionalDomainName,
    regionalHostedZoneId,
    distributionDomainName,
    distributionHostedZoneId,
    ...rest
  } = domainName;
  const zone = regionalHostedZoneId ?? regionalZones[region];
  return {
    ...rest,
    ...(types.includes('EDGE')
      ? {
          distributionDomainName: distributionDomainName ?? newName(),
          distributionHostedZoneId: distributionHostedZoneId ?? distributionZone,
        }
      : {}),
    ...(types.includes('REGIONAL')
      ? {
          regionalDomainName: regionalDomainName ?? newName(),
          ...(zone === undefined ? {} : { regionalHostedZoneId: zone }),
        }
      : {}),
  };
}

/** One for all regions. */
const distributionZone = 'Z2FDTNDATAQYW2';

/** @see AWS General Reference, "Amazon API Gateway endpoints and quotas" */
const regionalZones: Readonly<Record<string, string>> = {
  'us-east-1': 'Z1UJRXOUMOOFQ8',
  'us-east-2': 'ZOJJZC49E0EPZ',
  'us-west-1': 'Z2MUQ32089INYE',
  'us-west-2': 'Z2OJLYMUO9EFXC',
  'ca-central-1': 'Z19DQILCV0OWEC',
  'eu-central-1': 'Z1U9ULNL0V5AJ3',
  'eu-west-1': 'ZLY8HYME6SFDD',
  'eu-west-2': 'ZJ5UAJN8Y3Z2Q',
  'eu-west-3': 'Z3KY65QIEKYHQQ',
  'eu-north-1': 'Z3UWIKFBOOGXPP',
  'ap-northeast-1': 'Z1YSHQZHG15GKL',
  'ap-northeast-2': 'Z20JF4UZKIW1U8',
  'ap-south-1': 'Z3VO1THU9YC4UR',
  'ap-southeast-1': 'ZL327KTPIQFUL',
  'ap-southeast-2': 'Z2RPCDW04V8134',
  'sa-east-1': 'ZCMLWB8V5SYIT',
};
