// An event that knows its route, and who is told what came of it.

import type { IncomingRequest } from '../../exchange/downstream.ts';
import {
  type Closing,
  SocketEvent,
  type SocketEventType,
  type SocketSession,
} from '../../exchange/socket-event.ts';
import type { RoutePlan } from './plan.ts';
import type { RouteFailure, RouteResult } from './route-result.ts';

export class RoutedEvent extends SocketEvent {
  readonly plan: RoutePlan;
  /** Told what came of it, in place of the client: the handshake, and the end. */
  readonly settle: ((result: RouteResult) => void) | null;
  /** Its route has answered. */
  isHandled: boolean;

  constructor(
    plan: RoutePlan,
    type: SocketEventType,
    session: SocketSession,
    atMs: number,
    atNs: number,
    text: string,
    isBinary: boolean,
    request: IncomingRequest | null,
    closing: Closing | null,
    settle: ((result: RouteResult) => void) | null,
  ) {
    super(type, session, plan.route, atMs, atNs, text, isBinary, request, closing);
    this.plan = plan;
    this.settle = settle;
    this.isHandled = false;
    this.log = plan.route.recorder.executionLog(this);
  }
}

/** For logs and `$context.error`; what was said of it before is more to the point. */
export function noteFailure(event: SocketEvent, { status, message, type }: RouteFailure): void {
  event.status = status;
  event.errorMessage ??= message;
  event.errorType = type;
}
