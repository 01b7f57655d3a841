// Topics of one process with sockets that are played: members come, go and stop reading in any order.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { SocketTraffic } from '../../../src/exchange/recorder.ts';
import type { Socket } from '../../../src/exchange/socket.ts';
import type { Member, Membership } from '../../../src/gateway/websocket/membership.ts';
import { Retained, type RetainedValue } from '../../../src/gateway/websocket/retained.ts';
import { LocalTopics } from '../../../src/gateway/websocket/topics.ts';
import { type WebSocketSettings, webSocketSettings } from '../../../src/resources/index.ts';
import fc from '../../support/properties.ts';
import { unseenSockets } from '../../support/unseen-sockets.ts';

type SlowReader = WebSocketSettings['slowReader'];
const messageBytes = 100;
const bufferedBytesMax = 1_024;

/** Reads at once, or not at all. */
class PlayedSocket implements Socket {
  readonly isOpen = true;
  readonly got: string[] = [];
  readonly buffered: string[] = [];
  readonly joined = new Set<string>();
  isReading = true;

  get bufferedBytes(): number {
    return this.buffered.length * messageBytes;
  }

  send(message: string | Uint8Array): 'sent' | 'buffered' {
    (this.isReading ? this.got : this.buffered).push(String(message));
    return this.isReading ? 'sent' : 'buffered';
  }

  join(topic: string): void {
    this.joined.add(topic);
  }

  leave(topic: string): void {
    this.joined.delete(topic);
  }

  end(): void {}
  destroy(): void {}
}

class PlayedMember implements Member {
  readonly id: string;
  readonly apiId = 'api';
  readonly stageName = 'prod';
  readonly settings: WebSocketSettings;
  readonly traffic: SocketTraffic;
  socket: PlayedSocket | null = new PlayedSocket();
  membership: Membership | null = null;
  /** What it must have got, if it reads. */
  readonly due: string[] = [];
  /** The last of those of each topic, as long as it stays in it: who leaves gives up what waits. */
  readonly newest = new Map<string, string>();
  readonly topics: LocalTopics;

  constructor(id: string, settings: WebSocketSettings, traffic: SocketTraffic, topics: LocalTopics) {
    this.id = id;
    this.settings = settings;
    this.traffic = traffic;
    this.topics = topics;
  }

  close(): boolean {
    this.socket = null;
    this.topics.closed(this);
    return true;
  }

  /** The client reads all that is there, and uWS says so. */
  read(): void {
    const { socket } = this;
    if (socket === null) return;
    socket.isReading = true;
    socket.got.push(...socket.buffered.splice(0));
    this.topics.drained(this);
  }
}

class World {
  readonly traffic = unseenSockets.socketTraffic('api', 'api', 'prod');
  readonly topics: LocalTopics;
  readonly members: PlayedMember[];
  nowMs = 1_000;
  #count = 0;

  constructor(slowReader: SlowReader, memberCount: number) {
    const settings = {
      ...webSocketSettings(undefined, undefined),
      slowReader,
      bufferedBytesMax,
      topicsMax: 3,
    };
    this.topics = new LocalTopics({
      publish: (key, message) => {
        for (const { socket } of this.members) if (socket?.joined.has(key)) socket.send(message);
      },
      wallMs: () => this.nowMs,
    });
    this.members = Array.from(
      { length: memberCount },
      (_, i) => new PlayedMember(`m${i}`, settings, this.traffic, this.topics),
    );
  }

  publish(topic: string, isRetained = false): { deliveries: number; conflated: number; dropped: number } {
    const message = `${topic}:${++this.#count}`.padEnd(messageBytes, '.');
    for (const member of this.members)
      if (member.socket !== null && member.membership?.names.has(topic)) {
        member.due.push(message);
        member.newest.set(topic, message);
      }
    const keep: RetainedValue | null = isRetained
      ? {
          stageKey: 'api/prod',
          name: topic,
          message,
          isBinary: false,
          version: this.#count,
          process: 1,
          expiresAtMs: Number.POSITIVE_INFINITY,
        }
      : null;
    return this.topics.publish('api/prod', topic, { message, isBinary: false }, keep);
  }
}

