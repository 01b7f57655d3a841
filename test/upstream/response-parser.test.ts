// The response parser alone: the same bytes mean the same however they are cut, good or bad.

import assert from 'node:assert/strict';
import test from 'node:test';
import { ResponseParser } from '../../src/gateway/upstream/response-parser.ts';
import { badAnswers, badChunkedAnswers, goodAnswers } from '../contract/upstream-framing.ts';
import fc from '../support/properties.ts';

interface Parsed {
  state: string;
  heads: Array<{ status: number; headers: readonly string[]; lengthBytes: number | null }>;
  body: string;
  used: number;
}

const buffer = Buffer.alloc(65_536, '#');

function parse(parts: readonly string[], ends: boolean, headBytesMax = 65_536): Parsed {
  const parser = new ResponseParser(headBytesMax);
  parser.begin(false);
  const result: Parsed = { state: '', heads: [], body: '', used: 0 };
  const sink = {
    onHead(status: number, headers: readonly string[], lengthBytes: number | null): boolean {
      result.heads.push({ status, headers, lengthBytes });
      return true;
    },
    onData(chunk: Uint8Array): boolean {
      result.body += Buffer.from(chunk).toString('latin1');
      return true;
    },
  };
  // Like a connection: every read lands in one buffer, somewhere in the middle of it, and is overwritten by the next.
  for (const part of parts) {
    const count = buffer.write(part, 7, 'latin1');
    result.used += parser.execute(buffer, 7, 7 + count, sink) - 7;
    buffer.fill('#', 7, 7 + count);
  }
  if (ends) parser.finish();
  result.state = parser.state;
  return result;
}

function cut(text: string, at: readonly number[]): string[] {
  const offsets = [0, ...at.map((x) => x % text.length).sort((a, b) => a - b)];
  return offsets.map((from, i) => text.slice(from, offsets[i + 1]));
}

const corpus = [
  ...goodAnswers.map((answer) => answer.bytes),
  ...badAnswers.map(([, bytes]) => bytes),
  ...badChunkedAnswers,
];

test('response parser: every answer of the contract, cut anywhere, means the same as whole', () => {
  const cuts = fc.array(fc.nat(2000), { maxLength: 30 });
  fc.assert(
    fc.property(fc.constantFrom(...corpus), cuts, (bytes, at) => {
      const whole = parse([bytes], true);
      const pieces = parse(cut(bytes, at), true);
      assert.deepEqual({ ...pieces, used: 0 }, { ...whole, used: 0 });
    }),
    { numRuns: 3000 },
  );
});

test('response parser: every answer of the contract means the same octet by octet', () => {
  for (const bytes of corpus) {
    const whole = parse([bytes], true);
    assert.deepEqual({ ...parse([...bytes], true), used: 0 }, { ...whole, used: 0 }, JSON.stringify(bytes));
  }
});

test('response parser: an answer of any fields and body is read back as it was written', () => {
  const tchar = fc.constantFrom(...'abcXYZ019-_!#$%&*+.^`|~');
  const name = fc
    .string({ unit: tchar, minLength: 1, maxLength: 20 })
    .filter((text) => !/^(content-length|transfer-encoding)$/i.test(text));
  const vchar = fc
    .integer({ min: 0x20, max: 0xff })
    .filter((c) => c !== 0x7f)
    .map((c) => String.fromCharCode(c));
  const value = fc.string({ unit: vchar, maxLength: 40 }).map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''));
  const octets = fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength: 300 })
    .map((list) => String.fromCharCode(...list));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, value), { maxLength: 12 }),
      fc.array(octets, { maxLength: 6 }),
      fc.boolean(),
      fc.array(fc.nat(5000), { maxLength: 20 }),
      (fields, pieces, chunked, at) => {
        const body = pieces.join('');
        const lines = fields.map(([n, v]) => `${n}: ${v}\r\n`).join('');
        const framing = chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
        const sized = pieces
          .filter((piece) => piece !== '')
          .map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
        const sent = chunked ? `${sized.join('')}0\r\n\r\n` : body;
        const text = `HTTP/1.1 200 OK\r\n${lines}${framing}\r\n\r\n${sent}`;
        const got = parse(cut(text, at), false);
        assert.equal(got.state, 'done');
        assert.equal(got.body, body);
        assert.deepEqual(got.heads[0]!.headers, [...fields.flat(), ...framing.split(': ')]);
        assert.equal(got.used, text.length);
      },
    ),
    { numRuns: 1000 },
  );
});

test('response parser: any bytes at all end in a state and never throw', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)), maxLength: 200 }),
    fc
      .tuple(fc.constantFrom(...corpus), fc.nat(300), fc.integer({ min: 0, max: 255 }))
      .map(([bytes, at, octet]) => {
        const i = at % bytes.length;
        return bytes.slice(0, i) + String.fromCharCode(octet) + bytes.slice(i + 1);
      }),
  );
  fc.assert(
    fc.property(text, fc.array(fc.nat(300), { maxLength: 5 }), (bytes, at) => {
      if (bytes === '') return;
      const whole = parse([bytes], true);
      const pieces = parse(cut(bytes, at), true);
      assert.deepEqual({ ...pieces, used: 0 }, { ...whole, used: 0 });
    }),
    { numRuns: 3000 },
  );
});

test('response parser: it reads how long a server keeps its connection, however that is written', () => {
  for (const [value, seconds] of [
    ['timeout=5', 5],
    ['max=9, timeout=5', 5],
    ['Timeout = "5"; max=9', 5],
    ['timeout=0', 0],
    ['max=9', -1],
    ['idletimeout=5', -1],
    ['timeout=', -1],
    ['', -1],
  ] as const) {
    const parser = new ResponseParser(65_536);
    parser.begin(false);
    const answer = Buffer.from(`HTTP/1.1 200 OK\r\nKeep-Alive: ${value}\r\nContent-Length: 0\r\n\r\n`);
    parser.execute(answer, 0, answer.length, { onHead: () => true, onData: () => true });
    assert.deepEqual([parser.state, parser.head.keepAliveSeconds], ['done', seconds], value);
  }
});

test('response parser: the limit is on the head alone, wherever the reads fall', () => {
  const head = `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(70)}\r\nContent-Length: 1000\r\n\r\n`;
  const body = 'y'.repeat(1000);
  for (const parts of [[head + body], [head.slice(0, 40), head.slice(40) + body]]) {
    assert.equal(parse(parts, false, head.length).state, 'done');
    assert.equal(parse(parts, false, head.length - 1).state, 'too-large');
  }
});

test('response parser: trailers and extensions above the limit are refused', () => {
  const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
  const extension = `1;${'e'.repeat(40)}\r\nx\r\n`;
  assert.equal(parse([`${head}${extension}0\r\n\r\n`], false, 100).state, 'done');
  assert.equal(parse([head + extension.repeat(3)], false, 100).state, 'malformed');
  assert.equal(parse([`${head}0\r\n${'X: 12345\r\n'.repeat(20)}\r\n`], false, 100).state, 'malformed');
});
