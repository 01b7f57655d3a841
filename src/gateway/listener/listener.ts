// Opens a port and turns what arrives there into requests. One listener is one uWS app with one route; everything else
// is decided by whoever is given the requests.

import { inQuietTurn } from '../../base/quiet-turn.ts';
import type { OnRequest } from '../../exchange/downstream.ts';
import type { Topics } from '../../exchange/socket.ts';
import { Crowds } from '../guard/crowds.ts';
import { bodyBytesUnseenMax, costs, type Guard, type Priority } from '../guard/guard.ts';
import { countOpenConnections } from '../guard/open-connections.ts';
import { lookMs } from '../guard/overload.ts';
import { descriptorsEach, type FrontGuard, type FrontStats, type TlsFront } from '../tls/front.ts';
import type { FrontConnection } from '../tls/front-connection.ts';
import { checkTlsFiles, type TlsFiles } from '../tls/tls-files.ts';
import { ClientRequest } from './client-request.ts';
import { type SocketLimits, socketBehavior, socketLimitsDefault } from './client-socket.ts';
import { type Door, type FrontPlace, openDirectDoor, openFrontDoor, type Place } from './doors.ts';
import { ListenerState } from './listener-state.ts';
import { reservePort } from './port.ts';
import { awsLimits, type ListenerLimits, type RefusalReason, refuse, turnAway } from './refusal.ts';
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
  /** 0 lets the system choose. */
  readonly port: number;
  /** null listens for plain HTTP. */
  readonly tls: TlsFiles | null;
  /** Not null: Node's TLS stands in front, with servers by name; `tls` is then not looked at. */
  readonly front?: FrontPlace | null;
  /** False lets no other process listen on the port; true (the default) shares it between the data planes. */
  readonly isPortShared?: boolean;
  /** null, the default: whoever comes is served. */
  readonly guard?: GuardedBy | null;
  /** AWS's by default. */
  readonly limits?: ListenerLimits;
  readonly sockets?: SocketLimits;
  /** Told of each request that the listener answers by itself. */
  readonly onRefused?: (reason: RefusalReason) => void;
  /** Told of what `onRequest`, or a callback that it left behind, threw: a bug. The client gets a 500. */
  readonly onError?: (error: unknown) => void;
}

export interface GuardedBy {
  readonly guard: Guard;
  /** Connections of one address to all processes that share the port; 0: no matter how many. */
  readonly connectionsPerAddress: number;
  readonly processes: number;
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
  const guard = options.guard?.guard ?? null;
  const furnish = (app: UwsApp, front: TlsFront | null): (() => number) => {
    let openCount = 0;
    const handle = requestHandler(state, onRequest, front, guard);
    app.ws('/*', socketBehavior(sockets, compressorOf(sockets), handle));
    app.any('/*', handle);
    const countConnection = (response: UwsResponse, change: number): void => {
      state.connectionCount += change;
      openCount += change;
      if (front !== null) return;
      if (change < 0) {
        state.peer.closed();
        return;
      }
      state.peer.opened(() => addressText(response.getRemoteAddress()));
      if (guard === null || guard.admits(new Uint8Array(response.getRemoteAddress()), state.connectionCount))
        return;
      response.close();
    };
    app.filter(countConnection);
    return () => openCount;
  };
  const isPortShared = options.isPortShared !== false;
  const open = async (place: Place, files: TlsFiles | null, front: FrontPlace | null): Promise<Door> => {
    if (front !== null) return await openFrontDoor(place, front, frontGuard(guard, state), furnish);
    if (files !== null) checkTlsFiles(files);
    return await openDirectDoor(place, files, furnish);
  };
  const reserved = port === 0 && isPortShared ? await reservePort(host) : null;
  const spareCork = await createSpareCork();
  state.spareCork = spareCork;
  const place = { host, port: reserved?.port ?? port, isPortShared };
  const door = await open(place, tls, options.front ?? null)
    .catch((error: unknown) => {
      spareCork.close();
      throw error;
    })
    .finally(() => reserved?.release());
  state.port = door.port;
  const again: Reopen = (files, front) => open({ host, port: state.port, isPortShared: true }, files, front);
  const stopWatching = options.guard ? watch(options.guard, state) : () => {};
  return new UwsListener(door, again, state, stopWatching);
}

