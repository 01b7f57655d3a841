// Revocation lists and signatures in DER, as authorities of all ages write them.

import assert from 'node:assert/strict';
import test from 'node:test';
import { readRevocationLists, revocationName } from '../../src/gateway/tls/revocation-list.ts';
import { isSignedStrongly } from '../../src/gateway/tls/signature-strength.ts';
import fc, { runs } from '../support/properties.ts';
import { der, objectId, octets, sequence, time } from '../upstream/certificates.ts';

const sha256Rsa = sequence(objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b));
const name = sequence(octets(Buffer.from('authority')));
const integer = (...bytes: number[]): Buffer => der(0x02, Buffer.from(bytes));
const utc = (text: string): Buffer => der(0x17, Buffer.from(text));
const list = (...parts: Buffer[]): Buffer =>
  sequence(sequence(...parts), sha256Rsa, der(0x03, Buffer.from([0])));
const entry = (serial: Buffer): Buffer => sequence(serial, utc('260101000000Z'));
const only = (bytes: Buffer) => readRevocationLists(bytes)[0]!;

test('revocation list: times with two digits of the year are from 1950 to 2049', () => {
  const at = (next: string) => only(list(sha256Rsa, name, utc('260101000000Z'), utc(next))).nextUpdateMs;
  assert.equal(at('491231235959Z'), Date.UTC(2049, 11, 31, 23, 59, 59));
  assert.equal(at('500101000000Z'), Date.UTC(1950, 0, 1));
  const four = only(list(sha256Rsa, name, utc('260101000000Z'), time(new Date(Date.UTC(2051, 1, 3)))));
  assert.equal(four.nextUpdateMs, Date.UTC(2051, 1, 3));
  assert.throws(() => at('4912312359Z'), /a time that cannot be read/);
});

test('revocation list: one of the first version, without an end, or without entries is read', () => {
  const entries = sequence(entry(integer(1)), entry(integer(0, 0xff)));
  const first = only(list(sha256Rsa, name, utc('260101000000Z'), entries));
  assert.deepEqual([[...first.serials], first.nextUpdateMs], [['01', '00ff'], null]);
  const second = only(list(integer(1), sha256Rsa, name, utc('260101000000Z'), utc('270101000000Z'), entries));
  assert.deepEqual([second.issuer, [...second.serials]], [first.issuer, [...first.serials]]);
  const extended = only(list(integer(1), sha256Rsa, name, utc('260101000000Z'), der(0xa0, sequence())));
  assert.deepEqual([extended.serials.size, extended.nextUpdateMs], [0, null]);
});

const certificateOf = (algorithm: Buffer, version: Buffer[] = [der(0xa0, integer(2))]): Buffer =>
  sequence(sequence(...version, integer(7), algorithm, name), algorithm, der(0x03, Buffer.from([0])));

test('revocation list: a certificate of any version is called by its serial number and its issuer', () => {
  const issuer = only(list(sha256Rsa, name, utc('260101000000Z'))).issuer;
  for (const version of [[], [der(0xa0, integer(2))]])
    assert.deepEqual(revocationName(certificateOf(sha256Rsa, version)), { issuer, serial: '07' });
});

test('revocation list: any bytes are read or refused', () => {
  const good = list(integer(1), sha256Rsa, name, utc('260101000000Z'), sequence(entry(integer(1))));
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, end) => {
      const changed = Buffer.from(good);
      changed[at] = byte;
      for (const bytes of [changed, changed.subarray(0, end)])
        try {
          assert.ok(readRevocationLists(bytes).length === 1);
        } catch (error) {
          assert.ok(error instanceof Error && !(error instanceof assert.AssertionError));
        }
    }),
    { numRuns: runs(1_000) },
  );
});

test('signature strength: SHA-256 or better, whatever the key, is strong', () => {
  const rsa = (last: number) => sequence(objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last));
  const ecdsa = (last: number) => sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last));
  const pssOf = (...parameters: Buffer[]) =>
    sequence(objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a), sequence(...parameters));
  const sha2 = (last: number) => objectId(0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last);
  const isStrong = (algorithm: Buffer) => isSignedStrongly(certificateOf(algorithm));
  const strong = [11, 12, 13]
    .map(rsa)
    .concat([2, 3, 4].map(ecdsa), [
      sequence(objectId(0x2b, 0x65, 0x70)),
      sequence(objectId(0x2b, 0x65, 0x71)),
      ...[1, 2, 3].map((last) => pssOf(der(0xa0, sequence(sha2(last))))),
    ]);
  // MD5, SHA-1, SHA-224, and RSASSA-PSS with its default, which is SHA-1.
  const weak = [4, 5, 14]
    .map(rsa)
    .concat([
      sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01)),
      ecdsa(1),
      pssOf(),
      pssOf(der(0xa0, sequence(objectId(0x2b, 0x0e, 0x03, 0x02, 0x1a)))),
      sequence(objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a)),
    ]);
  assert.deepEqual(
    strong.map(isStrong),
    strong.map(() => true),
  );
  assert.deepEqual(
    weak.map(isStrong),
    weak.map(() => false),
  );
});
