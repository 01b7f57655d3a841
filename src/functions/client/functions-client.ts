// Calls functions on the host of this machine. One connection carries all calls of the process; it is made when there
// is something to call, and made anew when its host has ended or goes away. A call that finds no host waits a moment,
// because one is mostly being replaced.

import type { Functions, Invocation, InvocationCall, InvocationHandler } from '../functions.ts';
import { ClientCall } from './client-call.ts';
import { Connection, type ConnectionHandler } from './connection.ts';
import { lost } from './refusals.ts';
import { WaitingCalls } from './waiting-calls.ts';

export interface FunctionsClientStats {
  /** Calls that were sent and have not ended. */
  readonly underWay: number;
  /** Calls that wait for a host to connect to. */
  readonly waiting: number;
  /** Since the start: connections that a host has welcomed. */
  readonly connections: number;
}

export interface FunctionsClientSettings {
  readonly socketPath: string;
  /** Whether there is a host, or one is to come: else calls need not wait for one. Asked after a failed attempt. */
  readonly isHostExpected: () => boolean;
  /** A handler has thrown. */
  readonly onBug: (error: unknown) => void;
  /** Milliseconds that a call waits for a host; default 5,000. */
  readonly waitMs?: number;
  /** Calls that may wait at once; default 10,000. One more is lost at once. */
  readonly waitingMax?: number;
}

const waitMsDefault = 5_000;
const waitingMaxDefault = 10_000;
/** Payloads that may wait, for a host or in the socket of one that does not read. */
const waitingBytesMax = 256 * 1024 * 1024;
/** Between attempts to connect: doubled from the first to the last. */
const retryFirstMs = 5;
const retryMaxMs = 200;

export class FunctionsClient implements Functions {
  readonly #settings: FunctionsClientSettings;
  readonly #waiting: WaitingCalls;
  readonly #handler: ConnectionHandler;
  /** All that are not closed; of these at most one is `#current`. */
  readonly #connections = new Set<Connection>();
  /** Where new calls go, or will go when it is open. */
  #current: Connection | null = null;
  #retry: NodeJS.Timeout | null = null;
  #attempts = 0;
  #welcomes = 0;
  #isClosed = false;

  constructor(settings: FunctionsClientSettings) {
    this.#settings = settings;
    this.#waiting = new WaitingCalls({
      waitMs: settings.waitMs ?? waitMsDefault,
      callsMax: settings.waitingMax ?? waitingMaxDefault,
      bytesMax: waitingBytesMax,
    });
    this.#handler = {
      onOpen: () => this.#opened(),
      onGoAway: (connection) => this.#left(connection),
      onClose: (connection, detail) => this.#closed(connection, detail),
    };
  }

  invoke(invocation: Invocation, handler: InvocationHandler): InvocationCall {
    const call = new ClientCall(invocation, handler, this.#settings.onBug);
    const current = this.#current;
    if (current?.isOpen) {
      if (current.queuedBytes <= waitingBytesMax) current.send(call);
      else this.#lose(call, 'the function host has stopped reading');
    } else if (this.#isClosed) this.#lose(call, 'the way to the function host is closed');
    else if (this.#waiting.add(call)) this.#connect();
    else this.#lose(call, `${this.#waiting.size} calls wait already for a function host`);
    return call;
  }

  /** Ends all connections: calls under way and later ones are lost. */
  close(): void {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    for (const connection of this.#connections) connection.close('the way to the function host was closed');
    this.#waiting.loseAll('the way to the function host was closed');
  }

  stats(): FunctionsClientStats {
    let underWay = 0;
    for (const connection of this.#connections) underWay += connection.underWay;
    return { underWay, waiting: this.#waiting.size, connections: this.#welcomes };
  }

  #connect(): void {
    if (this.#current !== null || this.#retry !== null || this.#isClosed) return;
    try {
      this.#current = new Connection(this.#settings.socketPath, this.#handler);
      this.#connections.add(this.#current);
    } catch (error) {
      this.#failed((error as Error).message); // no folder: nothing was ever started here
    }
  }

  #opened(): void {
    this.#attempts = 0;
    this.#welcomes++;
    while (this.#current?.isOpen) {
      const call = this.#waiting.shift();
      if (call === null) return;
      this.#current.send(call);
    }
  }

  #left(connection: Connection): void {
    if (this.#current === connection) this.#current = null;
  }

  #closed(connection: Connection, detail: string): void {
    this.#connections.delete(connection);
    if (this.#current !== connection) return;
    this.#current = null;
    this.#failed(detail);
  }

  /** Tries again while somebody waits. */
  #failed(detail: string): void {
    if (this.#waiting.size === 0 || this.#isClosed) return;
    this.#waiting.problem = detail;
    if (!this.#settings.isHostExpected()) {
      this.#waiting.loseAll('no function host runs: no function is published');
      return;
    }
    const delayMs = Math.min(retryMaxMs, retryFirstMs * 2 ** this.#attempts++);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      if (this.#waiting.size > 0) this.#connect();
    }, delayMs);
  }

  #lose(call: ClientCall, detail: string): void {
    setImmediate(() => call.end(lost(detail)));
  }
}
