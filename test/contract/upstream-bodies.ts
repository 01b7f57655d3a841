// Upstream contract: what goes on the wire for a request, and the pace of bodies both ways.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import test from 'node:test';
import type { UpstreamCall, UpstreamRequest } from '../../src/exchange/upstream.ts';
import {
  answering,
  exchange,
  HandSource,
  onEachRequest,
  requestOf,
  type Subject,
  serve,
  settle,
  targetOf,
  until,
} from './upstream-harness.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

interface Sent {
  readonly title: string;
  readonly request: Partial<UpstreamRequest>;
  readonly line?: string;
  /** Lines the head must hold, framing among them. */
  readonly has?: readonly string[];
  readonly hasNot?: RegExp;
  readonly body: string;
}

const pieces = (lengthBytes: number | null, ...texts: string[]): HandSource =>
  new HandSource(lengthBytes, (sink) => {
    for (const text of texts) sink.onChunk(Buffer.from(text));
    sink.onEnd();
  });

const requests = (): readonly Sent[] => [
  {
    title: 'GET without a body',
    request: {},
    line: 'GET /pets HTTP/1.1',
    hasNot: /content-length|transfer-encoding/i,
    body: '',
  },
  {
    title: 'DELETE without a body',
    request: { method: 'DELETE' },
    hasNot: /content-length|transfer-encoding/i,
    body: '',
  },
  { title: 'POST without a body', request: { method: 'POST' }, has: ['content-length: 0'], body: '' },
  { title: 'PUT without a body', request: { method: 'PUT' }, has: ['content-length: 0'], body: '' },
  { title: 'PATCH without a body', request: { method: 'PATCH' }, has: ['content-length: 0'], body: '' },
  { title: 'a query', request: { path: '/pets?a=%20&b=c' }, line: 'GET /pets?a=%20&b=c HTTP/1.1', body: '' },
  {
    title: 'ASCII text',
    request: { method: 'POST', body: 'hello' },
    has: ['content-length: 5'],
    body: 'hello',
  },
  {
    title: 'text beyond ASCII',
    request: { method: 'POST', body: 'h\xe9llo \u20ac' },
    has: ['content-length: 10'],
    body: Buffer.from('h\xe9llo \u20ac').toString('latin1'),
  },
  {
    title: 'bytes',
    request: { method: 'POST', body: Buffer.from([0, 255, 13, 10]) },
    has: ['content-length: 4'],
    body: '\0\xff\r\n',
  },
  {
    title: 'a view into a larger array',
    request: { method: 'PUT', body: new Uint8Array(Buffer.from('xhix')).subarray(1, 3) },
    has: ['content-length: 2'],
    body: 'hi',
  },
  {
    title: 'bytes with DELETE',
    request: { method: 'DELETE', body: Buffer.from('why') },
    has: ['content-length: 3'],
    body: 'why',
  },
  {
    title: 'pieces of known length',
    request: { method: 'POST', body: pieces(6, 'abc', '', 'def') },
    has: ['content-length: 6'],
    hasNot: /transfer-encoding/i,
    body: 'abcdef',
  },
  {
    title: 'fields above ASCII',
    request: { headers: ['X-Name', 'caf\xe9'] },
    has: ['x-name: caf\xe9'],
    body: '',
  },
  {
    title: 'repeated fields in order',
    request: { headers: ['X-A', '1', 'X-B', '2', 'X-A', '3'] },
    has: ['x-a: 1\r\nx-b: 2\r\nx-a: 3'],
    body: '',
  },
];

