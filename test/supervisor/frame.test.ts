import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeFrame, FrameReader, frameBytesMax } from '../../src/supervisor/frame.ts';
import { backoffMs, timings } from '../../src/supervisor/timings.ts';
import fc from '../support/properties.ts';

const message = fc.record({
  id: fc.nat(),
  verb: fc.string(),
  argument: fc.oneof(
    fc.constant(null),
    fc.string(),
    fc.array(fc.integer()),
    // MessagePack's reader renames the member `__proto__`, so that nothing can be slipped in by it.
    fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.double(),
    ),
  ),
});

test('frame: messages come out whole and in order, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat({ max: 40 })), (messages, cuts) => {
      const bytes = Buffer.concat(messages.map(encodeFrame));
      const reader = new FrameReader();
      const read: unknown[] = [];
      let at = 0;
      for (const size of cuts) {
        read.push(...reader.push(bytes.subarray(at, at + size)));
        at += size;
      }
      read.push(...reader.push(bytes.subarray(at)));
      assert.deepEqual(JSON.stringify(read), JSON.stringify(messages));
    }),
  );
});

test('frame: a length above the maximum is refused before anything is kept', () => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(frameBytesMax + 1);
  assert.throws(() => new FrameReader().push(head), /is above/);
});

test('backoff: two deaths are replaced at once, a crash loop waits longer and longer up to a bound', () => {
  assert.deepEqual([1, 2, 3, 4, 5].map(backoffMs), [0, 0, 200, 400, 800]);
  assert.equal(backoffMs(1_000), timings.backoffMaxMs);
});
