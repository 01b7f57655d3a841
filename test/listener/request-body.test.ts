import assert from 'node:assert/strict';
import test from 'node:test';
import { ClientBody } from '../../src/gateway/listener/request-body.ts';

/** A body of up to 100 bytes, and what it asked of its connection and was asked to tell, in order. */
function bodyOf(lengthBytes: number, wants: (chunk: string) => boolean = () => true) {
  const told: string[] = [];
  const flow = {
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
    refuseBody: () => told.push('refuse'),
  };
  const body = new ClientBody(flow, lengthBytes, 100);
  const sink = {
    onChunk(chunk: Uint8Array) {
      const text = Buffer.from(chunk).toString();
      told.push(text);
      return wants(text);
    },
    onEnd: () => told.push('end'),
    onAbort: () => told.push('abort'),
  };
  const take = (text: string, isLast: boolean): void =>
    body.take(Uint8Array.from(Buffer.from(text)).buffer, isLast);
  const done = (bytes: Uint8Array | null): void =>
    void told.push(bytes === null ? 'never' : Buffer.from(bytes).toString());
  return { body, told, sink, take, done };
}

test('request body: what nobody asked for yet is paused after its first piece, and comes first when somebody does', () => {
  const { body, told, sink, take } = bodyOf(4);
  take('ab', false);
  assert.deepEqual(told, ['pause']);
  body.start(sink);
  take('cd', true);
  assert.deepEqual(told, ['pause', 'ab', 'resume', 'cd', 'end']);
});

test('request body: its connection is never paused after its last byte, where the next request begins', () => {
  const kept = bodyOf(2);
  kept.take('ab', true);
  const streamed = bodyOf(2, () => false);
  streamed.body.start(streamed.sink);
  streamed.take('ab', true);
  assert.deepEqual([kept.told, streamed.told], [[], ['ab', 'end']]);
});

test('request body: a sink that wants a pause gets one, and nothing is resumed before it says so', () => {
  const { body, told, sink, take } = bodyOf(6, () => false);
  body.start(sink);
  take('ab', false);
  assert.deepEqual(told, ['ab', 'pause']);
  take('cd', false);
  body.resume();
  body.resume();
  take('ef', true);
  assert.deepEqual(told, ['ab', 'pause', 'cd', 'resume', 'ef', 'end']);
});

test('request body: a sink that wants a pause from what was kept for it leaves the connection paused', () => {
  const { body, told, sink, take } = bodyOf(4, () => false);
  take('ab', false);
  body.start(sink);
  assert.deepEqual(told, ['pause', 'ab']);
});

test('request body: one that can never come is told at once to whoever asks for it', () => {
  const streamed = bodyOf(4);
  streamed.body.abort();
  streamed.body.start(streamed.sink);
  const collected = bodyOf(4);
  collected.body.abort();
  collected.body.collect(collected.done);
  assert.deepEqual([streamed.told, collected.told], [['abort'], ['never']]);
});

test('request body: its end is told once, whatever breaks afterwards', () => {
  const streamed = bodyOf(2);
  streamed.body.start(streamed.sink);
  streamed.body.abort();
  streamed.body.abort();
  streamed.take('ab', true);
  const collected = bodyOf(2);
  collected.body.collect(collected.done);
  collected.take('ab', true);
  collected.body.abort();
  assert.deepEqual([streamed.told, collected.told], [['abort'], ['ab']]);
});

test('request body: what is cancelled passes unread, is not kept, and goes to nobody', () => {
  const { body, told, sink, take } = bodyOf(6);
  take('ab', false);
  body.cancel();
  take('cd', false);
  body.start(sink);
  body.collect(() => told.push('collected'));
  take('ef', true);
  assert.deepEqual([told, body.isComplete], [['pause', 'resume'], true]);
});

test('request body: a sink that cancels inside its call hears nothing more', () => {
  const { body, told, sink, take } = bodyOf(2, () => {
    body.cancel();
    return false;
  });
  body.start(sink);
  take('ab', true);
  assert.deepEqual([told, body.isComplete], [['ab'], true]);
});

test('request body: more than the limit is refused, also when nobody wants it', () => {
  for (const isCancelled of [false, true]) {
    const { body, told, take, done } = bodyOf(-2);
    if (isCancelled) body.cancel();
    else body.collect(done);
    take('x'.repeat(100), false);
    assert.deepEqual(told, []);
    take('y', true);
    assert.deepEqual([told, body.isComplete], [['refuse'], false]);
  }
});
