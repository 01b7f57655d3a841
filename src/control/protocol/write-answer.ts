// What goes back to the client: status, fields and bytes. The one place that knows how an exception looks on the wire.

import type { HttpRequest } from '../http/http-request.ts';
import { apigateway, plainRefusal } from './apigateway.ts';
import { AwsException } from './exceptions.ts';
import { FileAnswer } from './file-answer.ts';
import { type AnswerStream, MadeAnswer, StreamedAnswer } from './made-answer.ts';
import type { Service } from './service.ts';
import type { KnownCall } from './services.ts';

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
const typeOf = (service: Service | null): readonly string[] =>
  service?.contentType === undefined ? json : ['Content-Type', service.contentType];

/** @param value - what a handler gave back @throws when it cannot be written as JSON */
export function answerOf({ service, operation: { status } }: KnownCall, value: unknown): Answer {
  if (value === undefined) return { status, fields: status === 204 ? [] : typeOf(service), body: null };
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
  return { status, fields: typeOf(service), body: JSON.stringify(value) };
}

/** File names hold what people call their APIs and versions; a field holds ASCII, and no line ends. */
const asciiOf = (text: string): string => text.replace(/[^\x20-\x7e]/gu, '_');

/** @param service - null: the request names none */
export function refusalOf(error: AwsException, service: Service | null): Answer {
  const { type, status, body } = service === null ? plainRefusal(error) : service.refusal(error);
  const fields = [...typeOf(service), 'x-amzn-ErrorType', type];
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
 * Writes an answer.
 *
 * @param isLast - the connection is closed then
 * @throws TypeError when a field cannot be written
 */
export function writeAnswer(
  request: HttpRequest,
  { requestId, extendedRequestId, service }: AnswerIds,
  { status, fields, body }: Answer,
  isLast: boolean,
): void {
  const isStream = typeof body === 'function';
  if (isStream ? !request.isClientThere : !request.isAnswerable) {
    if (isStream) abandon(body);
    request.destroy();
    return;
  }
  const idFields = (service ?? apigateway).idFields(requestId, extendedRequestId);
  // An answer that has an id of its own is told by that one.
  const all = fields.includes('x-amzn-RequestId') ? fields : [...idFields, ...fields];
  if (isStream) body(request.answerStream(status, all, isLast));
  else request.answer(status, all, body, isLast);
}

/** The client has gone before its answer began: who would write it is told as if it had begun. */
function abandon(start: StreamedAnswer['start']): void {
  const stream: AnswerStream = { write: () => true, end: () => {}, onDrain: () => {}, onGone: () => {} };
  start(stream);
  stream.onGone();
}
