// Security policies by AWS's names, as versions, cipher suites and key exchanges of OpenSSL. Pure.

import type { SecureVersion } from 'node:tls';

export interface TlsRules {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
  /** OpenSSL's text: suites of TLS 1.3 and those below. */
  readonly ciphers: string;
  /** Key exchanges, OpenSSL's names with colons; the first that both sides know is taken. */
  readonly groups: string;
}

const tls13 = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';
const tls13Fips = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384';
const forwardSecretGcm =
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384';
const forwardSecretCbc =
  'ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384';
const chacha = 'ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305';
const rsaExchange = 'AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256';
/** Suites whose only sin is SHA-1 as a MAC: what clients of TLS 1.0 and 1.1 know. */
const old =
  'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:AES128-SHA:AES256-SHA';

const plainGroups = 'X25519:P-256:P-384';
const fipsGroups = 'P-256:P-384:P-521';
/** Hybrids with ML-KEM first: what is recorded today stays secret from tomorrow's machines. */
const quantumGroups = `X25519MLKEM768:SecP256r1MLKEM768:SecP384r1MLKEM1024:${plainGroups}`;
const quantumFipsGroups = `SecP256r1MLKEM768:SecP384r1MLKEM1024:${fipsGroups}`;

const from = (minVersion: SecureVersion, suites: readonly string[], groups: string): TlsRules =>
  Object.freeze({ minVersion, maxVersion: 'TLSv1.3', ciphers: suites.join(':'), groups });

const tls12 = from('TLSv1.2', [tls13, forwardSecretGcm, chacha, forwardSecretCbc, rsaExchange], plainGroups);

/** @see data-plane reference, section 27; API Gateway Developer Guide, "Supported security policies" */
const policies: Readonly<Record<string, TlsRules>> = Object.freeze({
  __proto__: null as never,
  // OpenSSL signs nothing with SHA-1 above its security level 0, and TLS 1.0 knows nothing else.
  TLS_1_0: from(
    'TLSv1',
    [tls13, forwardSecretGcm, chacha, forwardSecretCbc, rsaExchange, old, '@SECLEVEL=0'],
    plainGroups,
  ),
  TLS_1_2: tls12,
  SecurityPolicy_TLS12_2018_EDGE: tls12,
  SecurityPolicy_TLS12_PFS_2025_EDGE: from('TLSv1.2', [tls13, forwardSecretGcm, chacha], plainGroups),
  SecurityPolicy_TLS13_2025_EDGE: from('TLSv1.3', [tls13], plainGroups),
  SecurityPolicy_TLS13_1_2_2021_06: from('TLSv1.2', [tls13, forwardSecretGcm, forwardSecretCbc], plainGroups),
  SecurityPolicy_TLS13_1_2_PQ_2025_09: from(
    'TLSv1.2',
    [tls13, forwardSecretGcm, forwardSecretCbc],
    quantumGroups,
  ),
  SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09: from('TLSv1.2', [tls13, forwardSecretGcm], quantumGroups),
  SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09: from(
    'TLSv1.2',
    [tls13Fips, forwardSecretGcm, forwardSecretCbc],
    quantumFipsGroups,
  ),
  SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09: from(
    'TLSv1.2',
    [tls13Fips, forwardSecretGcm],
    quantumFipsGroups,
  ),
  SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09: from(
    'TLSv1.2',
    [tls13, forwardSecretGcm, forwardSecretCbc, rsaExchange, old],
    quantumGroups,
  ),
  SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09: from(
    'TLSv1.2',
    [tls13Fips, forwardSecretGcm, forwardSecretCbc, rsaExchange, old],
    quantumFipsGroups,
  ),
  SecurityPolicy_TLS13_1_3_2025_09: from('TLSv1.3', [tls13], plainGroups),
  SecurityPolicy_TLS13_1_3_FIPS_2025_09: from('TLSv1.3', [tls13Fips], fipsGroups),
});

/** What a listener without the front offers, and the policy of a domain name that names none. */
export const usualPolicy = 'TLS_1_2';

/** The rules of a policy; of an unknown one null. */
export const tlsRules = (policy: string): TlsRules | null => policies[policy] ?? null;

export const securityPolicyNames: readonly string[] = Object.keys(policies);
