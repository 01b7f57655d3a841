// contentHandling: bodies between bytes, text and base64. The tables are AWS's (data-plane reference, section 11).

import { isUtf8 } from 'node:buffer';
import type { ContentHandling } from '../resources/index.ts';

/** Text that should be base64 is not: AWS answers 500. */
export const badBase64 = Symbol('bad base64');

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text: invalid UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;

/** Strict decoding: no white space, no other alphabet; padding may be missing. */
export function decodeBase64(text: string): Uint8Array | typeof badBase64 {
  const digits = text.endsWith('=') ? text.replace(/=+$/, '') : text;
  return base64Text.test(text) && digits.length % 4 !== 1 ? Buffer.from(text, 'base64') : badBase64;
}

const encodeBase64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/**
 * The request's body as mappings and the integration get it.
 * @param isBinary - the request's Content-Type is in `binaryMediaTypes`
 * @returns text, or bytes when the body stays binary
 */
export function convertRequestBody(
  bytes: Uint8Array,
  isBinary: boolean,
  handling: ContentHandling | undefined,
): string | Uint8Array | typeof badBase64 {
  if (isBinary) return handling === 'CONVERT_TO_TEXT' ? encodeBase64(bytes) : bytes;
  return handling === 'CONVERT_TO_BINARY' ? decodeBase64(textOf(bytes)) : textOf(bytes);
}

/**
 * The integration's body as mappings and the client get it.
 * @param isBinary - the answer's Content-Type is in `binaryMediaTypes`
 * @param wantsBinary - the first media type of the client's Accept is
 */
export function convertResponseBody(
  bytes: Uint8Array,
  isBinary: boolean,
  wantsBinary: boolean,
  handling: ContentHandling | undefined,
): string | Uint8Array | typeof badBase64 {
  if (handling === 'CONVERT_TO_TEXT') return isBinary ? encodeBase64(bytes) : textOf(bytes);
  if (handling === 'CONVERT_TO_BINARY') return isBinary ? bytes : decodeBase64(textOf(bytes));
  if (isBinary) return wantsBinary ? bytes : encodeBase64(bytes);
  return wantsBinary ? decodeBase64(textOf(bytes)) : textOf(bytes);
}

/**
 * Whether passing these bytes on unread is the same as decoding and encoding them as text. The tail may hold
 * the beginning of a character whose rest has not arrived.
 */
export function isTextSoFar(bytes: Uint8Array): boolean {
  if (isUtf8(bytes)) return true;
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0xc0) {
      const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return wanted > back && isUtf8(bytes.subarray(0, bytes.length - back));
    }
    if (byte < 0x80) return false;
  }
  return false;
}

/** Bytes of a text type as AWS hands them on: the same when they are UTF-8, else with U+FFFD. */
export function asText(chunk: Uint8Array): string | Uint8Array {
  return isTextSoFar(chunk) ? chunk : (convertResponseBody(chunk, false, false, undefined) as string);
}
