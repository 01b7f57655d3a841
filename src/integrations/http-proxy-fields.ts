// Which header fields cross an HTTP_PROXY integration, and under which name.

import { codingOfBody } from '../exchange/content-coding.ts';
import type { Exchange } from '../exchange/exchange.ts';

/**
 * Request fields that do not go on: hop-by-hop ones, those that AWS removes, and those that the gateway writes.
 * @see data-plane reference, section 6; observed behaviour, section 6
 */
const droppedFromRequest: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-md5',
  'expect',
  'host',
  'keep-alive',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'www-authenticate',
  'x-amzn-apigateway-api-id',
  'x-amzn-trace-id',
  'x-forwarded-port',
  'x-forwarded-proto',
  // It replaced the verb here; a backend gets it only when it is mapped (reference, section 3).
  'x-http-method-override',
]);

const noNames: ReadonlySet<string> = new Set();

/** RFC 9110, section 7.6.1: the fields that Connection names are for this hop only. Lower case. */
export function namedByConnection(exchange: Exchange): ReadonlySet<string> {
  const connection = exchange.header('connection');
  if (connection === null || connection === 'keep-alive' || connection === 'close') return noNames;
  const all = exchange.headerAll('connection').join(',');
  return new Set(all.split(',').map((option) => option.trim().toLowerCase()));
}

/** @param name - lower case @param named - see {@link namedByConnection} */
export function requestFieldIsDropped(name: string, named: ReadonlySet<string>): boolean {
  return droppedFromRequest.has(name) || named.has(name);
}

/**
 * A body in a coding that the gateway does not know goes on as it came, so the field that names the coding must too
 * (reference, section 19: on APIs with compression; elsewhere the field is dropped, as section 6 says).
 */
export function keepsContentEncoding(exchange: Exchange): boolean {
  return exchange.route.compression !== null && codingOfBody(exchange.headerAll('content-encoding')) === null;
}

const renamed: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'max-forwards',
  'server',
  'user-agent',
  'www-authenticate',
  'x-amz-apigw-id',
  'x-amzn-requestid',
]);
const droppedFromResponse: ReadonlySet<string> = new Set([
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

/**
 * The name under which a backend's field reaches the client, or null when it does not.
 * @see data-plane reference, section 6; observed behaviour, section 6 (HTTP_PROXY answer renames)
 */
export function responseFieldName(name: string): string | null {
  const lower = name.toLowerCase();
  if (droppedFromResponse.has(lower)) return null;
  return renamed.has(lower) ? `x-amzn-Remapped-${name}` : name;
}