type Reopen = (tls: TlsFiles | null, front: FrontPlace | null) => Promise<Door>;

function frontGuard(guard: Guard | null, state: ListenerState): FrontGuard {
  if (guard === null) return { admits: () => true, handshaking: () => {} };
  return {
    // Those whose handshake is under way are no connections yet; a front has its own maximum of them.
    admits: (address) => guard.admits(address, state.connectionCount + 1, descriptorsEach),
    handshaking: (address) => guard.charge(address, costs.handshake),
  };
}

const crowdsLookMs = 1_000;

/** @returns what ends it */
function watch({ guard, connectionsPerAddress, processes }: GuardedBy, state: ListenerState): () => void {
  const crowds = new Crowds({
    guard,
    perAddressMax: connectionsPerAddress,
    processes,
    count: countOpenConnections,
  });
  const nowMs = () => performance.now();
  const look = () => void crowds.look(state.connectionCount, state.port, nowMs).catch(state.onError);
  const timers = [setInterval(() => guard.look(), lookMs).unref(), setInterval(look, crowdsLookMs).unref()];
  return () => timers.forEach(clearInterval);
}

function compressorOf({ compression }: SocketLimits): number {
  if (compression === 'off') return uws.DISABLED;
  return compression === 'shared' ? uws.SHARED_COMPRESSOR : uws.DEDICATED_COMPRESSOR_4KB;
}

/**
 * The one handler. A throw out of it, or a return that neither answers nor listens for the abort, would end the process.
 */
function requestHandler(
  state: ListenerState,
  onRequest: OnRequest,
  front: TlsFront | null,
  guard: Guard | null,
) {
  const head = new RequestHead(state.limits);
  return (response: UwsResponse, request: UwsRequest, context?: UwsSocketContext): void => {
    const connection = front === null ? null : front.connectionOf(response.getProxiedRemoteAddress());
    if (front !== null && connection === null) {
      response.close(); // it has just gone
      return;
    }
    const reason = head.read(request);
    if (reason !== null) {
      guard?.charge(addressOf(response, connection), costs.refusal);
      refuseRequest(state, response, head, reason);
      return;
    }
    if (
      guard !== null &&
      (--guard.untilCharge <= 0 || guard.isAlert || head.bodyBytes > bodyBytesUnseenMax) &&
      isTurnedAway(guard, state, response, head, addressOf(response, connection), context !== undefined)
    )
      return;
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

/** Four bytes or sixteen. */
const addressOf = (response: UwsResponse, connection: FrontConnection | null): ArrayLike<number> =>
  connection === null ? new Uint8Array(response.getRemoteAddress()) : connection.addressBytes;

/** Whether it was the guard that answered. */
function isTurnedAway(
  guard: Guard,
  state: ListenerState,
  response: UwsResponse,
  head: RequestHead,
  address: ArrayLike<number>,
  isUpgrade: boolean,
): boolean {
  const reason = guard.judge(address, priorityOf(head.path, isUpgrade), Math.max(0, head.bodyBytes));
  if (reason === null) return false;
  state.refused(reason);
  const mustClose = head.bodyBytes !== noBody || state.isDraining;
  turnAway(
    response,
    reason,
    guard.retryAfter(reason, address),
    state.limits,
    head.method === 'HEAD',
    mustClose,
  );
  return true;
}

function priorityOf(path: string, isUpgrade: boolean): Priority {
  if (path === '/ping' || path === '/sping') return 'health';
  if (isUpgrade) return 'upgrade';
  return path.includes('/@connections/') || path.includes('/@topics/') ? 'administration' : 'ordinary';
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

  readonly #stopWatching: () => void;

  constructor(door: Door, reopen: Reopen, state: ListenerState, stopWatching: () => void) {
    this.#stopWatching = stopWatching;
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
    await inQuietTurn(() => before.stopAccepting());
    // Those before it whose last connection has gone in the meantime.
    const idle = this.#doors.filter((door) => door !== before && door !== next && door.openCount() === 0);
    this.#doors = this.#doors.filter((door) => !idle.includes(door));
    for (const door of idle) door.close();
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
    this.#stopWatching();
    for (const door of this.#doors) door.close();
    this.#state.spareCork?.close();
  }
}
