// Upstream contract: how the bytes of an answer become head, data and end, and which bytes are no answer.

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from '../support/properties.ts';
import { answering, exchange, onEachRequest, type Subject, serve, targetOf } from './upstream-harness.ts';

interface GoodAnswer {
  readonly title: string;
  readonly method?: string;
  readonly bytes: string;
  readonly status?: number;
  readonly body: string;
  readonly lengthBytes: number | null;
  /** The server ends its side after the answer. */
  readonly closes?: boolean;
}

const chunkedHead = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

export const goodAnswers: readonly GoodAnswer[] = [
  {
    title: 'of known length',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    body: 'hello',
    lengthBytes: 5,
  },
  { title: 'of length 0', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', body: '', lengthBytes: 0 },
  {
    title: 'without a reason phrase',
    bytes: 'HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n',
    status: 404,
    body: '',
    lengthBytes: 0,
  },
  {
    title: 'in chunks',
    bytes: `${chunkedHead}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
    body: 'hello world',
    lengthBytes: null,
  },
  {
    title: 'in chunks with hexadecimal sizes',
    bytes: `${chunkedHead}0aB\r\n${'x'.repeat(171)}\r\n000\r\n\r\n`,
    body: 'x'.repeat(171),
    lengthBytes: null,
  },
  {
    title: 'in chunks with extensions',
    bytes: `${chunkedHead}5;a=b\r\nhello\r\n0;c\r\n\r\n`,
    body: 'hello',
    lengthBytes: null,
  },
  {
    title: 'in chunks with trailers',
    bytes: `${chunkedHead}5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n`,
    body: 'hello',
    lengthBytes: null,
  },
  { title: 'in no chunk at all', bytes: `${chunkedHead}0\r\n\r\n`, body: '', lengthBytes: null },
  {
    title: 'up to the end of the connection',
    bytes: 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it',
    body: 'all of it',
    lengthBytes: null,
    closes: true,
  },
  { title: 'of HTTP/1.0', bytes: 'HTTP/1.0 200 OK\r\n\r\nold', body: 'old', lengthBytes: null, closes: true },
  {
    title: 'of known length, then a half close',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    body: 'ok',
    lengthBytes: 2,
    closes: true,
  },
  {
    title: 'to HEAD',
    method: 'HEAD',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n',
    body: '',
    lengthBytes: 0,
  },
  {
    title: 'with status 204',
    bytes: 'HTTP/1.1 204 No Content\r\n\r\n',
    status: 204,
    body: '',
    lengthBytes: 0,
  },
  {
    title: 'with status 304 and a length',
    bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n',
    status: 304,
    body: '',
    lengthBytes: 0,
  },
  {
    title: 'after 103 Early Hints',
    bytes: 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1',
    body: '1',
    lengthBytes: 1,
  },
  {
    title: 'after 102 twice',
    bytes:
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1',
    body: '1',
    lengthBytes: 1,
  },
  {
    title: 'with bytes above ASCII',
    bytes: 'HTTP/1.1 200 \xe9\r\nX-Name: caf\xe9\r\nContent-Length: 2\r\n\r\n\xff\x00',
    body: '\xff\x00',
    lengthBytes: 2,
  },
];

const oneHundredContinue = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1';

/** Answers that two readers could understand differently, or nobody. */
export const badAnswers: ReadonlyArray<readonly [title: string, bytes: string]> = [
  ['that is no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['of HTTP/2.0', 'HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['of HTTP/1.1 in lower case', 'http/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ['with a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
  ['with a status of four digits', 'HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n'],
  ['with a status below 100', 'HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n'],
  ['with status 600', 'HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n'],
  ['with status 999', 'HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n'],
  [
    'that switches protocols unasked',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
  ],
  ['with a space in a field name', 'HTTP/1.1 200 OK\r\nX Y: 1\r\nContent-Length: 0\r\n\r\n'],
  ['with a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n'],
  ['with an empty field name', 'HTTP/1.1 200 OK\r\n: 1\r\nContent-Length: 0\r\n\r\n'],
  ['with a line that has no colon', 'HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n'],
  ['with NUL in a value', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n'],
  ['with a bare CR in a value', 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n'],
  ['with a folded field', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
  ['with a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello'],
  ['with a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n'],
  ['with a hexadecimal length', 'HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello'],
  ['with an empty length', 'HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n'],
  ['with a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello'],
  ['with two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!'],
  ['with the same length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello'],
  ['with a length beyond numbers', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nhello'],
  [
    'with length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'with chunks and length',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
  ],
  ['with an unknown transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello'],
  ['with two transfer codings', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
  [
    'with chunked twice',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['with a disguised transfer coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n'],
  ['of HTTP/1.0 in chunks', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['with bare LF line ends', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
];

const badChunks: ReadonlyArray<readonly [title: string, bytes: string]> = [
  ['no size', '\r\nhello\r\n0\r\n\r\n'],
  ['a size that is no number', 'g\r\nhello\r\n0\r\n\r\n'],
  ['a signed size', '+5\r\nhello\r\n0\r\n\r\n'],
  ['a size with 0x', '0x5\r\nhello\r\n0\r\n\r\n'],
  ['a size beyond numbers', '10000000000000000\r\nhello\r\n0\r\n\r\n'],
  ['more data than its size', '4\r\nhello\r\n0\r\n\r\n'],
  ['a size line that ends in LF', '5\nhello\r\n0\r\n\r\n'],
  ['a bare CR in an extension', '5;a\rb\r\nhello\r\n0\r\n\r\n'],
  ['a size line that ends in CR', '5\rhello\r\n0\r\n\r\n'],
  ['data that end in CR', '5\r\nhello\rx0\r\n\r\n'],
  ['a control character in an extension', '5;a\0b\r\nhello\r\n0\r\n\r\n'],
  ['a control character in a trailer', '5\r\nhello\r\n0\r\nA: b\0c\r\n\r\n'],
  ['a trailer line that ends in CR', '5\r\nhello\r\n0\r\nA: b\rx\r\n\r\n'],
  ['an end that is CR without LF', '5\r\nhello\r\n0\r\n\rx'],
];

export const badChunkedAnswers: readonly string[] = badChunks.map(([, bytes]) => chunkedHead + bytes);

export function framingContract(subject: Subject): void {
  const { name } = subject;
  const skip = (what: string): string | false => subject.cannot[what] ?? false;

  for (const answer of goodAnswers) {
    test(`${name}: an answer ${answer.title} is delivered whole`, async (t) => {
      const script = onEachRequest((socket) => {
        socket.write(answer.bytes, 'latin1');
        if (answer.closes) socket.end();
      });
      const server = await serve(t, subject, script);
      const got = await exchange(targetOf(t, subject, server), { method: answer.method ?? 'GET' });
      assert.equal(got.failure, null);
      assert.equal(got.status, answer.status ?? 200);
      assert.equal(got.body, answer.body);
      assert.equal(got.lengthBytes, answer.lengthBytes);
      assert.deepEqual(got.events, answer.body === '' ? ['head', 'end'] : ['head', 'data', 'end']);
    });
  }

  test(`${name}: an answer after 100 Continue is delivered whole`, { skip: skip('100') }, async (t) => {
    const server = await serve(t, subject, answering(oneHundredContinue));
    const got = await exchange(targetOf(t, subject, server));
    assert.deepEqual([got.status, got.body, got.failure], [200, '1', null]);
  });

  test(`${name}: fields come as received, in order, repeated ones too, white space around values removed`, async (t) => {
    const fields =
      'Set-Cookie: a=1\r\nset-cookie:b=2\r\nX-Empty:\r\nX-Padded: \t a b \t\r\nX-Latin: \xe9\xff';
    const server = await serve(
      t,
      subject,
      answering(`HTTP/1.1 200 OK\r\n${fields}\r\nContent-Length: 0\r\n\r\n`),
    );
    const got = await exchange(targetOf(t, subject, server));
    assert.deepEqual(got.headers, [
      ...['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X-Empty', '', 'X-Padded', 'a b', 'X-Latin', '\xe9\xff'],
      ...['Content-Length', '0'],
    ]);
  });

  for (const [title, bytes] of badAnswers) {
    test(`${name}: an answer ${title} is malformed`, { skip: skip(title) }, async (t) => {
      const server = await serve(t, subject, (socket) => {
        answering(bytes)(socket);
        // Some faults show only when nothing more comes.
        socket.once('data', () => setImmediate(() => socket.end()));
      });
      const got = await exchange(targetOf(t, subject, server));
      assert.equal(got.failure?.kind, 'malformed');
      assert.equal(got.failure?.source, 'upstream');
      assert.deepEqual(got.events, ['error']);
    });
  }

  for (const [title, bytes] of badChunks) {
    test(`${name}: a chunked body with ${title} is malformed`, { skip: skip(title) }, async (t) => {
      const server = await serve(t, subject, answering(chunkedHead + bytes));
      const got = await exchange(targetOf(t, subject, server));
      assert.equal(got.failure?.kind, 'malformed');
      assert.equal(got.events.includes('end'), false);
    });
  }

  for (const [title, field] of [
    ['one long field', `X-Long: ${'x'.repeat(9000)}\r\n`],
    ['many short fields', 'X-Short: some value\r\n'.repeat(600)],
    ['a field that never ends', `X-Endless: ${'x'.repeat(200_000)}`],
  ] as const) {
    test(`${name}: a head above the limit by ${title} is too large`, async (t) => {
      const server = await serve(
        t,
        subject,
        answering(`HTTP/1.1 200 OK\r\n${field}Content-Length: 0\r\n\r\n`),
      );
      const got = await exchange(targetOf(t, subject, server, { headBytesMax: 8192 }));
      assert.equal(got.failure?.kind, 'too-large');
      assert.deepEqual(got.events, ['error']);
    });
  }

  test(`${name}: a head just below the limit is read`, async (t) => {
    const value = 'x'.repeat(8000);
    const server = await serve(
      t,
      subject,
      answering(`HTTP/1.1 200 OK\r\nX-Long: ${value}\r\nContent-Length: 0\r\n\r\n`),
    );
    const got = await exchange(targetOf(t, subject, server, { headBytesMax: 8192 }));
    assert.equal(got.headers[1], value);
  });

  test(`${name}: an answer means the same however it is cut into packets`, async (t) => {
    let parts: readonly string[] = [];
    let closes = false;
    const script = onEachRequest(async (socket) => {
      for (const part of parts) {
        socket.write(part, 'latin1');
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (closes) socket.end();
    });
    const server = await serve(t, subject, script);
    const target = targetOf(t, subject, server);
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...goodAnswers), cuts, async (answer, at) => {
        const offsets = [0, ...at.map((x) => Math.floor(x * answer.bytes.length)).sort((a, b) => a - b)];
        parts = offsets
          .map((from, i) => answer.bytes.slice(from, offsets[i + 1]))
          .filter((part) => part !== '');
        closes = answer.closes ?? false;
        const got = await exchange(target, { method: answer.method ?? 'GET' });
        assert.deepEqual(
          [got.failure, got.status, got.body, got.lengthBytes],
          [null, answer.status ?? 200, answer.body, answer.lengthBytes],
        );
      }),
      { numRuns: 60 },
    );
  });
}
