// One event of a WebSocket connection on its way through a route: the handshake, a message, or the end. What it is asked
// for is made then: a message that a mock answers needs neither ids nor a context.

import { newExtendedRequestId } from '../base/ids.ts';
import { noJson } from '../mapping/selection/selection-expression.ts';
import type { IncomingRequest } from './downstream.ts';
import { parseQuery, type QueryParameters } from './exchange.ts';
import type { ExecutionLog } from './recorder.ts';
import type { SocketRoute } from './socket-route.ts';

export type SocketEventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

/** How a socket was closed. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** Who an authorizer or a signature said it is; kept from the handshake on. */
export interface SocketIdentity {
  /** `$context.authorizer`: flat, values as the authorizer gave them, with `principalId`; null without an authorizer. */
  readonly authorizer: Readonly<Record<string, unknown>> | null;
  /** Fields of `$context.identity` beside sourceIp and userAgent: `accessKey`, `userArn`, `apiKey` ... */
  readonly identity: Readonly<Record<string, string>>;
}

export const anonymous: SocketIdentity = Object.freeze({ authorizer: null, identity: Object.freeze({}) });

/** What a connection is known by, whoever asks. */
export interface SocketSession {
  readonly id: string;
  /** Wall time, milliseconds. */
  readonly connectedAtMs: number;
  readonly domainName: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly identity: SocketIdentity;
}

const unread: unique symbol = Symbol('not read yet');

export class SocketEvent {
  readonly type: SocketEventType;
  readonly session: SocketSession;
  readonly route: SocketRoute;
  /** Wall time, milliseconds. */
  readonly startedMs: number;
  /** Monotonic, nanoseconds. */
  readonly startedNs: number;
  /** The message: text, or base64 of bytes; '' where there is none. */
  readonly text: string;
  readonly isBinary: boolean;
  /** The handshake's request; null for all that comes later. */
  readonly request: IncomingRequest | null;
  readonly closing: Closing | null;
  /** null when the route logs nothing. */
  log: ExecutionLog | null;

  /** For logs and metrics; 0 and null: no backend was called. */
  integrationStartedNs: number;
  integrationEndedNs: number;
  integrationStatus: number;
  integrationError: string | null;
  integrationRequestId: string | null;
  /** The handshake's answer; of other events 200 for what was handled, else the failure's. */
  status: number;
  errorMessage: string | null;
  errorType: string | null;
  validationError: string | null;
  /** Of the frame that went back. */
  responseBytes: number;
  /** Monotonic nanoseconds at the end; 0 while it is under way. */
  endedNs: number;

  #requestId: string | null;
  #messageId: string | null;
  #json: unknown;
  #query: QueryParameters | null;

  constructor(
    type: SocketEventType,
    session: SocketSession,
    route: SocketRoute,
    startedMs: number,
    startedNs: number,
    text: string,
    isBinary: boolean,
    request: IncomingRequest | null,
    closing: Closing | null,
  ) {
    this.type = type;
    this.session = session;
    this.route = route;
    this.startedMs = startedMs;
    this.startedNs = startedNs;
    this.text = text;
    this.isBinary = isBinary;
    this.request = request;
    this.closing = closing;
    this.log = null;
    this.integrationStartedNs = 0;
    this.integrationEndedNs = 0;
    this.integrationStatus = 0;
    this.integrationError = null;
    this.integrationRequestId = null;
    this.status = 200;
    this.errorMessage = null;
    this.errorType = null;
    this.validationError = null;
    this.responseBytes = 0;
    this.endedNs = 0;
    this.#requestId = null;
    this.#messageId = null;
    this.#json = unread;
    this.#query = null;
  }

  /** `$context.requestId` and `.extendedRequestId`: one and the same, in the form of the latter. */
  get requestId(): string {
    this.#requestId ??= newExtendedRequestId();
    return this.#requestId;
  }

  /** null where there is no message. */
  get messageId(): string | null {
    if (this.type !== 'MESSAGE') return null;
    this.#messageId ??= newExtendedRequestId();
    return this.#messageId;
  }

  /** The message as JSON, parsed once; `noJson` when it is none. */
  json(): unknown {
    if (this.#json === unread) this.#json = this.isBinary ? noJson : jsonOf(this.text);
    return this.#json;
  }

  /** Takes over what route selection has parsed already. */
  parsed(json: unknown): void {
    this.#json = json;
  }

  /** The last field of that name of the handshake; null later. @param name - lower case */
  header(name: string): string | null {
    return this.headerAll(name).at(-1) ?? null;
  }

  /** @param name - lower case */
  headerAll(name: string): string[] {
    return (this.request?.headers ?? []).filter((_, i, all) => i % 2 === 1 && all[i - 1] === name);
  }

  /** Of the handshake; empty later. */
  query(): QueryParameters {
    this.#query ??= parseQuery(this.request?.query ?? '');
    return this.#query;
  }

  queryParameterAll(name: string): string[] {
    const { names, values } = this.query();
    return values.filter((_, i) => names[i] === name);
  }
}

/** @returns `noJson` when it is none */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return noJson;
  }
}
