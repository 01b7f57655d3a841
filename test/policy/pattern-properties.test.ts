// Texts of policies and addresses, read in the quick way, against judges that take the slow one.

import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import test from 'node:test';
import { addressBytes } from '../../src/policy/index.ts';
import { compilePattern } from '../../src/policy/pattern.ts';
import fc from '../support/properties.ts';

/** Of letters and `*` only: the rest is as in expressions. */
const expressionOf = (pattern: string) => new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`);
const few = { hasVariables: false, hasWildcards: true };

test('pattern: texts between stars match as an expression does, also where they overlap or repeat', () => {
  const counts = { true: 0, false: 0 };
  const pattern = fc.stringMatching(/^[ab*]{0,9}$/);
  // Half of the texts are made from the pattern, else long ones would hardly ever match.
  const asked = pattern.chain((wild) =>
    fc.tuple(
      fc.constant(wild),
      fc.oneof(
        fc.stringMatching(/^[ab]{0,9}$/),
        fc
          .array(fc.stringMatching(/^[ab]{0,3}$/), { minLength: 9, maxLength: 9 })
          .map((fills) => wild.replace(/\*/g, (_, at) => fills[at]!)),
      ),
    ),
  );
  fc.assert(
    fc.property(asked, ([wild, text]) => {
      const expected = expressionOf(wild).test(text);
      counts[`${expected}`] += 1;
      assert.equal(
        compilePattern(wild, few)(text, () => undefined),
        expected,
      );
    }),
    { numRuns: 10_000 },
  );
  for (const count of Object.values(counts)) assert.ok(count > 1_000, JSON.stringify(counts));
});

test('pattern: with a variable put in it matches as with its value written there', () => {
  const counts = { true: 0, false: 0 };
  const part = fc.stringMatching(/^[ab*]{0,4}$/);
  const value = fc.stringMatching(/^[ab]{0,2}$/);
  fc.assert(
    fc.property(part, part, value, fc.stringMatching(/^[ab]{0,7}$/), (before, after, name, text) => {
      const compiled = compilePattern(`${before}\${aws:username}${after}`, { ...few, hasVariables: true });
      const expected = expressionOf(`${before}${name}${after}`).test(text);
      counts[`${expected}`] += 1;
      assert.equal(
        compiled(text, () => name),
        expected,
      );
    }),
    { numRuns: 5_000 },
  );
  for (const count of Object.values(counts)) assert.ok(count > 200, JSON.stringify(counts));
});

test('address: four numbers are read as they are written, and nothing else is taken for an address', () => {
  const counts = { true: 0, false: 0 };
  const number = fc.oneof(
    fc.nat(300).map(String),
    fc.nat(255).map(String),
    fc.constantFrom('', '0', '00', '01', '-1', '1 ', '٣', 'a', '1e1'),
  );
  const nearly = fc.array(number, { minLength: 3, maxLength: 5 }).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.oneof(nearly, fc.ipV4(), fc.string({ unit: fc.constantFrom('1', '.', '0') })), (text) => {
      const isAddress = isIPv4(text);
      counts[`${isAddress}`] += 1;
      const bytes = isAddress ? text.split('.').map(Number) : null;
      assert.deepEqual(addressBytes(text), bytes);
      // Without a dot it is a group of its own.
      if (text.includes('.')) assert.deepEqual(addressBytes(`::ffff:${text}`), bytes);
    }),
    { numRuns: 5_000 },
  );
  for (const count of Object.values(counts)) assert.ok(count > 500, JSON.stringify(counts));
});
