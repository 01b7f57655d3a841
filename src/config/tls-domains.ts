// `domains:` and `truststores:` of a configuration file: certificates of custom domain names, and who may call under them.

import { type SecurityPolicyName, securityPolicies } from '../resources/index.ts';
import type { Placed } from './placed.ts';
import type { NameRule, SectionReader } from './section-reader.ts';
import { choice, file } from './setting.ts';

/** How TLS is spoken under one custom domain name. Paths are absolute; the files are read where they are used. */
export interface TlsDomainSettings {
  /** Lower case; `*.example.com` stands for one label. */
  readonly name: string;
  /** PEM; null, as `key`: the listener's own. */
  readonly cert: string | null;
  readonly key: string | null;
  /** A PEM bundle or a folder of them; null: clients need no certificate. */
  readonly truststore: string | null;
  /** A revocation list or a folder of them. */
  readonly revocations: string | null;
  /** null: what the management API says of the name, or TLS_1_2. */
  readonly securityPolicy: SecurityPolicyName | null;
}

/** The file that stands for an S3 object which domain names call their truststore. */
export interface TruststoreFile {
  /** `s3://bucket/key`, with `?versionId=...` behind it for one version of it alone. */
  readonly uri: string;
  readonly file: string;
  readonly revocations: string | null;
}

const domainName: NameRule = {
  pattern: /^(\*\.)?[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?(\.[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?)*$/,
  expected: 'a domain name, with "*." in front of it for any one label',
};

const objectName: NameRule = {
  pattern: /^s3:\/\/[^/?]+\/[^?]+(\?versionId=[^?&]+)?$/,
  expected: 's3://bucket/key, with ?versionId=... for one version of it',
};

export const tlsDomainFields = {
  cert: file({
    default: null,
    means: 'PEM file of the certificate chain; needs key.',
    reason: 'one certificate may hold many names: tls.cert',
  }),
  key: file({
    default: null,
    means: 'PEM file of the private key; needs cert.',
    reason: 'as tls.key',
  }),
  truststore: file({
    default: null,
    means: 'PEM file, or folder of them, of the authorities whose clients are let in; nobody else is.',
    reason: 'clients need no certificate until told otherwise',
  }),
  revocations: file({
    default: null,
    means: 'Revocation list, or folder of them (PEM or DER): one of each authority, the root included.',
    reason: "AWS's own gateway looks at none",
  }),
  securityPolicy: choice({
    default: null,
    words: securityPolicies,
    means: "Versions and cipher suites, by the name of one of AWS's security policies.",
    reason: 'what the management API says of the domain name, else TLS_1_2',
  }),
} as const;

export const truststoreFields = {
  file: file({
    default: '',
    means: 'PEM file, or folder of them, that stands for the object.',
    reason: 'must be given',
  }),
  revocations: tlsDomainFields.revocations,
} as const;

export function readTlsDomains(reader: SectionReader, section: Placed): TlsDomainSettings[] {
  return reader.named(section, 'domains', domainName).flatMap(({ name, value }) => {
    const members = reader.members(value, Object.keys(tlsDomainFields));
    if (members === null) return [];
    const fields = reader.fields(value, members, tlsDomainFields);
    if ((fields.cert === null) !== (fields.key === null))
      reader.tell(value, `${value.key} has one of "cert" and "key"; set both or neither`);
    if (fields.truststore !== null && fields.securityPolicy === 'TLS_1_0')
      reader.tell(
        value,
        `${value.key} has a truststore, which needs TLS 1.2 at least; choose another policy`,
      );
    return [{ name: name.toLowerCase(), ...fields }];
  });
}

export function readTruststores(reader: SectionReader, section: Placed): TruststoreFile[] {
  return reader.named(section, 'truststores', objectName).flatMap(({ name: uri, value }) => {
    if (typeof value.raw === 'string')
      return [{ uri, file: reader.value(truststoreFields.file, value), revocations: null }];
    const members = reader.members(value, Object.keys(truststoreFields));
    if (members === null) return [];
    return [{ uri, ...reader.fields(value, members, truststoreFields, ['file']) }];
  });
}
