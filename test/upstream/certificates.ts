// X.509 certificates for tests, made on the spot: no fixture that expires, no openssl on the machine.

import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';

export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

/** Makes a self-signed certificate for a host name or IPv4 address, valid now unless told otherwise. */
export function selfSigned(options: { host: string; from?: Date; to?: Date }): TestCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 86_400_000;
  const from = options.from ?? new Date(Date.now() - day);
  const to = options.to ?? new Date(Date.now() + day);
  const name = sequence(set(sequence(objectId(0x55, 0x04, 0x03), utf8(options.host))));
  const ecdsaSha256 = sequence(objectId(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const altName = isIP(options.host)
    ? der(0x87, Buffer.from(options.host.split('.').map(Number)))
    : der(0x82, Buffer.from(options.host));
  const extensions = der(
    0xa3,
    sequence(
      sequence(objectId(0x55, 0x1d, 0x11), octets(sequence(altName))),
      sequence(
        objectId(0x55, 0x1d, 0x13),
        der(0x01, Buffer.from([0xff])),
        octets(sequence(der(0x01, Buffer.from([0xff])))),
      ),
    ),
  );
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaSha256,
    name,
    sequence(time(from), time(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]));
  const certificate = new X509Certificate(sequence(body, ecdsaSha256, signature));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, cert: certificate.toString() };
}

export function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

export function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

export function set(...parts: Buffer[]): Buffer {
  return der(0x31, ...parts);
}

export function objectId(...bytes: number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

export function utf8(text: string): Buffer {
  return der(0x0c, Buffer.from(text));
}

export function octets(content: Buffer): Buffer {
  return der(0x04, content);
}

export function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, '')));
}
