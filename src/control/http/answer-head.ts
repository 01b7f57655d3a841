// The head of an answer as text: status line, fields, what the connection adds.

import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isBodiless, statusLine } from '../../base/http1/status-line.ts';

/** How its body is told from what follows: by its length, in chunks, or by the end of the connection. */
export type Framing = number | 'chunked' | 'end';

/**
 * @param fields - name, value, name, value
 * @param isKept - the connection is kept for another request
 * @param keepAliveSeconds - how long it is kept then
 * @throws TypeError when a name or a value cannot stand in a head
 */
export function answerHead(
  status: number,
  fields: readonly string[],
  framing: Framing,
  isKept: boolean,
  keepAliveSeconds: number,
): string {
  let head = `HTTP/1.1 ${statusLine(status)}\r\n`;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    validateHeaderName(name);
    validateHeaderValue(name, value);
    head += `${name}: ${value}\r\n`;
  }
  if (framing === 'chunked') head += 'Transfer-Encoding: chunked\r\n';
  else if (framing !== 'end' && !isBodiless(status)) head += `Content-Length: ${framing}\r\n`;
  head += dateLine();
  return isKept
    ? `${head}Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`
    : `${head}Connection: close\r\n\r\n`;
}

let dateSecond = 0;
let dateText = '';

/** Written anew once a second. */
function dateLine(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
  }
  return dateText;
}
