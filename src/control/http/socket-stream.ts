// The body of an answer that is written as it comes.

import type { Socket } from 'node:net';
import type { AnswerStream } from '../protocol/made-answer.ts';

/**
 * A client that is gone is told so once, and nothing reaches it any more.
 *
 * @param isChunked - each piece is a chunk; otherwise the end of the connection ends the answer
 * @param onEnd - the answer is written
 */
export function streamOver(socket: Socket, isChunked: boolean, onEnd: () => void): AnswerStream {
  let isOver = false;
  const stream: AnswerStream = {
    write: (chunk) => {
      if (isOver || chunk.length === 0) return true;
      if (isChunked) socket.cork();
      if (isChunked) socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      // Copied: the chunk is its owner's again when this returns.
      let isTaken = socket.write(Buffer.from(chunk));
      if (isChunked) isTaken = socket.write('\r\n', 'latin1');
      if (isChunked) socket.uncork();
      return isTaken;
    },
    end: () => {
      if (isOver) return;
      finish();
      if (isChunked) socket.write('0\r\n\r\n', 'latin1');
      onEnd();
    },
    onDrain: () => {},
    onGone: () => {},
  };
  const onDrain = (): void => stream.onDrain();
  const onGone = (): void => {
    finish();
    socket.destroy();
    stream.onGone();
  };
  const finish = (): void => {
    isOver = true;
    socket.off('drain', onDrain);
    socket.off('end', onGone);
    socket.off('close', onGone);
  };
  socket.on('drain', onDrain);
  socket.on('end', onGone);
  socket.on('close', onGone);
  return stream;
}
