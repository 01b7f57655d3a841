// Signs requests of our own: to AWS services, and in tests.

import { type CanonicalForm, canonicalRequest, encode, type SignedParts, sdkForm } from './canonical.ts';
import {
  algorithm,
  type Scope,
  SigningKeys,
  scopeText,
  sha256Hex,
  signatureOf,
  stringToSign,
} from './signing-keys.ts';
import { formatTimestamp } from './timestamp.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

export interface SigningContext {
  readonly region: string;
  readonly service: string;
  /** Wall time. */
  readonly nowMs: number;
  /** Keys that were derived before; without it they are derived each time. */
  readonly keys?: SigningKeys;
  /** Default: the SDKs'; S3 has a form of its own. */
  readonly form?: CanonicalForm;
}

/**
 * Signs a request in its headers. All fields given are signed, so leave out what proxies change.
 *
 * @param parts - with `host`
 * @returns fields to add: name, value, name, value
 */
export function signRequest(
  parts: SignedParts,
  body: string | Uint8Array,
  credentials: Credentials,
  context: SigningContext,
): string[] {
  const timestamp = formatTimestamp(context.nowMs);
  const added = ['x-amz-date', timestamp];
  if (credentials.sessionToken !== undefined) added.push('x-amz-security-token', credentials.sessionToken);
  const headers = [...parts.headers, ...added];
  const signedHeaders = [...new Set(headers.filter((_, i) => i % 2 === 0))].sort().join(';');
  const scope = scopeOf(timestamp, context);
  const { form = sdkForm } = context;
  const canonical = canonicalRequest({ ...parts, headers }, form, signedHeaders, sha256Hex(body));
  const signature = make(canonical, timestamp, scope, credentials, context);
  const credential = `${credentials.accessKeyId}/${scopeText(scope)}`;
  added.push(
    'authorization',
    `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  );
  return added;
}

/**
 * Signs a request in its query.
 *
 * @param parts - with `host`; its fields are all signed
 * @param expiresSeconds - up to 604,800
 * @returns the whole query
 */
export function presignQuery(
  parts: SignedParts,
  body: string | Uint8Array,
  credentials: Credentials,
  context: SigningContext & { readonly expiresSeconds: number },
): string {
  const timestamp = formatTimestamp(context.nowMs);
  const scope = scopeOf(timestamp, context);
  const signedHeaders = [...new Set(parts.headers.filter((_, i) => i % 2 === 0))].sort().join(';');
  const added = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(context.expiresSeconds)],
    ['X-Amz-SignedHeaders', signedHeaders],
    ...(credentials.sessionToken === undefined ? [] : [['X-Amz-Security-Token', credentials.sessionToken]]),
  ].map(([name, value]) => `${name}=${encode(value!)}`);
  const query = [...(parts.query === '' ? [] : [parts.query]), ...added].join('&');
  const canonical = canonicalRequest({ ...parts, query }, sdkForm, signedHeaders, sha256Hex(body));
  return `${query}&X-Amz-Signature=${make(canonical, timestamp, scope, credentials, context)}`;
}

const scopeOf = (timestamp: string, { region, service }: SigningContext): Scope => ({
  date: timestamp.slice(0, 8),
  region,
  service,
});

function make(
  canonical: string,
  timestamp: string,
  scope: Scope,
  credentials: Credentials,
  { keys = new SigningKeys() }: SigningContext,
): string {
  const key = keys.keyFor(credentials.secretAccessKey, scope);
  return signatureOf(key, stringToSign(timestamp, scopeText(scope), canonical));
}
