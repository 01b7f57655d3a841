import assert from 'node:assert/strict';
import test from 'node:test';
import { AnswerStream } from '../../src/gateway/listener/answer-stream.ts';
import type { UwsResponse } from '../../src/gateway/listener/uws-types.ts';

/** A stream into a socket that takes as many bytes as it has room for, as uWS does it, and what came of it. */
function streamOf(lengthBytes: number | null) {
  const seen = { head: 0, sent: '', drained: 0, over: 0, ends: 0, listeners: 0 };
  let room = 0;
  let writable: (offset: number) => boolean = () => true;
  const response = {
    writeStatus: () => seen.head++,
    write(chunk: Uint8Array) {
      seen.sent += Buffer.from(chunk).toString(); // uWS keeps what does not leave
      return room > 0;
    },
    tryEnd(chunk: Uint8Array, totalBytes: number) {
      const taken = chunk.subarray(0, room);
      room -= taken.length;
      seen.sent += Buffer.from(taken).toString();
      return [taken.length === chunk.length, seen.sent.length === totalBytes];
    },
    getWriteOffset: () => seen.sent.length,
    onWritable(callback: (offset: number) => boolean) {
      seen.listeners++;
      writable = callback;
    },
    end: () => seen.ends++,
  };
  const stream = new AnswerStream(response as unknown as UwsResponse, 'head', lengthBytes, true, {
    streamDrained: () => seen.drained++,
    streamOver: () => seen.over++,
  });
  const makeRoom = (bytes: number): boolean => {
    room = bytes;
    return writable(seen.sent.length);
  };
  return { stream, seen, makeRoom };
}

test('answer stream: what the socket did not take is copied, and leaves in order when there is room', () => {
  const { stream, seen, makeRoom } = streamOf(6);
  makeRoom(1);
  const chunk = Buffer.from('abc');
  assert.equal(stream.write(chunk), false);
  chunk.write('???');
  chunk.write('def');
  assert.equal(stream.write(chunk), false);
  chunk.write('???');
  assert.equal(makeRoom(1), false);
  assert.deepEqual([seen.sent, seen.drained, seen.over], ['ab', 0, 0]);
  assert.equal(makeRoom(2), false);
  assert.equal(makeRoom(10), true);
  assert.deepEqual(seen, { head: 1, sent: 'abcdef', drained: 1, over: 1, ends: 0, listeners: 1 });
});

test('answer stream: one of known length is over with its last byte, and its end adds nothing', () => {
  const { stream, seen, makeRoom } = streamOf(3);
  makeRoom(10);
  assert.equal(stream.write(Buffer.from('abc')), true);
  stream.end(false);
  assert.deepEqual(seen, { head: 1, sent: 'abc', drained: 0, over: 1, ends: 0, listeners: 0 });
});

test('answer stream: one of unknown length tells of each drain, and is over at its end', () => {
  const { stream, seen, makeRoom } = streamOf(null);
  for (let i = 1; i <= 2; i++) {
    makeRoom(0);
    assert.equal(stream.write(Buffer.from('abc')), false);
    const drained = seen.drained;
    assert.equal(makeRoom(10), true);
    assert.equal(seen.drained, drained + 1);
  }
  assert.equal(stream.write(Buffer.from('d')), true);
  stream.end(true);
  stream.end(true);
  assert.deepEqual([seen.sent, seen.over, seen.ends, seen.listeners], ['abcabcd', 1, 1, 1]);
});

test('answer stream: it tells what is too much and what is missing of an announced length', () => {
  const { stream, makeRoom } = streamOf(3);
  makeRoom(10);
  stream.write(Buffer.from('ab'));
  assert.deepEqual([stream.hasRoomFor(1), stream.hasRoomFor(2), stream.isShort], [true, false, true]);
  stream.write(Buffer.from('c'));
  assert.deepEqual([stream.hasRoomFor(1), stream.isShort], [false, false]);
  const unknown = streamOf(null).stream;
  assert.deepEqual([unknown.hasRoomFor(1e9), unknown.isShort], [true, false]);
});
