// The host's end of the channel, and a function that writes to the other: whatever it writes, its callers are told one
// head, pieces and one end, and nothing piles up here.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { channelFrame, windowBytes } from '../../../src/functions/environments/channel/frames.ts';
import { RuntimeChannel } from '../../../src/functions/environments/channel/runtime-channel.ts';
import { defaultLimits } from '../../../src/functions/environments/index.ts';
import type { RuntimeListener } from '../../../src/functions/environments/runtime-link.ts';
import { FrameReader } from '../../../src/functions/wire/index.ts';
import { invocationOf } from './try-environments.ts';

type Type = keyof typeof channelFrame;

function frame(type: Type, call: number, body: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(body as string);
  const head = Buffer.alloc(9);
  head.writeUInt32BE(5 + bytes.length, 0);
  head[4] = channelFrame[type];
  head.writeUInt32BE(call, 5);
  return Buffer.concat([head, bytes]);
}

/** A channel, and a runtime that writes what the test says. */
async function tryChannel(t: TestContext) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const runtime = connect(port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const told: string[] = [];
  const names = new Map<unknown, string>();
  let takesData = true;
  let whenTold = Promise.withResolvers<void>();
  const tell = (text: string): void => {
    told.push(text);
    whenTold.resolve();
    whenTold = Promise.withResolvers();
  };
  const listener: RuntimeListener = {
    onNext: () => tell('next'),
    onLeaving: () => tell('leaving'),
    onInitError: (payload) => tell(`init error ${payload}`),
    onHead: (of, contentType) => tell(`${names.get(of)} head ${contentType}`),
    onData: (of, chunk) => {
      tell(`${names.get(of)} data ${chunk.length > 100 ? chunk.length : chunk.toString()}`);
      return takesData;
    },
    onAnswer: (of, payload, kind) => tell(`${names.get(of)} ${kind} ${payload}`),
    onTruncated: (of) => tell(`${names.get(of)} truncated`),
    onChannelEnd: () => tell('end of the channel'),
  };
  const channel = new RuntimeChannel(socket, true, listener, { ...defaultLimits, responseBytesMax: 1000 });
  let credit = 0;
  let whenGiven = Promise.withResolvers<void>();
  const reader = new FrameReader((type, _call, body) => {
    if (type !== channelFrame.credit) return;
    credit += body.readUInt32BE(0);
    whenGiven.resolve();
    whenGiven = Promise.withResolvers();
  });
  runtime.on('data', (chunk: Buffer) => reader.push(chunk));
  runtime.on('error', () => {});
  t.after(() => {
    channel.close();
    runtime.destroy();
    server.close();
  });
  return {
    channel,
    told,
    write: (...frames: Buffer[]) => runtime.write(Buffer.concat(frames)),
    end: () => runtime.end(),
    pause: () => {
      takesData = false;
    },
    /** Calls are numbered from 1. */
    deliver: (name: string, isStreamed: boolean) => {
      const invocation = invocationOf({}, { isStreamed });
      names.set(invocation, name);
      channel.deliver(invocation);
      return invocation;
    },
    until: async (text: string) => {
      while (!told.includes(text)) await whenTold.promise;
    },
    /** @returns all that was given, once it is so much */
    credit: async (bytes: number) => {
      while (credit < bytes) await whenGiven.promise;
      return credit;
    },
  };
}

test('channel: of frames out of order a caller is told one head, first, and one end', async (t) => {
  const cases: readonly (readonly [sent: readonly (readonly [Type, string])[], told: readonly string[]])[] = [
    [
      [
        ['data', 'a'],
        ['head', 'text/plain'],
        ['end', ''],
      ],
      ['head application/octet-stream', 'data a', 'response '],
    ],
    [
      [
        ['head', 'text/plain'],
        ['head', 'text/html'],
        ['data', ''],
        ['answer', '"all"'],
        ['data', 'late'],
        ['end', ''],
      ],
      ['head text/plain', 'data "all"', 'response '],
    ],
    [[['end', '']], ['head application/octet-stream', 'response ']],
    [[['end', '{"late":1}']], ['error {"late":1}']],
    [
      [
        ['head', 'text/plain\r\nSet-Cookie: a=b'],
        ['end', ''],
      ],
      ['head application/octet-stream', 'response '],
    ],
    [
      [
        ['head', 'x'.repeat(5000)],
        ['end', ''],
      ],
      ['head application/octet-stream', 'response '],
    ],
  ];
  for (const [sent, expected] of cases) {
    const { deliver, write, told, until } = await tryChannel(t);
    deliver('one', true);
    deliver('other', false);
    write(
      ...sent.map(([type, body]) => frame(type, 1, body)),
      frame('answer', 77, '0'),
      frame('answer', 2, '"o"'),
    );
    await until('other response "o"');
    const own = told.filter((text) => text.startsWith('one ')).map((text) => text.slice(4));
    assert.deepEqual(own, expected);
    assert.equal(told.filter((text) => text === 'next').length, 2);
  }
});

test('channel: an answer in pieces is put together, up to its bound', async (t) => {
  const { deliver, write, told, until } = await tryChannel(t);
  for (const name of ['long', 'short', 'last']) deliver(name, false);
  const pieces = Array.from({ length: 500 }, (_, at) => [String(at % 10), '', 'ab']).flat();
  write(...pieces.map((piece) => frame('data', 1, piece)), frame('end', 1));
  write(
    ...pieces.slice(0, 90).map((piece) => frame('data', 2, piece)),
    frame('end', 2),
    frame('answer', 3, '1'),
  );
  await until('last response 1');
  assert.deepEqual(
    told.filter((text) => text !== 'next'),
    ['long too-large ', `short response ${pieces.slice(0, 90).join('')}`, 'last response 1'],
  );
});

test('channel: who streams on without credit while its caller pauses is cut off', async (t) => {
  const { deliver, write, told, pause, until } = await tryChannel(t);
  pause();
  deliver('one', true);
  const piece = Buffer.alloc(64 * 1024);
  for (let sent = 0; sent < 4 * windowBytes; sent += piece.length) write(frame('data', 1, piece));
  await until('end of the channel');
  const handedOn = told.filter((text) => text === `one data ${piece.length}`).length;
  assert.equal(handedOn * piece.length, windowBytes);
});

test('channel: what nobody waits for any more is read on at its pace, and passed over', async (t) => {
  const { channel, deliver, write, told, pause, until, credit } = await tryChannel(t);
  pause();
  const one = deliver('one', true);
  deliver('other', false);
  const window = Buffer.alloc(windowBytes);
  write(frame('data', 1, window));
  await until(`one data ${windowBytes}`);
  channel.forget(one);
  assert.equal(await credit(windowBytes), windowBytes);
  channel.resume(one);
  write(frame('data', 1, window));
  assert.equal(await credit(2 * windowBytes), 2 * windowBytes);
  write(frame('end', 1), frame('answer', 2, '2'));
  await until('other response 2');
  assert.deepEqual(told, [
    'one head application/octet-stream',
    `one data ${windowBytes}`,
    'other response 2',
    'next',
  ]);
});

test('channel: where it ends in the middle of an answer, that is told first', async (t) => {
  const { deliver, write, end, told, until } = await tryChannel(t);
  deliver('one', true);
  deliver('other', true);
  write(frame('head', 1, 'text/plain'), frame('data', 1, 'a'));
  end();
  await until('end of the channel');
  assert.deepEqual(told, ['one head text/plain', 'one data a', 'one truncated', 'end of the channel']);
});
