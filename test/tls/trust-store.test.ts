// Truststores and revocation lists as they are read from files, and who is trusted by them still.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { clientCertificate } from '../../src/gateway/tls/client-certificate.ts';
import { fileMark } from '../../src/gateway/tls/file-marks.ts';
import { FrontConnection } from '../../src/gateway/tls/front-connection.ts';
import {
  isStillTrusted,
  readTrustStore,
  type TrustStore,
  weaknessOf,
} from '../../src/gateway/tls/trust-store.ts';
import { Authority, type Issued } from '../support/authority.ts';

const partners = new Authority('partners');
const others = new Authority('others');
const middle = new Authority('middle', partners);
const day = 86_400_000;

function folderOf(t: TestContext, files: Readonly<Record<string, string | Buffer>>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-trust-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: string | Buffer): string => {
    const place = path.join(folder, name);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, content);
    return place;
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return { folder, write, at: (name: string) => path.join(folder, name) };
}

const certificate = (cert: string): X509Certificate => new X509Certificate(cert);
const storeOf =
  (authorities: readonly Authority[], ...lists: readonly string[]) =>
  (t: TestContext) => {
    const { at, write } = folderOf(t, { 'all.pem': authorities.map(({ cert }) => cert).join('') });
    if (lists.length === 0) return readTrustStore({ truststore: at('all.pem'), revocations: null });
    return readTrustStore({ truststore: at('all.pem'), revocations: write('all.crl', lists.join('')) });
  };
const names = ({ authorities }: TrustStore): string[] => authorities.map(({ subject }) => subject);

test('truststore: a folder is all its files, in order, but those that are hidden or in folders', (t) => {
  const { folder, write } = folderOf(t, {
    'b.pem': others.cert,
    'a.pem': partners.cert + middle.cert,
    '.c.pem': 'junk',
    'd/e.pem': 'junk',
  });
  const store = readTrustStore({ truststore: folder, revocations: null });
  assert.deepEqual(names(store), ['CN=partners', 'CN=middle', 'CN=others']);
  const before = fileMark([folder, null]);
  assert.equal(fileMark([folder, null]), before);
  write('f.pem', others.cert);
  const after = fileMark([folder, null]);
  assert.notEqual(after, before);
  write('f.pem', `${others.cert}\n`);
  assert.notEqual(fileMark([folder, null]), after);
});

test('truststore: more than a thousand certificates, or more than 1 MB, are refused', (t) => {
  const { at, write } = folderOf(t, { 'full.pem': partners.cert.repeat(1_000) });
  const read = (truststore: string) => readTrustStore({ truststore, revocations: null });
  assert.equal(read(at('full.pem')).authorities.length, 1_000);
  assert.throws(
    () => read(write('more.pem', partners.cert.repeat(1_001))),
    /holds 1001 certificates; 1000 are/,
  );
  const long = Buffer.alloc(1_048_577, '\n');
  long.write(partners.cert);
  assert.throws(() => read(write('long.pem', long)), /it has 1048577 bytes, of which 1048576 are allowed/);
  assert.equal(read(write('just.pem', long.subarray(0, -1))).authorities.length, 1);
});

test('truststore: a certificate that is too weak or cannot be read is left out, and told', (t) => {
  const sha1 = partners.issue('old', { hash: 'sha1' }).cert;
  const small = partners.issue('small', { rsaBits: 1024 }).cert;
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const { at, write } = folderOf(t, { 'mixed.pem': sha1 + broken + partners.cert + small });
  const place = at('mixed.pem');
  const store = readTrustStore({ truststore: place, revocations: null });
  assert.deepEqual(names(store), ['CN=partners']);
  const told = (i: number, name: string, why: string) =>
    `Certificate ${i}${name} of truststore "${place}" ${why}; it is left out`;
  assert.deepEqual(store.warnings, [
    told(1, ' (CN=old)', 'is signed with a weaker hash than SHA-256'),
    told(2, '', 'cannot be read'),
    told(4, ' (CN=small)', 'has an RSA key of 1024 bits'),
  ]);
  const none = write('none.pem', sha1);
  assert.throws(
    () => readTrustStore({ truststore: none, revocations: null }),
    /no certificate that can be used/,
  );
  assert.equal(weaknessOf(certificate(partners.issue('fair', { rsaBits: 2048 }).cert)), null);
});

