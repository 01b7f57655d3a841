// The management endpoint: AWS's REST-JSON protocol over HTTP/1.1. It listens, within limits; serve.ts does the requests.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ControlPlane } from '../control-plane.ts';
import type { OnCall } from './call-record.ts';
import { refuseMalformed } from './refuse-malformed.ts';
import { type Endpoint, serve, textOf } from './serve.ts';
import type { Authenticate } from './signed-request.ts';

export interface ManagementServerOptions {
  readonly controlPlane: ControlPlane;
  /** Address to listen on. */
  readonly host: string;
  /** 0 = any that is free. */
  readonly port: number;
  readonly authenticate: Authenticate;
  readonly onCall: OnCall;
  /** Told of bugs: one text, several lines. */
  readonly log: (text: string) => void;
  readonly limits?: Partial<ManagementLimits>;
}

/** What a client may take; see `limitsDefault`. */
export interface ManagementLimits {
  readonly bodyBytesMax: number;
  /** Of operations that carry the code of a function. */
  readonly uploadBytesMax: number;
  /** Of all requests together. */
  readonly bodyBytesInFlightMax: number;
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

export const limitsDefault: ManagementLimits = {
  // The service's own limit for documents is 6 MB; larger ones are refused in its words.
  bodyBytesMax: 10 * 1024 * 1024,
  // As the service's: a zip of 50 MB in base64, and a little.
  uploadBytesMax: 70_167_211,
  bodyBytesInFlightMax: 256 * 1024 * 1024,
  connectionsMax: 4096,
  // Session tokens of several kilobytes, beside a presigned query.
  headBytesMax: 32 * 1024,
  headTimeoutMs: 20_000,
  requestTimeoutMs: 60_000,
  // Longer than clients keep idle connections: who closes first loses the race against the next request.
  keepAliveTimeoutMs: 65_000,
  // The longest act is a function that is waited for: a quarter of an hour.
  stillTimeoutMs: 960_000,
  drainTimeoutMs: 10_000,
};

export interface ManagementServer {
  /** Begins to listen. @returns the port @throws (rejects) when the address is taken */
  listen(): Promise<number>;
  /** Takes no more connections, and resolves when the requests under way are answered, or their time is over. */
  close(): Promise<void>;
}

/** @returns a server that does not listen yet */
export function createManagementServer(options: ManagementServerOptions): ManagementServer {
  const limits = { ...limitsDefault, ...options.limits };
  const endpoint: Endpoint = {
    controlPlane: options.controlPlane,
    authenticate: options.authenticate,
    onCall: options.onCall,
    log: options.log,
    bodyBytesMax: limits.bodyBytesMax,
    uploadBytesMax: limits.uploadBytesMax,
    budget: { bytesMax: limits.bodyBytesInFlightMax, bytesUsed: 0 },
    isClosing: false,
  };
  const server = createServer({
    maxHeaderSize: limits.headBytesMax,
    headersTimeout: limits.headTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(5_000, limits.headTimeoutMs),
  });
  server.maxConnections = limits.connectionsMax;
  server.timeout = limits.stillTimeoutMs;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    serve(endpoint, request, response).catch((error: unknown) => {
      options.log(`Cannot answer a request: ${textOf(error)}`);
      response.destroy();
    });
  };
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('clientError', refuseMalformed);
  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(options.port, options.host, () => {
          server.off('error', reject);
          // A connection that could not be taken, for want of files: the next one may be.
          server.on('error', (error) => options.log(`Cannot take a connection: ${error.message}`));
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        endpoint.isClosing = true;
        const timer = setTimeout(() => server.closeAllConnections(), limits.drainTimeoutMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}
