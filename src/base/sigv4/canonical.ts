// The canonical form of a request: what both sides hash, so that they agree on what was signed. Pure text.

/** A request as Signature Version 4 sees it. */
export interface SignedParts {
  /** As on the request line. */
  readonly method: string;
  /** As on the request line, still encoded, without the query. */
  readonly path: string;
  /** As on the request line, without `?`; empty when there is none. */
  readonly query: string;
  /** Name, value, name, value, in the order received. **Names are in lower case.** */
  readonly headers: readonly string[];
}

/**
 * Clients disagree on two things: whether `.`, `..` and `//` of the path are resolved before signing, and whether the
 * query is signed as it is sent or decoded and encoded again.
 */
export interface CanonicalForm {
  readonly isPathNormalised: boolean;
  readonly isQueryEncoded: boolean;
  /** The path is signed as it stands on the request line, not encoded once more: S3 alone. */
  readonly isPathAsSent?: boolean;
}

/** What SDKs do. */
export const sdkForm: CanonicalForm = { isPathNormalised: true, isQueryEncoded: false };

/** What SDKs do for S3, whose keys may hold anything, also `//` and `..`. */
export const s3Form: CanonicalForm = { isPathNormalised: false, isQueryEncoded: false, isPathAsSent: true };

/**
 * The canonical request.
 *
 * @param signedHeaders - names as the signer lists them, joined by `;`
 * @param payloadHash - lower-case hex digits of SHA-256 of the body
 * @param unsignedParameters - names of query parameters that were added after signing
 * @see "Create a signed AWS API request", step 1
 */
export function canonicalRequest(
  parts: SignedParts,
  form: CanonicalForm,
  signedHeaders: string,
  payloadHash: string,
  unsignedParameters: readonly string[] = noParameters,
): string {
  const path = form.isPathAsSent ? parts.path || '/' : canonicalPath(parts.path, form.isPathNormalised);
  const query = canonicalQuery(parts.query, form.isQueryEncoded, unsignedParameters);
  const headers = canonicalHeaders(parts.headers, signedHeaders);
  return `${parts.method}\n${path}\n${query}\n${headers}\n${signedHeaders}\n${payloadHash}`;
}

const noParameters: readonly string[] = [];

/** Each segment encoded once more, as every service but S3 wants it. */
export function canonicalPath(path: string, isNormalised: boolean): string {
  const segments = isNormalised ? normalPath(path) : path;
  if (segments === '') return '/';
  if (unreservedPath.test(segments)) return segments;
  return encode(segments).replaceAll('%2F', '/');
}

const unreservedPath = /^[A-Za-z0-9._~/-]*$/;

/** Whether normalising changes anything. */
export const isNormalPath = (path: string): boolean => !/\/\/|\/\.\.?(\/|$)/.test(path);

/** Without empty segments, `.` and `..`; `..` at the root stays there. */
function normalPath(path: string): string {
  if (isNormalPath(path)) return path;
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return kept.length === 0 ? '/' : `/${kept.join('/')}${path.endsWith('/') ? '/' : ''}`;
}

function canonicalQuery(query: string, isEncoded: boolean, unsigned: readonly string[]): string {
  if (query === '') return '';
  const pairs: Pair[] = [];
  for (const piece of query.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = equals < 0 ? piece : piece.slice(0, equals);
    if (unsigned.includes(name)) continue;
    const value = equals < 0 ? '' : piece.slice(equals + 1);
    pairs.push(isEncoded ? encodedPair(name, value) : { name, value });
  }
  pairs.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  return pairs.map(({ name, value }) => `${name}=${value}`).join('&');
}

interface Pair {
  readonly name: string;
  readonly value: string;
}

function encodedPair(name: string, value: string): Pair {
  // Signers make these themselves, with capital digits: another text of them is not what was signed.
  if (name.startsWith('X-Amz-') && /%[0-9A-F]?[a-f]/.test(value)) return { name, value };
  return { name: encode(decodeQuery(name)), value: encode(decodeQuery(value)) };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** As forms are decoded, so that what is compared is what is understood; what cannot be decoded stays. */
export function decodeQuery(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

/** RFC 3986: all but letters, digits and `-._~`, as UTF-8. */
export const encode = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function canonicalHeaders(headers: readonly string[], signedHeaders: string): string {
  let text = '';
  for (const listed of signedHeaders.split(';')) {
    const name = listed.toLowerCase();
    text += `${name}:${joinedValues(headers, name)}\n`;
  }
  return text;
}

/** All values of a field, joined by `,`; spaces at the ends taken away, and of several inside all but one. */
function joinedValues(headers: readonly string[], name: string): string {
  let joined: string | null = null;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i] !== name) continue;
    const value = headers[i + 1]!.trim();
    const single = /\s\s|[\t\r\n]/.test(value) ? value.replace(/\s+/g, ' ') : value;
    joined = joined === null ? single : `${joined},${single}`;
  }
  return joined ?? '';
}
