// Writes short messages straight to a socket's handle, past node's stream machinery, where this Node.js lets us.
//
// A stream's write costs some 5 us of a proxied request's 55 (queue, tick for a callback that nobody gave, bookkeeping),
// and gives a message that fits the socket's buffer nothing. The handle's own method and its request object are what
// `net.Socket` itself uses; they are not documented, so whatever is not as it is in Node.js 24 leads back to the stream.

import type { Socket } from 'node:net';

/** Of node's `stream_wrap`. */
interface WriteRequest {
  handle: unknown;
  oncomplete: (this: WriteRequest, status: number) => void;
  async: boolean;
  socket: Socket | null;
  /** Bytes that libuv still reads from. */
  buffer: Uint8Array | null;
}

interface StreamWrap {
  readonly WriteWrap: new () => WriteRequest;
  readonly streamBaseState: Int32Array;
  readonly kLastWriteWasAsync: number;
}

interface Handle {
  writeLatin1String?(request: WriteRequest, text: string): number;
  writeBuffer?(request: WriteRequest, bytes: Uint8Array): number;
  /** Bytes that the kernel has not taken yet. */
  readonly writeQueueSize?: number;
}

const streamWrap = findStreamWrap();

/** Whether messages go to the handle here; else they go through the stream. */
export const isDirect: boolean = streamWrap !== null;

/**
 * Writes text of which each character is one octet.
 * @param isPlain - false for TLS, whose handle wants its own order of things
 */
export function writeText(socket: Socket, text: string, isPlain: boolean): void {
  const handle = isPlain ? handleOf(socket) : null;
  // What waits in the stream goes first.
  if (streamWrap === null || handle?.writeLatin1String === undefined || socket.writableLength > 0) {
    socket.write(text, 'latin1');
    return;
  }
  const request = requestOf(streamWrap, socket, handle);
  settle(streamWrap, request, handle.writeLatin1String(request, text), null);
}

/** More than the socket's buffer holds is the stream's: it tells when it has drained. */
const directBytesMax = 65_536;

/** Writes bytes over plain TCP or a Unix socket. They must not change before {@link unwrittenBytes} is 0. */
export function writeBytes(socket: Socket, bytes: Uint8Array): void {
  const handle = handleOf(socket);
  if (
    streamWrap === null ||
    handle?.writeBuffer === undefined ||
    bytes.length > directBytesMax ||
    socket.connecting ||
    unwrittenBytes(socket) > 0
  ) {
    socket.write(bytes);
    return;
  }
  const request = requestOf(streamWrap, socket, handle);
  settle(streamWrap, request, handle.writeBuffer(request, bytes), bytes);
}

/** A request object that no write under way needs: it is made for a write that does not end at once, which is the rare case. */
let spare: WriteRequest | null = null;

function requestOf({ WriteWrap }: StreamWrap, socket: Socket, handle: Handle): WriteRequest {
  const request = spare ?? new WriteWrap();
  spare = null;
  request.handle = handle;
  request.oncomplete = onComplete;
  request.async = false;
  request.socket = socket;
  request.buffer = null;
  return request;
}

/** @param status - of the handle; negative: nothing was written */
function settle(wrap: StreamWrap, request: WriteRequest, status: number, bytes: Uint8Array | null): void {
  // Else libuv writes the rest, before anything that comes later, and holds the request until then.
  request.async = status >= 0 && wrap.streamBaseState[wrap.kLastWriteWasAsync] !== 0;
  if (request.async) {
    request.buffer = bytes;
    return;
  }
  const { socket } = request;
  request.handle = null;
  request.socket = null;
  spare = request;
  if (status < 0) socket!.destroy(writeError(status));
}

/** Bytes of a socket that the kernel has not taken yet, whichever way they were written. */
export const unwrittenBytes = (socket: Socket): number =>
  socket.writableLength + (handleOf(socket)?.writeQueueSize ?? 0);

const handleOf = (socket: Socket): Handle | null =>
  (socket as unknown as { readonly _handle: Handle | null })._handle;

function onComplete(this: WriteRequest, status: number): void {
  const { socket } = this;
  if (status < 0 && socket?.destroyed === false) socket.destroy(writeError(status));
}

/** libuv's codes for what a peer that is gone makes of a write. */
const codes: Readonly<Record<number, string>> = { [-32]: 'EPIPE', [-104]: 'ECONNRESET', [-54]: 'ECONNRESET' };

function writeError(status: number): Error {
  const code = codes[status] ?? `error ${status}`;
  return Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' });
}

function findStreamWrap(): StreamWrap | null {
  try {
    const { binding } = process as unknown as { binding?: (name: string) => Partial<StreamWrap> };
    const found = binding?.('stream_wrap');
    const isKnown =
      typeof found?.WriteWrap === 'function' &&
      found.streamBaseState !== undefined &&
      typeof found.kLastWriteWasAsync === 'number';
    return isKnown ? (found as StreamWrap) : null;
  } catch {
    return null;
  }
}
