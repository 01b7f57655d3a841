// Checks a signature that was read: its scope, its time, and that it is the one that the secret makes.

import { timingSafeEqual } from 'node:crypto';
import { valueIn } from '../flat-list.ts';
import { type CanonicalForm, canonicalRequest, isNormalPath, type SignedParts } from './canonical.ts';
import type { Signature } from './read-signature.ts';
import { invalid, mismatchText, type Refusal } from './refusal.ts';
import { type SigningKeys, scopeText, signatureOf, stringToSign, terminator } from './signing-keys.ts';
import { formatTimestamp } from './timestamp.ts';

const skewMinutes = 5;
const minuteMs = 60_000;

/** Whether the signature was made for this region, service and day. @returns null when it was */
export function checkScope(signature: Signature, region: string, service: string): Refusal | null {
  let message = '';
  if (signature.region !== region)
    message += `Credential should be scoped to a valid region, not '${signature.region}'. `;
  if (signature.service !== service)
    message += `Credential should be scoped to correct service: '${service}'. `;
  if (signature.terminator !== terminator)
    message += `Credential should be scoped with a valid terminator: '${terminator}', not '${signature.terminator}'. `;
  const day = signature.timestamp.slice(0, 8);
  if (signature.date !== day)
    message += `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${signature.date}' != '${day}', from '${signature.timestamp}'.`;
  return message === '' ? null : invalid(message);
}

/**
 * Whether the signature is of now: five minutes either way, or until a presigned one expires.
 *
 * @param nowMs - wall time
 * @returns null when it is
 */
export function checkTime(signature: Signature, nowMs: number): Refusal | null {
  const { signedAtMs, timestamp, expiresSeconds } = signature;
  const lifeMs = expiresSeconds === null ? skewMinutes * minuteMs : expiresSeconds * 1000;
  if (signedAtMs < nowMs - lifeMs) {
    const limit = `${formatTimestamp(nowMs - lifeMs)} (${formatTimestamp(nowMs)} - ${lifeMs / minuteMs} min.)`;
    return invalid(`Signature expired: ${timestamp} is now earlier than ${limit}`);
  }
  if (signedAtMs > nowMs + skewMinutes * minuteMs) {
    const limit = `${formatTimestamp(nowMs + skewMinutes * minuteMs)} (${formatTimestamp(nowMs)} + ${skewMinutes} min.)`;
    return invalid(`Signature not yet current: ${timestamp} is still later than ${limit}`);
  }
  return null;
}

/**
 * Whether the signature is what the secret makes of this request. Both forms that clients use are tried for the path
 * and for the query; the comparison takes the same time wherever the texts differ.
 *
 * The body is always part of it: `x-amz-content-sha256` must be its hash, so `UNSIGNED-PAYLOAD` is refused.
 *
 * @param bodyHash - `sha256Hex` of the body as received
 * @param secret - the secret access key of `signature.accessKeyId`
 * @returns null when it is
 */
export function checkSignature(
  signature: Signature,
  parts: SignedParts,
  bodyHash: string,
  secret: string,
  keys: SigningKeys,
): Refusal | null {
  if (signature.signedHeaders.length > signedHeadersCharactersMax) return invalid(mismatchText);
  const unsigned = unsignedField(signature, parts);
  if (unsigned !== null) return invalid(`${unsigned} must be a 'SignedHeader' in the AWS Authorization.`);
  const claimedHash = valueIn(parts.headers, 'x-amz-content-sha256');
  const isBodySigned = claimedHash === null || claimedHash === bodyHash;
  const scope = scopeText(signature);
  const key = keys.keyFor(secret, signature);
  const given = Buffer.from(signature.signature, 'latin1');
  let expected = { canonical: '', toSign: '' };
  for (const form of formsOf(parts)) {
    const canonical = canonicalRequest(parts, form, signature.signedHeaders, bodyHash, signatureParameter);
    const toSign = stringToSign(signature.timestamp, scope, canonical);
    const made = Buffer.from(signatureOf(key, toSign), 'latin1');
    if (isBodySigned && made.length === given.length && timingSafeEqual(made, given)) return null;
    if (expected.canonical === '') expected = { canonical, toSign };
  }
  return invalid(
    `${mismatchText}\n\nThe Canonical String for this request should have been\n'${expected.canonical}'\n\nThe String-to-Sign should have been\n'${expected.toSign}'\n`,
  );
}

/** Each name is looked for among all fields: a list without end would take its time before it is refused. */
const signedHeadersCharactersMax = 4_096;

const signatureParameter: readonly string[] = ['X-Amz-Signature'];

/** A field that must be signed and is not: otherwise a signature could be carried to another host or session. */
function unsignedField(signature: Signature, { headers }: SignedParts): string | null {
  const names = signature.signedHeaders.toLowerCase().split(';');
  if (!names.includes('host')) return "'Host' or ':authority'";
  const hasTokenField = valueIn(headers, 'x-amz-security-token') !== null;
  return hasTokenField && !names.includes('x-amz-security-token') ? "'X-Amz-Security-Token'" : null;
}

const forms = {
  plain: [{ isPathNormalised: true, isQueryEncoded: false }],
  path: [
    { isPathNormalised: true, isQueryEncoded: false },
    { isPathNormalised: false, isQueryEncoded: false },
  ],
  query: [
    { isPathNormalised: true, isQueryEncoded: false },
    { isPathNormalised: true, isQueryEncoded: true },
  ],
  both: [
    { isPathNormalised: true, isQueryEncoded: false },
    { isPathNormalised: true, isQueryEncoded: true },
    { isPathNormalised: false, isQueryEncoded: false },
    { isPathNormalised: false, isQueryEncoded: true },
  ],
} as const satisfies Readonly<Record<string, readonly CanonicalForm[]>>;

/** The forms in which this request has different canonical texts, the SDKs' own first. */
function formsOf({ path, query }: SignedParts): readonly CanonicalForm[] {
  const isPathPlain = isNormalPath(path);
  // Letters, digits and -._~ encode to themselves; only another character makes a second form.
  const isQueryPlain = !/[^A-Za-z0-9._~=&-]|=[^&]*=/.test(query);
  if (isPathPlain) return isQueryPlain ? forms.plain : forms.query;
  return isQueryPlain ? forms.path : forms.both;
}
