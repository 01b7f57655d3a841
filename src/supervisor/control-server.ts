// The answering side of a control socket.

import { rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { shortSocketPath } from '../base/socket-path.ts';
import { encodeFrame, FrameReader } from './frame.ts';
import type { Reply, Request, Verbs } from './protocol.ts';

export interface ControlServer {
  /**
   * For a process that is about to exit: waits until replies are written and removes the socket, but leaves the
   * connections to the kernel, so that peers see them close when the process has truly ended.
   */
  flush(): Promise<void>;
  /** Lets replies that were written reach their readers, then removes the socket. */
  close(): Promise<void>;
}

type AnyVerb = (argument: unknown) => unknown;

/**
 * Answers requests on a Unix socket that only this user can open. A stale socket of that name is replaced: the
 * caller makes sure that nobody lives behind it.
 */
export async function serveControl<P>(socketPath: string, verbs: Verbs<P>): Promise<ControlServer> {
  const table = verbs as Readonly<Record<string, AnyVerb>>;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // a peer that died: nothing to tell anybody
    const reader = new FrameReader();
    socket.on('data', (chunk) => {
      try {
        for (const message of reader.push(chunk)) void answer(socket, table, message as Request);
      } catch {
        socket.destroy(); // not our protocol
      }
    });
  });
  const short = shortSocketPath(socketPath);
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // The socket is bound inside this call, so that it never exists with wider rights than 0600.
    const before = process.umask(0o177);
    try {
      server.listen(short.path, resolve);
    } finally {
      process.umask(before);
    }
  });
  return {
    flush: async () => {
      rmSync(socketPath, { force: true });
      while ([...sockets].some((socket) => socket.writableLength > 0)) await nextTurn();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.end(() => socket.destroy());
      await closed;
      rmSync(socketPath, { force: true });
      short.release();
    },
  };
}

async function answer(
  socket: Socket,
  verbs: Readonly<Record<string, AnyVerb>>,
  request: Request,
): Promise<void> {
  const reply = await replyTo(verbs, request);
  if (socket.writable) socket.write(encodeFrame(reply));
}

async function replyTo(verbs: Readonly<Record<string, AnyVerb>>, request: Request): Promise<Reply> {
  const { id, verb, argument } = request;
  const act = Object.hasOwn(verbs, verb) ? verbs[verb] : undefined;
  if (act === undefined) return { id, error: `unknown verb "${verb}"` };
  try {
    return { id, result: await act(argument) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}
