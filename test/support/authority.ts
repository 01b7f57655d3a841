// Certificate authorities for tests, made on the spot: they issue certificates, to authorities below them too, and revoke.

import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { der, objectId, octets, sequence, set, time, utf8 } from '../upstream/certificates.ts';

export interface Issued {
  readonly key: string;
  /** PEM. */
  readonly cert: string;
  /** Hex of the serial number's content. */
  readonly serial: string;
}

export interface IssueOptions {
  readonly from?: Date;
  readonly to?: Date;
  readonly host?: string;
  readonly organization?: string;
  readonly rsaBits?: number;
  readonly hash?: 'sha256' | 'sha1';
}

const day = 86_400_000;
const ecdsa = {
  sha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  sha1: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01],
};
const truth = der(0x01, Buffer.from([0xff]));

export class Authority {
  readonly name: string;
  /** PEM. */
  readonly cert: string;
  readonly #key: KeyObject;
  readonly #subject: Buffer;

  /** @param parent - null: self-signed */
  constructor(name: string, parent: Authority | null = null) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.name = name;
    this.#key = privateKey;
    this.#subject = nameOf(name);
    const signer = parent ?? this;
    const extensions = [extension([0x55, 0x1d, 0x13], sequence(truth), true)];
    const body = bodyOf(randomBytes(8), signer.#subject, this.#subject, publicKey, extensions, {});
    this.cert = signed(body, signer.#key, 'sha256');
  }

  /** A certificate for a client, or with `host` for a server. */
  issue(name: string, options: IssueOptions = {}): Issued {
    const { privateKey, publicKey } =
      options.rsaBits === undefined
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: options.rsaBits });
    const serial = Buffer.concat([Buffer.from([0x4a]), randomBytes(7)]);
    const { host, hash = 'sha256' } = options;
    const names = host === undefined ? [] : [altName(host)];
    const subject = nameOf(name, options.organization);
    const body = bodyOf(serial, this.#subject, subject, publicKey, names, options);
    return {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      cert: signed(body, this.#key, hash),
      serial: serial.toString('hex'),
    };
  }

  /** The list of what was revoked, PEM. */
  revoke(revoked: readonly Issued[], { from, to }: IssueOptions = {}): string {
    const entries = revoked.map(({ serial }) =>
      sequence(der(0x02, Buffer.from(serial, 'hex')), time(new Date(Date.now() - day))),
    );
    const body = sequence(
      der(0x02, Buffer.from([1])),
      sequence(objectId(...ecdsa.sha256)),
      this.#subject,
      time(from ?? new Date(Date.now() - day)),
      time(to ?? new Date(Date.now() + day)),
      ...(entries.length === 0 ? [] : [sequence(...entries)]),
    );
    return pem(
      'X509 CRL',
      sequence(body, sequence(objectId(...ecdsa.sha256)), signature(body, this.#key, 'sha256')),
    );
  }
}

function nameOf(name: string, organization?: string): Buffer {
  const part = (id: number, text: string) => set(sequence(objectId(0x55, 0x04, id), utf8(text)));
  return sequence(...(organization === undefined ? [] : [part(10, organization)]), part(3, name));
}

function bodyOf(
  serial: Buffer,
  issuer: Buffer,
  subject: Buffer,
  publicKey: KeyObject,
  extensions: readonly Buffer[],
  { from, to, hash = 'sha256' }: IssueOptions,
): Buffer {
  return sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial[0]! > 0x7f ? Buffer.concat([Buffer.from([0]), serial]) : serial),
    sequence(objectId(...ecdsa[hash])),
    issuer,
    sequence(time(from ?? new Date(Date.now() - day)), time(to ?? new Date(Date.now() + day))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
}

function extension(id: readonly number[], content: Buffer, isCritical: boolean): Buffer {
  return sequence(objectId(...id), ...(isCritical ? [truth] : []), octets(content));
}

const altName = (host: string): Buffer =>
  extension([0x55, 0x1d, 0x11], sequence(der(0x82, Buffer.from(host))), false);

function signature(body: Buffer, key: KeyObject, hash: string): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), sign(hash, body, key)]));
}

function signed(body: Buffer, key: KeyObject, hash: 'sha256' | 'sha1'): string {
  const whole = sequence(body, sequence(objectId(...ecdsa[hash])), signature(body, key, hash));
  return new X509Certificate(whole).toString();
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
