// What the management API has to say of a domain name's truststore: whether the gateway knows it.

import type { BackendSettings, DomainName } from '../../resources/index.ts';

/**
 * `mutualTlsAuthentication` as it is answered: with `truststoreWarnings` where clients may not get through. Which
 * certificates of a file are left out is told by data planes, who read it.
 */
export function presentMutualTls(
  { domainName, mutualTlsAuthentication: mutual }: DomainName,
  { truststores: known }: BackendSettings,
): object | undefined {
  if (mutual === undefined || known === undefined) return mutual;
  const { truststoreUri = '', truststoreVersion } = mutual;
  const isKnown =
    known.domainNames.includes(domainName.toLowerCase()) ||
    known.uris.includes(truststoreUri) ||
    known.uris.includes(`${truststoreUri}?versionId=${truststoreVersion}`);
  if (isKnown) return mutual;
  const warning = `No file stands for ${truststoreUri} (truststores in the gateway's configuration): nothing is served under the domain name until one does`;
  return { ...mutual, truststoreWarnings: [warning] };
}
