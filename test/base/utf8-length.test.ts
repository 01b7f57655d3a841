import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAscii, utf8Length } from '../../src/base/utf8-length.ts';
import fc, { runs } from '../support/properties.ts';

test('the length of a text is that of its UTF-8, whatever was measured before it', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', 'a', 'é', '€', '\ud800', 'x'.repeat(16_384), 'é'.repeat(16_384), 'x'.repeat(16_385)),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (texts) => {
      for (const one of [...texts, ...texts]) {
        assert.equal(utf8Length(one), Buffer.byteLength(one));
        assert.equal(isAscii(one), /^[\0-\x7f]*$/.test(one));
      }
    }),
    { numRuns: runs(200) },
  );
});
