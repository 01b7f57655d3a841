// What a proxy function may answer, and what becomes of it. Reads the contract; knows nothing of how the function was
// called.

import { fieldIn } from '../base/flat-list.ts';
import {
  createHeaderBlock,
  type HeaderBlock,
  isFieldValue,
  isToken,
  utf8AsLatin1,
} from '../base/header-field.ts';
import { firstAccepted } from '../base/media-type.ts';
import { configurationError } from '../exchange/configuration-error.ts';
import { badBase64, decodeBase64, textOf } from '../exchange/content.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { type Failure, failures } from '../exchange/gateway-response.ts';
import { responseBodyBytesMax } from '../resources/index.ts';
import { responseFieldName } from './http-proxy-fields.ts';

type Members = Readonly<Record<string, unknown>>;

/** An answer's head, checked. */
export interface FunctionHead {
  readonly status: number;
  /** Flat name, value list, Content-Type always in it; values as latin1. */
  readonly fields: readonly string[];
}

/** Reads a payload into the exchange's answer. @returns the refusal when it breaks the contract; the log says how */
export function takeFunctionAnswer(exchange: Exchange, payload: Uint8Array): Failure | undefined {
  const answer = objectOf(textOf(payload));
  if (answer === null) return malformed(exchange, 'it is not a JSON object');
  for (const key in answer)
    if (!answerKeys.has(key)) return malformed(exchange, `it has a member ${JSON.stringify(key)}`);
  const head = readHead(answer);
  if (typeof head === 'string') return malformed(exchange, head);
  const body = scalarText(answer.body);
  if (body === undefined) return malformed(exchange, 'its body is not a string');
  const isBase64 = booleanOf(answer.isBase64Encoded);
  if (isBase64 === null) return malformed(exchange, 'isBase64Encoded is not a boolean');

  exchange.functionStatus = head.status;
  exchange.responseStatus = head.status;
  exchange.responseHeaders = answerBlock(head.fields);
  return takeBody(exchange, body, isBase64);
}

const answerKeys: ReadonlySet<string> = new Set([
  'statusCode',
  'headers',
  'multiValueHeaders',
  'body',
  'isBase64Encoded',
]);

/** @see data-plane reference, section 11.3: decoded only for clients that ask for a binary type */
function takeBody(exchange: Exchange, text: string | null, isBase64: boolean): Failure | undefined {
  if (text === null || text === '') return undefined;
  if (isBase64 && exchange.route.isBinary(firstAccepted(exchange.header('accept')))) {
    const bytes = decodeBase64(text);
    if (bytes === badBase64) return configurationError(exchange, 'Unable to base64 decode the body.');
    exchange.responseBody = bytes;
    return undefined;
  }
  // A character has at most three bytes per UTF-16 unit.
  if (text.length * 3 > responseBodyBytesMax && Buffer.byteLength(text) > responseBodyBytesMax)
    return malformed(exchange, `its body is above ${responseBodyBytesMax} bytes`);
  exchange.responseBody = text;
  return undefined;
}

/** The refusal of what is no answer of a proxy function. @param how - for the log: `it is not a JSON object` */
export function malformed(exchange: Exchange, how: string): Failure {
  exchange.integrationError = 'Malformed Lambda proxy response';
  exchange.log?.error(`Execution failed due to configuration error: Malformed Lambda proxy response: ${how}`);
  return failures.functionFailure;
}

/** The fields of a function's answer as they are sent: those of the gateway's own names under others. */
export const answerBlock: (fields: readonly string[]) => HeaderBlock = createHeaderBlock(sentName);

/** The trace in an answer is the gateway's. @returns null for a field that does not reach the client */
export function sentName(name: string): string | null {
  return name.toLowerCase() === 'x-amzn-trace-id' ? null : responseFieldName(name);
}

