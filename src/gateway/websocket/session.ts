// One connection, from its handshake to its end: messages in, each to its route; answers and posts out; the end told once.

import { isUtf8 } from 'node:buffer';
import type { SocketTraffic } from '../../exchange/recorder.ts';
import type { Socket, SocketEvents } from '../../exchange/socket.ts';
import {
  anonymous,
  type Closing,
  type SocketEvent,
  type SocketIdentity,
  type SocketSession,
} from '../../exchange/socket-event.ts';
import type { WebSocketSettings } from '../../resources/index.ts';
import type { Connection } from './connection.ts';
import type { ConstantAnswer } from './constant-answer.ts';
import { dueMs } from './deadlines.ts';
import { closings, errorFrame, messageText, reasonOf } from './frames.ts';
import { HeldPosts } from './held-posts.ts';
import type { Hub, StageHandle } from './hub.ts';
import type { Member, Membership } from './membership.ts';
import { MessageRate } from './message-rate.ts';
import type { Posted } from './node-verbs.ts';
import type { RoutePlan, WebSocketStage } from './plan.ts';
import { type RouteResult, routeFailures } from './route-result.ts';
import { noteFailure, RoutedEvent } from './routed-event.ts';
import { WaitingEvents } from './waiting-events.ts';

const noTopics: ReadonlySet<string> = new Set();

/** What parsing a message for its route leaves for the route itself: see `WebSocketStage.select`. */
let parsedJson: unknown;
const takeParsed = (json: unknown): void => {
  parsedJson = json;
};

export class Session implements SocketEvents, SocketSession, Connection, Member {
  readonly id: string;
  readonly connectedAtMs: number;
  readonly domainName: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly hub: Hub;
  identity: SocketIdentity;
  /** The topics' own. */
  membership: Membership | null;

  readonly #home: StageHandle;
  /** null until the handshake is done, and after the end. */
  #socket: Socket | null;
  #isOver: boolean;
  #lastActiveMs: number;
  #inFlight: number;
  /** Messages of ordered routes that are being handled: 0 or 1. */
  #ordered: number;
  #waiting: WaitingEvents | null;
  #isServingWaiting: boolean;
  /** The last message was not sent at once: before that, asking how much waits is a crossing for nothing. */
  #isLagging: boolean;
  /** Posts that came before the handshake was done. */
  #held: HeldPosts | null;
  /** Why it is closed, where no closing frame tells it. */
  #closing: Closing | null;
  /** null while its stage has no rate for it. */
  #rate: MessageRate | null;

  /** @throws Error when the process has no place left */
  constructor(
    hub: Hub,
    home: StageHandle,
    domainName: string,
    sourceIp: string,
    userAgent: string,
    atMs: number,
  ) {
    this.hub = hub;
    this.#home = home;
    this.connectedAtMs = atMs;
    this.domainName = domainName;
    this.sourceIp = sourceIp;
    this.userAgent = userAgent;
    this.identity = anonymous;
    this.#socket = null;
    this.#isOver = false;
    this.#lastActiveMs = atMs;
    this.#inFlight = 0;
    this.#ordered = 0;
    this.#waiting = null;
    this.#isServingWaiting = false;
    this.#isLagging = false;
    this.#held = null;
    this.#closing = null;
    this.membership = null;
    this.#rate = null;
    const id = hub.add(this);
    if (id === null) throw new Error('this process has no place for another connection');
    this.id = id;
    home.connectionCount++;
    home.traffic.connections++;
  }

  get apiId(): string {
    return this.#home.apiId;
  }

  get stageName(): string {
    return this.#home.stageName;
  }

