// Signed tokens in compact form (RFC 7515): a text in, its header and payload out, if one of the keys has signed it. The
// token never chooses what it is checked with: the algorithm must be one that the key is for, and one that was asked for.

import type { Signed } from '../../exchange/tools.ts';
import { type Algorithm, isObject, type KeySet, type VerifyingKey } from './jwk.ts';

/** Longer tokens are refused unread: headers of a request hold 10 KB. */
export const tokenCharactersMax = 16_384;

/** A refusal, in one line for the log. */
export interface RefusedJws {
  readonly refused: string;
  /** The key is not among those known: the issuer may have made new ones. */
  readonly isUnknownKey: boolean;
}

const refused = (reason: string, isUnknownKey = false): RefusedJws => ({ refused: reason, isUnknownKey });

/** A token taken apart: nothing of it is known to be true. */
export interface ParsedJws extends Signed {
  readonly kid: string | null;
  readonly payload: Buffer;
}

/** Takes a token apart without believing a word of it. */
export function parseJws(token: string): ParsedJws | RefusedJws {
  if (token.length > tokenCharactersMax) return refused('the token is too long');
  const parts = token.split('.');
  if (parts.length !== 3) return refused('the token has not three parts');
  const header = readHeader(parts[0]!);
  if ('refused' in header) return header;
  const payload = fromBase64url(parts[1]!);
  const signature = fromBase64url(parts[2]!);
  if (payload === null || signature === null) return refused(notBase64url);
  const signed = Buffer.from(`${parts[0]}.${parts[1]}`, 'latin1');
  return { algorithm: header.algorithm, kid: header.kid, signed, payload, signature };
}

type Header = Pick<ParsedJws, 'algorithm' | 'kid'>;

const notBase64url = 'a part of the token is not base64url';
/** The tokens of one key begin all alike: what was read once is not read again. */
const headers = new Map<string, Header>();
const headersMax = 256;

function readHeader(text: string): Header | RefusedJws {
  const known = headers.get(text);
  if (known !== undefined) return known;
  const bytes = fromBase64url(text);
  if (bytes === null) return refused(notBase64url);
  const fields = jsonObject(bytes);
  if (fields === null) return refused('the header is not a JSON object');
  const { alg, kid, crit } = fields;
  if (typeof alg !== 'string') return refused('the header names no algorithm');
  if (kid !== undefined && typeof kid !== 'string') return refused('the key id is no text');
  // Whatever must be understood is not.
  if (crit !== undefined) return refused('the header has critical extensions');
  const header = { algorithm: alg, kid: kid ?? null };
  if (headers.size >= headersMax) headers.clear();
  headers.set(text, header);
  return header;
}

/**
 * The one key that may have signed a token.
 * @param keys - of the issuer
 * @param allowed - algorithms that this issuer may use
 */
export function chooseKey(
  { algorithm, kid }: ParsedJws,
  { keys }: KeySet,
  allowed: ReadonlySet<string>,
): VerifyingKey | RefusedJws {
  if (!allowed.has(algorithm)) return refused(`the algorithm "${algorithm.slice(0, 20)}" is not allowed`);
  const fitting = keys.filter(
    (key) =>
      key.algorithms.has(algorithm as Algorithm) && (kid === null || key.kid === null || key.kid === kid),
  );
  // A key without an id is everybody's only where it is the only one.
  const chosen = kid === null ? fitting : fitting.filter((key) => key.kid === kid || keys.length === 1);
  if (chosen.length === 0) return refused('no key fits the token', true);
  if (chosen.length > 1) return refused('the token does not say which of several keys has signed it');
  return chosen[0]!;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** Bits of the last letter that mean nothing, by the letters that are more than a multiple of four. */
const unusedBits = [0, -1, 0b1111, 0b11] as const;

/** null for what another text would be decoded to as well: padding, other letters, bits that are not used. */
export function fromBase64url(text: string): Buffer | null {
  const unused = unusedBits[text.length % 4]!;
  if (unused === -1 || (letters.indexOf(text.at(-1) ?? 'A') & unused) !== 0) return null;
  // A regular expression takes ten times as long. Node.js leaves out what is no letter, so the bytes are fewer then; but it
  // knows the letters of base64 too, and of characters beyond latin1 it sees half.
  const bytes = Buffer.from(text, 'base64url');
  const isWhole =
    bytes.length === Math.floor((text.length * 3) / 4) && Buffer.byteLength(text) === text.length;
  return isWhole && !text.includes('+') && !text.includes('/') ? bytes : null;
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
