// One request and the way back to its client. It owns uWS's response object: nobody else touches it, and it is let go
// at the end of the answer, on abort and on destroy, after which every call does nothing.

import { type HeaderBlock, headerBlock } from '../../base/header-field.ts';
import { isBodiless, statusLine } from '../../base/http1/status-line.ts';
import { byteLengthOf } from '../../base/utf8-length.ts';
import type { ClientConnection } from '../../exchange/client-connection.ts';
import type { Downstream, IncomingRequest } from '../../exchange/downstream.ts';
import type { Socket, SocketEvents, Upgrade } from '../../exchange/socket.ts';
import type { FrontConnection } from '../tls/front-connection.ts';
import { AnswerStream, type StreamEvents } from './answer-stream.ts';
import { ClientSocket } from './client-socket.ts';
import type { ListenerState } from './listener-state.ts';
import { endBodilessAndClose, refuse } from './refusal.ts';
import { addressText } from './remote-address.ts';
import { type BodyFlow, ClientBody } from './request-body.ts';
import { noBody, type RequestHead } from './request-head.ts';
import type { UwsResponse, UwsSocketContext } from './uws-types.ts';
import { wireText } from './wire-text.ts';

/** Above it a body is sent as fast as the client reads it, and not copied into uWS's buffer. */
const wholeBodyBytesMax = 64 * 1024;
const serverErrorBlock = headerBlock(['Content-Type', 'application/json']);
const serverErrorBody = '{"message": "Internal server error"}';
const connectionClose = '\r\nConnection: close';
const switchingProtocols = '101 Switching Protocols';

export class ClientRequest implements IncomingRequest, Downstream, BodyFlow, StreamEvents {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: readonly string[];
  readonly body: ClientBody | null;
  readonly connection: ClientConnection | null;
  upgrade: Upgrade | null;
  aborted: boolean;

  readonly #state: ListenerState;
  /** null as soon as the exchange is over. */
  #response: UwsResponse | null;
  /** An answer was begun; it may still wait for its moment. */
  #isAnswered: boolean;
  #stream: AnswerStream | null;
  #onDrain: (() => void) | null;
  #address: string | null;
  #onAbort: (() => void) | null;
  #onAbortMore: (() => void)[] | null;

  /** @param connection - null where uWS itself speaks with the client */
  constructor(
    state: ListenerState,
    response: UwsResponse,
    head: RequestHead,
    connection: FrontConnection | null,
  ) {
    this.method = head.method;
    this.path = head.path;
    this.query = head.query;
    this.headers = head.fields;
    this.body =
      head.bodyBytes === noBody ? null : new ClientBody(this, head.bodyBytes, state.limits.bodyBytesMax);
    this.connection = connection;
    this.upgrade = null;
    this.aborted = false;
    this.#state = state;
    this.#response = response;
    this.#isAnswered = false;
    this.#stream = null;
    this.#onDrain = null;
    this.#address = connection === null ? null : connection.address;
    this.#onAbort = null;
    this.#onAbortMore = null;
  }

  get downstream(): Downstream {
    return this;
  }

  get tls(): boolean {
    return this.#state.tls;
  }

  get localPort(): number {
    return this.#state.port;
  }