  get lastActiveAtMs(): number {
    return Math.max(this.#lastActiveMs, this.hub.topics.publishedMs(this));
  }

  get topics(): ReadonlySet<string> {
    return this.membership?.names ?? noTopics;
  }

  get socket(): Socket | null {
    return this.#socket;
  }

  get settings(): WebSocketSettings | null {
    return this.#isOver ? null : (this.#home.current?.settings ?? null);
  }

  get traffic(): SocketTraffic {
    return this.#home.traffic;
  }

  /** The handshake is done. */
  opened(socket: Socket): void {
    if (this.#isOver) return; // closed from inside the upgrade
    this.#socket = socket;
    this.hub.deadlines.set(this, this.#dueMs(this.#home.current));
    const held = this.#held;
    this.#held = null;
    for (const message of held?.messages ?? []) this.post(message);
    this.hub.topics.opened(this);
    if (this.#closing !== null) this.close(this.#closing.code, this.#closing.reason);
  }

  /** There will be no socket: nothing was opened, so nothing is closed. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#held = null;
    this.#forget();
  }

  onMessage(message: Uint8Array, isBinary: boolean): void {
    const stage = this.#home.current;
    if (stage === null) {
      this.close(closings.stageGone.code, closings.stageGone.reason);
      return;
    }
    const { settings } = stage;
    const { traffic } = this.#home;
    traffic.messagesIn++;
    traffic.bytesIn += message.byteLength;
    if (message.byteLength > settings.messageBytesMax) {
      this.close(closings.tooBig.code, closings.tooBig.reason);
      return;
    }
    if (isBinary && settings.binary === 'close') {
      this.close(closings.binary.code, closings.binary.reason);
      return;
    }
    const atNs = this.hub.clock.monotonicNs();
    const atMs = this.hub.wallMs(atNs);
    this.#lastActiveMs = atMs;
    const text = isBinary ? Buffer.from(message).toString('base64') : messageText(message);
    parsedJson = undefined;
    const plan = stage.select(text, isBinary, takeParsed);
    const mayPass = this.#mayPass(plan, stage, atNs);
    const mustWait = this.#inFlight >= settings.inFlightMax || (plan.isOrdered && this.#mustWait());
    if (plan.constant !== null && mayPass && !mustWait) {
      this.#answerAtOnce(plan, plan.constant, atNs);
      return;
    }
    const event = new RoutedEvent(plan, 'MESSAGE', this, atMs, atNs, text, isBinary, null, null, null);
    if (parsedJson !== undefined) event.parsed(parsedJson);
    if (!mayPass) this.finished(event, routeFailures.throttled);
    else if (mustWait) this.#wait(event, settings);
    else this.#begin(event);
  }

  /** A route whose every answer is the same, and of which nobody wants more than a count, needs no event. */
  #answerAtOnce({ route }: RoutePlan, { frame, isBinary, bytes }: ConstantAnswer, atNs: number): void {
    if (frame !== null) this.#write(frame, isBinary, bytes);
    route.recorder.messageDone(atNs, this.hub.clock.monotonicNs());
  }

  #mayPass({ buckets: [a, b, c, d] }: RoutePlan, stage: WebSocketStage, atNs: number): boolean {
    return this.#hasRate(stage, atNs) && this.hub.throttle.take(a, b, c, d, atNs) === 0;
  }

  #hasRate({ settings }: WebSocketStage, nowNs: number): boolean {
    if (settings.messagesPerSecond === Number.POSITIVE_INFINITY) return true;
    this.#rate ??= new MessageRate();
    return this.#rate.take(settings, nowNs);
  }

  #mustWait(): boolean {
    return this.#ordered > 0 || (this.#waiting?.hasOrdered ?? false);
  }

