// Asks a forward proxy for a way to a target (CONNECT, RFC 9110 section 9.3.6) on a connection to it.

import type { Socket } from 'node:net';

const answerBytesMax = 8_192;

/**
 * @param authority - `host:port` of the target
 * @param done - called once, with null when the bytes that follow are the target's. What breaks the socket is told to
 *   its own listeners, not here.
 */
export function openTunnel(socket: Socket, authority: string, done: (error: Error | null) => void): void {
  let text = '';
  const onData = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end < 0 && text.length <= answerBytesMax) return;
    socket.off('data', onData);
    socket.pause();
    done(problemOf(text, end));
  };
  socket.on('data', onData);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`, 'latin1');
}

function problemOf(text: string, end: number): Error | null {
  const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |\r)/.exec(text) ?? [];
  if (end < 0 || status === undefined) return new Error('the proxy does not speak HTTP/1.1');
  if (!status.startsWith('2')) return new Error(`the proxy answered CONNECT with status ${status}`);
  // A TLS server waits for us to speak first: bytes here are not the target's.
  return end + 4 === text.length ? null : new Error('the proxy sent more than its answer to CONNECT');
}
