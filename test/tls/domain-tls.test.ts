// How TLS is spoken under each domain name, from what the configuration says and what is published.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TlsDomainSettings, TlsSettings } from '../../src/config/index.ts';
import { domainsTls, gateOf, needsFront } from '../../src/gateway/tls/domain-tls.ts';
import { securityPolicyNames, tlsRules } from '../../src/gateway/tls/security-policy.ts';
import type { PublishedDomainName } from '../../src/resources/index.ts';
import { tlsDomain } from '../support/tls-domain.ts';

const uri = 's3://trust/partners.pem';
const settingsOf = (more: Partial<TlsSettings> = {}): TlsSettings => ({
  keyFile: 'own.key',
  certFile: 'own.crt',
  front: 'auto',
  domains: [],
  truststores: [{ uri, file: 'partners.pem', revocations: null }],
  ...more,
});
const configured = (more: Partial<TlsDomainSettings> = {}) => tlsDomain('a.example.com', more);
const published = (more: Partial<PublishedDomainName> = {}): PublishedDomainName => ({
  domainName: 'a.example.com',
  endpointType: 'REGIONAL',
  mappings: [],
  ...more,
});
const mutual = (truststoreVersion?: string): Partial<PublishedDomainName> => ({
  mutualTlsAuthentication: {
    truststoreUri: uri,
    ...(truststoreVersion === undefined ? {} : { truststoreVersion }),
  },
});
const strict = { endpointAccessMode: 'STRICT' } as const;
const only = (settings: TlsSettings, domain: PublishedDomainName) =>
  domainsTls(settings, [domain]).get('a.example.com')!;

test('domain name: a truststore by its version, else by its name alone, and the domain name’s own file before both', () => {
  const truststores = [
    { uri, file: 'any.pem', revocations: null },
    { uri: `${uri}?versionId=7`, file: 'seven.pem', revocations: 'seven.crl' },
  ];
  const settings = settingsOf({ truststores });
  const trust = (domain: PublishedDomainName, one = settings) => only(one, domain).trust;
  assert.deepEqual(trust(published(mutual('7'))), { truststore: 'seven.pem', revocations: 'seven.crl' });
  assert.deepEqual(trust(published(mutual('8'))), { truststore: 'any.pem', revocations: null });
  assert.deepEqual(trust(published(mutual())), { truststore: 'any.pem', revocations: null });
  const own = settingsOf({
    truststores,
    domains: [configured({ truststore: 'own.pem', revocations: 'own.crl' })],
  });
  assert.deepEqual(trust(published(mutual('7')), own), { truststore: 'own.pem', revocations: 'own.crl' });
  // Lists alone are those of whatever truststore is published.
  const lists = settingsOf({ truststores, domains: [configured({ revocations: 'own.crl' })] });
  assert.deepEqual(trust(published(mutual('8')), lists), { truststore: 'any.pem', revocations: 'own.crl' });
  assert.deepEqual(trust(published(mutual('7')), lists), {
    truststore: 'seven.pem',
    revocations: 'seven.crl',
  });
  assert.equal(trust(published(), settings), null);
});

test('domain name: the configuration’s security policy wins, and one of a later release is the strictest', () => {
  const policy = (domain: PublishedDomainName, settings = settingsOf()) =>
    only(settings, domain).securityPolicy;
  assert.equal(policy(published()), 'TLS_1_2');
  assert.equal(policy(published({ securityPolicy: 'TLS_1_0' })), 'TLS_1_0');
  assert.equal(policy(published({ securityPolicy: 'TLS_9' })), 'SecurityPolicy_TLS13_1_3_2025_09');
  const settings = settingsOf({ domains: [configured({ securityPolicy: 'TLS_1_2' })] });
  assert.equal(policy(published({ securityPolicy: 'TLS_1_0' }), settings), 'TLS_1_2');
});

test('front: one is needed where a domain name is spoken to in a way of its own, and where the settings say so', () => {
  const needs = (settings: TlsSettings, ...domains: PublishedDomainName[]): boolean =>
    needsFront(settings, domainsTls(settings, domains).values(), domains);
  assert.equal(needs(settingsOf()), false);
  assert.equal(needs(settingsOf(), published()), false);
  // The same rules under another name.
  assert.equal(needs(settingsOf(), published({ securityPolicy: 'SecurityPolicy_TLS12_2018_EDGE' })), false);
  for (const more of [mutual(), strict, { securityPolicy: 'TLS_1_0' }, { securityPolicy: 'TLS_9' }])
    assert.equal(needs(settingsOf(), published(more)), true, JSON.stringify(more));
  const shown = settingsOf({ domains: [configured({ cert: 'a.crt', key: 'a.key' })] });
  assert.equal(needs(shown), true);
  assert.equal(needs(settingsOf({ front: 'always' })), true);
  assert.equal(needs(settingsOf({ front: 'never' }), published(mutual())), false);
});