const topic = fc.constantFrom('a', 'b', 'c', 'd');
const member = fc.nat({ max: 3 });
type Step = readonly [
  act: 'join' | 'leave' | 'publish' | 'stop' | 'read' | 'close',
  who: number,
  topic: string,
];
const steps = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant('publish' as const) },
      { weight: 2, arbitrary: fc.constantFrom('join' as const, 'leave' as const, 'stop' as const) },
      { weight: 1, arbitrary: fc.constant('read' as const) },
      { weight: 1, arbitrary: fc.constant('close' as const) },
    ),
    member,
    topic,
  ),
  { maxLength: 200, size: 'max' },
);

function play(world: World, all: readonly Step[], check: () => void): void {
  for (const [act, who, name] of all) {
    const one = world.members[who]!;
    switch (act) {
      case 'join':
        if (one.socket !== null) world.topics.join(one, name);
        break;
      case 'leave':
        world.topics.leave(one, name);
        one.newest.delete(name);
        break;
      case 'publish':
        world.publish(name);
        break;
      case 'stop':
        if (one.socket !== null) one.socket.isReading = false;
        break;
      case 'read':
        one.read();
        break;
      case 'close':
        // Rarely: most runs are about members that stay.
        if (one.membership !== null && one.membership.names.size === 3) one.close();
        break;
    }
    check();
  }
}

const received = ({ socket }: PlayedMember): readonly string[] => [...socket!.got, ...socket!.buffered];

test('topics: members that read get each message once and in order, while others come, go and stop', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom<SlowReader>('drop', 'conflate', 'close'), (all, slowReader) => {
      const world = new World(slowReader, 4);
      play(
        world,
        all.map(([act, who, name]): Step => [act === 'stop' ? 'publish' : act, who, name]),
        () => {},
      );
      for (const one of world.members) if (one.socket !== null) assert.deepEqual(received(one), one.due);
    }),
  );
});

test('topics: for one that does not read, no more waits than five quarters of what may and a message', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom<SlowReader>('drop', 'conflate', 'close'), (all, slowReader) => {
      const world = new World(slowReader, 4);
      play(world, all, () => {
        for (const { socket } of world.members)
          assert.ok((socket?.bufferedBytes ?? 0) <= bufferedBytesMax * 1.25 + messageBytes * 2);
      });
    }),
  );
});

test('topics: conflated, a slow reader misses no newest value, and gets nothing twice or out of order', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const world = new World('conflate', 4);
      play(world, all, () => {});
      for (const one of world.members) {
        if (one.socket === null) continue;
        for (let i = 0; i < 4; i++) one.read();
        const got = received(one);
        assert.equal(new Set(got).size, got.length);
        for (const name of ['a', 'b', 'c', 'd']) {
          const of = (messages: readonly string[]) => messages.filter((text) => text.startsWith(`${name}:`));
          const due = of(one.due);
          assert.deepEqual(
            of(got),
            due.filter((message) => of(got).includes(message)),
            'in order',
          );
          if (one.newest.has(name)) assert.equal(of(got).at(-1), one.newest.get(name), 'the newest');
        }
        const { conflatedCount = 0 } = one.membership ?? {};
        assert.ok(got.length + conflatedCount <= one.due.length);
        assert.equal(one.membership?.isLagging ?? false, false);
      }
    }),
  );
});

test('topics: every policy counts what became of each message', () => {
  for (const [slowReader, expected] of [
    ['conflate', { conflated: 20, dropped: 0, closedSlow: 0 }],
    ['drop', { conflated: 0, dropped: 20, closedSlow: 0 }],
    ['close', { conflated: 0, dropped: 0, closedSlow: 1 }],
  ] as const) {
    const world = new World(slowReader, 2);
    for (const one of world.members) world.topics.join(one, 'a');
    world.members[0]!.socket!.isReading = false;
    const sums = { deliveries: 0, conflated: 0, dropped: 0 };
    const add = (): void => {
      const done = world.publish('a');
      for (const name of ['deliveries', 'conflated', 'dropped'] as const) sums[name] += done[name];
    };
    // Until its buffer is full, and it has been looked at.
    while (world.members[0]!.socket !== null && world.members[0]!.membership?.isLagging !== true) add();
    const before = { ...sums };
    for (let i = 0; i < 19; i++) add();
    const { conflated, dropped, closedSlow } = world.traffic;
    const isConflate = slowReader === 'conflate';
    assert.deepEqual(
      { conflated: conflated + (isConflate ? 1 : 0), dropped, closedSlow },
      expected,
      `${slowReader}: of conflated messages the last still waits`,
    );
    assert.equal(sums.deliveries - before.deliveries, 19);
  }
});

