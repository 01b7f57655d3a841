// How a streamed answer begins: JSON that tells status and fields, eight NULs, then the body. Finds the end of the JSON
// in bytes that come in pieces.

/** What the runtime calls a stream that begins with metadata. */
export const metadataType = 'application/vnd.awslambda.http-integration-response';
const delimiterBytes = 8;
/** Metadata is a head, and is looked through anew with each piece of it. */
const metadataBytesMax = 16_384;

/** What the first bytes of a stream are. */
export type Beginning =
  | { readonly kind: 'more' }
  | { readonly kind: 'none' }
  | { readonly kind: 'metadata'; readonly json: Uint8Array; readonly body: Uint8Array };

const more: Beginning = { kind: 'more' };
const none: Beginning = { kind: 'none' };

/**
 * Reads the beginning of a stream.
 *
 * @param bytes - all that came so far
 * @param isExpected - the runtime said that there is metadata. Else it is recognised: a function that writes it by
 *   itself need not say so. A JSON object that eight NULs do not follow is a body
 * @returns `none` when the stream has no metadata; `more` when that is not known yet
 */
export function readBeginning(bytes: Uint8Array, isExpected: boolean): Beginning {
  const nul = bytes.indexOf(0);
  if (nul >= 0) return readDelimiter(bytes, nul);
  if (bytes.length > metadataBytesMax) return none;
  if (isExpected || bytes.length === 0) return more;
  return mayBecomeMetadata(bytes) ? more : none;
}

function readDelimiter(bytes: Uint8Array, nul: number): Beginning {
  const end = nul + delimiterBytes;
  for (let i = nul; i < end && i < bytes.length; i++) if (bytes[i] !== 0) return none;
  if (bytes.length < end) return more;
  return { kind: 'metadata', json: bytes.subarray(0, nul), body: bytes.subarray(end) };
}

const [quote, backslash, open, close] = [0x22, 0x5c, 0x7b, 0x7d];

/** An object that has not ended: what follows it decides. So that events written as JSON flow at once. */
function mayBecomeMetadata(bytes: Uint8Array): boolean {
  let depth = 0;
  let isInText = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (isInText) {
      if (byte === backslash) i++;
      else if (byte === quote) isInText = false;
    } else if (byte === quote) isInText = true;
    else if (byte === open) depth++;
    else if (byte === close) depth--;
    if (depth > 0 || isBlank(byte)) continue;
    // Before the object, or right after its end.
    return byte === close && depth === 0 && i + 1 === bytes.length;
  }
  return true;
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
