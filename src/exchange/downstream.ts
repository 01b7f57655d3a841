// The client's side of one exchange: what came in, and the ways to answer. Types only; gateway/listener
// implements them. Nothing here knows how sockets are read.

import type { HeaderBlock } from '../base/header-field.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Upgrade } from './socket.ts';
import type { BodySource } from './upstream.ts';

/** One request as the client sent it, its framing already checked against RFC 9112. */
export interface IncomingRequest {
  /** Case kept; always a token. */
  readonly method: string;
  /** Raw target up to `?`: not decoded, not normalised, begins with `/`, ASCII without spaces or controls. */
  readonly path: string;
  /** Raw text after the first `?`, without it; empty when there is none. */
  readonly query: string;
  /**
   * Flat list: lower-case name, value, name, value ... in order of arrival, duplicates one by one. Values are text
   * decoded from UTF-8 and hold no control characters but TAB. There is exactly one `host`.
   */
  readonly headers: readonly string[];
  readonly downstream: Downstream;
}

/**
 * Where the answer goes. Exactly one of `send`, `begin` ... `end`, and `destroy` ends the exchange; every method may
 * be called late (after abort, or after the end) and does nothing then.
 */
export interface Downstream {
  /** The client went away, or its body was refused: nothing that is sent arrives any more. */
  readonly aborted: boolean;
  /** Textual IP of the TCP peer. Read once and kept; after the end only known if it was asked before (else ''). */
  remoteAddress(): string;
  readonly tls: boolean;
  /** What TLS told of the connection; null where nobody asked for more than encryption. */
  readonly connection: ClientConnection | null;
  /** The port that the listener is bound to. */
  readonly localPort: number;
  /** null when the request has none: no Content-Length or 0, and no Transfer-Encoding. */
  readonly body: RequestBody | null;
  /** null unless the request asks for a WebSocket. */
  readonly upgrade: Upgrade | null;

  /**
   * The whole answer at once. Content-Length, Date and Connection are the listener's; for HEAD the body is measured
   * and not sent, for 204 and 304 it is dropped.
   * @param status - 200 to 599
   * @param body - a string is sent as UTF-8; bytes must not be changed until the exchange is over, unless the request has
   *   no body and they are 65536 or fewer: then they are taken before this returns
   */
  send(status: number, headers: HeaderBlock, body: string | Uint8Array | null): void;

  /**
   * Begins a streamed answer: `write` any number of times, then `end`.
   * @param lengthBytes - what the written chunks will add up to; null sends them chunked. For HEAD it is the
   *   Content-Length told to the client and chunks are dropped
   */
  begin(status: number, headers: HeaderBlock, lengthBytes: number | null): void;
  /** The chunk is copied or sent before this returns. @returns false: pause until `onDrain` is called */
  write(chunk: Uint8Array): boolean;
  /** Sets the one function that is called each time a `write` that returned false has drained. */
  onDrain(callback: () => void): void;
  /** Ends a streamed answer. When fewer bytes than announced were written, cuts the connection instead. */
  end(): void;
  /** Cuts the connection, in the middle of an answer too; the client sees that it is incomplete. */
  destroy(): void;

  /**
   * Adds a function to be called once when the client goes away before the exchange is over (not after `destroy`).
   * When it has gone already, it is called at once.
   */
  onAbort(callback: () => void): void;
}

/** The request's body. It waits, unread, until `start`, `collect` or `cancel` is called, or the answer is sent. */
export interface RequestBody extends BodySource {
  /**
   * Gathers the whole body; instead of `start`, at most once.
   * @param done - called once with all the bytes (the callee's to keep), or with null when they will never come: the client
   *   went away or sent more than the limit. Then `aborted` is true and the client has been told
   */
  collect(done: (body: Uint8Array | null) => void): void;
}

/** Called for each request, in the turn of the event loop that received it; answers then or later. */
export type OnRequest = (request: IncomingRequest) => void;