  #wait(event: RoutedEvent, settings: WebSocketSettings): void {
    const queue = this.#queue();
    if (queue.hasRoomFor(event, settings)) queue.add(event);
    else this.finished(event, routeFailures.throttled);
  }

  #queue(): WaitingEvents {
    this.#waiting ??= new WaitingEvents();
    return this.#waiting;
  }

  /** Runs an event's route. A throw out of it is a bug of ours; the connection lives on. */
  #begin(event: RoutedEvent): void {
    const { plan } = event;
    this.#inFlight++;
    if (plan.isOrdered) this.#ordered++;
    this.hub.began();
    try {
      const problem = event.type !== 'MESSAGE' || plan.validate === null ? null : plan.validate(event);
      if (problem === null) plan.run(event, handled);
      else {
        event.validationError = problem;
        this.handled(event, routeFailures.badBody);
      }
    } catch (error) {
      this.hub.onBug(error, event.requestId);
      this.handled(event, routeFailures.internal);
    }
  }

  /** What came of an event that was begun. Told twice, by a route that answered and threw, it counts once. */
  handled(event: RoutedEvent, result: RouteResult): void {
    if (event.isHandled) return;
    event.isHandled = true;
    this.#inFlight--;
    if (event.plan.isOrdered) this.#ordered--;
    try {
      this.finished(event, result);
    } finally {
      this.hub.ended();
      if (this.#waiting !== null && !this.#isServingWaiting) this.#serveWaiting();
    }
  }

  /** Also of a connection that is closed: what was received is handled. */
  #serveWaiting(): void {
    const waiting = this.#waiting!;
    const max = this.#home.current?.settings.inFlightMax ?? 1;
    this.#isServingWaiting = true;
    while (this.#inFlight < max) {
      const event = waiting.take(this.#ordered === 0);
      if (event === null) break;
      this.#begin(event);
    }
    this.#isServingWaiting = false;
    if (waiting.count === 0) this.#waiting = null;
  }

  /** Sends what an event came to, and closes its books. */
  finished(event: SocketEvent, result: RouteResult): void {
    const { settle, plan } = event as RoutedEvent;
    event.endedNs = this.hub.clock.monotonicNs();
    if (result.failure !== null) noteFailure(event, result);
    else event.status = result.status;
    if (settle !== null) settle(result);
    else if (result.failure !== null) this.#send(event, errorFrame(event, result));
    else if (plan.isTwoWay && result.body !== null) this.#send(event, result.body);
    event.log?.info(`Route completed with status: ${event.status}`);
    event.route.recorder.finished(event);
  }

  #send(event: SocketEvent, frame: string | Uint8Array): void {
    event.responseBytes = typeof frame === 'string' ? Buffer.byteLength(frame) : frame.byteLength;
    if (event.log?.dataTrace === true) event.log.info(`Route response body after transformations: ${frame}`);
    this.#write(frame, typeof frame !== 'string', event.responseBytes);
  }

  /** @returns what `post` says */
  #write(message: string | Uint8Array, isBinary: boolean, bytes: number): Posted {
    const socket = this.#socket;
    if (socket === null) return 'gone';
    const { traffic } = this.#home;
    const settings = this.#home.current?.settings;
    // What is published to its topics fills the buffer, too, and nobody tells us.
    const mayBeBehind = this.#isLagging || this.membership !== null;
    if (mayBeBehind && settings !== undefined && socket.bufferedBytes > settings.bufferedBytesMax) {
      traffic.dropped++;
      if (settings.slowReader === 'close') {
        traffic.closedSlow++;
        this.close(closings.slowReader.code, closings.slowReader.reason);
      }
      return 'overflow';
    }
    const sent = socket.send(message, isBinary);
    if (sent !== 'sent') this.#isLagging = true;
    if (sent === 'dropped') {
      traffic.dropped++;
      return 'overflow';
    }
    traffic.messagesOut++;
    traffic.bytesOut += bytes;
    return sent;
  }

  post(message: Uint8Array): Posted {
    if (this.#isOver) return 'gone';
    if (this.#socket === null) {
      this.#held ??= new HeldPosts();
      return this.#held.add(message);
    }
    this.#lastActiveMs = this.hub.wallMs(this.hub.clock.monotonicNs());
    return this.#write(message, !isUtf8(message), message.byteLength);
  }

  /** More waits for the client than may. */
  #isBehind({ bufferedBytes }: Socket): boolean {
    return bufferedBytes > (this.#home.current?.settings.bufferedBytesMax ?? 0);
  }

  /**
   * A connection whose handshake is under way is closed as soon as it is open. A client that is behind is cut: a closing
   * frame would wait with all the rest, and the memory with it, for as long as the client likes.
   */
  close(code: number, reason: string): boolean {
    if (this.#isOver) return false;
    const socket = this.#socket;
    if (socket !== null && !this.#isBehind(socket)) {
      socket.end(code, reason);
      return true;
    }
    this.#closing ??= { code, reason };
    socket?.destroy();
    return true;
  }

  join(topic: string): boolean {
    const joined = this.hub.topics.join(this, topic);
    return joined === 'joined' || joined === 'already';
  }

  leave(topic: string): void {
    this.hub.topics.leave(this, topic);
  }

  onDrain(): void {
    this.#isLagging = (this.#socket?.bufferedBytes ?? 0) > 0;
    this.hub.topics.drained(this);
  }

  onClose(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#socket = null;
    const stage = this.#home.current ?? this.#home.last;
    this.#forget();
    this.disconnected(stage, this.#closing ?? { code, reason: reasonOf(code, reason) });
  }

  /** Runs `$disconnect`; nobody is told. Where it is ordered, it comes after the last message, else at once. */
  disconnected(stage: WebSocketStage | null, closing: Closing): void {
    const plan = stage?.disconnect ?? null;
    if (plan === null) return;
    const atNs = this.hub.clock.monotonicNs();
    const atMs = this.hub.wallMs(atNs);
    const event = new RoutedEvent(plan, 'DISCONNECT', this, atMs, atNs, '', false, null, closing, untold);
    if (plan.isOrdered && this.#mustWait()) this.#queue().add(event);
    else this.#begin(event);
  }

  #forget(): void {
    this.hub.topics.closed(this);
    this.#home.connectionCount--;
    this.#home.traffic.connections--;
    this.hub.remove(this);
  }

  /** Asked when the connection may be too old, or idle for too long. @returns when to ask again; null when it is over */
  expired(nowMs: number): number | null {
    if (this.#isOver) return null;
    const stage = this.#home.current;
    const dueMs = this.#dueMs(stage);
    if (stage !== null && dueMs > nowMs) return dueMs;
    this.close(closings.goingAway.code, closings.goingAway.reason);
    return null;
  }

  #dueMs(stage: WebSocketStage | null): number {
    return stage === null ? 0 : dueMs(stage.settings, this.connectedAtMs, this.lastActiveAtMs);
  }
}

const untold = (): void => {};
const handled = (event: SocketEvent, result: RouteResult): void =>
  (event.session as Session).handled(event as RoutedEvent, result);
