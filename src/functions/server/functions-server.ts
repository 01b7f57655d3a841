// Serves functions on a Unix socket that only this user can open.

import { renameSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { shortSocketPath } from '../../base/socket-path.ts';
import type { Functions } from '../functions.ts';
import { ServerConnection } from './server-connection.ts';

export interface FunctionsServerOptions {
  /** Where callers look. */
  readonly socketPath: string;
  /** What is served. Callers that come before it is there wait for it. */
  readonly functions: Promise<Functions>;
  /** One line: why a caller was sent away. */
  readonly log?: (line: string) => void;
}

export interface FunctionsServer {
  /** Asks all callers to go elsewhere. Resolves when none will make another call here; what is under way goes on. */
  leave(): Promise<void>;
  /** Leaves, and waits until each caller's last call has ended. @param deadlineMs - after so long they are disconnected */
  drain(deadlineMs: number): Promise<void>;
  /** Disconnects everybody; their calls are aborted. */
  close(): Promise<void>;
  stats(): { readonly connections: number; readonly underWay: number };
}

/** A caller that has not heard of our leaving after so long hangs, and is not waited for. */
const leaveMs = 1_000;

/**
 * Listens, then takes the path over from whoever had it: with a rename, so that no caller finds it empty. Connections
 * to the one before stay with it.
 * @throws (rejects) the socket's error
 */
export async function serveFunctions(options: FunctionsServerOptions): Promise<FunctionsServer> {
  const { socketPath, functions, log = () => {} } = options;
  const server = new RunningServer(socketPath, functions, log);
  await server.listen();
  return server;
}

class RunningServer implements FunctionsServer {
  readonly #socketPath: string;
  readonly #functions: Promise<Functions>;
  readonly #log: (line: string) => void;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<ServerConnection>();
  /** Told of each caller that goes. */
  readonly #watchers = new Set<() => void>();
  /** Of our socket, to know it again. */
  #inode: number | null = null;
  #release = (): void => {};
  #isLeaving = false;

  constructor(socketPath: string, functions: Promise<Functions>, log: (line: string) => void) {
    this.#socketPath = socketPath;
    this.#functions = functions;
    this.#log = log;
    // Paused: nothing of it is read before the functions are there.
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      this.#accept(socket);
    });
  }

  async listen(): Promise<void> {
    const ownPath = `${this.#socketPath}.${process.pid}`;
    const short = shortSocketPath(ownPath);
    this.#release = short.release;
    rmSync(ownPath, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      // The socket is bound inside this call, so that it never exists with wider rights than 0600.
      const before = process.umask(0o177);
      try {
        this.#server.listen(short.path, resolve);
      } finally {
        process.umask(before);
      }
    });
    this.#inode = inodeOf(ownPath);
    renameSync(ownPath, this.#socketPath);
  }

  async leave(): Promise<void> {
    this.#stopListening();
    for (const connection of this.#connections) connection.goAway();
    await this.#until(() => [...this.#connections].every((connection) => connection.hasLeft), leaveMs);
  }

  async drain(deadlineMs: number): Promise<void> {
    const startedMs = performance.now();
    await this.leave();
    await this.#until(() => this.#sockets.size === 0, deadlineMs - (performance.now() - startedMs));
    await this.close();
  }

  async close(): Promise<void> {
    this.#stopListening();
    for (const socket of this.#sockets) socket.destroy();
    await this.#until(() => this.#sockets.size === 0, Number.POSITIVE_INFINITY);
  }

  stats(): { connections: number; underWay: number } {
    let underWay = 0;
    for (const connection of this.#connections) underWay += connection.underWay;
    return { connections: this.#connections.size, underWay };
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy()); // a caller that died: nothing to tell anybody
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#changed();
    });
    this.#functions.then(
      (functions) => this.#serve(socket, functions),
      () => socket.destroy(), // the start has failed, and says so elsewhere
    );
  }

  #serve(socket: Socket, functions: Functions): void {
    if (socket.destroyed) return;
    const connection = new ServerConnection(socket, {
      functions,
      log: this.#log,
      onLeft: () => this.#changed(),
      onClose: () => {
        this.#connections.delete(connection);
        this.#changed();
      },
    });
    this.#connections.add(connection);
    if (this.#isLeaving) connection.goAway();
    socket.resume();
  }

  #stopListening(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    // Unless a successor has taken it.
    if (inodeOf(this.#socketPath) === this.#inode) rmSync(this.#socketPath, { force: true });
    this.#server.close();
    this.#release();
  }

  #changed(): void {
    for (const look of this.#watchers) look();
  }

  #until(isSo: () => boolean, waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#watchers.delete(look);
        if (timer !== null) clearTimeout(timer);
        resolve();
      };
      const look = (): void => {
        if (isSo()) done();
      };
      const timer = Number.isFinite(waitMs) ? setTimeout(done, Math.max(0, waitMs)) : null;
      this.#watchers.add(look);
      look();
    });
  }
}

function inodeOf(file: string): number | null {
  try {
    return statSync(file).ino;
  } catch {
    return null; // nobody's
  }
}
