// The answers that the listener gives on its own, before or in the middle of a request that no phase will see.
// The connection ends with each of them, and nothing that follows on it is ever handled.

import { requestBodyBytesMax, requestHeaderBytesMax, requestUrlBytesMax } from '../../resources/index.ts';
import type { UwsResponse } from './uws-types.ts';

/** Why a request was refused; the keys of `ListenerStats.refusals`. */
export type RefusalReason =
  | 'malformed-request' // 400: not RFC 9112, or in a way that peers could read differently
  | 'body-too-large' // 413
  | 'target-too-long' // 414
  | 'header-too-large' // 431
  | 'address-over-budget' // 429: its address asks too much
  | 'overloaded'; // 503: this process is late

export const refusalReasons: readonly RefusalReason[] = [
  'malformed-request',
  'body-too-large',
  'target-too-long',
  'header-too-large',
  'address-over-budget',
  'overloaded',
];

export interface ListenerLimits {
  readonly bodyBytesMax: number;
  /** Sum of field names, values and separators: of `name: value`, CR and LF each. */
  readonly headerBytesMax: number;
  /** Path, `?` and query. */
  readonly targetBytesMax: number;
}

/** API Gateway's quotas, of regional endpoints. */
export const awsLimits: ListenerLimits = Object.freeze({
  bodyBytesMax: requestBodyBytesMax,
  headerBytesMax: requestHeaderBytesMax,
  targetBytesMax: requestUrlBytesMax,
});

/** How long a refused client may go on sending while it has not yet read why. */
const lingerMs = 1000;
/** How much of that is read (and dropped) before reading stops. */
const lingerBytesMax = 1024 * 1024;

function statusOf(reason: RefusalReason): string {
  switch (reason) {
    case 'malformed-request':
      return '400 Bad Request';
    case 'body-too-large':
      return '413 Payload Too Large';
    case 'target-too-long':
      return '414 URI Too Long';
    case 'header-too-large':
      return '431 Request Header Fields Too Large';
    case 'address-over-budget':
      return '429 Too Many Requests';
    case 'overloaded':
      return '503 Service Unavailable';
  }
}

function textOf(reason: RefusalReason, limits: ListenerLimits): string {
  switch (reason) {
    case 'malformed-request':
      return 'Bad Request';
    case 'body-too-large':
      return `HTTP content length exceeded ${limits.bodyBytesMax} bytes.`;
    case 'target-too-long':
      return 'Request URI too long';
    case 'header-too-large':
      return `HTTP header is larger than ${limits.headerBytesMax} bytes.`;
    case 'address-over-budget':
      return '{"message":"Too Many Requests"}';
    case 'overloaded':
      return '{"message": "Service Unavailable"}';
  }
}

/** What is still to come of the refused request's body. */
export type BodyLeft =
  | 'nothing'
  | 'unread' // not one byte was taken yet
  | 'paused'; // being read by someone who has paused the socket

/**
 * Answers and ends the connection.
 *
 * uWS must not learn that the answer is complete: it would go on with the next request in its buffer. While an answer is
 * pending it cuts the connection instead. So the whole answer, body included, goes out as "status line"; uWS adds one
 * CRLF, which is the end of a chunked body.
 *
 * While the client is still sending it is left some time to read the answer, as closing with unread bytes resets the
 * connection and may lose it (RFC 9112, section 9.6).
 */
export function refuse(
  response: UwsResponse,
  reason: RefusalReason,
  limits: ListenerLimits,
  isHead: boolean,
  left: BodyLeft,
  fields: string = plainText,
): void {
  const answer = refusalText(statusOf(reason), fields, textOf(reason, limits), isHead);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) response.close();
  };
  const timer = left === 'nothing' ? null : setTimeout(close, lingerMs);
  response.onAborted(() => {
    isOpen = false;
    if (timer !== null) clearTimeout(timer);
  });
  if (left === 'unread') dropBody(response, close);
  if (left === 'nothing') setImmediate(close); // the answer leaves when uWS uncorks, after this turn
  response.cork(() => {
    response.writeStatus(answer);
  });
}

/** Reads on for a while, for clients that send first and read later. */
function dropBody(response: UwsResponse, close: () => void): void {
  let dropped = 0;
  response.onData((chunk, isLast) => {
    dropped += chunk.byteLength;
    if (isLast) setImmediate(close);
    else if (dropped > lingerBytesMax) response.pause();
  });
}

const plainText = 'Content-Type: text/plain\r\n';
const errorTypes = {
  'address-over-budget': 'TooManyRequestsException',
  overloaded: 'ServiceUnavailableException',
} as const;

/**
 * Answers a request that comes at a bad time. Its connection stays, where it has no body: a client that had to make
 * another one would cost more than it does now.
 *
 * @param retryAfter - seconds
 */
export function turnAway(
  response: UwsResponse,
  reason: keyof typeof errorTypes,
  retryAfter: number,
  limits: ListenerLimits,
  isHead: boolean,
  mustClose: boolean,
): void {
  const fields = `Content-Type: application/json\r\nx-amzn-ErrorType: ${errorTypes[reason]}\r\nRetry-After: ${retryAfter}`;
  if (mustClose) {
    refuse(response, reason, limits, isHead, 'unread', `${fields}\r\n`);
    return;
  }
  const text = textOf(reason, limits);
  response.writeStatus(`${statusOf(reason)}\r\n${fields}`);
  if (isHead) response.endWithoutBody(text.length);
  else response.end(text);
}

function refusalText(status: string, fields: string, text: string, isHead: boolean): string {
  const head = `${status}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n${fields}`;
  if (isHead) return head;
  return `${head}Transfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n`;
}

/** The same trick for 204 and 304, whose close uWS cannot write: it adds a Content-Length of 2^63. */
export function endBodilessAndClose(response: UwsResponse, head: string | Uint8Array): void {
  let open = true;
  response.onAborted(() => {
    open = false;
  });
  const last = `\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n`;
  response.cork(() => {
    response.writeStatus(typeof head === 'string' ? head + last : Buffer.concat([head, Buffer.from(last)]));
  });
  setImmediate(() => {
    if (open) response.close();
  });
}
