// What is no HTTP request, or comes too slowly, is answered in AWS's form too.

import { newRequestId } from '../../base/ids.ts';
import type { MalformedStatus } from '../http/connection.ts';

/** The whole answer, head and body. */
export function malformedAnswer(status: MalformedStatus): string {
  const [reason, type, message] = refusals[status];
  const body = JSON.stringify({ message });
  return [
    `HTTP/1.1 ${status} ${reason}`,
    `x-amzn-RequestId: ${newRequestId()}`,
    `x-amzn-ErrorType: ${type}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

type Refusal = readonly [reason: string, type: string, message: string];

const refusals: Readonly<Record<MalformedStatus, Refusal>> = {
  400: ['Bad Request', 'BadRequestException', 'Bad Request'],
  408: ['Request Timeout', 'RequestTimeoutException', 'The request came too slowly'],
  417: ['Expectation Failed', 'BadRequestException', 'Expectation Failed'],
  431: ['Request Header Fields Too Large', 'BadRequestException', 'Request header fields too large'],
};
