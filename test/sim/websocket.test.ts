// Sessions and their hub with a clock that is stepped, sockets that are none, and backends that answer when the
// simulation says.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Socket } from '../../src/exchange/socket.ts';
import type { SocketEvent } from '../../src/exchange/socket-event.ts';
import { Hub, type StageHandle } from '../../src/gateway/websocket/hub.ts';
import type { RoutePlan, WebSocketStage } from '../../src/gateway/websocket/plan.ts';
import type { RouteResult } from '../../src/gateway/websocket/route-result.ts';
import type { RunRoute } from '../../src/gateway/websocket/route-run.ts';
import { Session } from '../../src/gateway/websocket/session.ts';
import { LocalTopics } from '../../src/gateway/websocket/topics.ts';
import { webSocketSettings } from '../../src/resources/index.ts';
import fc from '../support/properties.ts';
import { unseenSockets } from '../support/unseen-sockets.ts';

/** Keeps what it was sent, and tells of what was sent too late. */
class FakeSocket implements Socket {
  readonly sent: string[] = [];
  isOpen = true;
  bufferedBytes = 0;
  closings = 0;
  session: Session | null = null;

  send(message: string | Uint8Array): 'sent' | 'buffered' | 'dropped' {
    assert.equal(this.isOpen, true, 'nothing is sent after the close');
    this.sent.push(Buffer.from(message as string).toString());
    return 'sent';
  }

  end(code: number, reason: string): void {
    this.closed(code, reason);
  }

  destroy(): void {
    this.closed(1006, '');
  }

  closed(code: number, reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.closings++;
    this.session!.onClose(code, reason);
  }

  join(): void {}
  leave(): void {}
}

interface Held {
  readonly event: SocketEvent;
  readonly finish: () => void;
}

class World {
  nowNs = 1e12;
  readonly held: Held[] = [];
  readonly bugs: unknown[] = [];
  /** Text of each message that a route was given, by its connection. */
  readonly handled = new Map<string, string[]>();
  disconnects = new Map<string, number>();
  throttled = false;
  readonly handle: StageHandle;
  readonly hub: Hub;
  readonly sockets: FakeSocket[] = [];
  readonly opening: Session[] = [];
  version = 0;

  constructor(limits: { readonly inFlightMax: number; readonly waitingMax: number }) {
    const clock = { nowMs: () => this.nowNs / 1e6, monotonicNs: () => this.nowNs };
    const wallMs = (ns: number): number => Math.floor(ns / 1e6);
    this.hub = new Hub({
      clock,
      wallMs,
      throttle: {
        kind: 'twin',
        bucket: () => 0,
        take: () => (this.throttled ? 1 : 0),
        release: () => {},
        quota: () => 0,
        usage: () => 0,
        takeCounted: () => (this.throttled ? 1 : 0),
        releaseMeter: () => {},
        close: () => {},
      },
      topics: new LocalTopics({ publish: () => {}, wallMs: () => wallMs(this.nowNs) }),
      node: 0,
      process: 1,
      onBug: (error) => void this.bugs.push(error),
    });
    this.handle = {
      apiId: 'api',
      stageName: 'prod',
      current: null,
      last: null,
      connectionCount: 0,
      traffic: unseenSockets.socketTraffic('api', 'api', 'prod'),
    };
    this.limits = limits;
    this.deploy();
  }

  readonly limits: { readonly inFlightMax: number; readonly waitingMax: number };