test('truststore: revocation lists are read as PEM, many in a file, or as DER; none where they should be is refused', (t) => {
  const pem = partners.revoke([]);
  const der = Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64');
  const { at, folder } = folderOf(t, {
    'all.pem': partners.cert,
    'lists/a.crl': pem + others.revoke([]),
    'lists/b.crl': der,
    'empty/.keep': '',
    'junk/a.crl': 'junk',
  });
  const read = (name: string) => readTrustStore({ truststore: at('all.pem'), revocations: at(name) });
  const issuers = read('lists').lists.map(({ issuer }) => issuer);
  assert.equal(issuers.length, 3);
  assert.ok(issuers[0] === issuers[2] && issuers[0] !== issuers[1]);
  assert.equal(read('lists/b.crl').lists[0]!.pem, pem);
  assert.throws(() => read('empty'), /Revocation lists ".*empty": there is none/);
  assert.throws(() => read('junk'), /a\.crl" is no revocation list, neither PEM nor DER/);
  assert.throws(() => read('gone'), new RegExp(`Cannot read revocation list "${folder}/gone": ENOENT`));
});

const alice = partners.issue('alice');
const carol = middle.issue('carol');
const brief = partners.issue('brief', { to: new Date(Date.now() + 3_600_000) });
const none: readonly Issued[] = [];

const judged: readonly (readonly [
  what: string,
  isTrusted: boolean,
  who: Issued,
  before: (t: TestContext) => TrustStore,
  now: (t: TestContext) => TrustStore,
  afterMs?: number,
])[] = [
  ['whose authority stays', true, alice, storeOf([partners]), storeOf([others, partners])],
  ['whose authority goes', false, alice, storeOf([partners, others]), storeOf([others])],
  ['whose certificate ends', false, brief, storeOf([partners]), storeOf([partners]), 3_700_000],
  ['whose certificate has not ended', true, brief, storeOf([partners]), storeOf([partners]), 3_500_000],
  ['whom a list has not', true, alice, storeOf([partners]), storeOf([partners], partners.revoke([brief]))],
  ['whom a list has', false, alice, storeOf([partners]), storeOf([partners], partners.revoke([alice]))],
  [
    'of whose authority there is no list',
    false,
    alice,
    storeOf([partners]),
    storeOf([partners], others.revoke(none)),
  ],
  [
    'of whose authority the list is out of date',
    false,
    alice,
    storeOf([partners]),
    storeOf([partners], partners.revoke(none, { to: new Date(Date.now() + day) })),
    2 * day,
  ],
  [
    'whom one of two lists has',
    false,
    alice,
    storeOf([partners]),
    storeOf([partners], partners.revoke([alice]) + partners.revoke(none)),
  ],
  ['vouched for by what it sent', true, carol, storeOf([partners]), storeOf([partners, others])],
  [
    'vouched for by what it sent, when somebody leaves',
    false,
    carol,
    storeOf([partners, others]),
    storeOf([partners]),
  ],
  [
    'vouched for by what it sent, when another authority revokes more',
    false,
    carol,
    storeOf([partners], middle.revoke(none), partners.revoke(none)),
    storeOf([partners], middle.revoke(none), partners.revoke([alice])),
  ],
  [
    'vouched for by what it sent, when its own authority revokes others',
    true,
    carol,
    storeOf([partners], middle.revoke(none), partners.revoke(none)),
    storeOf([partners], middle.revoke([alice]), partners.revoke(none)),
  ],
];
for (const [what, isTrusted, who, before, now, afterMs = 0] of judged)
  test(`truststore: a client ${what} is ${isTrusted ? '' : 'not '}let in still`, (t) => {
    const own = certificate(who.cert);
    assert.equal(isStillTrusted(own, before(t), now(t), Date.now() + afterMs), isTrusted);
  });

test('front connection: a certificate is shown until it ends, and never again once it is not trusted', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const store = storeOf([partners])(t);
  const connected = (who: Issued) =>
    new FrontConnection({
      address: '192.0.2.1',
      serverName: 'a.example.com',
      trustDomain: 'a.example.com',
      acceptance: { own: certificate(who.cert), store },
    });
  const [one, other, third] = [connected(brief), connected(alice), connected(alice)];
  assert.equal(one.certificate?.subjectDN, 'CN=brief');
  other.judgeAgain(storeOf([others])(t), Date.now());
  other.judgeAgain(storeOf([partners])(t), Date.now());
  assert.equal(other.certificate, null);
  // The domain name has no truststore any more.
  third.judgeAgain(null, Date.now());
  assert.equal(third.certificate, null);
  t.mock.timers.tick(3_700_000);
  assert.equal(one.certificate, null);
});

test('client certificate: its serial number is whole bytes in small letters with colons', () => {
  const shown = (serialNumber: string) =>
    clientCertificate({ serialNumber, subject: 'CN=a', issuer: 'CN=b' } as X509Certificate).serialNumber;
  assert.deepEqual(['A1B2C3', 'A1B', '7'].map(shown), ['a1:b2:c3', '0a:1b', '07']);
});
