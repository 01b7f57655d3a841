// PATCH of a domain name.

import type { DomainName, EndpointType } from '../../resources/index.ts';
import { badRequest } from '../protocol/exceptions.ts';
import {
  type PatchOperation,
  type PatchRow,
  type PatchTable,
  patchDocument,
  replaces,
  withMember,
} from '../protocol/patch.ts';
import { endpointAccessMode, routingMode, securityPolicy } from '../protocol/shapes.ts';
import { choice, choiceOrNothing, textOrNothing } from './patch-values.ts';

const certificateMembers = [
  'certificateName',
  'certificateArn',
  'regionalCertificateName',
  'regionalCertificateArn',
] as const;

/**
 * @param now - ISO 8601: when a certificate that comes is uploaded
 * @throws AwsException for the first operation that is refused
 */
export function patchDomainName(
  domainName: DomainName,
  operations: readonly PatchOperation[] | undefined,
  now: string,
): DomainName {
  const ops = (operations ?? [])
    .filter(({ path }) => certificateMembers.some((member) => path === `/${member}`))
    .map(({ op }) => op);
  if (ops.includes('add') && ops.includes('remove'))
    throw badRequest('Certificates cannot be added and removed in the same request');
  const patched = patchDocument(domainName, operations, table);
  return ops.some((op) => op !== 'remove') ? { ...patched, certificateUploadDate: now } : patched;
}

/** A member that is added, replaced or removed; an empty text removes it too. */
const optional = (
  member: (typeof certificateMembers)[number] | 'ownershipVerificationCertificateArn',
): PatchRow<DomainName> => ({
  path: `/${member}`,
  ops: ['add', 'replace', 'remove'],
  apply: (domainName, { op, value }) =>
    withMember(domainName, member, op === 'remove' ? undefined : textOrNothing(value)),
});

const truststore = (member: 'truststoreUri' | 'truststoreVersion'): PatchRow<DomainName> => ({
  path: `/mutualTlsAuthentication/${member}`,
  ops: ['add', 'replace', 'remove'],
  apply: (domainName, { op, value }) => {
    const text = op === 'remove' ? undefined : textOrNothing(value);
    const mutualTls = withMember(domainName.mutualTlsAuthentication ?? {}, member, text);
    // Without a truststore there is nothing to authenticate with: mutual TLS is off.
    const isOff = mutualTls.truststoreUri === undefined && (text === undefined || member === 'truststoreUri');
    return withMember(domainName, 'mutualTlsAuthentication', isOff ? undefined : mutualTls);
  },
});

const valuesOf = (shape: { readonly type: string; readonly values?: readonly string[] }): readonly string[] =>
  shape.values ?? [];

const withTypes = (
  domainName: DomainName,
  change: (types: readonly EndpointType[]) => readonly EndpointType[],
): DomainName => {
  const { endpointConfiguration: endpoint } = domainName;
  return { ...domainName, endpointConfiguration: { ...endpoint, types: change(endpoint.types) } };
};

function endpointType(value: string | undefined): EndpointType {
  const found = (['REGIONAL', 'EDGE', 'PRIVATE'] as const).find((type) => type === value);
  if (found === undefined)
    throw badRequest('Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE');
  return found;
}

function ipAddressType(value: string | undefined): 'ipv4' | 'dualstack' {
  if (value === 'ipv4' || value === 'dualstack') return value;
  throw badRequest('ipAddressType must be either ipv4 or dualstack.');
}

const table: PatchTable<DomainName> = {
  rows: [
    ...certificateMembers.map(optional),
    optional('ownershipVerificationCertificateArn'),
    {
      path: '/endpointConfiguration/types',
      ops: ['add', 'remove'],
      apply: (domainName, { op, value }) => {
        const type = endpointType(value);
        return withTypes(domainName, (types) => {
          const others = types.filter((one) => one !== type);
          return op === 'add' ? [...others, type] : others;
        });
      },
    },
    {
      path: '/endpointConfiguration/types/{type}',
      ops: ['replace'],
      apply: (domainName, { value, names }) => {
        const { types } = domainName.endpointConfiguration;
        // By its name, or by its place in the list, as Terraform does.
        const old = types.find((one, i) => one === names.type || String(i) === names.type);
        const type = endpointType(old === undefined ? undefined : value);
        return withTypes(domainName, () => [...new Set(types.map((one) => (one === old ? type : one)))]);
      },
    },
    {
      path: '/endpointConfiguration/ipAddressType',
      ops: ['replace'],
      apply: (domainName, { value }) => ({
        ...domainName,
        endpointConfiguration: {
          ...domainName.endpointConfiguration,
          ipAddressType: ipAddressType(value),
        },
      }),
    },
    replaces('/securityPolicy', 'securityPolicy', choice('/securityPolicy', valuesOf(securityPolicy))),
    replaces(
      '/endpointAccessMode',
      'endpointAccessMode',
      choiceOrNothing('/endpointAccessMode', valuesOf(endpointAccessMode)),
    ),
    replaces('/routingMode', 'routingMode', choice('/routingMode', valuesOf(routingMode))),
    replaces('/managementPolicy', 'managementPolicy', textOrNothing),
    replaces('/policy', 'policy', textOrNothing),
    truststore('truststoreUri'),
    truststore('truststoreVersion'),
  ],
};
