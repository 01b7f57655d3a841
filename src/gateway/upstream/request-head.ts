// Writes the head of a request as one latin1 string, framing fields included.

import type { UpstreamRequest } from '../../exchange/upstream.ts';
import { expectsBody } from './methods.ts';

/**
 * How long the body will be on the wire.
 * @returns bytes; null when that is known only at its end; -1 when there is none and nothing need be said
 */
export function bodyLength(request: UpstreamRequest): number | null {
  const body = request.body;
  if (body === null) return expectsBody(request.method) ? 0 : -1;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : body.lengthBytes;
}

/**
 * @param hostField - the Host of the origin, used when the request has none of its own
 * @param pathPrefix - before the path: what makes it the absolute form that a forward proxy wants, or nothing
 * @param length - of {@link bodyLength}: chunked when null
 */
export function requestHead(
  request: UpstreamRequest,
  hostField: string,
  pathPrefix: string,
  length: number | null,
): string {
  const headers = request.headers;
  let fields = '';
  let hasHost = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name.length === 4 && isHost(name)) hasHost = true;
    fields += `${name}: ${headers[i + 1]!}\r\n`;
  }
  const framing =
    length === -1 ? '' : length === null ? 'Transfer-Encoding: chunked\r\n' : `Content-Length: ${length}\r\n`;
  const host = hasHost ? '' : `Host: ${hostField}\r\n`;
  return `${request.method} ${pathPrefix}${request.path} HTTP/1.1\r\n${host}${fields}${framing}\r\n`;
}

/**
 * Whether every character is one octet. The others would be cut to their low octet on the wire: U+010A would become
 * a line feed, and a field value a second field. Fields are checked before they come here; this costs nothing,
 * because V8 knows at once that a string of one-octet characters cannot match.
 */
export function isLatin1(text: string): boolean {
  return !/[^\0-\xff]/.test(text);
}

/** Whether a field name of four letters is Host in any case. */
function isHost(name: string): boolean {
  return name === 'host' || name === 'Host' || name.toLowerCase() === 'host';
}
