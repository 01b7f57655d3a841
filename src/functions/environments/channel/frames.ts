// What goes over the channel between an environment and our own client of Node.js (runtimes/node/channel.cjs). Frames are
// laid out as those between data planes and the host (wire/frame.ts); the call is a number of the channel's own.

import type { EnvironmentInvocation } from '../../host/environment.ts';
import { clientContextText, isFieldText } from '../api/replies.ts';

export const channelFrame = {
  /** To the runtime. u32 length of the head | head | payload */
  invoke: 1,
  /** To the runtime. u32: so many bytes more of a streamed answer may be sent */
  credit: 2,
  /** From the runtime, once: it takes invocations, as many at once as its environment may have. */
  ready: 3,
  /** From the runtime: it takes no more, and is about to exit. */
  leaving: 4,
  /** From the runtime: JSON of the error for which it cannot start. */
  initError: 5,
  /** From the runtime: JSON. */
  answer: 6,
  /** From the runtime: JSON of an error. */
  error: 7,
  /** From the runtime: its answer is longer than a frame may be. */
  tooLong: 8,
  /** From the runtime: the content type of a streamed answer, which begins. */
  head: 9,
  /** From the runtime: bytes of a streamed answer. */
  data: 10,
  /** From the runtime: the end of a streamed answer. JSON of the error with which it ends; empty: none */
  end: 11,
} as const;

/** Bytes of a streamed answer that the runtime may send before it is given credit. */
export const windowBytes = 256 * 1024;

/** Request id, deadline, ARN, trace id and client context, a line each; of the last two '' = none. */
export function invokeHead(invocation: EnvironmentInvocation): Uint8Array {
  const { requestId, deadlineMs, invokedFunctionArn, clientContext } = invocation;
  // They come from a caller: neither may have a second line.
  const traceId = invocation.traceId !== null && isFieldText(invocation.traceId) ? invocation.traceId : '';
  const context = clientContext === null ? '' : (clientContextText(clientContext) ?? '');
  return Buffer.from(`${requestId}\n${deadlineMs}\n${invokedFunctionArn}\n${traceId}\n${context}`, 'latin1');
}
