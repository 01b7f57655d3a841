// What goes back to the client: status, fields and bytes. The one place that knows how an exception looks on the wire.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { apigateway, plainRefusal } from './apigateway.ts';
import { AwsException } from './exceptions.ts';
import { FileAnswer } from './file-answer.ts';
import { type AnswerStream, MadeAnswer, StreamedAnswer } from './made-answer.ts';
import { hasBody } from './read-body.ts';
import type { Service } from './service.ts';

/** How long what a client still sends is thrown away, so that it can read its refusal before the connection ends. */
const lingerMs = 1000;

export interface AnswerIds {
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly service: Service | null;
}

export interface Answer {
  readonly status: number;
  /** Name, value, name, value. */
  readonly fields: readonly string[];
  readonly body: string | Uint8Array | StreamedAnswer['start'] | null;
}

const json = ['Content-Type', 'application/json'];

/** @param value - what a handler gave back @throws when it cannot be written as JSON */
export function answerOf(status: number, value: unknown): Answer {
  if (value === undefined) return { status, fields: status === 204 ? [] : json, body: null };
  if (value instanceof MadeAnswer) return value;
  if (value instanceof StreamedAnswer)
    return { status: value.status, fields: value.fields, body: value.start };
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

/** @param service - null: the request names none */
export function refusalOf(error: AwsException, service: Service | null): Answer {
  const { type, status, body } = service === null ? plainRefusal(error) : service.refusal(error);
  const fields = [...json, 'x-amzn-ErrorType', type];
  if (error.retryAfterSeconds !== undefined) fields.push('Retry-After', String(error.retryAfterSeconds));
  return { status, fields, body: JSON.stringify(body) };
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
  { requestId, extendedRequestId, service }: AnswerIds,
  { status, fields, body }: Answer,
  isLast: boolean,
): void {
  if (response.destroyed || response.headersSent) {
    if (typeof body === 'function') abandon(body);
    return;
  }
  // A request without a body is read to its end a moment after its head has been told.
  const isUnread = hasBody(request) && !request.complete;
  const idFields = (service ?? apigateway).idFields(requestId, extendedRequestId);
  // An answer that has an id of its own is told by that one.
  const head = fields.includes('x-amzn-RequestId') ? [...fields] : [...idFields, ...fields];
  if (typeof body === 'function') {
    if (isLast) head.push('Connection', 'close');
    response.writeHead(status, head);
    response.flushHeaders();
    body(streamTo(response));
    return;
  }
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

/** An answer whose client is gone is told so once, and nothing reaches it any more. */
function streamTo(response: ServerResponse): AnswerStream {
  const stream: AnswerStream = {
    // Copied: the chunk is its owner's again when this returns.
    write: (chunk) => response.write(Buffer.from(chunk)),
    end: () => response.end(),
    onDrain: () => {},
    onGone: () => {},
  };
  response.on('drain', () => stream.onDrain());
  response.once('close', () => {
    if (!response.writableFinished) stream.onGone();
  });
  return stream;
}

/** The client has gone before its answer began: who would write it is told as if it had begun. */
function abandon(start: StreamedAnswer['start']): void {
  const stream: AnswerStream = { write: () => true, end: () => {}, onDrain: () => {}, onGone: () => {} };
  start(stream);
  stream.onGone();
}
