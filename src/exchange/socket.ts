// A client's WebSocket: how an upgrade is answered, and the socket that comes of it. Types only; gateway/listener
// implements them. Nothing here knows how frames are read.

import type { HeaderBlock } from '../base/header-field.ts';

/** A request that may become a WebSocket. It is refused as any other: by `send` of its downstream. */
export interface Upgrade {
  /**
   * Answers 101; instead of `send`, at most once.
   * @param protocol - the sub-protocol that was chosen; '' for none
   * @param headers - beside those of the handshake itself
   * @returns the open socket, or null when the client has gone
   */
  accept(protocol: string, headers: HeaderBlock, events: SocketEvents): Socket | null;
}

/** Told of one socket; `onClose` exactly once, last. What it throws ends the socket. */
export interface SocketEvents {
  /** A whole message, its frames put together. The bytes are valid only during the call. */
  onMessage(message: Uint8Array, isBinary: boolean): void;
  /** What was buffered has been sent. */
  onDrain(): void;
  /** @param code - of the closing frame; 1005 when it had none, 1006 when there was no frame */
  onClose(code: number, reason: string): void;
}

/** Every method may be called late, after the close, and does nothing then. */
export interface Socket {
  readonly isOpen: boolean;
  /** Bytes that wait to be sent. */
  readonly bufferedBytes: number;
  /** Peers that do not read are the caller's to bound: `buffered` says that this one lags. */
  send(message: string | Uint8Array, isBinary: boolean): 'sent' | 'buffered' | 'dropped';
  /** Says goodbye: a closing frame, then the end. `onClose` follows, perhaps before this returns. */
  end(code: number, reason: string): void;
  /** Cuts the connection; `onClose` is told 1006. */
  destroy(): void;
  /** Gets what is published to the topic in this process from now on. */
  join(topic: string): void;
  leave(topic: string): void;
}

/** Publishing to all sockets of this process. */
export interface Topics {
  /** @returns the number of members */
  publish(topic: string, message: string | Uint8Array, isBinary: boolean): number;
}
