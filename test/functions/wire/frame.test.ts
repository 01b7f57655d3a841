import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import test from 'node:test';
import { FrameReader, FrameWriter, frameBytesMax } from '../../../src/functions/wire/index.ts';
import fc from '../../support/properties.ts';

/** A socket that keeps what is written. */
class Sink extends Duplex {
  readonly written: Buffer[] = [];
  override _read(): void {}
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.written.push(Buffer.from(chunk));
    done();
  }
}

const head = Buffer.from('head');
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('frames: any frames, cut anywhere, are read as they were written', async () => {
  const payload = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 50 }),
    fc.nat({ max: 70_000 }).map((n) => 'é'.repeat(n)),
    fc.nat({ max: 70_000 }).map((n) => Buffer.alloc(n, n % 251)),
  );
  const property = fc.asyncProperty(
    fc.array(payload, { maxLength: 12 }),
    fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1 }),
    async (payloads, cuts) => {
      const sink = new Sink();
      const writer = new FrameWriter(sink as unknown as Socket);
      payloads.forEach((one, i) => {
        assert.ok(writer.message(2, i + 1, head, one));
        writer.number(4, i + 1, i);
        writer.empty(3, i + 1);
        if (typeof one !== 'string') writer.bytes(6, i + 1, one);
      });
      await turn();
      assert.equal(writer.queuedBytes, 0);
      const stream = Buffer.concat(sink.written);
      const read: [number, number, string][] = [];
      const reader = new FrameReader((type, call, body) => read.push([type, call, body.toString('latin1')]));
      let cut = 0;
      for (let at = 0; at < stream.length; ) {
        const end = at + cuts[cut++ % cuts.length]!;
        reader.push(stream.subarray(at, end));
        at = end;
      }
      const wanted = payloads.flatMap((one, i) => {
        const bytes = Buffer.from(one as string);
        const rows: [number, number, Buffer][] = [
          [2, i + 1, Buffer.concat([Buffer.from([0, 0, 0, 4]), head, bytes])],
          [4, i + 1, Buffer.from([0, 0, 0, i])],
          [3, i + 1, Buffer.alloc(0)],
        ];
        if (typeof one !== 'string') rows.push([6, i + 1, bytes]);
        return rows.map(([type, call, body]) => [type, call, body.toString('latin1')]);
      });
      assert.deepEqual(read, wanted);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test('frames: all of one turn go out in one write', async () => {
  const sink = new Sink();
  const writer = new FrameWriter(sink as unknown as Socket);
  for (let call = 1; call <= 100; call++) writer.message(2, call, head, '{"a":1}');
  assert.equal(sink.written.length, 0);
  await turn();
  assert.equal(sink.written.length, 1);
});

test('frames: what would be longer than the longest is not written', () => {
  const sink = new Sink();
  const writer = new FrameWriter(sink as unknown as Socket);
  assert.equal(writer.message(2, 1, head, Buffer.alloc(frameBytesMax)), false);
  assert.equal(writer.message(2, 1, head, 'é'.repeat(frameBytesMax / 2)), false);
  assert.equal(writer.queuedBytes, 0);
});

test('frames: a length that no frame has is refused', () => {
  const reader = new FrameReader(() => {});
  for (const length of [0, 4, frameBytesMax + 1, 0xffff_ffff]) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length);
    assert.throws(
      () => new FrameReader(() => {}).push(bytes),
      /^Error: a frame of \d+ bytes; expected 5 to /,
    );
  }
  reader.push(Buffer.alloc(3)); // not a length yet
});
