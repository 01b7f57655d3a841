// `200 OK` and its neighbours, made once.

import { STATUS_CODES } from 'node:http';
import { assert } from '../assert.ts';

const lines: string[] = [];
for (let status = 200; status < 600; status++) lines[status] = `${status} ${STATUS_CODES[status] ?? ''}`;

/** What follows `HTTP/1.1 `. @param status - 200 to 599 */
export function statusLine(status: number): string {
  const line = lines[status];
  assert(line !== undefined, 'an answer has a status from 200 to 599');
  return line;
}

/** True for answers that never have a body, nor a Content-Length (RFC 9110, section 8.6). */
export function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}
