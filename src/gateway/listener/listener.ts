// Opens a port and turns what arrives there into requests. One listener is one uWS app with one route; everything else
// is decided by whoever is given the requests.

import { quietTurn } from '../../base/quiet-turn.ts';
import type { OnRequest } from '../../exchange/downstream.ts';
import type { Topics } from '../../exchange/socket.ts';
import type { FrontGuard, FrontStats, TlsFront } from '../tls/front.ts';
import { checkTlsFiles, type TlsFiles } from '../tls/tls-files.ts';
import { ClientRequest } from './client-request.ts';
import { type SocketLimits, socketBehavior, socketLimitsDefault } from './client-socket.ts';
import { type Door, type FrontPlace, openDirectDoor, openFrontDoor, type Place } from './doors.ts';
import { ListenerState } from './listener-state.ts';
import { awsLimits, type ListenerLimits, type RefusalReason, refuse } from './refusal.ts';
import { addressText } from './remote-address.ts';
import { noBody, RequestHead } from './request-head.ts';
import { createSpareCork } from './spare-cork.ts';
import { asksForWebSocket } from './upgrade-request.ts';
import { uws } from './uws.ts';
import type { UwsApp, UwsRequest, UwsResponse, UwsSocketContext } from './uws-types.ts';
import { wireText } from './wire-text.ts';

export interface ListenerOptions {
  /** Address to bind, for example `0.0.0.0` or `::`. */
  readonly host: string;
  /** 0 lets the system choose; such a port is not shared. */
  readonly port: number;
  /** null listens for plain HTTP. */
  readonly tls: TlsFiles | null;
  /** Not null: Node's TLS stands in front, with servers by name; `tls` is then not looked at. */
  readonly front?: FrontPlace | null;
  /** False lets no other process listen on the port; true (the default) shares it between the data planes. */
  readonly isPortShared?: boolean;
  /** AWS's by default. */
  readonly limits?: ListenerLimits;
  readonly sockets?: SocketLimits;
  /** Told of each request that the listener answers by itself. */
  readonly onRefused?: (reason: RefusalReason) => void;
  /** Told of what `onRequest`, or a callback that it left behind, threw: a bug. The client gets a 500. */
  readonly onError?: (error: unknown) => void;
}

export interface ListenerStats {
  /** Open now. */
  readonly connectionCount: number;
  readonly inFlightCount: number;
  /** WebSockets that are open. */
  readonly socketCount: number;
  /** Since the start: exchanges whose client went away before the answer was whole. */
  readonly abortedCount: number;
  /** Handed to `onRequest` since the start. */
  readonly requestCount: number;
  readonly refusals: Readonly<Record<RefusalReason, number>>;
  /** null while no front is there. */
  readonly front: FrontStats | null;
}

export interface Listener extends Topics {
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  readonly stats: ListenerStats;
  /**
   * Lets new connections in by another door: with other TLS files, with a front or without. Open ones stay as they are.
   * @throws (rejects) Error with one line; the door before is open then
   */
  reopen(tls: TlsFiles | null, front: FrontPlace | null): Promise<void>;
  /**
   * Stops gracefully: accepts no connection, ends each connection with its answer, cuts the idle ones, waits for
   * WebSockets to be closed (their owner does that), resolves when all is over. What still runs at the deadline is cut.
   */
  drain(deadlineMs: number): Promise<void>;
  /** Cuts everything at once. */
  close(): void;
}

/** While draining: how long clients may take to read their last answer and to send what they just began. */
const settleMs = 250;

/**
 * @param onRequest - called for every well-formed request, inside uWS's callback; what it throws is answered with 500
 * @throws Error with one line when the port cannot be had or the TLS files do not fit
 */
export async function openListener(options: ListenerOptions, onRequest: OnRequest): Promise<Listener> {
  const { host, port, tls } = options;
  const state = new ListenerState(
    tls !== null,
    options.limits ?? awsLimits,
    options.onRefused ?? (() => {}),
    options.onError ?? ((error) => console.error(error)),
    options.sockets !== undefined && options.sockets.compression !== 'off',
  );
  const sockets = options.sockets ?? socketLimitsDefault;
  const furnish = (app: UwsApp, front: TlsFront | null): void => {
    const handle = requestHandler(state, onRequest, front);
    app.ws('/*', socketBehavior(sockets, compressorOf(sockets), handle));
    app.any('/*', handle);
    const countConnection = (response: UwsResponse, change: number): void => {
      state.connectionCount += change;
      if (front !== null) return;
      if (change > 0) state.peer.opened(() => addressText(response.getRemoteAddress()));
      else state.peer.closed();
    };
    app.filter(countConnection);
  };
  const isPortShared = options.isPortShared !== false;
  const open = async (place: Place, files: TlsFiles | null, front: FrontPlace | null): Promise<Door> => {
    if (front !== null) return await openFrontDoor(place, front, everybody, furnish);
    if (files !== null) checkTlsFiles(files);
    return await openDirectDoor(place, files, furnish);
  };
  const spareCork = await createSpareCork();
  state.spareCork = spareCork;
  const door = await open({ host, port, isPortShared }, tls, options.front ?? null).catch(
    (error: unknown) => {
      spareCork.close();
      throw error;
    },
  );
  state.port = door.port;
  const again: Reopen = (files, front) => open({ host, port: state.port, isPortShared: true }, files, front);
  return new UwsListener(door, again, state);
}

