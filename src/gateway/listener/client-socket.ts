// One WebSocket of a client. It owns uWS's object: nobody else touches it, and it is let go at the close, after which
// every call does nothing.

import { Buffer } from 'node:buffer';
import type { Socket, SocketEvents } from '../../exchange/socket.ts';
import type { ListenerState } from './listener-state.ts';
import type { UwsWebSocket, UwsWebSocketBehavior } from './uws-types.ts';
import { wireText } from './wire-text.ts';

/** What `send` of uWS says. */
const bufferedCode = 0;
const sentCode = 1;
/** uWS reports a close frame without a body by this code; what it says in its place is none of the peer's. */
const noCloseFrame = 1006;
/** Control frames carry at most 125 bytes, two of them the code. */
const reasonBytesMax = 123;

/** What uWS keeps for each socket. */
export interface SocketData {
  readonly client: ClientSocket;
}

export class ClientSocket implements Socket {
  readonly #state: ListenerState;
  readonly #events: SocketEvents;
  /** null before it is open and after it is closed. */
  #ws: UwsWebSocket<SocketData> | null = null;

  constructor(state: ListenerState, events: SocketEvents) {
    this.#state = state;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#ws !== null;
  }

  get bufferedBytes(): number {
    return this.#ws === null ? 0 : this.#ws.getBufferedAmount();
  }

  send(message: string | Uint8Array, isBinary: boolean): 'sent' | 'buffered' | 'dropped' {
    if (this.#ws === null) return 'dropped';
    const code = this.#ws.send(wireText(message), isBinary, this.#state.compressesSockets);
    return code === sentCode ? 'sent' : code === bufferedCode ? 'buffered' : 'dropped';
  }

  end(code: number, reason: string): void {
    this.#ws?.end(code, wireText(cutToBytes(reason, reasonBytesMax)));
  }

  destroy(): void {
    this.#ws?.close();
  }

  join(topic: string): void {
    this.#ws?.subscribe(topic);
  }

  leave(topic: string): void {
    this.#ws?.unsubscribe(topic);
  }

  opened(ws: UwsWebSocket<SocketData>): void {
    this.#ws = ws;
    this.#state.socketOpened();
  }

  took(message: ArrayBuffer, isBinary: boolean): void {
    try {
      this.#events.onMessage(new Uint8Array(message), isBinary);
    } catch (error) {
      this.#threw(error);
    }
  }

  drained(): void {
    this.#guarded(() => this.#events.onDrain());
  }

  closed(code: number, message: ArrayBuffer): void {
    this.#ws = null;
    this.#state.socketClosed();
    // What uWS itself says of a connection that broke is no peer's reason.
    const reason = code === noCloseFrame ? '' : Buffer.from(message).toString('utf8');
    this.#guarded(() => this.#events.onClose(code, reason));
  }

  /** What throws inside one of uWS's callbacks must not pass through it. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#threw(error);
    }
  }

  #threw(error: unknown): void {
    this.#state.onError(error);
    this.destroy();
  }
}

/** What uWS does with sockets, before anything of ours is asked. */
export interface SocketLimits {
  /** Bytes; a longer message cuts the connection without a closing frame. */
  readonly messageBytesMax: number;
  /** Bytes that may wait for one peer; more is dropped. */
  readonly bufferedBytesMax: number;
  readonly compression: 'off' | 'shared' | 'dedicated';
}

export const socketLimitsDefault: SocketLimits = Object.freeze({
  // AWS's limit is 128 KB and a closing frame 1009: ours to check, so uWS is given twice as much.
  messageBytesMax: 262_144,
  bufferedBytesMax: 16_777_216,
  compression: 'off',
});

type Behavior = UwsWebSocketBehavior<SocketData>;

/**
 * The behaviour of all sockets of a listener.
 * @param upgrade - answers requests that ask for a WebSocket
 */
export function socketBehavior(
  limits: SocketLimits,
  compressor: number,
  upgrade: NonNullable<Behavior['upgrade']>,
): Behavior {
  return {
    maxPayloadLength: limits.messageBytesMax,
    maxBackpressure: limits.bufferedBytesMax,
    compression: compressor,
    // How long a socket may be idle and how old it may get is decided above, where stages have their own settings. Nor
    // would uWS's timeout end a peer that never closes its side: after our closing frame it is not looked at any more.
    idleTimeout: 0,
    maxLifetime: 0,
    sendPingsAutomatically: false,
    upgrade,
    open: (ws) => ws.client.opened(ws),
    message: (ws, message, isBinary) => ws.client.took(message, isBinary),
    drain: (ws) => ws.client.drained(),
    close: (ws, code, message) => ws.client.closed(code, message),
  };
}

/** Cut at a letter, so that what is left is UTF-8. */
function cutToBytes(text: string, bytesMax: number): string {
  if (text.length * 3 <= bytesMax) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
