// Real HTTP backends for tests: one that answers as the test says and keeps what it was sent.

import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Received {
  readonly method: string;
  /** Path and query as received. */
  readonly url: string;
  /** Flat name, value list as received. */
  readonly rawHeaders: readonly string[];
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Backend {
  /** `127.0.0.1:port` */
  readonly authority: string;
  readonly received: readonly Received[];
  /** The last request. */
  last(): Received;
}

export type Respond = (request: Received, response: http.ServerResponse) => void;

/** An HTTP server on a free port. */
export async function startBackend(t: TestContext, respond: Respond): Promise<Backend> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', rawHeaders, headers } = request;
      const one = { method, url, rawHeaders, headers, body: Buffer.concat(chunks) };
      received.push(one);
      respond(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    authority: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    last: () => received.at(-1)!,
  };
}

/** A TCP server that does with each connection what the test says. */
export async function startRawBackend(
  t: TestContext,
  onConnection: (socket: net.Socket) => void,
): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers JSON. */
export function json(response: http.ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