test('gate: what a domain name asks for and cannot be checked shuts it', () => {
  const gate = { trustDomain: null, isStrict: false };
  assert.equal(gateOf(settingsOf(), published()), null);
  assert.equal(gateOf(null, published()), null);
  assert.deepEqual(gateOf(settingsOf(), published(mutual())), { ...gate, trustDomain: 'a.example.com' });
  assert.deepEqual(gateOf(settingsOf(), published(strict)), { ...gate, isStrict: true });
  assert.deepEqual(gateOf(settingsOf(), published({ ...strict, ...mutual() })), {
    trustDomain: 'a.example.com',
    isStrict: true,
  });
  for (const [settings, more] of [
    [null, mutual()],
    [null, strict],
    [settingsOf({ front: 'never' }), mutual()],
    [settingsOf({ front: 'never' }), strict],
    [settingsOf({ truststores: [] }), mutual()],
  ] as const)
    assert.equal(gateOf(settings, published(more)), 'shut', JSON.stringify([settings, more]));
});

test('domain name: without a front nobody is let in by less than its security policy', () => {
  const never = settingsOf({ front: 'never' });
  const securityPolicy = 'SecurityPolicy_TLS13_1_3_2025_09';
  for (const policy of securityPolicyNames) {
    const isKept = tlsRules(policy) === tlsRules('TLS_1_2') || policy === 'TLS_1_0';
    assert.equal(gateOf(never, published({ securityPolicy: policy })), isKept ? null : 'shut', policy);
    assert.equal(gateOf(settingsOf(), published({ securityPolicy: policy })), null, policy);
  }
  assert.equal(gateOf(never, published()), null);
  assert.equal(gateOf(never, published({ securityPolicy: 'of next year' })), 'shut');
  // What the configuration file says goes before what is published, both ways.
  const configuredTo = (policy: string) =>
    settingsOf({ front: 'never', domains: [configured({ securityPolicy: policy as never })] });
  assert.equal(gateOf(configuredTo(securityPolicy), published()), 'shut');
  assert.equal(gateOf(configuredTo('TLS_1_2'), published({ securityPolicy })), null);
  // Without TLS here somebody else speaks it.
  assert.equal(gateOf(null, published({ securityPolicy })), null);
});

const groups = { plain: 'X25519:P-256:P-384', fips: 'P-256:P-384:P-521' };
/** Lowest version; whether CBC suites, RSA key exchange, SHA-1 suites and ChaCha20 are there; ML-KEM; FIPS groups. */
const policies: Readonly<Record<string, readonly [string, string]>> = {
  TLS_1_0: ['TLSv1', 'cbc rsa sha1 chacha'],
  TLS_1_2: ['TLSv1.2', 'cbc rsa chacha'],
  SecurityPolicy_TLS12_2018_EDGE: ['TLSv1.2', 'cbc rsa chacha'],
  SecurityPolicy_TLS12_PFS_2025_EDGE: ['TLSv1.2', 'chacha'],
  SecurityPolicy_TLS13_2025_EDGE: ['TLSv1.3', 'chacha'],
  SecurityPolicy_TLS13_1_2_2021_06: ['TLSv1.2', 'cbc chacha'],
  SecurityPolicy_TLS13_1_2_PQ_2025_09: ['TLSv1.2', 'cbc chacha pq'],
  SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09: ['TLSv1.2', 'chacha pq'],
  SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09: ['TLSv1.2', 'cbc fips pq'],
  SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09: ['TLSv1.2', 'fips pq'],
  SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09: ['TLSv1.2', 'cbc rsa sha1 chacha pq'],
  SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09: ['TLSv1.2', 'cbc rsa sha1 fips pq'],
  SecurityPolicy_TLS13_1_3_2025_09: ['TLSv1.3', 'chacha'],
  SecurityPolicy_TLS13_1_3_FIPS_2025_09: ['TLSv1.3', 'fips'],
};

test('security policy: each has the versions, suites and key exchanges that its name promises', () => {
  assert.deepEqual([...securityPolicyNames].sort(), Object.keys(policies).sort());
  for (const [name, [minVersion, traits]] of Object.entries(policies)) {
    const rules = tlsRules(name)!;
    assert.deepEqual([rules.minVersion, rules.maxVersion], [minVersion, 'TLSv1.3'], name);
    const suites = rules.ciphers.split(':');
    const has = (trait: string): boolean => traits.split(' ').includes(trait);
    const some = (pattern: RegExp): boolean => suites.some((suite) => pattern.test(suite));
    assert.equal(some(/^ECDHE-.*AES\d+-SHA(256|384)$/), has('cbc'), `${name}: CBC`);
    assert.equal(some(/^AES/), has('rsa'), `${name}: RSA key exchange`);
    assert.equal(some(/-SHA$/), has('sha1'), `${name}: SHA-1`);
    assert.equal(some(/CHACHA20/), has('chacha'), `${name}: ChaCha20`);
    assert.equal(some(/SECLEVEL/), name === 'TLS_1_0', `${name}: weak keys`);
    assert.ok(some(/^TLS_AES_128_GCM_SHA256$/), `${name}: TLS 1.3`);
    const offered = rules.groups.split(':');
    assert.equal(offered[0]!.includes('MLKEM'), has('pq'), `${name}: ML-KEM first`);
    assert.ok(rules.groups.endsWith(has('fips') ? groups.fips : groups.plain), `${name}: groups`);
    assert.equal(
      offered.some((one) => one.startsWith('X25519')),
      !has('fips'),
      `${name}: X25519`,
    );
  }
  assert.equal(tlsRules('TLS_9'), null);
  assert.equal(tlsRules('constructor'), null);
});
