// What an integration may ask of the upstream room: send one request, be told of the answer as it arrives.
// Types only. The implementations live in gateway/upstream.

/** Where a failed upstream call went wrong. `integrate` maps it to a GatewayResponseType. */
export type UpstreamFailureKind =
  | 'timeout' // no complete answer (or, for a streamed answer, no head) within timeoutMs
  | 'connect' // no connection: DNS, TCP or TLS failed, or (source ourselves) all are busy and the queue is full
  | 'closed' // the connection ended before the answer was complete; source ourselves: given up over a bug of ours
  | 'malformed' // the answer is not HTTP/1.1
  | 'too-large' // head or body above the limit
  | 'request-body'; // the body that we were sending failed (downstream went away)

/** One failed call: who failed, how, and whether sending it again could do harm. */
export interface UpstreamFailure {
  readonly kind: UpstreamFailureKind;
  readonly source: 'downstream' | 'upstream' | 'ourselves';
  /** For the log: what was tried and what happened, for example `connect ECONNREFUSED 127.0.0.1:9`. */
  readonly detail: string;
  /** The server cannot have acted on the request, or acting twice is the same as once (RFC 9110 section 9.2.2). */
  readonly retrySafe: boolean;
  readonly cause?: unknown;
}

/** A request body that arrives in pieces. The upstream client pulls it by installing a sink. */
export interface BodySource {
  /** Bytes to come when the sender said so; null means chunked. */
  readonly lengthBytes: number | null;
  /**
   * Starts the flow into `sink`; called at most once. Chunks are valid only during the call.
   * After `onChunk` returned false the source stops (soon; a few more chunks may come) until `resume()`.
   */
  start(sink: BodySink): void;
  resume(): void;
  /** The sink wants no more: let the rest pass unread. May come before `start`, and not after onEnd or onAbort. */
  cancel(): void;
}

export interface BodySink {
  /** @returns false when the sink wants a pause. */
  onChunk(chunk: Uint8Array): boolean;
  onEnd(): void;
  /** The source broke (client went away): no onEnd follows. */
  onAbort(): void;
}

export interface UpstreamRequest {
  readonly method: string;
  /** Origin-form target, encoded, beginning with `/`. */
  readonly path: string;
  /**
   * Flat list name, value, name, value ... in order, latin1 or ASCII text, checked: tokens as names and no CR,
   * LF, NUL in values. Must hold no framing or hop-by-hop field (Content-Length, Transfer-Encoding, Connection,
   * Expect): those are the client's own. A `host` field, when given, wins over the target's.
   */
  readonly headers: readonly string[];
  /** A string is sent as UTF-8. null: no body, and no Content-Length unless the method is POST, PUT or PATCH (0). */
  readonly body: string | Uint8Array | BodySource | null;
  /** From send to the last byte of the answer when `timeoutCovers` is 'answer', to its head when 'head'. */
  readonly timeoutMs: number;
  readonly timeoutCovers: 'answer' | 'head';
}

/**
 * Told of one answer. Exactly one of onEnd and onError is called, last, unless the call was aborted; none of them
 * from inside `send`. A handler should not throw: when it does, its call fails with source 'ourselves'.
 */
export interface UpstreamHandler {
  /**
   * The final status line and fields (1xx answers are skipped).
   * @param status - 100 to 599
   * @param headers - flat list name, value, ... as received (latin1), in order, transfer-encoding included
   * @param lengthBytes - the body's length when framed by Content-Length (0 for HEAD, 204, 304), else null
   */
  onHead(status: number, headers: readonly string[], lengthBytes: number | null): void;
  /**
   * Body bytes, decoded from chunking; valid only during the call.
   * @returns false to ask for a pause; what was read already (64 KB at most) still comes, the end too
   */
  onData(chunk: Uint8Array): boolean;
  onEnd(): void;
  onError(failure: UpstreamFailure): void;
  /** For the execution log, at any time before the end, also from inside `send`: a retry, a target that was skipped. */
  onNote?(line: string): void;
}

/** A call under way. All methods may be called late and do nothing then. */
export interface UpstreamCall {
  /** Nobody waits any more: drop the exchange and, if it is mid-answer, its connection. No callback follows. */
  abort(): void;
  pause(): void;
  resume(): void;
}

/** One origin, ready to be called: made at compile time, shared by all methods that use the same origin. */
export interface UpstreamTarget {
  send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamCall;
}

/** A certificate that we show, both texts PEM. */
export interface ClientIdentity {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface UpstreamTargetOptions {
  /** AWS `tlsConfig.insecureSkipVerification`: no CA trust check; expiry and host name are still checked. */
  readonly insecureSkipVerification: boolean;
  /** Shown to an https server that asks for one. Connections are shared only by calls with the same certificate. */
  readonly clientCertificate?: ClientIdentity | null;
}

export interface Upstream {
  /**
   * @param origin - `http://host[:port]` or `https://host[:port]`, lower case
   * @throws Error when the client certificate cannot be read, or does not belong to its key
   */
  target(origin: string, options: UpstreamTargetOptions): UpstreamTarget;
  /** Ends idle connections, waits for nothing: calls under way go on, new ones fail with 'connect'. */
  close(): void;
}