  #plan(routeKey: string, isOrdered: boolean, run: RunRoute): RoutePlan {
    return {
      route: {
        accountId: '1',
        region: 'r',
        apiId: 'api',
        apiName: 'api',
        stageName: 'prod',
        deploymentId: `dep${this.version}`,
        routeKey,
        stageVariables: {},
        recorder: { finished: () => {}, messageDone: () => {}, wantsEvents: false, executionLog: () => null },
      },
      definition: { routeId: routeKey, routeKey, authorizationType: 'NONE', apiKeyRequired: false },
      authorizer: null,
      isTwoWay: true,
      isOrdered,
      buckets: [-1, -1, -1, -1],
      validate: null,
      run,
      constant: null,
    };
  }

  /** What a route does with a message is in its first letter: answer at once, be held, throw, answer and throw. */
  deploy(): void {
    this.version++;
    const run: RunRoute = (event, done) => {
      const { id } = event.session;
      const list = this.handled.get(id) ?? [];
      list.push(event.text);
      this.handled.set(id, list);
      const result: RouteResult = { failure: null, status: 200, headers: [], body: event.text };
      switch (event.text[1]) {
        case 'n':
          done(event, result);
          return;
        case 't':
          throw new Error('a bug');
        case 'b':
          done(event, result);
          throw new Error('a bug after the answer');
        default:
          this.held.push({ event, finish: () => done(event, result) });
      }
    };
    const ordered = this.#plan('ordered', true, run);
    const free = this.#plan('free', false, run);
    const disconnect = this.#plan('$disconnect', this.version % 2 === 0, (event, done) => {
      const { id } = event.session;
      this.disconnects.set(id, (this.disconnects.get(id) ?? 0) + 1);
      done(event, { failure: null, status: 200, headers: [], body: null });
    });
    const stage: WebSocketStage = {
      accountId: '1',
      region: 'r',
      apiId: 'api',
      apiName: 'api',
      stageName: 'prod',
      isDefaultEndpointDisabled: false,
      settings: { ...webSocketSettings({}, {}), ...this.limits, idleSecondsMax: 600 },
      connect: null,
      disconnect,
      unmatched: free,
      select: (text: string) => (text.startsWith('o') ? ordered : free),
      close: () => {},
    } as unknown as WebSocketStage;
    this.handle.current = stage;
  }

  remove(): void {
    this.handle.last = this.handle.current ?? this.handle.last;
    this.handle.current = null;
    for (const session of this.hub.sessions()) session.close(1001, 'Going away');
  }

  connect(): void {
    if (this.handle.current === null) return;
    this.opening.push(new Session(this.hub, this.handle, 'host', '::1', '', this.nowNs / 1e6));
  }

  open(at: number): void {
    const [session] = this.opening.splice(at % Math.max(this.opening.length, 1), 1);
    if (session === undefined) return;
    const socket = new FakeSocket();
    socket.session = session;
    this.sockets.push(socket);
    session.opened(socket);
  }
}

type Step =
  | { readonly act: 'connect' | 'deploy' | 'remove' | 'throttle' | 'expire' }
  | { readonly act: 'open' | 'finish' | 'close' | 'post' | 'endHeld' | 'closeOpening'; readonly at: number }
  | { readonly act: 'message'; readonly at: number; readonly kind: string };

const at = fc.nat(1_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ act: 'connect' }) },
  { weight: 4, arbitrary: at.map((n): Step => ({ act: 'open', at: n })) },
  {
    weight: 20,
    arbitrary: fc
      .record({
        at,
        kind: fc.tuple(fc.constantFrom('o', 'f'), fc.constantFrom('n', 'h', 'h', 'h', 't', 'b')),
      })
      .map(({ at: n, kind }): Step => ({ act: 'message', at: n, kind: kind.join('') })),
  },
  { weight: 10, arbitrary: at.map((n): Step => ({ act: 'finish', at: n })) },
  { weight: 2, arbitrary: at.map((n): Step => ({ act: 'close', at: n })) },
  { weight: 3, arbitrary: at.map((n): Step => ({ act: 'post', at: n })) },
  { weight: 1, arbitrary: at.map((n): Step => ({ act: 'closeOpening', at: n })) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ act: 'deploy' }, { act: 'throttle' }, { act: 'expire' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ act: 'remove' }) },
);

