// What comes of a route: an answer, or a failure that becomes an error frame (at the handshake, a status).

import type { SocketEvent } from '../../exchange/socket-event.ts';

export interface RouteAnswer {
  readonly failure: null;
  /** Decides the handshake; of messages nobody asks for it. */
  readonly status: number;
  /** Flat name, value list; read at the handshake only. */
  readonly headers: readonly string[];
  /** What a two-way route sends back; null: nothing. */
  readonly body: string | Uint8Array | null;
}

/** @see WebSocket reference, sections 6 and 9 */
export interface RouteFailure {
  readonly failure: 'internal' | 'function' | 'timeout' | 'forbidden' | 'throttled' | 'badBody';
  /** Of the handshake. */
  readonly status: number;
  readonly message: string;
  /** `$context.error.responseType` */
  readonly type: string;
}

export type RouteResult = RouteAnswer | RouteFailure;

const failureOf = (
  failure: RouteFailure['failure'],
  status: number,
  message: string,
  type: string,
): RouteFailure => Object.freeze({ failure, status, message, type });

export const routeFailures = {
  internal: failureOf('internal', 500, 'Internal server error', 'API_CONFIGURATION_ERROR'),
  unreachable: failureOf('internal', 500, 'Internal server error', 'INTEGRATION_FAILURE'),
  function: failureOf('function', 502, 'Internal server error', 'INTEGRATION_FAILURE'),
  timeout: failureOf('timeout', 504, 'Endpoint request timed out', 'INTEGRATION_TIMEOUT'),
  forbidden: failureOf('forbidden', 403, 'Forbidden', 'RESOURCE_NOT_FOUND'),
  throttled: failureOf('throttled', 429, 'Too Many Requests', 'THROTTLED'),
  badBody: failureOf('badBody', 400, 'Bad request body', 'BAD_REQUEST_BODY'),
} as const;

/** Tells the log why a route could not do its work. @returns the failure */
export function misconfigured(
  event: SocketEvent,
  reason: string,
  failure: RouteFailure = routeFailures.internal,
): RouteFailure {
  event.log?.error(`Execution failed due to configuration error: ${reason}`);
  return failure;
}

const nothing: readonly string[] = Object.freeze([]);
/** Handled, with nothing to send. */
export const silence: RouteAnswer = Object.freeze({
  failure: null,
  status: 200,
  headers: nothing,
  body: null,
});

/** Called once for each event that was given to a route; perhaps before that call returns. */
export type Done<Event> = (event: Event, result: RouteResult) => void;
