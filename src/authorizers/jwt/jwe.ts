// Encrypted tokens in compact form (RFC 7516): a text in, the token inside out, if one of our keys opens it. What is inside
// is believed no more than any other token: encryption says who may read, never who wrote. The key says how it is used,
// never the token. RSA is left out: anybody can make such tokens, and opening one holds the event loop for 0.6 ms.

import {
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { isObject } from './jwk.ts';
import { fromBase64url, jsonObject, tokenCharactersMax } from './jws.ts';

export interface DecryptionKey {
  /** null where the key has none. */
  readonly kid: string | null;
  /** The one way in which it is used. */
  readonly algorithm: string;
  readonly curve: string | null;
  readonly key: KeyObject;
}

/** Bytes of the key that wraps; 0: the agreed or shared key itself encrypts. */
const wrappingBytes: Readonly<Record<string, number>> = {
  dir: 0,
  A128KW: 16,
  A192KW: 24,
  A256KW: 32,
  'ECDH-ES': 0,
  'ECDH-ES+A128KW': 16,
  'ECDH-ES+A192KW': 24,
  'ECDH-ES+A256KW': 32,
};
/** Bytes of the key that encrypts. */
const contentBytes: Readonly<Record<string, number>> = {
  A128GCM: 16,
  A192GCM: 24,
  A256GCM: 32,
  'A128CBC-HS256': 32,
  'A192CBC-HS384': 48,
  'A256CBC-HS512': 64,
};
const curves: ReadonlySet<unknown> = new Set(['P-256', 'P-384', 'P-521']);

/** @returns what is wrong with a JWK, in a few words that do not repeat it, where it opens no tokens */
export function readDecryptionKey(jwk: unknown): DecryptionKey | string {
  if (!isObject(jwk)) return 'is no object';
  const { alg, kid, kty, use, crv } = jwk;
  if (typeof alg !== 'string' || !Object.hasOwn(wrappingBytes, alg))
    return `has no "alg" of ${Object.keys(wrappingBytes).join(', ')}`;
  if (use !== undefined && use !== 'enc') return 'is not for encryption';
  if (kid !== undefined && typeof kid !== 'string') return 'has a "kid" that is no text';
  const isAgreed = alg.startsWith('ECDH');
  if (isAgreed ? kty !== 'EC' || !curves.has(crv) : kty !== 'oct') return `is not of the type for ${alg}`;
  try {
    const key = isAgreed
      ? createPrivateKey({ key: jwk, format: 'jwk' })
      : createSecretKey(Buffer.from(String(jwk.k ?? ''), 'base64url'));
    if (!isAgreed && alg !== 'dir' && key.symmetricKeySize !== wrappingBytes[alg])
      return `is not as long as ${alg} asks`;
    return { kid: kid ?? null, algorithm: alg, curve: isAgreed ? String(crv) : null, key };
  } catch {
    return 'cannot be read';
  }
}

/** Whether a token says of itself that it is encrypted: five parts. */
export const isEncrypted = (token: string): boolean => token.split('.', 6).length === 5;

/** @returns what is inside; null when no key opens it, whatever is wrong: nobody learns which step failed */
export function decryptJwe(token: string, keys: readonly DecryptionKey[]): Buffer | null {
  if (token.length > tokenCharactersMax) return null;
  const parts = token.split('.');
  const [head, wrapped, iv, ciphertext, tag] = parts.map(fromBase64url);
  if (
    parts.length !== 5 ||
    head == null ||
    wrapped == null ||
    iv == null ||
    ciphertext == null ||
    tag == null
  )
    return null;
  const header = jsonObject(head);
  // Compressed texts can be a thousand times as long; whatever must be understood is not.
  if (header === null || header.crit !== undefined || header.zip !== undefined) return null;
  const { alg, enc, kid } = header;
  if (typeof enc !== 'string' || !Object.hasOwn(contentBytes, enc)) return null;
  const fitting = keys.filter(
    (key) => key.algorithm === alg && (kid === undefined || key.kid === null || key.kid === kid),
  );
  if (fitting.length !== 1) return null;
  try {
    const key = contentKey(fitting[0]!, header, enc, wrapped);
    return key.length === contentBytes[enc]
      ? opened(enc, key, { aad: Buffer.from(parts[0]!, 'latin1'), iv, ciphertext, tag })
      : null;
  } catch {
    return null;
  }
}

type Header = Readonly<Record<string, unknown>>;

function contentKey(
  { algorithm, curve, key }: DecryptionKey,
  header: Header,
  enc: string,
  wrapped: Buffer,
): Buffer {
  const bytes = wrappingBytes[algorithm]!;
  const own = curve === null ? key.export() : agreed(key, curve, header, bytes === 0 ? enc : algorithm);
  if (bytes > 0) return unwrapped(own, wrapped);
  if (wrapped.length > 0) throw new Error('nothing is wrapped here');
  return own;
}

/** RFC 3394. */
function unwrapped(key: Buffer, wrapped: Buffer): Buffer {
  const decipher = createDecipheriv(`id-aes${key.length * 8}-wrap`, key, Buffer.alloc(8, 0xa6));
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

/** RFC 7518, section 4.6: the other side's key is in the header; ours and theirs make one. @param use - what it is for */
function agreed(privateKey: KeyObject, curve: string, { epk, apu, apv }: Header, use: string): Buffer {
  if (!isObject(epk) || epk.kty !== 'EC' || epk.crv !== curve) throw new Error('no key of the other side');
  const { kty, crv, x, y } = epk as Record<string, string>;
  // Points that are not on the curve are refused here.
  const publicKey = createPublicKey({ key: { kty, crv, x, y } as never, format: 'jwk' });
  const secret = diffieHellman({ privateKey, publicKey });
  const length = wrappingBytes[use] ?? contentBytes[use]!;
  const info = [Buffer.from(use), partyInfo(apu), partyInfo(apv)].flatMap((text) => [
    word(text.length),
    text,
  ]);
  const made: Buffer[] = [];
  for (let round = 1; made.length * 32 < length; round++)
    made.push(
      createHash('sha256')
        .update(Buffer.concat([word(round), secret, ...info, word(length * 8)]))
        .digest(),
    );
  return Buffer.concat(made).subarray(0, length);
}

function partyInfo(text: unknown): Buffer {
  if (text === undefined) return Buffer.alloc(0);
  const bytes = typeof text === 'string' ? fromBase64url(text) : null;
  if (bytes === null) throw new Error('party information is base64url');
  return bytes;
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

interface Sealed {
  readonly aad: Buffer;
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** RFC 7518, section 5. @returns null when it was changed */
function opened(enc: string, key: Buffer, sealed: Sealed): Buffer | null {
  const { aad, iv, ciphertext, tag } = sealed;
  const bits = enc.slice(1, 4);
  if (enc.endsWith('GCM')) {
    if (iv.length !== 12 || tag.length !== 16) return null;
    const decipher = createDecipheriv(`aes-${bits as '256'}-gcm`, key, iv, { authTagLength: 16 });
    decipher.setAAD(aad).setAuthTag(tag);
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  }
  const half = key.length / 2;
  const aadBits = Buffer.concat([word(0), word(aad.length * 8)]);
  const mac = createHmac(`sha${enc.slice(-3)}`, key.subarray(0, half)).update(
    Buffer.concat([aad, iv, ciphertext, aadBits]),
  );
  const expected = mac.digest().subarray(0, half);
  if (iv.length !== 16 || tag.length !== half || !timingSafeEqual(tag, expected)) return null;
  const decipher = createDecipheriv(`aes-${bits}-cbc`, key.subarray(half), iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}
