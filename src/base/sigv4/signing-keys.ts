// Keys and digests of Signature Version 4.

import { createHmac, hash } from 'node:crypto';

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
export const signatureOf = (key: SigningKey, toSign: string): string => key.sign(toSign);

const blockBytes = 64;
/** Texts to sign have some 150 characters. */
const textBytesMax = 960;

/**
 * A key that signs many texts. HMAC by its definition (RFC 2104): two hashes over the key, padded two ways, and the
 * text. With the paddings made once that costs 1.9 us, where an Hmac object with a KeyObject costs 4.1.
 */
export class SigningKey {
  readonly #inner = Buffer.alloc(blockBytes + textBytesMax);
  readonly #outer = Buffer.alloc(blockBytes + 32);

  /** @param key - 32 bytes: as long as a block at most */
  constructor(key: Uint8Array) {
    for (let i = 0; i < blockBytes; i++) {
      this.#inner[i] = (key[i] ?? 0) ^ 0x36;
      this.#outer[i] = (key[i] ?? 0) ^ 0x5c;
    }
  }

  /** @returns lower-case hex digits */
  sign(text: string): string {
    this.#outer.write(hash('sha256', this.#padded(text), 'binary'), blockBytes, 'latin1');
    return hash('sha256', this.#outer, 'hex');
  }

  #padded(text: string): Buffer {
    // A character of UTF-16 takes three bytes of UTF-8 at most.
    if (text.length * 3 > textBytesMax)
      return Buffer.concat([this.#inner.subarray(0, blockBytes), Buffer.from(text)]);
    return this.#inner.subarray(0, blockBytes + this.#inner.write(text, blockBytes));
  }
}

const keysMax = 1_000;

/**
 * Signing keys that were derived: four of the five HMACs of a signature are the same for a day. Holds at most 1,000 and
 * then begins anew.
 */
export class SigningKeys {
  readonly #keys = new Map<string, SigningKey>();

  /** @param secret - the secret access key */
  keyFor(secret: string, { date, region, service }: Scope): SigningKey {
    const name = `${secret}\n${date}\n${region}\n${service}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const bytes = [region, service, terminator].reduce(hmac, hmac(Buffer.from(`AWS4${secret}`), date));
    const key = new SigningKey(bytes);
    if (this.#keys.size >= keysMax) this.#keys.clear();
    this.#keys.set(name, key);
    return key;
  }
}

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
