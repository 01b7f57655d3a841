// The management endpoint: AWS's REST-JSON protocol over HTTP/1.1. control/http listens, within limits; serve.ts does the
// requests.

import type { ControlPlane } from '../control-plane.ts';
import { createHttpListener, type HttpLimits } from '../http/listener.ts';
import type { OnCall } from './call-record.ts';
import { malformedAnswer } from './malformed-answer.ts';
import { type Endpoint, serve } from './serve.ts';
import type { Authenticate } from './signed-request.ts';
import { Turn } from './turn.ts';

export interface ManagementServerOptions {
  readonly controlPlane: ControlPlane;
  /** Address to listen on. */
  readonly host: string;
  /** 0 = any that is free. */
  readonly port: number;
  readonly authenticate: Authenticate;
  readonly onCall: OnCall;
  /**
   * Called when all calls of a turn of the event loop have been told to `onCall`, and before any of them is answered:
   * what keeps records may gather them until then. It must not throw.
   */
  readonly onTurnEnd?: () => void;
  /** Told of bugs: one text, several lines. */
  readonly log: (text: string) => void;
  readonly limits?: Partial<ManagementLimits>;
}

/** What a client may take; see `limitsDefault`. */
export interface ManagementLimits extends HttpLimits {
  readonly bodyBytesMax: number;
  /** Of operations that carry the code of a function. */
  readonly uploadBytesMax: number;
  /** Of all requests together. */
  readonly bodyBytesInFlightMax: number;
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
    turn: new Turn(options.onTurnEnd ?? (() => {})),
    bodyBytesMax: limits.bodyBytesMax,
    uploadBytesMax: limits.uploadBytesMax,
    budget: { bytesMax: limits.bodyBytesInFlightMax, bytesUsed: 0 },
    isClosing: false,
  };
  const listener = createHttpListener({
    host: options.host,
    port: options.port,
    limits,
    onRequest: (request) => void serve(endpoint, request),
    malformed: malformedAnswer,
    log: options.log,
  });
  return {
    listen: () => listener.listen(),
    close: () => {
      endpoint.isClosing = true;
      return listener.close();
    },
  };
}
