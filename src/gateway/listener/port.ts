// Ports seen through node:net, which unlike uWS does not share them (no SO_REUSEPORT).

import { type AddressInfo, createServer } from 'node:net';

/**
 * Why the port cannot be bound now, in words; null when it can: nobody listens on it, with SO_REUSEPORT or without. uWS
 * itself would silently share it with a forgotten old process, so the supervisor asks before it forks.
 *
 * @param port - 0 asks about the address alone
 */
export function portProblem(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(words[error.code ?? ''] ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

const words: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process is listening there',
  EACCES: 'this user may not use that port (below 1024 needs CAP_NET_BIND_SERVICE)',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  ENOTFOUND: 'the host name is unknown',
};

export interface ReservedPort {
  readonly port: number;
  release(): void;
}

/**
 * A free port that can be shared: uWS shares none that the system chose for it, so that no door could follow the first.
 * @throws (rejects) Error with one line
 */
export function reservePort(host: string): Promise<ReservedPort> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`Cannot listen on ${host}:0: ${words[error.code ?? ''] ?? error.message}`, {
          cause: error,
        }),
      ),
    );
    server.listen({ host, port: 0, exclusive: true, reusePort: true }, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ port, release: () => server.close() });
    });
  });
}
