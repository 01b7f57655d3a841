// Answers of @connections and @topics, in the shapes of AWS's management API.

import { headerBlock } from '../../base/header-field.ts';
import { newExtendedRequestId, newRequestId } from '../../base/ids.ts';
import type { IncomingRequest } from '../../exchange/downstream.ts';
import type { Unanswered } from './node-connections.ts';

export interface ManagementAnswer {
  readonly status: number;
  /** `x-amzn-ErrorType`; null for what is no error. */
  readonly errorType: string | null;
  /** JSON text; null = empty. */
  readonly body: string | null;
}

const refusal = (status: number, errorType: string, message: string | null): ManagementAnswer =>
  Object.freeze({
    status,
    errorType,
    body: message === null ? null : `{"message":${JSON.stringify(message)}}`,
  });

export const success: ManagementAnswer = Object.freeze({ status: 200, errorType: null, body: null });
export const noContent: ManagementAnswer = Object.freeze({ status: 204, errorType: null, body: null });

export const json = (value: unknown): ManagementAnswer => ({
  status: 200,
  errorType: null,
  body: JSON.stringify(value),
});

/** @see WebSocket reference, section 7 */
export const refusals = {
  /** AWS's own has no body either. */
  gone: refusal(410, 'GoneException', null),
  tooLarge: refusal(413, 'PayloadTooLargeException', 'Message too long'),
  lags: refusal(429, 'LimitExceededException', 'Too Many Requests'),
  throttled: refusal(429, 'LimitExceededException', 'Rate exceeded'),
  topicsFull: refusal(429, 'LimitExceededException', 'The connection has joined as many topics as it may'),
  forbidden: refusal(403, 'ForbiddenException', 'Forbidden'),
  busy: refusal(503, 'ServiceUnavailableException', 'Service Unavailable'),
  lost: refusal(500, 'InternalServerErrorException', 'Internal server error'),
  timeout: refusal(504, 'InternalServerErrorException', 'Endpoint request timed out'),
} as const;

export const badRequest = (message: string): ManagementAnswer => refusal(400, 'BadRequestException', message);

/** The process that has the connection did not answer. */
export const unanswered = (why: Unanswered): ManagementAnswer => refusals[why];

/** Ends the exchange. */
export function sendAnswer({ downstream }: IncomingRequest, answer: ManagementAnswer): void {
  const { status, errorType, body } = answer;
  const fields = ['x-amzn-RequestId', newRequestId(), 'x-amz-apigw-id', newExtendedRequestId()];
  if (status !== 204) fields.push('Content-Type', 'application/json');
  if (errorType !== null) fields.push('x-amzn-ErrorType', errorType);
  downstream.send(status, headerBlock(fields), body);
}
