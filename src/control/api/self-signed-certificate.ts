// An X.509 certificate that vouches for itself, written in DER by hand: it takes nine kinds of values, and a library for
// all of X.509 takes 300 ms to load.

import { createHash, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';

export interface Subject {
  readonly commonName: string;
  readonly organization: string;
}

export interface SelfSigned {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
}

/**
 * Makes an RSA key of 2,048 bits and a certificate for it, signed with SHA-256.
 *
 * It holds no key usage: OpenSSL takes a certificate that may not sign certificates for one that somebody else signed, and
 * then trusts it nowhere.
 *
 * @param notBefore - ISO 8601, as is `notAfter`; parts of a second are left out
 * @see RFC 5280, section 4.1
 */
export async function selfSignedCertificate(
  subject: Subject,
  notBefore: string,
  notAfter: string,
): Promise<SelfSigned> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const body = toBeSigned(subject, notBefore, notAfter, publicKey);
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, sha256WithRsa, bitString(signature));
  return {
    certificate: pem('CERTIFICATE', certificate),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

function toBeSigned(subject: Subject, notBefore: string, notAfter: string, publicKey: KeyObject): Buffer {
  const name = sequence(
    relativeName('2.5.4.10', subject.organization),
    relativeName('2.5.4.3', subject.commonName),
  );
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const version3 = tagged(0, integer(Buffer.from([2])));
  const validity = sequence(time(notBefore), time(notAfter));
  const serial = integer(randomBytes(16));
  return sequence(version3, serial, sha256WithRsa, name, validity, name, key, tagged(3, extensions(key)));
}

function extensions(key: Buffer): Buffer {
  const keyId = octetString(createHash('sha1').update(key).digest());
  const clientAuth = sequence(objectId('1.3.6.1.5.5.7.3.2'));
  return sequence(
    sequence(objectId('2.5.29.14'), octetString(keyId)),
    sequence(objectId('2.5.29.37'), octetString(clientAuth)),
  );
}

// DER: tag, length, content.

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...content]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const octetString = (bytes: Buffer): Buffer => der(0x04, bytes);
const bitString = (bytes: Buffer): Buffer => der(0x03, Buffer.from([0]), bytes);
const tagged = (number: number, part: Buffer): Buffer => der(0xa0 | number, part);

/** A positive one, big end first: its first bit must not be read as a sign, nor may it begin with needless zeros. */
function integer(bytes: Buffer): Buffer {
  const positive = Buffer.from(bytes);
  positive[0] = (positive[0]! & 0x7f) | (positive.length > 1 ? 0x40 : 0);
  return der(0x02, positive);
}

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const sevens = [part & 0x7f];
    for (let high = part >> 7; high > 0; high >>= 7) sevens.unshift((high & 0x7f) | 0x80);
    return sevens;
  });
  return der(0x06, Buffer.from(bytes));
}

const relativeName = (type: string, text: string): Buffer =>
  der(0x31, sequence(objectId(type), der(0x0c, Buffer.from(text))));

/** Two digits of the year until 2049, then four. @see RFC 5280, section 4.1.2.5 */
function time(iso: string): Buffer {
  const digits = new Date(iso).toISOString().replace(/\.\d+/, '').replace(/[-:T]/g, '');
  return digits < '2050' ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

const sha256WithRsa = sequence(objectId('1.2.840.113549.1.1.11'), der(0x05));

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
