import assert from 'node:assert/strict';
import test from 'node:test';
import {
  headerBlock,
  isFieldValue,
  isSenderField,
  isToken,
  joinBlocks,
  utf8AsLatin1,
} from '../../src/base/header-field.ts';
import fc from '../support/properties.ts';

test('headerBlock: fields keep their names, case and order', () => {
  assert.equal(headerBlock(['Content-Type', 'a/b', 'x-b', '']), '\r\nContent-Type: a/b\r\nx-b: ');
  assert.equal(headerBlock([]), '');
});

test("headerBlock: the listener's own fields are left out", () => {
  const own = [
    'Connection',
    'content-length',
    'DATE',
    'Keep-Alive',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  ];
  assert.equal(headerBlock(own.flatMap((name) => [name, 'x'])), '');
  for (const name of own) assert.ok(isSenderField(name));
});

test('headerBlock: latin1 letters are one byte, others UTF-8', () => {
  assert.deepEqual(headerBlock(['a', 'caf\xe9']), Buffer.from('\r\na: caf\xe9', 'latin1'));
  assert.deepEqual(headerBlock(['a', '日é']), Buffer.from('\r\na: 日é'));
});

test('headerBlock: names that are no tokens and values with control characters throw', () => {
  for (const name of ['', 'a b', 'a:', 'a\r\nb', 'é', 'a\0'])
    assert.throws(() => headerBlock([name, 'x']), TypeError);
  for (const value of ['a\r\nb: c', '\n', 'a\0b', '\x7f', 'é\r'])
    assert.throws(() => headerBlock(['a', value]), TypeError);
  assert.equal(headerBlock(['a', 'b\tc']), '\r\na: b\tc');
});

test('headerBlock: whatever it is given, it makes one line per field or throws', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 4 }), (fields) => {
      const isGood = fields.every(([name, value]) => isToken(name) && isFieldValue(value));
      let block: string | Uint8Array;
      try {
        block = headerBlock(fields.flat());
      } catch {
        assert.ok(!isGood);
        return;
      }
      assert.ok(isGood);
      const lines = Buffer.from(block as Uint8Array)
        .toString('latin1')
        .split(/[\r\n]+/);
      assert.equal(lines.length - 1, fields.filter(([name]) => !isSenderField(name)).length);
    }),
    { numRuns: 2000 },
  );
});

test('joinBlocks: text and bytes follow one another', () => {
  const ascii = headerBlock(['a', 'b']);
  const bytes = headerBlock(['c', '\xe9']);
  assert.equal(joinBlocks(ascii, ascii), '\r\na: b\r\na: b');
  assert.deepEqual(joinBlocks(ascii, bytes), Buffer.from('\r\na: b\r\nc: \xe9', 'latin1'));
});

test('utf8AsLatin1: text becomes the letters of its UTF-8 bytes', () => {
  assert.equal(utf8AsLatin1('plain'), 'plain');
  assert.equal(utf8AsLatin1('é日'), '\xc3\xa9\xe6\x97\xa5');
});
