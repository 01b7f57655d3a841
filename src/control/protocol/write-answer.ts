// What goes back to the client: status, fields and bytes. The one place that knows how an exception looks on the wire.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsException } from './exceptions.ts';
import { FileAnswer } from './file-answer.ts';
import { hasBody } from './read-body.ts';

/** How long what a client still sends is thrown away, so that it can read its refusal before the connection ends. */
const lingerMs = 1000;

export interface AnswerIds {
  readonly requestId: string;
  readonly extendedRequestId: string;
}

export interface Answer {
  readonly status: number;
  /** Name, value, name, value. */
  readonly fields: readonly string[];
  readonly body: string | Uint8Array | null;
}

const json = ['Content-Type', 'application/json'];

/** @param value - what a handler gave back @throws when it cannot be written as JSON */
export function answerOf(status: number, value: unknown): Answer {
  if (value === undefined) return { status, fields: status === 204 ? [] : json, body: null };
  if (value instanceof FileAnswer) {
    const { contentType, contentDisposition, body } = value;
    return {
      status,
      fields: ['Content-Type', asciiOf(contentType), 'Content-Disposition', asciiOf(contentDisposition)],
      body,
    };
  }
  return { status, fields: json, body: JSON.stringify(value) };
}

/** File names hold what people call their APIs and versions; a field holds ASCII, and no line ends. */
const asciiOf = (text: string): string => text.replace(/[^\x20-\x7e]/gu, '_');

/** @param error - AccessDeniedException alone says `Message` */
export function refusalOf({ name, status, message, retryAfterSeconds }: AwsException): Answer {
  const fields = [...json, 'x-amzn-ErrorType', name];
  if (retryAfterSeconds !== undefined) fields.push('Retry-After', String(retryAfterSeconds));
  const member = name === 'AccessDeniedException' ? 'Message' : 'message';
  return { status, fields, body: JSON.stringify({ [member]: message }) };
}

/** What a client is told of a bug; the log has the rest. */
export const internalFailure = new AwsException(
  'InternalFailure',
  500,
  'The request processing has failed because of an unknown error, exception or failure.',
);

/**
 * Writes an answer. A connection whose request was not read to its end is closed, after the client had the time to read
 * why: closing at once would take the answer out of its hands.
 *
 * @param isLast - the connection is closed anyway
 */
export function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { requestId, extendedRequestId }: AnswerIds,
  { status, fields, body }: Answer,
  isLast: boolean,
): void {
  if (response.destroyed || response.headersSent) return;
  // A request without a body is read to its end a moment after its head has been told.
  const isUnread = hasBody(request) && !request.complete;
  const head = ['x-amzn-RequestId', requestId, 'x-amz-apigw-id', extendedRequestId, ...fields];
  const length = body === null ? 0 : Buffer.byteLength(body);
  if (status !== 204) head.push('Content-Length', String(length));
  if (isLast || isUnread) head.push('Connection', 'close');
  response.writeHead(status, head);
  if (!isUnread) {
    // ASCII is copied to the socket as it is, with the head before it, where UTF-8 would be encoded.
    response.end(body ?? undefined, length === body?.length ? 'latin1' : 'utf8');
    return;
  }
  if (body !== null) response.write(body);
  else response.flushHeaders();
  request.resume();
  const timer = setTimeout(() => response.end(), lingerMs);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  request.once('end', end);
  request.once('close', end);
}
