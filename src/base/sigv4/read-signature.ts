// Finds the signature of a request: in its Authorization field or, presigned, in its query.

import { createHash } from 'node:crypto';
import { valueIn } from '../flat-list.ts';
import { decodeQuery, type SignedParts } from './canonical.ts';
import { incomplete, invalid, missingToken, type Refusal } from './refusal.ts';
import { algorithm } from './signing-keys.ts';
import { type SignedTime, signedTimeOf } from './timestamp.ts';

/** A signature and what it claims. Nothing in it is believed yet. */
export interface Signature extends SignedTime {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
  /** As listed: names joined by `;`. */
  readonly signedHeaders: string;
  /** As given; hex digits when it is one. */
  readonly signature: string;
  /** Of a presigned request; null when the signature stands in the Authorization field. */
  readonly expiresSeconds: number | null;
  /** Of temporary credentials; null when there is none. */
  readonly sessionToken: string | null;
}

/** @returns the signature, or why there is none that could be checked */
export function readSignature(parts: SignedParts): Signature | Refusal {
  const authorization = valueIn(parts.headers, 'authorization');
  if (authorization !== null) return readHeader(authorization.trim(), parts);
  if (/(^|&)X-Amz-(Algorithm|Signature|Credential)=/.test(parts.query)) return readQuery(parts);
  return missingToken;
}

const headerNames = ['Credential', 'Signature', 'SignedHeaders'] as const;

function readHeader(authorization: string, { headers }: SignedParts): Signature | Refusal {
  const space = authorization.indexOf(' ');
  const values = new Map<string, string>();
  for (const piece of authorization.slice(space + 1).split(',')) {
    const pair = piece.trim();
    const equals = pair.indexOf('=');
    if (equals < 0) return incomplete(noPair(authorization));
    values.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  const dateField = valueIn(headers, 'x-amz-date') ?? valueIn(headers, 'date');
  let missing = '';
  for (const name of headerNames)
    if (!values.get(name)) missing += `Authorization header requires '${name}' parameter. `;
  if (dateField === null)
    missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  if (missing !== '') return incomplete(`${missing}Authorization=${authorization}`);
  return signature({
    algorithm: authorization.slice(0, Math.max(space, 0)),
    credential: values.get('Credential')!,
    signedHeaders: values.get('SignedHeaders')!,
    signature: values.get('Signature')!,
    date: dateField!,
    expires: null,
    sessionToken: valueIn(headers, 'x-amz-security-token'),
  });
}

/** The newer text: it does not repeat what may be somebody's token. */
const noPair = (authorization: string): string =>
  `Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '${createHash('sha256').update(authorization).digest('base64')}'.`;

const queryNames = ['Algorithm', 'Credential', 'Signature', 'SignedHeaders', 'Date', 'Expires'] as const;

function readQuery({ query }: SignedParts): Signature | Refusal {
  const values = new Map<string, string>();
  for (const piece of query.split('&')) {
    const equals = piece.indexOf('=');
    if (!piece.startsWith('X-Amz-') || equals < 0) continue;
    const name = piece.slice('X-Amz-'.length, equals);
    if (values.has(name))
      return incomplete(`AWS query-string parameters must include 'X-Amz-${name}' only once.`);
    values.set(name, decodeQuery(piece.slice(equals + 1)));
  }
  const missing = queryNames.find((name) => !values.get(name));
  if (missing !== undefined) {
    return incomplete(
      `AWS query-string parameters must include 'X-Amz-${missing}'. Re-examine the query-string parameters.`,
    );
  }
  return signature({
    algorithm: values.get('Algorithm')!,
    credential: values.get('Credential')!,
    signedHeaders: values.get('SignedHeaders')!,
    signature: values.get('Signature')!,
    date: values.get('Date')!,
    expires: values.get('Expires')!,
    sessionToken: values.get('Security-Token') ?? null,
  });
}

interface Found {
  readonly algorithm: string;
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly date: string;
  readonly expires: string | null;
  readonly sessionToken: string | null;
}

/** Seven days. */
const expiresSecondsMax = 604_800;

function signature(found: Found): Signature | Refusal {
  if (found.algorithm !== algorithm) return incomplete(`Unsupported AWS 'algorithm': '${found.algorithm}'.`);
  const elements = found.credential.split('/');
  if (elements.length !== 5) {
    return incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${found.credential}'`,
    );
  }
  const time = signedTimeOf(found.date);
  if (time === null) {
    return incomplete(
      `Date must be in ISO-8601 'basic format'. Got '${found.date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    );
  }
  const expiresSeconds = found.expires === null ? null : Number(found.expires);
  if (expiresSeconds !== null && !(/^\d{1,9}$/.test(found.expires!) && expiresSeconds <= expiresSecondsMax)) {
    return invalid(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${expiresSecondsMax} seconds`,
    );
  }
  const [accessKeyId, date, region, service, terminator] = elements;
  return {
    accessKeyId: accessKeyId!,
    date: date!,
    region: region!,
    service: service!,
    terminator: terminator!,
    signedHeaders: found.signedHeaders,
    signature: found.signature,
    timestamp: time.timestamp,
    signedAtMs: time.signedAtMs,
    expiresSeconds,
    sessionToken: found.sessionToken,
  };
}
