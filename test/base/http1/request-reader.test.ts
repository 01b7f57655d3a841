// The reader of requests: the same requests however their bytes arrive, and nothing that is malformed.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type RequestHead, RequestReader } from '../../../src/base/http1/request-reader.ts';
import fc, { runs } from '../../support/properties.ts';

interface Seen {
  readonly method: string;
  readonly target: string;
  body: string;
  trailers: Record<string, string>;
}

/** Reads bytes in pieces of the given sizes. */
function read(
  bytes: Buffer,
  sizes: readonly number[],
  headBytesMax = 4096,
): { seen: Seen[]; bad: string | null } {
  const seen: Seen[] = [];
  let bad: string | null = null;
  const reader = new RequestReader(
    {
      onHead: ({ method, target }) => seen.push({ method, target, body: '', trailers: {} }),
      onData: (chunk) => {
        seen.at(-1)!.body += chunk.toString('latin1');
      },
      onEnd: (trailers) => {
        seen.at(-1)!.trailers = Object.fromEntries(
          trailers.map((text, i) => [text, trailers[i + 1]!]).filter((_, i) => i % 2 === 0),
        );
      },
      onBad: (status, reason) => {
        bad = `${status} ${reason}`;
      },
    },
    headBytesMax,
  );
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const end = at + (sizes[i % sizes.length] ?? bytes.length);
    reader.push(Buffer.from(bytes.subarray(at, end)));
    at = end;
  }
  return { seen, bad };
}

const whole = [1_000_000];

test('request reader: requests are the same however their bytes are cut', () => {
  const body = fc.string({ unit: 'binary-ascii', maxLength: 60 });
  const request = fc.record({
    body,
    isChunked: fc.boolean(),
    cuts: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
  });
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (requests, sizes) => {
        let text = '';
        for (const { body: content, isChunked, cuts } of requests) {
          if (!isChunked) {
            text += `POST /x HTTP/1.1\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
            continue;
          }
          text += 'POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
          for (let at = 0, i = 0; at < content.length; i++) {
            const part = content.slice(at, at + cuts[i % cuts.length]!);
            text += `${part.length.toString(16)};ext=1\r\n${part}\r\n`;
            at += part.length;
          }
          text += '0\r\nSome-Trailer: yes\r\n\r\n';
        }
        const expected = requests.map(({ body: content, isChunked }) => ({
          ...{ method: 'POST', target: '/x', body: content },
          trailers: isChunked ? { 'some-trailer': 'yes' } : {},
        }));
        assert.deepEqual(read(Buffer.from(text, 'latin1'), sizes), { seen: expected, bad: null });
      },
    ),
    { numRuns: runs(200) },
  );
});

test('request reader: any bytes at all end in requests or one refusal', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 40 }), (bytes, size) => {
      read(Buffer.from(bytes), [size], 128);
    }),
    { numRuns: runs(200) },
  );
});

/** The head of a request without a body. */
function headOf(text: string): RequestHead {
  let found: RequestHead | null = null;
  const handler = { onHead: (head: RequestHead) => (found = head), onData: () => {}, onEnd: () => {} };
  new RequestReader({ ...handler, onBad: (_, reason) => assert.fail(reason) }, 4096).push(
    Buffer.from(`${text}\r\n\r\n`, 'latin1'),
  );
  return found ?? assert.fail('there is no head');
}

test('request reader: fields stand in the order received, by lower-case names, without blanks around them', () => {
  const { fields } = headOf('GET / HTTP/1.1\r\nB: \t2 \xe9 \r\nA:1\r\nb:\xa03\r\nC:');
  assert.deepEqual(fields, ['b', '2 \xe9', 'a', '1', 'b', '\xa03', 'c', '']);
});

test('request reader: a connection is kept unless version or options say otherwise', () => {
  const cases: readonly [string, boolean][] = [
    ['HTTP/1.1', true],
    ['HTTP/1.1\r\nConnection: close', false],
    ['HTTP/1.1\r\nConnection: keep-alive, Upgrade', true],
    ['HTTP/1.1\r\nConnection: x\r\nConnection: y, Close', false],
    ['HTTP/1.0', false],
    ['HTTP/1.0\r\nConnection: Keep-Alive', true],
  ];
  for (const [text, isKept] of cases) assert.equal(headOf(`GET / ${text}`).isKeptAlive, isKept, text);
});

test('request reader: who sends too much after a request that is not answered is refused', () => {
  let bad: string | null = null;
  const reader = new RequestReader(
    {
      onHead: () => reader.hold(),
      onData: () => {},
      onEnd: () => {},
      onBad: (_, reason) => {
        bad = reason;
      },
    },
    128,
  );
  reader.push(Buffer.from(`GET / HTTP/1.1\r\n\r\n${'x'.repeat(129)}`));
  assert.deepEqual([reader.hasRest, bad], [true, null]);
  reader.push(Buffer.from('x'));
  assert.equal(bad, 'too much after a request');
});

test('request reader: what is malformed is refused with a reason', () => {
  const cases: readonly [string, string][] = [
    ['GET /\r\n\r\n', '400 the request line is malformed'],
    ['GET / HTTP/2\r\n\r\n', '400 the request line is malformed'],
    ['GET / HTTP/1.1\r\nno colon\r\n\r\n', '400 a field has no colon'],
    ['GET  HTTP/1.1\r\n\r\n', '400 the request line is malformed'],
    ['GET /\n HTTP/1.1\r\n\r\n', '400 the request line is malformed'],
    ['GET / HTTP/1.1\r\na: b\nc: d\r\n\r\n', '400 the value of a field is malformed'],
    ['GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n', '400 a field has no colon'],
    ['GET / HTTP/1.1\r\na b: c\r\n\r\n', '400 the name of a field is malformed'],
    ['GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n', '400 the Content-Length is malformed'],
    ['GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', '400 there are two Content-Lengths'],
    ['GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n', '400 the transfer coding is unknown'],
    [
      'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n',
      '400 both Content-Length and Transfer-Encoding are given',
    ],
    ['GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n', '400 a chunk has no size'],
    ['GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n', '400 a chunk is too long'],
    [`GET /${'x'.repeat(5000)}`, '431 the head is too long'],
  ];
  for (const [text, reason] of cases)
    assert.equal(read(Buffer.from(text), whole).bad, reason, text.slice(0, 80));
});
