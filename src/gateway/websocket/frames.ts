// What the gateway itself says on a socket. See WebSocket reference, sections 8 and 9.

import type { SocketEvent } from '../../exchange/socket-event.ts';
import type { RouteFailure } from './route-result.ts';

/** The frame that tells a client why its message was not handled. The connection stays open. */
export function errorFrame(event: SocketEvent, { failure, message }: RouteFailure): string {
  const connectionId = `"connectionId":"${event.session.id}"`;
  if (failure === 'badBody')
    return `{"message":"${message}",${connectionId},"messageId":"${event.messageId}"}`;
  return `{"message": "${message}", ${connectionId}, "requestId":"${event.requestId}"}`;
}

/** Why the gateway closes a connection. */
export const closings = {
  goingAway: { code: 1001, reason: 'Going away' },
  binary: { code: 1003, reason: 'Binary frames are not supported' },
  tooBig: { code: 1009, reason: 'Message too big' },
  slowReader: { code: 1008, reason: 'Messages are not read fast enough' },
  stageGone: { code: 1001, reason: 'Going away' },
  /** Of a client that was gone before it was let in. */
  lost: { code: 1006, reason: 'Connection Closed Abnormally' },
} as const;

/** `$context.disconnectReason`, where the client gave none. */
export function reasonOf(code: number, reason: string): string {
  if (reason !== '') return reason;
  switch (code) {
    case 1000:
      return 'Connection Closed Normally';
    case 1001:
      return 'Going away';
    case 1005:
      return 'Client-side close frame status not set';
    default:
      return 'Connection Closed Abnormally';
  }
}

/** A client's text message. uWS has checked that it is UTF-8. */
export const messageText = (message: Uint8Array): string =>
  Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString('utf8');