test('topics: who is behind and joins one more topic gets no more through that one either', () => {
  const world = new World('drop', 1);
  const [slow] = world.members as [PlayedMember];
  world.topics.join(slow, 'a');
  slow.socket!.isReading = false;
  // Beyond what may wait, but not yet looked at again.
  while (slow.socket!.bufferedBytes <= bufferedBytesMax) world.publish('a');
  assert.equal(slow.membership!.isLagging, false);
  const before = slow.socket!.bufferedBytes;
  world.topics.join(slow, 'b');
  for (let i = 0; i < 20; i++) world.publish('b');
  assert.equal(slow.socket!.bufferedBytes, before);
});

test('topics: who leaves a topic gives up what waits of it, and gets what comes after joining again', () => {
  const world = new World('conflate', 1);
  const [slow] = world.members as [PlayedMember];
  world.topics.join(slow, 'a');
  slow.socket!.isReading = false;
  while (slow.membership!.isLagging !== true) world.publish('a');
  world.topics.leave(slow, 'a');
  world.topics.join(slow, 'a');
  const got = received(slow).length;
  slow.read();
  assert.equal(received(slow).length, got);
  world.publish('a');
  assert.equal(received(slow).length, got + 1);
});

test('topics: a newcomer gets the last value before all that is published later, also one that lags', () => {
  const world = new World('conflate', 2);
  const [quick, slow] = world.members as [PlayedMember, PlayedMember];
  world.publish('a', true);
  world.publish('b', true);
  world.topics.join(slow, 'c');
  slow.socket!.isReading = false;
  while (slow.membership?.isLagging !== true) world.publish('c');
  for (const one of [quick, slow]) {
    world.topics.join(one, 'a');
    world.topics.join(one, 'b');
  }
  world.publish('b');
  slow.read();
  const tops = (one: PlayedMember) =>
    received(one)
      .map((text) => text.slice(0, 3))
      .filter((text) => text[0] !== 'c');
  assert.deepEqual(tops(quick).slice(0, 2), ['a:1', 'b:2']);
  assert.deepEqual(tops(slow).length, 2);
  assert.equal(tops(slow)[0], 'a:1');
  assert.notEqual(tops(slow)[1], 'b:2', 'a newer one has taken its place');
});

const value = (name: string, version: number, more: Partial<RetainedValue> = {}): RetainedValue => ({
  stageKey: 's',
  name,
  message: `${name}${version}`,
  isBinary: false,
  version,
  process: 1,
  expiresAtMs: Number.POSITIVE_INFINITY,
  ...more,
});

test('retained: whatever order values come in, the last is kept in every process', () => {
  const entry = fc.record({
    version: fc.integer({ min: 1, max: 5 }),
    process: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(entry, { minLength: 1, selector: (e) => `${e.version}/${e.process}` }),
      (all) => {
        const values = all.map(({ version, process }) =>
          value('t', version, { process, message: `${version}/${process}` }),
        );
        const keep = (order: readonly RetainedValue[]): unknown => {
          const retained = new Retained();
          for (const one of order) retained.set(one);
          return retained.get('s', 't', 0)?.message;
        };
        assert.equal(keep(values), keep(values.toReversed()));
      },
    ),
  );
});

test('retained: what is too old, or too much, is not kept', () => {
  const retained = new Retained({ valuesMax: 3, bytesMax: 10_000 });
  retained.set(value('short', 1, { expiresAtMs: 500 }));
  assert.equal(retained.get('s', 'short', 499)?.message, 'short1');
  assert.equal(retained.get('s', 'short', 500), null);
  for (const name of ['a', 'b', 'c', 'd']) retained.set(value(name, 1));
  assert.equal(retained.get('s', 'a', 0), null);
  assert.equal(retained.get('s', 'b', 0)?.message, 'b1');
  retained.set(value('big', 1, { message: 'x'.repeat(4_800) }));
  assert.deepEqual(
    ['b', 'c', 'd', 'big'].filter((name) => retained.get('s', name, 0) !== null),
    ['big'],
  );
  retained.set(value('big', 2, { message: '' }));
  assert.equal(retained.get('s', 'big', 0), null);
  retained.forgetStage('s');
  assert.deepEqual([...retained.values()], []);
});
