// What is no HTTP request, or comes too slowly, is answered in AWS's form too.

import type { Duplex } from 'node:stream';
import { newRequestId } from '../../base/ids.ts';

/** For `clientError` of the server: answers where it still can, and closes the connection. */
export function refuseMalformed(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, type, message] = refusalFor(error.code);
  const body = JSON.stringify({ message });
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      `x-amzn-RequestId: ${newRequestId()}`,
      `x-amzn-ErrorType: ${type}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  );
}

function refusalFor(code: string | undefined): readonly [status: string, type: string, message: string] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [
        '431 Request Header Fields Too Large',
        'BadRequestException',
        'Request header fields too large',
      ];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return ['408 Request Timeout', 'RequestTimeoutException', 'The request came too slowly'];
    default:
      return ['400 Bad Request', 'BadRequestException', 'Bad Request'];
  }
}
