import assert from 'node:assert/strict';
import test from 'node:test';
import { fromBase64url } from '../../src/authorizers/jwt/jws.ts';
import fc, { runs } from '../support/properties.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** What Node.js reads as well, what it leaves out, and what looks like a letter to it. */
const others = '+/=. \n\t?\0éŁī中';
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...letters), maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...letters, ...others), maxLength: 40 }),
);

test('base64url: what is read is written back the same; everything else is not read', () => {
  fc.assert(
    fc.property(text, (given) => {
      const bytes = fromBase64url(given);
      const isCanonical =
        /^[A-Za-z0-9_-]*$/.test(given) && Buffer.from(given, 'base64url').toString('base64url') === given;
      assert.equal(bytes !== null, isCanonical, JSON.stringify(given));
      if (bytes !== null) assert.equal(bytes.toString('base64url'), given);
    }),
    { numRuns: runs(2_000) },
  );
});
