// How an exchange is seen: the types through which the request path tells observability what happened.

import type { Exchange } from './exchange.ts';
import type { SocketEvent } from './socket-event.ts';

/** Everything that observability wants to know about one method on one stage, made at compile time. */
export interface RouteRecorder {
  /**
   * Counts the exchange, measures it and writes its access log line. Called exactly once for each exchange,
   * when its answer was handed to the socket or can no longer be.
   */
  finished(exchange: Exchange): void;
  /** The exchange's execution log, or null when the method's logging level is OFF (then nothing is formatted). */
  executionLog(exchange: Exchange): ExecutionLog | null;
}

/**
 * The execution log of one exchange. Lines are kept until the end: at level ERROR they are written only when
 * the request failed.
 * @see observability reference, section 3
 */
export interface ExecutionLog {
  /** Data trace is on: bodies and header maps may be logged. */
  readonly dataTrace: boolean;
  /** One line of the success story (level INFO). */
  info(line: string): void;
  /** An INFO line with header fields, secrets masked: `{label}: {a=b, c=d}`. @param fields - flat name, value list */
  fields(label: string, fields: readonly string[]): void;
  /** One line that tells why a request fails (levels ERROR and INFO). */
  error(line: string): void;
}

/** Everything that observability wants to know about one route of a WebSocket API on one stage. */
export interface SocketRecorder {
  /**
   * Counts the event (`ConnectCount`, `MessageCount`, errors, latency) and writes its access log line. Called exactly once
   * for each event, when its answer was handed to the socket or can no longer be.
   */
  finished(event: SocketEvent): void;
  /**
   * Counts a message that was answered without an event being made of it: no access log, no execution log.
   * @param startedNs, endedNs - monotonic
   */
  messageDone(startedNs: number, endedNs: number): void;
  /** Someone reads events one by one: they must be made. */
  readonly wantsEvents: boolean;
  /** The event's execution log, or null when the route's logging level is OFF. */
  executionLog(event: SocketEvent): ExecutionLog | null;
}

/** Made once per process. */
export interface Recorder {
  route(description: RouteDescription): RouteRecorder;
}

/** The same for WebSocket APIs. */
export interface SocketRecorders {
  /** @param description - `httpMethod` is the route key, `resourcePath` is empty */
  socketRoute(description: RouteDescription): SocketRecorder;
  /** The same object for the same stage, for as long as the process lives. */
  socketTraffic(apiId: string, apiName: string, stageName: string): SocketTraffic;
}

/** What goes over the sockets of one stage: plain counters, added to where it happens. */
export interface SocketTraffic {
  /** Open and opening connections. */
  connections: number;
  messagesIn: number;
  bytesIn: number;
  /** Answers, posts, and what each member got of a topic. */
  messagesOut: number;
  bytesOut: number;
  /** Messages that a slow reader did not get. */
  dropped: number;
  /** Messages of a topic in whose place a slow reader got a newer one. */
  conflated: number;
  /** Connections closed because their client read too slowly. */
  closedSlow: number;
}

export interface RouteDescription {
  readonly apiId: string;
  readonly apiName: string;
  readonly stageName: string;
  readonly resourcePath: string;
  readonly httpMethod: string;
  readonly isCanary: boolean | null;
  /** `metricsEnabled`: count by method and resource too, not only by API and stage. */
  readonly detailedMetrics: boolean;
  readonly loggingLevel: 'OFF' | 'ERROR' | 'INFO';
  readonly dataTrace: boolean;
  /** null: no access log. */
  readonly accessLog: { readonly destinationArn: string; readonly format: string } | null;
}
