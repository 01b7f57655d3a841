// Keys and digests of Signature Version 4.

import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

export const algorithm = 'AWS4-HMAC-SHA256';
export const terminator = 'aws4_request';

const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Lower-case hex digits. */
export const sha256Hex = (data: string | Uint8Array): string =>
  data.length === 0 ? emptyHash : hash('sha256', data, 'hex');

/** What a key is good for. */
export interface Scope {
  /** `yyyymmdd` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const scopeText = ({ date, region, service }: Scope): string =>
  `${date}/${region}/${service}/${terminator}`;

export const stringToSign = (timestamp: string, scope: string, canonicalRequest: string): string =>
  `${algorithm}\n${timestamp}\n${scope}\n${sha256Hex(canonicalRequest)}`;

/** Lower-case hex digits. */
export const signatureOf = (key: KeyObject, toSign: string): string =>
  createHmac('sha256', key).update(toSign).digest('hex');

const keysMax = 1_000;

/**
 * Signing keys that were derived: four of the five HMACs of a signature are the same for a day. Key objects, because
 * an HMAC with plain bytes makes one each time (24 us against 2.3). Holds at most 1,000 and then begins anew.
 */
export class SigningKeys {
  readonly #keys = new Map<string, KeyObject>();

  /** @param secret - the secret access key */
  keyFor(secret: string, { date, region, service }: Scope): KeyObject {
    const name = `${secret}\n${date}\n${region}\n${service}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const bytes = [region, service, terminator].reduce(hmac, hmac(Buffer.from(`AWS4${secret}`), date));
    const key = createSecretKey(bytes);
    if (this.#keys.size >= keysMax) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
