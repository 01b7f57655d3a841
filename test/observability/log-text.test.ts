import assert from 'node:assert/strict';
import test from 'node:test';
import {
  bodyText,
  headersText,
  masked,
  onOneLine,
  queryText,
  truncated,
} from '../../src/observability/log-text.ts';
import fc from '../support/properties.ts';

test('log text: header fields print as a Java map, secrets masked, the last of a repeated field', () => {
  const fields = [
    'accept',
    '*/*',
    'authorization',
    'Bearer 0123456789abcdef',
    'x-api-key',
    'shortkey',
    'x-a',
    '1',
    'x-a',
    '2',
    'X-Amz-Security-Token',
    'IQoJb3JpZ2luX2Vj',
    'token',
    'my-own-secret-token',
    'Proxy-Authorization',
    'Basic dXNlcjpwYXNz',
  ];
  assert.equal(
    headersText(fields, new Set(['token'])),
    '{accept=*/*, authorization=*****************abcdef, x-api-key=********, x-a=2, X-Amz-Security-Token=**********luX2Vj, token=*************-token, Proxy-Authorization=************pwYXNz}',
  );
  assert.equal(headersText([]), '{}');
});

test('log text: query parameters print in the same form', () => {
  assert.equal(
    queryText({ names: ['a', 'X-Amz-Signature'], values: ['b c', '0123456789abcdef'] }),
    '{a=b c, X-Amz-Signature=**********abcdef}',
  );
});

test('log text: a masked secret keeps its length and at most its last six characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (secret) => {
      const text = masked(secret);
      assert.equal(text.length, secret.length);
      assert.match(text.slice(0, -6), /^\**$/);
    }),
  );
});

test('log text: a truncated text has at most 1024 bytes, begins as before and says that it was cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 200, maxLength: 1500 }), (text) => {
      const cut = truncated(text);
      assert.ok(Buffer.byteLength(cut) <= 1024);
      if (Buffer.byteLength(text) <= 1024) assert.equal(cut, text);
      else {
        assert.ok(cut.endsWith(' [TRUNCATED]'));
        assert.ok(text.startsWith(cut.slice(0, -' [TRUNCATED]'.length)));
        assert.ok(Buffer.byteLength(cut) > 1024 - 4);
      }
    }),
  );
});

test('log text: a text of one line stays on one line', () => {
  assert.equal(onOneLine('a\r\nb\tc\u0000\u0085"\\'), 'a\\r\\nb\\tc\\u0000\\u0085"\\');
  assert.equal(onOneLine('plain é'), 'plain é');
});

test('log text: of a body no more is decoded than an event can hold', () => {
  assert.equal(bodyText(null), '');
  assert.equal(bodyText('small'), 'small');
  assert.equal(bodyText(Buffer.from('grün')), 'grün');
  assert.equal(bodyText('x'.repeat(5000)).length, 1025);
  assert.equal(bodyText(Buffer.alloc(5000, 'x')).length, 1028);
});