/** Status and fields of an answer, or of the metadata of a streamed one; a text says what is wrong. */
export function readHead(answer: Members): FunctionHead | string {
  const status = statusOf(answer.statusCode);
  if (status === null) return 'its statusCode is not one';
  const fields = readFields(answer.headers, answer.multiValueHeaders);
  if (typeof fields === 'string') return fields;
  if (fieldIn(fields, 'content-type') === null) fields.push('Content-Type', 'application/json');
  return { status, fields };
}

/** A number or its text; 200 where there is none. 100 to 199 are no final statuses, and nobody could read them. */
function statusOf(value: unknown): number | null {
  if (value === undefined || value === null) return 200;
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 599
    ? status
    : null;
}

function readFields(single: unknown, multiple: unknown): string[] | string {
  const singles = mapOf(single);
  const multiples = mapOf(multiple);
  if (singles === null) return 'its headers are no map';
  if (multiples === null) return 'its multiValueHeaders are no map';
  const fields: string[] = [];
  const problem =
    multiples === noMembers ? readSingles(singles, fields) : readBoth(singles, multiples, fields);
  return problem ?? fields;
}

const noMembers: Members = Object.freeze(Object.create(null));

function mapOf(value: unknown): Members | null {
  if (value === undefined || value === null) return noMembers;
  return typeof value === 'object' && !Array.isArray(value) ? (value as Members) : null;
}

/** @returns what is wrong, or null */
function readSingles(singles: Members, fields: string[]): string | null {
  for (const name in singles) {
    const value = scalarText(singles[name]);
    if (value === undefined) return `the value of header ${JSON.stringify(name)} is not a string`;
    if (value === null) continue;
    if (!isToken(name) || !isFieldValue(value)) return `header ${JSON.stringify(name)} cannot be sent`;
    fields.push(name, utf8AsLatin1(value));
  }
  return null;
}

/**
 * A name in both maps: the list's values come first, in the list's spelling. The values of one name go out as one line,
 * but for Set-Cookie, which cannot be joined (RFC 9110, section 5.3).
 */
function readBoth(singles: Members, multiples: Members, fields: string[]): string | null {
  const all = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const name in multiples) {
    const list = multiples[name];
    if (list === null) continue;
    if (!Array.isArray(list)) return `multiValueHeaders holds no list for ${JSON.stringify(name)}`;
    const problem = addValues(all, name, list);
    if (problem !== null) return problem;
  }
  for (const name in singles) {
    const problem = addValues(all, name, [singles[name]]);
    if (problem !== null) return problem;
  }
  for (const [lower, { name, values }] of all) {
    if (lower === 'set-cookie') for (const value of values) fields.push(name, value);
    else if (values.length > 0) fields.push(name, values.join(', '));
  }
  return null;
}

function addValues(
  all: Map<string, { readonly name: string; readonly values: string[] }>,
  name: string,
  list: readonly unknown[],
): string | null {
  if (!isToken(name)) return `header ${JSON.stringify(name)} cannot be sent`;
  const lower = name.toLowerCase();
  let entry = all.get(lower);
  if (entry === undefined) {
    entry = { name, values: [] };
    all.set(lower, entry);
  }
  for (const one of list) {
    const value = scalarText(one);
    if (value === undefined) return `a value of header ${JSON.stringify(name)} is not a string`;
    if (value === null) continue;
    if (!isFieldValue(value)) return `header ${JSON.stringify(name)} cannot be sent`;
    entry.values.push(utf8AsLatin1(value));
  }
  return null;
}

/** A string, number or boolean as text (AWS: `true` is `"true"`); null for nothing; undefined for a list or a map. */
function scalarText(value: unknown): string | null | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? undefined : String(value);
}

/** @returns null when it is neither a boolean nor one's text */
function booleanOf(value: unknown): boolean | null {
  if (value === undefined || value === null || value === false || value === 'false') return false;
  return value === true || value === 'true' ? true : null;
}

/** @returns null when the text is not JSON, or no object */
export function objectOf(text: string): Members | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : null;
  } catch {
    return null;
  }
}
