// Signed tokens in compact form (RFC 7515): a text in, its header and payload out, if one of the keys has signed it. The
// token never chooses what it is checked with: the algorithm must be one that the key is for, and one that was asked for.

import { constants, createHmac, timingSafeEqual, verify } from 'node:crypto';
import { type Algorithm, isObject, type KeySet, type VerifyingKey } from './jwk.ts';

/** Longer tokens are refused unread: headers of a request hold 10 KB. */
export const tokenCharactersMax = 16_384;

export interface VerifiedJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Buffer;
}

/** A refusal, in one line for the log. */
export interface RefusedJws {
  readonly refused: string;
  /** The key is not among those known: the issuer may have made new ones. */
  readonly isUnknownKey: boolean;
}

const refused = (reason: string, isUnknownKey = false): RefusedJws => ({ refused: reason, isUnknownKey });

interface ParsedJws {
  readonly header: Readonly<Record<string, unknown>>;
  readonly algorithm: string;
  readonly kid: string | null;
  readonly signed: Buffer;
  readonly payload: Buffer;
  readonly signature: Buffer;
}

/** Takes a token apart without believing a word of it. */
export function parseJws(token: string): ParsedJws | RefusedJws {
  if (token.length > tokenCharactersMax) return refused('the token is too long');
  const parts = token.split('.');
  if (parts.length !== 3) return refused('the token has not three parts');
  const [header, payload, signature] = parts.map(fromBase64url);
  if (header == null || payload == null || signature == null)
    return refused('a part of the token is not base64url');
  const fields = jsonObject(header);
  if (fields === null) return refused('the header is not a JSON object');
  const { alg, kid, crit } = fields;
  if (typeof alg !== 'string') return refused('the header names no algorithm');
  if (kid !== undefined && typeof kid !== 'string') return refused('the key id is no text');
  // Whatever must be understood is not.
  if (crit !== undefined) return refused('the header has critical extensions');
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`, 'latin1');
  return { header: fields, algorithm: alg, kid: kid ?? null, signed, payload, signature };
}

/**
 * @param keys - of the issuer
 * @param allowed - algorithms that this issuer may use
 */
export function verifyJws(
  token: string,
  keys: KeySet,
  allowed: ReadonlySet<string>,
): VerifiedJws | RefusedJws {
  const parsed = parseJws(token);
  if ('refused' in parsed) return parsed;
  const { algorithm, kid } = parsed;
  if (!allowed.has(algorithm)) return refused(`the algorithm "${algorithm.slice(0, 20)}" is not allowed`);
  const fitting = keys.keys.filter(
    (key) =>
      key.algorithms.has(algorithm as Algorithm) && (kid === null || key.kid === null || key.kid === kid),
  );
  // A key without an id is everybody's only where it is the only one.
  const chosen = kid === null ? fitting : fitting.filter((key) => key.kid === kid || keys.keys.length === 1);
  if (chosen.length === 0) return refused('no key fits the token', true);
  if (chosen.length > 1) return refused('the token does not say which of several keys has signed it');
  return isSigned(chosen[0]!, algorithm as Algorithm, parsed)
    ? { header: parsed.header, payload: parsed.payload }
    : refused('the signature is wrong');
}

const ecSignatureBytes: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 };

function isSigned({ key }: VerifyingKey, algorithm: Algorithm, { signed, signature }: ParsedJws): boolean {
  const hash = `sha${algorithm.slice(2)}`;
  switch (algorithm.slice(0, 2)) {
    case 'RS':
      return verify(hash, signed, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
    case 'PS':
      return verify(
        hash,
        signed,
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
        signature,
      );
    case 'ES':
      return (
        signature.length === ecSignatureBytes[algorithm] &&
        verify(hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature)
      );
    case 'Ed':
      return verify(null, signed, key, signature);
    default: {
      const expected = createHmac(hash, key).update(signed).digest();
      return expected.length === signature.length && timingSafeEqual(expected, signature);
    }
  }
}

const base64url = /^[A-Za-z0-9_-]*$/;

/** null for what another text would be decoded to as well: padding, other letters, bits that are not used. */
function fromBase64url(text: string): Buffer | null {
  if (!base64url.test(text)) return null;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** null for what is no JSON object in UTF-8. */
export function jsonObject(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
