// How TLS is to be spoken under each custom domain name: what the configuration file says of it, and what the management
// API does. Pure.

import type { TlsDomainSettings, TlsSettings } from '../../config/index.ts';
import type { DomainGate } from '../../exchange/client-connection.ts';
import type { PublishedDomainName } from '../../resources/index.ts';
import { tlsRules, usualPolicy } from './security-policy.ts';
import type { TrustStoreFiles } from './trust-store.ts';

export interface DomainTls {
  /** Lower case; `*.example.com` stands for one label. */
  readonly name: string;
  /** One of those that `tlsRules` knows. */
  readonly securityPolicy: string;
  /** null: the listener's own. */
  readonly certificate: { readonly keyFile: string; readonly certFile: string } | null;
  /** null: clients are not asked for certificates. */
  readonly trust: TrustStoreFiles | null;
}

/** Of the domain names that anything is to be said of. */
export function domainsTls(
  settings: TlsSettings,
  published: readonly PublishedDomainName[],
): ReadonlyMap<string, DomainTls> {
  const domains = new Map<string, DomainTls>();
  for (const one of settings.domains) domains.set(one.name, ofSettings(one));
  for (const domain of published) {
    const configured = settings.domains.find(({ name }) => name === domain.domainName);
    const trust = trustOf(settings, domain, configured);
    domains.set(domain.domainName, {
      name: domain.domainName,
      securityPolicy: policyOf(domain, configured),
      certificate: configured === undefined ? null : certificateOf(configured),
      trust: trust === 'unknown' ? null : trust,
    });
  }
  return domains;
}

/** Whether uWebSockets.js alone cannot speak TLS as these want it. */
export function needsFront(
  settings: TlsSettings,
  domains: Iterable<DomainTls>,
  published: readonly PublishedDomainName[],
): boolean {
  if (settings.front !== 'auto') return settings.front === 'always';
  for (const { securityPolicy, certificate, trust } of domains)
    if (trust !== null || certificate !== null || tlsRules(securityPolicy) !== tlsRules(usualPolicy))
      return true;
  return published.some(isStrict);
}

/**
 * @param settings - null: requests come without TLS
 * @returns null when every request may pass, 'shut' when none may: what the domain name asks for cannot be checked
 */
export function gateOf(
  settings: TlsSettings | null,
  domain: PublishedDomainName,
): DomainGate | 'shut' | null {
  const configured = settings?.domains.find(({ name }) => name === domain.domainName);
  const trust = settings === null ? untold(domain) : trustOf(settings, domain, configured);
  const isOpen = trust === null && !isStrict(domain);
  if (settings?.front === 'never' && (!isOpen || asksForMore(policyOf(domain, configured)))) return 'shut';
  if (isOpen) return null;
  if (settings === null || trust === 'unknown') return 'shut';
  return { trustDomain: trust === null ? null : domain.domainName, isStrict: isStrict(domain) };
}

const untold = (domain: PublishedDomainName): 'unknown' | null =>
  domain.mutualTlsAuthentication === undefined ? null : 'unknown';

const isStrict = ({ endpointAccessMode }: PublishedDomainName): boolean => endpointAccessMode === 'STRICT';

const policyOf = (domain: PublishedDomainName, configured: TlsDomainSettings | undefined): string =>
  configured?.securityPolicy ?? knownPolicy(domain.securityPolicy);

/** More than uWebSockets.js keeps by itself. Who would let TLS 1.0 in has nothing against what is better. */
const asksForMore = (policy: string): boolean =>
  policy !== 'TLS_1_0' && tlsRules(policy) !== tlsRules(usualPolicy);

/** A policy that this release does not know is not weakened: the strictest stands in for it. */
function knownPolicy(policy: string = usualPolicy): string {
  return tlsRules(policy) === null ? 'SecurityPolicy_TLS13_1_3_2025_09' : policy;
}

const ofSettings = (settings: TlsDomainSettings): DomainTls => ({
  name: settings.name,
  securityPolicy: settings.securityPolicy ?? usualPolicy,
  certificate: certificateOf(settings),
  trust: filesOf(settings),
});

const certificateOf = ({ key, cert }: TlsDomainSettings): DomainTls['certificate'] =>
  key === null || cert === null ? null : { keyFile: key, certFile: cert };

const filesOf = ({ truststore, revocations }: TlsDomainSettings): TrustStoreFiles | null =>
  truststore === null ? null : { truststore, revocations };

/** The file of the domain name's own truststore, else the one that stands for its S3 object. */
function trustOf(
  settings: TlsSettings,
  { mutualTlsAuthentication: mutual }: PublishedDomainName,
  configured: TlsDomainSettings | undefined,
): TrustStoreFiles | 'unknown' | null {
  const own = configured === undefined ? null : filesOf(configured);
  if (own !== null || mutual === undefined) return own;
  const { truststoreUri, truststoreVersion } = mutual;
  const exact = `${truststoreUri}?versionId=${truststoreVersion}`;
  const found =
    settings.truststores.find(({ uri }) => uri === exact) ??
    settings.truststores.find(({ uri }) => uri === truststoreUri);
  if (found === undefined) return 'unknown';
  return { truststore: found.file, revocations: found.revocations ?? configured?.revocations ?? null };
}
