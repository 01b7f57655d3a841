import assert from 'node:assert/strict';
import test from 'node:test';
import { type Beginning, readBeginning } from '../../src/integrations/aws-proxy-metadata.ts';
import fc from '../support/properties.ts';

/** What is known after each piece, up to the first answer. */
function readPieces(bytes: Buffer, cuts: readonly number[], isExpected: boolean): Beginning {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  for (const end of [...ends, bytes.length]) {
    const found = readBeginning(bytes.subarray(0, end), isExpected);
    if (found.kind !== 'more') return found;
  }
  return { kind: 'more' };
}

test('stream metadata: it is found wherever the stream is cut, announced or not', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.uint8Array(),
      fc.array(fc.nat()),
      fc.boolean(),
      (metadata, body, cuts, isExpected) => {
        const json = Buffer.from(JSON.stringify(metadata));
        const found = readPieces(Buffer.concat([json, Buffer.alloc(8), body]), cuts, isExpected);
        assert.ok(found.kind === 'metadata');
        assert.deepEqual(Buffer.from(found.json), json);
        // What came after the piece in which it was found is the body too, and follows by itself.
        assert.equal(Buffer.compare(body.subarray(0, found.body.length), found.body), 0);
      },
    ),
  );
});

test('stream metadata: what cannot become metadata is known at once, unless it is announced', () => {
  const bodies = ['data: 1\n\n', '[1]', '"a"', '{"a":1}\n', '{"a":{}} ', ' \n}', 'x'.repeat(20_000)];
  for (const body of bodies) assert.equal(readBeginning(Buffer.from(body), false).kind, 'none', body);
});

test('stream metadata: what may become metadata is waited for', () => {
  for (const body of ['', '{', ' \n{"a', '{"a":"}\\"}"', '{"a":{}}', '{}\0\0'])
    assert.equal(readBeginning(Buffer.from(body), false).kind, 'more', body);
});

test('stream metadata: it has at most 16 KB', () => {
  assert.equal(readBeginning(Buffer.alloc(16_384, '{'), true).kind, 'more');
  assert.equal(readBeginning(Buffer.alloc(16_385, '{'), true).kind, 'none');
});