export function bodiesContract(subject: Subject): void {
  const { name } = subject;

  for (const sent of requests()) {
    test(`${name}: a request with ${sent.title} is sent as it is`, async (t) => {
      const server = await serve(t, subject, answering(ok));
      const got = await exchange(targetOf(t, subject, server), sent.request);
      assert.deepEqual([got.failure, got.body], [null, 'ok']);
      const [head, body] = splitHead(server.received[0]!);
      if (sent.line !== undefined) assert.equal(head.split('\r\n')[0], sent.line);
      for (const line of sent.has ?? []) assert.ok(head.toLowerCase().includes(`\r\n${line}\r\n`), head);
      if (sent.hasNot !== undefined) assert.doesNotMatch(head, sent.hasNot);
      assert.equal(body, sent.body);
    });
  }

  test(`${name}: a request carries the origin's host, or the host field it was given`, async (t) => {
    const server = await serve(t, subject, answering(ok));
    const target = targetOf(t, subject, server);
    await exchange(target);
    await exchange(target, { headers: ['X-A', '1', 'hOSt', 'pets.example'] });
    const hosts = server.received.join('').match(/(?<=\r\nhost: ).*(?=\r\n)/gi);
    assert.deepEqual(hosts, [new URL(server.origin).host, 'pets.example']);
    assert.equal(server.connections, 1);
  });

  test(`${name}: a body of unknown length is sent in chunks`, async (t) => {
    const server = await serve(t, subject, (socket) => endOfChunks(socket, () => socket.write(ok)));
    const texts = ['hello', ' ', 'world, this is more than fifteen'];
    const source = new HandSource(null, (sink) => {
      const text = texts.shift();
      if (text === undefined) return sink.onEnd();
      sink.onChunk(Buffer.from(text));
      setImmediate(() => source.start(sink));
    });
    const got = await exchange(targetOf(t, subject, server), { method: 'POST', body: source });
    assert.equal(got.failure, null);
    const [head, sent] = splitHead(server.received[0]!);
    assert.match(head, /\r\ntransfer-encoding: chunked\r\n/i);
    assert.doesNotMatch(head, /content-length/i);
    assert.equal(sent, '5\r\nhello\r\n1\r\n \r\n20\r\nworld, this is more than fifteen\r\n0\r\n\r\n');
  });

  for (const lengthBytes of [null, 32 * 1024 * 1024]) {
    const what = lengthBytes === null ? 'unknown' : 'known';
    test(`${name}: a body of ${what} length goes at the server's pace`, async (t) => {
      let server: Socket | null = null;
      const script = await serve(t, subject, (socket) => {
        server = socket;
        socket.pause();
      });
      const chunk = Buffer.alloc(65_536, 'x');
      const total = 32 * 1024 * 1024;
      let offered = 0;
      let paused = false;
      const pump = (): void => {
        paused = false;
        while (!paused && offered < total) {
          offered += chunk.length;
          paused = !source.sink!.onChunk(chunk);
        }
        if (offered === total && !paused) source.sink!.onEnd();
      };
      const source = new HandSource(lengthBytes, pump);
      source.resume = () => {
        if (offered < total) pump();
        else if (paused) {
          paused = false;
          source.sink!.onEnd();
        }
      };
      const answer = exchange(targetOf(t, subject, script), { method: 'POST', body: source });
      await until(() => paused && server !== null);
      await settle();
      assert.ok(offered < total / 2, `${offered} bytes were taken by a server that reads none`);

      let received = 0;
      let headBytes = 0;
      let tail = '';
      server!.removeAllListeners('data');
      server!.on('data', (data) => {
        if (received === 0) headBytes = headLength(data.toString('latin1'));
        received += data.length;
        tail = (tail + data.subarray(-5).toString('latin1')).slice(-5);
        const whole = lengthBytes === null ? tail === '0\r\n\r\n' : received === total + headBytes;
        if (whole) server!.write(ok);
      });
      server!.resume();
      const got = await answer;
      assert.deepEqual([got.failure, got.body], [null, 'ok']);
    });
  }

  for (const [title, texts] of [
    ['shorter', ['abc']],
    ['longer', ['abc', 'defghi']],
  ] as const) {
    test(`${name}: a body ${title} than announced fails the call and never completes the request`, async (t) => {
      const server = await serve(t, subject, answering(ok));
      const source = pieces(6, ...texts);
      const got = await exchange(targetOf(t, subject, server), { method: 'POST', body: source });
      assert.equal(got.failure?.kind, 'request-body');
      assert.equal(got.failure?.source, 'downstream');
      assert.ok(!server.received.join('').includes('abcdef'));
    });
  }

  test(`${name}: a sender that goes away fails the call and cuts the connection`, async (t) => {
    let closed = false;
    const server = await serve(t, subject, (socket) =>
      socket
        .on('close', () => {
          closed = true;
        })
        .on('end', () => socket.end()),
    );
    const source = new HandSource(null, (sink) => sink.onChunk(Buffer.from('abc')));
    const answer = exchange(targetOf(t, subject, server), { method: 'POST', body: source });
    await until(() => (server.received[0] ?? '').includes('abc'));
    source.sink!.onAbort();
    const got = await answer;
    assert.deepEqual([got.failure?.kind, got.failure?.source], ['request-body', 'downstream']);
    await until(() => closed);
    assert.ok(!server.received[0]!.includes('0\r\n\r\n'));
    assert.equal(source.cancelled, 0);
  });

  test(`${name}: an answer before the end of the request body is delivered, the rest of the body let go`, async (t) => {
    const early = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig';
    const server = await serve(t, subject, (socket, index) => {
      socket.once('data', () => socket.write(index === 0 ? early : ok));
    });
    const target = targetOf(t, subject, server);
    const source = new HandSource(1000, (sink) => sink.onChunk(Buffer.from('abc')));
    const got = await exchange(target, { method: 'POST', body: source });
    assert.deepEqual([got.failure, got.status, got.body], [null, 413, 'big']);
    assert.equal(source.cancelled, 1);
    // Late pieces go nowhere, and the connection is not used again: the server still waits for the body on it.
    assert.equal(source.sink!.onChunk(Buffer.from('late')), false);
    source.sink!.onEnd();
    const next = await exchange(target);
    assert.equal(next.body, 'ok');
    assert.equal(server.connections, 2);
    assert.ok(!server.received[0]!.includes('late'));
  });

  test(`${name}: an answer before the end of the request body is delivered when the server then closes`, async (t) => {
    const server = await serve(t, subject, (socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n\r\nbig'));
    });
    const source = new HandSource(null, (sink) => sink.onChunk(Buffer.from('abc')));
    const got = await exchange(targetOf(t, subject, server), { method: 'POST', body: source });
    assert.deepEqual([got.failure, got.status, got.body, source.cancelled], [null, 413, 'big', 1]);
  });

  test(`${name}: an answer may begin while the request body still goes on`, async (t) => {
    const server = await serve(t, subject, (socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n'),
      );
      endOfChunks(socket, () => socket.write('3\r\ntwo\r\n0\r\n\r\n'));
    });
    const source = new HandSource(null, (sink) => sink.onChunk(Buffer.from('a')));
    const got = await exchange(
      targetOf(t, subject, server),
      { method: 'POST', body: source },
      {
        onHead: () => {
          source.sink!.onChunk(Buffer.from('b'));
          source.sink!.onEnd();
        },
      },
    );
    assert.deepEqual([got.failure, got.body, source.cancelled], [null, 'onetwo', 0]);
  });

  test(`${name}: an answer of 100 MB to a slow reader stays out of memory and arrives whole`, async (t) => {
    const block = Buffer.alloc(65_536, 'y');
    const blocks = 1600;
    let written = 0;
    const script = onEachRequest((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${blocks * block.length}\r\n\r\n`);
      const pump = (): void => {
        while (written < blocks) {
          written++;
          if (!socket.write(block)) {
            socket.once('drain', pump);
            return;
          }
        }
      };
      pump();
    });
    const server = await serve(t, subject, script);
    let received = 0;
    let call: UpstreamCall | null = null;
    const finished = new Promise<void>((resolve, reject) => {
      call = targetOf(t, subject, server).send(requestOf({ timeoutMs: 60_000 }), {
        onHead() {},
        onData(chunk) {
          received += chunk.length;
          return false;
        },
        onEnd: resolve,
        onError: reject,
      });
    });
    await until(() => received > 0);
    let before = -1;
    while (before !== written) {
      before = written;
      await settle(200);
    }
    assert.ok(received <= 4 * block.length, `${received} bytes came after the pause`);
    assert.ok(written * block.length < 32 * 1024 * 1024, `the server could write ${written} blocks`);
    let over = false;
    const drain = (): void => {
      call!.resume();
      if (!over) setImmediate(drain);
    };
    drain();
    await finished.finally(() => {
      over = true;
    });
    assert.equal(received, blocks * block.length);
  });

  test(`${name}: a large body of bytes arrives unchanged`, async (t) => {
    const body = Buffer.alloc(3_000_000);
    for (let i = 0; i < body.length; i++) body[i] = (i * 31) & 255;
    const server = await serve(t, subject, answering(ok));
    const got = await exchange(targetOf(t, subject, server), { method: 'POST', body });
    assert.equal(got.failure, null);
    const [, sent] = splitHead(server.received[0]!);
    assert.equal(sha(Buffer.from(sent, 'latin1')), sha(body));
  });
}

function splitHead(text: string): [head: string, body: string] {
  const end = text.indexOf('\r\n\r\n') + 4;
  return [text.slice(0, end), text.slice(end)];
}

function headLength(text: string): number {
  return text.indexOf('\r\n\r\n') + 4;
}

function endOfChunks(socket: Socket, then: () => void): void {
  let text = '';
  socket.on('data', (data) => {
    text += data.toString('latin1');
    if (text.endsWith('0\r\n\r\n')) then();
  });
}

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