type Reopen = (tls: TlsFiles | null, front: FrontPlace | null) => Promise<Door>;

const everybody: FrontGuard = { admits: () => true, closed: () => {}, handshaking: () => {} };

function compressorOf({ compression }: SocketLimits): number {
  if (compression === 'off') return uws.DISABLED;
  return compression === 'shared' ? uws.SHARED_COMPRESSOR : uws.DEDICATED_COMPRESSOR_4KB;
}

/**
 * The one handler. A throw out of it, or a return that neither answers nor listens for the abort, would end the process.
 */
function requestHandler(state: ListenerState, onRequest: OnRequest, front: TlsFront | null) {
  const head = new RequestHead(state.limits);
  return (response: UwsResponse, request: UwsRequest, context?: UwsSocketContext): void => {
    const reason = head.read(request);
    if (reason !== null) {
      refuseRequest(state, response, head, reason);
      return;
    }
    const connection = front === null ? null : front.connectionOf(response.getProxiedRemoteAddress());
    if (front !== null && connection === null) {
      response.close(); // it has just gone
      return;
    }
    const exchange = new ClientRequest(state, response, head, connection);
    // uWS calls each GET with a key an upgrade, whatever else it says.
    if (context !== undefined && asksForWebSocket(head.fields))
      exchange.offerUpgrade(
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      );
    state.requestCount++;
    state.inFlightCount++;
    state.corked = exchange;
    try {
      onRequest(exchange);
    } catch (error) {
      state.onError(error);
      exchange.fail();
    }
    state.corked = null;
    exchange.handlerReturned();
  };
}

function refuseRequest(
  state: ListenerState,
  response: UwsResponse,
  head: RequestHead,
  reason: RefusalReason,
): void {
  state.refused(reason);
  refuse(
    response,
    reason,
    state.limits,
    head.method === 'HEAD',
    head.bodyBytes === noBody ? 'nothing' : 'unread',
  );
}

class UwsListener implements Listener {
  readonly port: number;
  readonly #reopen: Reopen;
  readonly #state: ListenerState;
  /** The last one is open. */
  #doors: Door[];
  #isClosed: boolean;
  #drained: Promise<void> | null;

  constructor(door: Door, reopen: Reopen, state: ListenerState) {
    this.port = state.port;
    this.#reopen = reopen;
    this.#state = state;
    this.#doors = [door];
    this.#isClosed = false;
    this.#drained = null;
  }

  get stats(): ListenerStats {
    const { connectionCount, inFlightCount, socketCount, abortedCount, requestCount, refusals } = this.#state;
    return {
      connectionCount,
      inFlightCount,
      socketCount,
      abortedCount,
      requestCount,
      refusals: { ...refusals },
      front: this.#doors.at(-1)!.front?.stats ?? null,
    };
  }

  publish(topic: string, message: string | Uint8Array, isBinary: boolean): number {
    if (this.#isClosed) return 0;
    const { compressesSockets } = this.#state;
    let members = 0;
    for (const { app } of this.#doors) {
      const here = app.numSubscribers(topic);
      if (here > 0) app.publish(topic, wireText(message), isBinary, compressesSockets);
      members += here;
    }
    return members;
  }

  async reopen(tls: TlsFiles | null, front: FrontPlace | null): Promise<void> {
    if (this.#isClosed || this.#state.isDraining) return;
    const before = this.#doors.at(-1)!;
    const next = await this.#reopen(tls, front);
    if (this.#isClosed || this.#state.isDraining) {
      next.close();
      return;
    }
    this.#doors = [...this.#doors, next];
    await quietTurn();
    before.stopAccepting();
  }

  drain(deadlineMs: number): Promise<void> {
    this.#drained ??= this.#drain(deadlineMs);
    return this.#drained;
  }

  async #drain(deadlineMs: number): Promise<void> {
    if (this.#isClosed) return;
    const state = this.#state;
    for (const door of this.#doors) door.stopAccepting();
    state.isDraining = true;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, deadlineMs);
      let settling: NodeJS.Timeout | null = null;
      const settled = (): void => {
        settling = null;
        if (!state.isIdle) return; // a request came in the meantime: onIdle will tell
        clearTimeout(deadline);
        resolve();
      };
      state.onIdle = () => {
        if (settling !== null) clearTimeout(settling);
        settling = setTimeout(settled, state.connectionCount === 0 ? 0 : settleMs);
      };
      if (state.isIdle) state.onIdle();
    });
    state.onIdle = null;
    this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const door of this.#doors) door.close();
    this.#state.spareCork?.close();
  }
}
