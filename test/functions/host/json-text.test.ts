// Whether bytes are JSON: JSON.parse is the judge.

import assert from 'node:assert/strict';
import test from 'node:test';
import { isJsonText } from '../../../src/functions/host/json-text.ts';
import fc from '../../support/properties.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const check = (text: string): void =>
  assert.equal(isJsonText(Buffer.from(text)), isJson(text), JSON.stringify(text));

test('JSON text: JSON.parse judges the same of each corner of the grammar', () => {
  const texts = [
    ...[
      '',
      ' ',
      '{}',
      '[]',
      ' { } ',
      '[ ]',
      '""',
      'null',
      'true',
      'false',
      'nul',
      'truE',
      'nullx',
      '{}{}',
      '{},',
    ],
    ...[
      '0',
      '-0',
      '01',
      '-',
      '1.',
      '.5',
      '1.5',
      '1e',
      '1e5',
      '1E+5',
      '1e-',
      '-1.0e-10',
      '+1',
      '0x1',
      '1 2',
      'NaN',
    ],
    ...[
      '"\\u00e9"',
      '"\\u00g9"',
      '"\\u00"',
      '"\\x"',
      '"\\',
      '"a\nb"',
      '"\t"',
      '"\u007f"',
      '"é😀"',
      "'a'",
      '"a',
    ],
    ...['{"a":1,}', '{"a"}', '{"a":}', '{a:1}', '{"a":1 "b":2}', '{"a":1,"b":2}', '{,}', '{"a":1,,}', '{'],
    ...[
      '[1,]',
      '[,1]',
      '[1 2]',
      '[1',
      '[',
      ']',
      '[[[]]]',
      '[[]',
      '{"a":[1,{"b":null}]}',
      '\ufeff{}',
      '\u00a0{}',
    ],
  ];
  texts.forEach(check);
});

test('JSON text: JSON.parse judges the same of what people write and of what is almost that', () => {
  const spliced = fc.tuple(fc.json(), fc.nat(), fc.nat(3), fc.string({ maxLength: 3 }));
  fc.assert(
    fc.property(spliced, ([text, at, count, more]) => {
      check(text);
      check(JSON.stringify(JSON.parse(text), null, 2));
      const from = at % (text.length + 1);
      check(`${text.slice(0, from)}${more}${text.slice(from + count)}`);
    }),
    { numRuns: 3000 },
  );
});

test('JSON text: JSON.parse judges the same of any few letters of JSON', () => {
  const letters = fc.string({ unit: fc.constantFrom(...'{}[]":,\\ue0-+.1tfnrals \n'), maxLength: 8 });
  fc.assert(fc.property(letters, check), { numRuns: 20_000 });
});

test('JSON text: what is nested deeper than it looks is left to JSON.parse', () => {
  assert.equal(isJsonText(Buffer.from('['.repeat(199) + ']'.repeat(199))), true);
  assert.equal(isJsonText(Buffer.from('['.repeat(1e6) + ']'.repeat(1e6))), false);
});