  /**
   * Hands the exchange over to uWS's events; called when the handler has returned. Most exchanges are over by then,
   * and not listening for their abort saves a closure and a crossing.
   */
  handlerReturned(): void {
    const response = this.#response;
    if (response === null) return;
    response.onAborted(() => {
      if (this.#response !== null) this.#state.abortedCount++;
      this.#abort();
    });
    const body = this.body;
    if (body === null) return;
    const state = this.#state;
    response.onData((chunk, isLast) => {
      state.corked = this;
      this.#guarded(() => body.take(chunk, isLast));
      state.corked = null;
    });
  }

  remoteAddress(): string {
    const response = this.#response;
    if (this.#address === null)
      this.#address =
        response === null ? '' : (this.#state.peer.address ?? addressText(response.getRemoteAddress()));
    return this.#address;
  }

  onAbort(callback: () => void): void {
    if (this.aborted) callback();
    else if (this.#onAbort === null) this.#onAbort = callback;
    else if (this.#onAbortMore === null) this.#onAbortMore = [callback];
    else this.#onAbortMore.push(callback);
  }

  send(status: number, headers: HeaderBlock, body: string | Uint8Array | null): void {
    if (this.#response === null || this.#isAnswered) return;
    const line = statusLine(status);
    this.#isAnswered = true;
    // The common case first: no closure, no second crossing for a cork.
    if (this.body === null && this.#state.corked === this && !this.#state.isDraining) {
      this.#answer(status, headOf(line, headers), body);
    } else {
      this.#atItsMoment(() => this.#answer(status, headOf(line, headers), body));
    }
  }

  begin(status: number, headers: HeaderBlock, lengthBytes: number | null): void {
    if (this.#response === null || this.#isAnswered) return;
    const line = statusLine(status);
    this.#isAnswered = true;
    const head = headOf(line, headers);
    if (this.method === 'HEAD' || isBodiless(status)) {
      this.#atItsMoment(() => this.#answerWithoutBody(status, head, lengthBytes));
      return;
    }
    if (this.body?.isWaiting) this.body.cancel();
    // tryEnd cannot close the connection, so where it must be closed the body goes out chunked.
    const canAnnounce = this.body === null || !this.body.isChunked;
    const lastHead = this.#state.isDraining || !canAnnounce ? withText(head, connectionClose) : head;
    this.#stream = new AnswerStream(this.#response, lastHead, lengthBytes, canAnnounce, this);
  }

  write(chunk: Uint8Array): boolean {
    const stream = this.#stream;
    const response = this.#response;
    if (stream === null || response === null || chunk.length === 0) return true;
    if (!stream.hasRoomFor(chunk.length)) {
      this.destroy();
      return true;
    }
    let flowing = true;
    if (this.#state.corked === this) flowing = stream.write(chunk);
    else
      response.cork(() => {
        flowing = stream.write(chunk);
      });
    return flowing;
  }

  onDrain(callback: () => void): void {
    this.#onDrain = callback;
  }

  end(): void {
    const stream = this.#stream;
    if (stream === null || this.#response === null) return;
    if (stream.isShort) {
      this.destroy();
      return;
    }
    this.#atItsMoment(() => {
      if (this.#response !== null) stream.end(this.body?.isChunked === true);
    });
  }

  destroy(): void {
    const response = this.#response;
    if (response === null) return;
    this.#over();
    response.close();
    if (this.body !== null) this.#guarded(() => this.body?.abort());
  }

  streamDrained(): void {
    const drained = this.#onDrain;
    if (drained !== null) this.#guarded(drained);
  }

  streamOver(): void {
    this.#over();
  }

  /**
   * Offers the upgrade that the request asks for. What uWS must be given for it is read now: its request is gone later.
   * @param key, protocols, extensions - the Sec-WebSocket fields, as received
   */
  offerUpgrade(key: string, protocols: string, extensions: string, context: UwsSocketContext): void {
    this.upgrade = {
      accept: (protocol, headers, events) =>
        this.#upgrade(headers, events, (response, client) => {
          // uWS answers with the first sub-protocol of this text, and none when it is empty.
          response.upgrade({ client }, key, protocols === '' ? '' : protocol, extensions, context);
        }),
    };
  }

  #upgrade(
    headers: HeaderBlock,
    events: SocketEvents,
    act: (response: UwsResponse, client: ClientSocket) => void,
  ): Socket | null {
    const response = this.#response;
    if (response === null || this.#isAnswered) return null;
    this.#isAnswered = true;
    const socket = new ClientSocket(this.#state, events);
    const head = headOf(switchingProtocols, headers);
    const upgrade = (): void => {
      response.writeStatus(head);
      act(response, socket);
    };
    // Before the upgrade: uWS ends the response object in it, and the socket is open when it returns.
    this.#over();
    if (this.#state.corked === this) upgrade();
    else this.#state.spareCork!.run(upgrade);
    return socket;
  }

  /** The handler threw: 500, unless an answer was begun. */
  fail(): void {
    if (this.#isAnswered) this.destroy();
    else this.send(500, serverErrorBlock, serverErrorBody);
  }

  pause(): void {
    this.#response?.pause();
  }

  resume(): void {
    this.#response?.resume();
  }

  refuseBody(): void {
    const response = this.#response;
    if (response === null) return;
    const state = this.#state;
    state.refused('body-too-large');
    if (this.#stream?.isHeadSent) {
      response.close(); // and uWS calls #abort
      return;
    }
    response.pause();
    refuse(response, 'body-too-large', state.limits, this.method === 'HEAD', 'paused');
    this.#abort();
  }

  /**
   * Runs `act`, which ends the answer, when uWS may be told that the exchange is over:
   * - corked, so that head and body leave in one packet;
   * - after the last byte of a chunked body. uWS's chunk decoder is lenient (it takes any two bytes for the CRLF after a
   *   chunk), so that a peer in front of us may see other requests in the same bytes than we do. What follows a
   *   chunked request is therefore never handled: the connection is closed, and not in the same turn, as uWS goes on with
   *   what is in its buffer when an answer ends in its own callback.
   */
  #atItsMoment(act: () => void): void {
    const body = this.body;
    if (body?.isChunked && !body.isComplete) {
      body.cancel();
      body.onComplete = () => this.#atItsMoment(act); // or it never comes, and neither does the answer
      return;
    }
    if (body !== null && !body.isComplete) body.cancel(); // uWS swallows the rest
    const isCorked = this.#state.corked === this;
    if (isCorked && !body?.isChunked) act();
    else if (isCorked) setImmediate(() => this.#response?.cork(act));
    else this.#response?.cork(act);
  }

  #answer(status: number, head: string | Uint8Array, body: string | Uint8Array | null): void {
    const response = this.#response;
    if (response === null) return;
    if (this.method === 'HEAD' || isBodiless(status)) {
      this.#answerWithoutBody(status, head, body === null ? 0 : byteLengthOf(body));
      return;
    }
    const mustClose = this.#state.isDraining || this.body?.isChunked === true;
    if (body !== null && body.length > wholeBodyBytesMax && this.body?.isChunked !== true) {
      this.#answerLarge(response, mustClose ? withText(head, connectionClose) : head, body);
      return;
    }
    this.#over();
    response.writeStatus(head);
    if (body === null && !mustClose) response.end();
    else response.end(body === null ? '' : wireText(body), mustClose);
  }

  #answerLarge(response: UwsResponse, head: string | Uint8Array, body: string | Uint8Array): void {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    this.#stream = new AnswerStream(response, head, bytes.length, true, this);
    this.#stream.writeKept(bytes);
  }

  #answerWithoutBody(status: number, head: string | Uint8Array, lengthBytes: number | null): void {
    const response = this.#response;
    if (response === null) return;
    const mustClose = this.#state.isDraining || this.body?.isChunked === true;
    this.#over();
    if (isBodiless(status) || lengthBytes === null) {
      if (mustClose) endBodilessAndClose(response, head);
      else response.writeStatus(head).endWithoutBody();
    } else {
      response.writeStatus(head).endWithoutBody(lengthBytes, mustClose);
    }
  }

  /** The end for this object: nothing of uWS is held any more. */
  #over(): void {
    if (this.#response === null) return;
    this.#response = null;
    this.#stream = null;
    this.#state.exchangeEnded();
  }

  #abort(): void {
    if (this.#response === null) return;
    this.#over();
    this.aborted = true;
    const first = this.#onAbort;
    const more = this.#onAbortMore;
    this.#onAbort = null;
    this.#onAbortMore = null;
    if (this.body !== null) this.#guarded(() => this.body?.abort());
    if (first !== null) this.#guarded(first);
    if (more !== null) for (const callback of more) this.#guarded(callback);
  }

  /** What throws inside one of uWS's callbacks must not pass through it. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#state.onError(error);
      this.destroy();
    }
  }
}

function headOf(line: string, headers: HeaderBlock): string | Uint8Array {
  if (typeof headers === 'string') return line + headers;
  return Buffer.concat([Buffer.from(line, 'latin1'), headers as Uint8Array]);
}

function withText(head: string | Uint8Array, text: string): string | Uint8Array {
  return typeof head === 'string' ? head + text : Buffer.concat([head, Buffer.from(text, 'latin1')]);
}