function run(steps: readonly Step[], limits: { inFlightMax: number; waitingMax: number }): void {
  const world = new World(limits);
  const { hub, sockets, opening, held } = world;
  let count = 0;
  /** Messages by connection, in order of arrival. */
  const sent = new Map<string, string[]>();
  const posted = new Map<string, string[]>();
  const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(list.length, 1)];
  for (const one of steps) {
    world.nowNs += 1e6;
    switch (one.act) {
      case 'connect':
        world.connect();
        break;
      case 'open':
        world.open(one.at);
        break;
      case 'message': {
        const socket = pick(sockets, one.at);
        if (socket === undefined || !socket.isOpen) break;
        const text = `${one.kind}${count++}`;
        const { id } = socket.session!;
        if (world.handle.current !== null) sent.set(id, [...(sent.get(id) ?? []), text]);
        socket.session!.onMessage(Buffer.from(text), false);
        break;
      }
      case 'finish': {
        const [found] = held.splice(one.at % Math.max(held.length, 1), 1);
        found?.finish();
        break;
      }
      case 'close':
        pick(sockets, one.at)?.closed(1000, '');
        break;
      case 'post': {
        const session = pick([...opening, ...sockets.map(({ session: s }) => s!)], one.at);
        if (session === undefined) break;
        const text = `post${count++}`;
        const became = session.post(Buffer.from(text));
        if (became === 'sent' || became === 'buffered')
          posted.set(session.id, [...(posted.get(session.id) ?? []), text]);
        break;
      }
      case 'closeOpening':
        pick(opening, one.at)?.close(1000, 'early');
        break;
      case 'deploy':
        world.deploy();
        break;
      case 'remove':
        world.remove();
        break;
      case 'throttle':
        world.throttled = !world.throttled;
        break;
      case 'expire':
        world.nowNs += 601e9;
        hub.deadlines.look(world.nowNs / 1e6);
        break;
      default:
        break;
    }
  }
  // The end: everything under way ends, and everybody goes.
  while (opening.length > 0) world.open(0);
  while (held.length > 0) held.shift()!.finish();
  for (const socket of sockets) socket.closed(1000, '');
  while (held.length > 0) held.shift()!.finish();

  assert.equal(hub.count, 0, 'no connection is left');
  assert.equal(world.handle.connectionCount, 0);
  assert.equal(world.handle.traffic.connections, 0);
  assert.equal(hub.runningCount, 0, 'nothing is under way');
  for (const { session, sent: got, closings } of sockets) {
    const { id } = session!;
    assert.equal(closings, 1);
    assert.equal(world.disconnects.get(id), 1, '$disconnect is run once');
    const given = sent.get(id) ?? [];
    const handled = world.handled.get(id) ?? [];
    assert.equal(new Set(handled).size, handled.length, 'no message is handled twice');
    // Handled, or refused with a frame: one of the two, once.
    const refused = got.filter((text) => text.includes('Too Many Requests')).length;
    assert.equal(handled.length + refused, given.length, 'each message is handled or refused');
    const ordered = handled.filter((text) => text.startsWith('o'));
    assert.deepEqual(
      ordered,
      given.filter((text) => ordered.includes(text)),
      'ordered routes keep the order',
    );
    assert.deepEqual(
      got.filter((text) => text.startsWith('post')),
      posted.get(id) ?? [],
      'posts arrive in order, those before the handshake first',
    );
    const replies = got.filter((text) => text.startsWith('on') || text.startsWith('oh'));
    assert.deepEqual(
      replies,
      given.filter((text) => replies.includes(text)),
      'replies of ordered routes keep the order',
    );
  }
}

test('sessions: whatever comes when, each message is handled or refused once, and counts return to nothing', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.record({ inFlightMax: fc.integer({ min: 1, max: 4 }), waitingMax: fc.nat(6) }),
      (steps, limits) => run(steps, limits),
    ),
    { numRuns: 1_000 },
  );
});

test('sessions: ten thousand waiting messages are served without using up the stack', () => {
  const world = new World({ inFlightMax: 1, waitingMax: 100_000 });
  world.connect();
  world.open(0);
  const [socket] = world.sockets;
  socket!.session!.onMessage(Buffer.from('fh0'), false);
  for (let i = 1; i <= 10_000; i++) socket!.session!.onMessage(Buffer.from(`fn${i}`), false);
  world.held.shift()!.finish();
  assert.equal(socket!.sent.length, 10_001);
  assert.equal(world.hub.runningCount, 0);
});
