// What the Runtime API answers, byte for byte, and how an invocation is put on the wire.

import type { EnvironmentInvocation } from '../../host/environment.ts';

export type RuntimeState =
  | 'Started'
  | 'Ready'
  | 'Running'
  | 'InvocationResponse'
  | 'InvocationErrorResponse'
  | 'ResponseSent'
  | 'InitError';

const statusTexts = {
  202: 'Accepted',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Request Entity Too Large',
  431: 'Request Header Fields Too Large',
} as const;

function reply(status: keyof typeof statusTexts, contentType: string, body: string): string {
  const head = `HTTP/1.1 ${status} ${statusTexts[status]}\r\nContent-Type: ${contentType}\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

const refusal = (status: 400 | 403 | 413 | 431, errorType: string, errorMessage: string): string =>
  reply(status, 'application/json', `${JSON.stringify({ errorMessage, errorType })}\n`);

export const continues = 'HTTP/1.1 100 Continue\r\n\r\n';
export const accepted = reply(202, 'application/json', '{"status":"OK"}\n');
export const notFound = reply(404, 'text/plain; charset=utf-8', '404 page not found\n');
export const methodNotAllowed = reply(405, 'text/plain; charset=utf-8', '');
export const invalidRequestId = refusal(400, 'InvalidRequestID', 'Invalid request ID');
export const tooLarge = (bytesMax: number): string =>
  refusal(413, 'RequestEntityTooLarge', `Exceeded maximum allowed payload size (${bytesMax} bytes).`);
export const malformed = (status: 400 | 431, reason: string): string =>
  refusal(status, 'InvalidRequest', `Malformed request: ${reason}`);
export const invalidTransition = (from: RuntimeState, to: RuntimeState): string =>
  refusal(
    403,
    'InvalidStateTransition',
    `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`,
  );

const fieldText = /^[\x20-\x7e]*$/;

/** Whether text of a stranger may stand in a line: nothing in it ends one. */
export const isFieldText = (text: string): boolean => fieldText.test(text);

/** The head of the answer to `next`. @param payloadBytes - length of the payload that follows */
export function eventHead(invocation: EnvironmentInvocation, payloadBytes: number): string {
  const { traceId, clientContext } = invocation;
  let head =
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n' +
    `Lambda-Runtime-Aws-Request-Id: ${invocation.requestId}\r\n` +
    `Lambda-Runtime-Deadline-Ms: ${invocation.deadlineMs}\r\n` +
    `Lambda-Runtime-Invoked-Function-Arn: ${invocation.invokedFunctionArn}\r\n`;
  if (traceId !== null && isFieldText(traceId)) head += `Lambda-Runtime-Trace-Id: ${traceId}\r\n`;
  const context = clientContext === null ? null : clientContextText(clientContext);
  if (context !== null) head += `Lambda-Runtime-Client-Context: ${context}\r\n`;
  return `${head}Content-Length: ${payloadBytes}\r\n\r\n`;
}

/**
 * Base64 of JSON outside, JSON of one line inside: written again, since text of a stranger would end up in a head.
 * @returns ASCII; null: it is no JSON
 */
export function clientContextText(clientContext: string): string | null {
  try {
    const json = JSON.stringify(JSON.parse(Buffer.from(clientContext, 'base64').toString()));
    return json.replace(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  } catch {
    return null;
  }
}
