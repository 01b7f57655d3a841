// Writes the head of a request as one latin1 string, framing fields included.

import type { UpstreamRequest } from '../../exchange/upstream.ts';

/**
 * @param hostField - the Host of the origin, used when the request has none of its own
 * @param framing - `Content-Length: n\r\n`, `Transfer-Encoding: chunked\r\n` or nothing
 */
export function requestHead(request: UpstreamRequest, hostField: string, framing: string): string {
  const headers = request.headers;
  let fields = '';
  let hasHost = false;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!;
    if (name.length === 4 && isHost(name)) hasHost = true;
    fields += `${name}: ${headers[i + 1]!}\r\n`;
  }
  const host = hasHost ? '' : `Host: ${hostField}\r\n`;
  return `${request.method} ${request.path} HTTP/1.1\r\n${host}${fields}${framing}\r\n`;
}

/** Whether a field name of four letters is Host in any case. */
function isHost(name: string): boolean {
  return name === 'host' || name === 'Host' || name.toLowerCase() === 'host';
}
