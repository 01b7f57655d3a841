// What all connections of a process share: where they are found, when they end, and how they are counted.

import type { Clock } from '../../base/clock.ts';
import type { SocketTraffic } from '../../exchange/recorder.ts';
import type { SocketEvent } from '../../exchange/socket-event.ts';
import type { Throttle } from '../throttle/throttle.ts';
import type { Connection, Connections } from './connection.ts';
import { newConnectionId, placeOf, slotsMax } from './connection-id.ts';
import { Deadlines } from './deadlines.ts';
import { closings } from './frames.ts';
import type { NodeConnections } from './node-connections.ts';
import type { WebSocketStage } from './plan.ts';
import type { RouteResult } from './route-result.ts';
import type { Session } from './session.ts';
import type { LocalTopics } from './topics.ts';

/** One stage as its connections know it: a redeploy changes what is current, and they go on with that. */
export interface StageHandle {
  readonly apiId: string;
  readonly stageName: string;
  /** null when the stage, or its API, is no more. */
  current: WebSocketStage | null;
  /** What was served last of a stage that is no more: its `$disconnect` is still run. */
  last: WebSocketStage | null;
  /** Open and opening ones of this process. */
  connectionCount: number;
  /** What observability is told of them beside their events. */
  readonly traffic: SocketTraffic;
}

export interface HubOptions {
  readonly clock: Clock;
  /** Wall time of a monotonic time. */
  readonly wallMs: (monotonicNs: number) => number;
  readonly throttle: Throttle;
  readonly topics: LocalTopics;
  /** 0 to 255. */
  readonly node: number;
  /** 0 to 65535; of all that run on this node at once, this process alone has it. */
  readonly process: number;
  /** Told of what a route threw: a bug of ours. */
  readonly onBug: (error: unknown, requestId: string) => void;
}

/** AWS lets 500 clients a second connect anew. */
const drainedEachMs = 2;

export class Hub implements Connections {
  readonly clock: Clock;
  readonly wallMs: HubOptions['wallMs'];
  readonly throttle: Throttle;
  readonly topics: LocalTopics;
  readonly onBug: HubOptions['onBug'];
  readonly deadlines: Deadlines<Session>;
  /** One function for all events: what comes of each goes to its own session. */
  readonly done = (event: SocketEvent, result: RouteResult): void =>
    (event.session as Session).finished(event, result);
  /** New connections are refused from now on. */
  isDraining = false;
  readonly node: number;
  readonly process: number;
  /** Connections and topics of all processes; set before the first connection is made. */
  everywhere: NodeConnections | null = null;
  readonly #slots: (Session | null)[] = [];
  readonly #free: number[] = [];
  #count = 0;
  #runningCount = 0;
  #onSettled: (() => void) | null = null;

  constructor({ clock, wallMs, throttle, topics, node, process, onBug }: HubOptions) {
    this.clock = clock;
    this.wallMs = wallMs;
    this.throttle = throttle;
    this.topics = topics;
    this.onBug = onBug;
    this.node = node;
    this.process = process;
    this.deadlines = new Deadlines((session, nowMs) => session.expired(nowMs));
  }

  get count(): number {
    return this.#count;
  }

  /** Gives a session its place. @returns its id, or null when the process is full */
  add(session: Session): string | null {
    const slot = this.#free.pop() ?? this.#slots.length;
    if (slot >= slotsMax) return null;
    this.#slots[slot] = session;
    this.#count++;
    return newConnectionId({ node: this.node, process: this.process, slot });
  }

  remove(session: Session): void {
    const place = placeOf(session.id);
    if (place === null || this.#slots[place.slot] !== session) return;
    this.#slots[place.slot] = null;
    this.#free.push(place.slot);
    this.#count--;
  }

  find(id: string): Session | null {
    const place = placeOf(id);
    if (place === null || place.node !== this.node || place.process !== this.process) return null;
    const session = this.#slots[place.slot] ?? null;
    return session?.id === id ? session : null;
  }

  list(apiId: string, stageName: string, max: number): readonly Connection[] {
    const found: Connection[] = [];
    for (const session of this.#slots) {
      if (found.length >= max) break;
      if (session !== null && session.apiId === apiId && session.stageName === stageName) found.push(session);
    }
    return found;
  }

  /** Every session that there is now. */
  sessions(): readonly Session[] {
    return this.#slots.filter((session) => session !== null);
  }

  /**
   * Refuses new connections, and says goodbye to all there are, spread over time: their clients come back elsewhere, and
   * not all at once.
   */
  drain(deadlineMs: number): void {
    this.isDraining = true;
    const sessions = this.sessions();
    const spreadMs = Math.min(deadlineMs / 2, sessions.length * drainedEachMs);
    const { code, reason } = closings.goingAway;
    sessions.forEach((session, i) => {
      const timer = setTimeout(() => session.close(code, reason), (spreadMs * i) / sessions.length);
      timer.unref();
    });
  }

  /** A route was given an event. */
  began(): void {
    this.#runningCount++;
  }

  /** It has answered. */
  ended(): void {
    this.#runningCount--;
    if (this.#runningCount === 0) this.#onSettled?.();
  }

  /** Events that routes are handling. */
  get runningCount(): number {
    return this.#runningCount;
  }

  /** Resolves when no route is handling anything, `$disconnect` least of all; or at the deadline. */
  settled(deadlineMs: number): Promise<void> {
    if (this.#runningCount === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, deadlineMs);
      this.#onSettled = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.deadlines.close();
  }
}
