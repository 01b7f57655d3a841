import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import { BatchReader, BatchWriter } from '../../../src/gateway/peers/batches.ts';
import fc from '../../support/properties.ts';

const bodies = fc.array(
  fc.array(
    fc.oneof(
      fc.integer(),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 3000 }),
      fc.boolean(),
      fc.constant(null),
    ),
    { maxLength: 6 },
  ),
  { maxLength: 20 },
);

test('batches: what is written is read again, however the stream is cut', () => {
  fc.assert(
    fc.property(bodies, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (sent, cuts) => {
      const stream = new PassThrough({ highWaterMark: 1e9 });
      const writer = new BatchWriter(stream as unknown as Socket);
      sent.forEach((body, i) => {
        writer.add(i + 1, body);
        if (i % 3 === 0) writer.flush();
      });
      writer.flush();
      const bytes: Buffer = stream.read() ?? Buffer.alloc(0);
      const got: [number, unknown][] = [];
      const reader = new BatchReader((call, body) => got.push([call, plain(body)]));
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const end = at + cuts[i % cuts.length]!;
        reader.push(Buffer.from(bytes.subarray(at, end)));
        at = end;
      }
      assert.deepEqual(
        got,
        sent.map((body, i) => [i + 1, plain(body)]),
      );
    }),
  );
});

/** Buffers are not Uint8Arrays to deepEqual. */
const plain = (body: unknown): unknown =>
  (body as unknown[]).map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString('hex') : one));

test('batches: one turn of the event loop is one write', async () => {
  const stream = new PassThrough();
  let writes = 0;
  stream.on('data', () => writes++);
  const writer = new BatchWriter(stream as unknown as Socket);
  for (let i = 1; i <= 100; i++) writer.add(i, [i]);
  assert.equal(writes, 0);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  assert.equal(writes, 2, 'the length and the batch, corked into one');
});

test('batches: a length that no batch has is refused', () => {
  const reader = new BatchReader(() => {});
  assert.throws(() => reader.push(Buffer.from([0xff, 0xff, 0xff, 0xff])), /a batch of 4294967295 bytes/);
  assert.throws(() => new BatchReader(() => {}).push(Buffer.from([0, 0, 0, 0])), /a batch of 0 bytes/);
});
