// An HTTP/1.1 server that is as small as one for people's own machines may be: plain TCP, whole requests one after the
// other, limits of size, number and time. node:http does far more and costs 30 us a request for it.

import { type AddressInfo, createServer } from 'node:net';
import { Connection, type ConnectionRoom, type MalformedStatus } from './connection.ts';
import type { HttpRequest } from './http-request.ts';

export interface HttpLimits {
  readonly connectionsMax: number;
  readonly headBytesMax: number;
  readonly headTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How long a connection may lie still while a request is done or its answer is read. */
  readonly stillTimeoutMs: number;
  /** How long `close` waits for what is under way. */
  readonly drainTimeoutMs: number;
}

export interface HttpListenerOptions {
  readonly host: string;
  /** 0 = any that is free. */
  readonly port: number;
  readonly limits: HttpLimits;
  /** Told of a request when its head is read. It must not throw. */
  readonly onRequest: (request: HttpRequest) => void;
  /** The whole answer to what is no request. */
  readonly malformed: (status: MalformedStatus) => string;
  readonly log: (text: string) => void;
}

export interface HttpListener {
  /** Begins to listen. @returns the port @throws (rejects) when the address is taken */
  listen(): Promise<number>;
  /** Takes no more connections, and resolves when the requests under way are answered, or their time is over. */
  close(): Promise<void>;
}

/** How often connections are looked at, at most: a limit is held to within this. */
const lookMsMax = 1_000;

export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { limits } = options;
  const connections = new Set<Connection>();
  const room: ConnectionRoom = {
    headBytesMax: limits.headBytesMax,
    keepAliveTimeoutMs: limits.keepAliveTimeoutMs,
    onRequest: options.onRequest,
    malformed: options.malformed,
    onClose: (connection) => connections.delete(connection),
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.setTimeout(limits.stillTimeoutMs);
    connections.add(new Connection(socket, room));
  });
  server.maxConnections = limits.connectionsMax;
  let looking: NodeJS.Timeout | null = null;
  const look = (): void => {
    const nowMs = performance.now();
    for (const connection of connections) checkTime(connection, nowMs, limits);
  };
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          // A connection that could not be taken, for want of files: the next one may be.
          server.on('error', (error) => options.log(`Cannot take a connection: ${error.message}`));
          looking = setInterval(look, lookMs(limits)).unref();
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const connection of connections) connection.destroy();
        }, limits.drainTimeoutMs);
        server.close(() => {
          clearTimeout(timer);
          if (looking !== null) clearInterval(looking);
          resolve();
        });
        for (const connection of connections) if (connection.isIdle) connection.destroy();
      }),
  };
}

const lookMs = ({ headTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs }: HttpLimits): number =>
  Math.min(lookMsMax, headTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs);

function checkTime(connection: Connection, nowMs: number, limits: HttpLimits): void {
  const waitedMs = nowMs - connection.sinceMs;
  if (connection.waiting === 'next') {
    if (waitedMs > limits.keepAliveTimeoutMs) connection.destroy();
  } else if (connection.waiting === 'head') {
    if (waitedMs > Math.min(limits.headTimeoutMs, limits.requestTimeoutMs)) connection.refuse(408);
  } else if (connection.waiting === 'body' && waitedMs > limits.requestTimeoutMs) connection.refuse(408);
}
