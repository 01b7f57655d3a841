// How values look in logs: on one line, with secrets masked, and never longer than an event may be. Pure; the
// pipeline's phases use it to build the lines of a data trace.

import type { QueryParameters } from '../exchange/exchange.ts';

/** One execution-log event, prefix included. @see data-plane reference, section 5 */
export const eventBytesMax = 1024;
const truncationMark = ' [TRUNCATED]';

/**
 * Characters that could end or forge a line, or steer a terminal: C0, DEL, C1 (NEL and CSI among them) and the two
 * separators of Unicode.
 */
const breaking = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
const breakingAll = new RegExp(breaking, 'g');

/** The text with everything that could break its line written as an escape (`\n`, `\u0085`); most texts come back as they are. */
export function onOneLine(text: string): string {
  return breaking.test(text) ? text.replace(breakingAll, escapeCharacter) : text;
}

/** One character as JSON's escape. */
export function escapeCharacter(character: string): string {
  switch (character) {
    case '"':
      return '\\"';
    case '\\':
      return '\\\\';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
}

/** Cuts a text to that many bytes of UTF-8, AWS's mark included, and never inside a character. */
export function truncated(text: string, bytesMax: number = eventBytesMax): string {
  // No character is longer than three bytes per UTF-16 unit.
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return text;
  // More units than bytes can never fit: cut first, so that 10 MB are not encoded to keep one KB.
  const bytes = Buffer.from(text.slice(0, bytesMax));
  let end = bytesMax - truncationMark.length;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + truncationMark;
}

/**
 * A secret as AWS prints it: stars, the last six characters, the length kept. Secrets of fewer than twelve
 * characters become stars only: six would be half of them.
 */
export function masked(secret: string): string {
  if (secret.length < 12) return '*'.repeat(secret.length);
  return '*'.repeat(secret.length - 6) + secret.slice(-6);
}

/** Header fields and query parameters, in lower case, whose values are never written. */
const secretNames: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'x-amz-security-token',
  'x-amz-signature',
]);
const noNames: ReadonlySet<string> = new Set();

/**
 * Header fields as the execution log shows them: `{a=b, c=d}`, Java's way of printing a map, secrets masked. Of
 * fields that repeat the last one stands, at the place of the first, as in AWS's single-value maps.
 *
 * @param fields - flat list: name, value, name, value ...
 * @param alsoSecret - more names to mask, lower case (an authorizer's identity source)
 */
export function headersText(fields: readonly string[], alsoSecret: ReadonlySet<string> = noNames): string {
  const map = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) map.set(fields[i]!, fields[i + 1]!);
  return mapText(map, alsoSecret);
}

/** Query parameters in the same form. @param alsoSecret - more names to mask, lower case */
export function queryText(query: QueryParameters, alsoSecret: ReadonlySet<string> = noNames): string {
  return mapText(new Map(query.names.map((name, i) => [name, query.values[i]!])), alsoSecret);
}

/** Any map in the same form. @param alsoSecret - more names to mask, lower case */
export function mapText(map: ReadonlyMap<string, string>, alsoSecret: ReadonlySet<string> = noNames): string {
  let text = '';
  for (const [name, value] of map) {
    const lower = name.toLowerCase();
    const isSecret = secretNames.has(lower) || alsoSecret.has(lower);
    text += `${text === '' ? '' : ', '}${name}=${isSecret ? masked(value) : value}`;
    // More would be cut off anyway; the rest of a flood of fields is not worth the work.
    if (text.length > eventBytesMax) break;
  }
  return `{${text}}`;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** As much of a body as an event can hold; decodes no more than that. Empty for null. */
export function bodyText(body: string | Uint8Array | null): string {
  if (body === null) return '';
  if (typeof body === 'string') return body.length > eventBytesMax ? body.slice(0, eventBytesMax + 1) : body;
  return utf8.decode(body.length > eventBytesMax ? body.subarray(0, eventBytesMax + 4) : body);
}
