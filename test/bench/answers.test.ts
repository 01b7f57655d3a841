import assert from 'node:assert/strict';
import test from 'node:test';
import { parseAnswer, requestBytes } from '../../bench/harness/wire.ts';
import { AnswerReader } from '../../bench/load/answer-reader.ts';
import fc from '../support/properties.ts';

const answers: readonly (readonly [string, number, string])[] = [
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: x\r\n\r\nhello', 200, 'hello'],
  ['HTTP/1.1 200 OK\r\ncontent-length:5\r\n\r\nhello', 200, 'hello'],
  ['HTTP/1.1 400 Bad Request\r\nA: b\r\ncontent-length: 0\r\n\r\n', 400, ''],
  ['HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 200, 'abcde'],
  ['HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 17\r\n\r\ncontent-length: 9', 200, 'content-length: 9'],
];

for (const [text, status, body] of answers) {
  test(`answer reader: ${JSON.stringify(text)} is one answer, in whatever pieces it comes`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const reader = new AnswerReader();
        const seen = places.slice(1).map((end, i) => reader.push(Buffer.from(text.slice(places[i], end))));
        assert.equal(seen.filter((found) => found !== 0).length, 1);
        assert.equal(
          seen.find((found) => found !== 0),
          status,
        );
      }),
    );
    const parsed = parseAnswer(Buffer.from(text));
    assert.deepEqual([parsed?.status, parsed?.body], [status, body]);
  });
}

test('answer reader: what is not HTTP is told', () => {
  assert.equal(new AnswerReader().push(Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')), -1);
});

test('request bytes: host and length are filled in', () => {
  const request = { method: 'POST', path: '/a', headers: { 'X-B': 'c' }, body: 'ä' };
  assert.equal(
    requestBytes({ port: 80, host: 'h.example' }, request),
    'POST /a HTTP/1.1\r\nHost: h.example\r\nX-B: c\r\nContent-Length: 2\r\n\r\nä',
  );
});
