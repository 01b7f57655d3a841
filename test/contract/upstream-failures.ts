// Upstream contract: which failure the caller is told of, and that it is told once and nothing after it.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import test from 'node:test';
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
  upstreamOf,
} from './upstream-harness.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const half = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf';
const halfChunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n';

export function failuresContract(subject: Subject): void {
  const { name, secure } = subject;
  const scheme = secure ? 'https' : 'http';
  const verified = { insecureSkipVerification: false };

  test(`${name}: a refused connection fails with connect, safe to retry`, async (t) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const source = new HandSource(3);
    const target = upstreamOf(t, subject).target(`${scheme}://127.0.0.1:${port}`, verified);
    const got = await exchange(target, { method: 'POST', body: source });
    assert.deepEqual(
      [got.failure?.kind, got.failure?.source, got.failure?.retrySafe],
      ['connect', 'upstream', true],
    );
    assert.match(got.failure!.detail, /ECONNREFUSED/);
    assert.deepEqual([source.sink, source.cancelled], [null, 1]);
  });

  test(`${name}: a host that has no address fails with connect`, async (t) => {
    // Two dots in a row are no name, so no resolver is asked over the network.
    const got = await exchange(upstreamOf(t, subject).target(`${scheme}://no..name`, verified));
    assert.deepEqual([got.failure?.kind, got.events], ['connect', ['error']]);
  });

  for (const [title, end] of [
    ['closes', (socket: Socket) => socket.destroy()],
    ['half-closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => (secure ? socket.destroy() : socket.resetAndDestroy())],
  ] as const) {
    test(`${name}: a server that ${title} instead of an answer fails the call with closed, on the first connection without a retry`, async (t) => {
      const server = await serve(t, subject, onEachRequest(end));
      const target = targetOf(t, subject, server);
      const get = await exchange(target);
      assert.deepEqual(
        [get.failure?.kind, get.failure?.source, get.failure?.retrySafe],
        ['closed', 'upstream', true],
      );
      const post = await exchange(target, { method: 'POST', body: 'x' });
      assert.deepEqual([post.failure?.kind, post.failure?.retrySafe], ['closed', false]);
      assert.equal(server.connections, 2);
    });

    for (const [what, bytes, events] of [
      ['the head', 'HTTP/1.1 200 OK\r\nContent-', ['error']],
      ['a body of known length', half, ['head', 'data', 'error']],
      ['a chunked body', halfChunked, ['head', 'data', 'error']],
    ] as const) {
      test(`${name}: a server that ${title} in the middle of ${what} fails the call with closed`, async (t) => {
        let peer: Socket | null = null;
        const script = onEachRequest((socket) => {
          socket.write(bytes);
          peer = socket;
          if (what === 'the head') end(socket);
        });
        const server = await serve(t, subject, script);
        const got = await exchange(
          targetOf(t, subject, server),
          {},
          {
            onData: () => {
              end(peer!);
              return true;
            },
          },
        );
        assert.deepEqual(
          [got.failure?.kind, got.failure?.retrySafe],
          ['closed', title !== 'resets' && what === 'the head' ? got.failure?.retrySafe : false],
        );
        assert.deepEqual(got.events, events);
      });
    }
  }

  test(`${name}: a server that never answers fails the call with timeout and loses the connection`, async (t) => {
    let closed = false;
    const server = await serve(t, subject, (socket) =>
      socket
        .on('close', () => {
          closed = true;
        })
        .on('end', () => socket.end()),
    );
    const source = new HandSource(3);
    const target = targetOf(t, subject, server);
    const request = { method: 'POST', body: source, timeoutMs: 50, path: '/pets?key=secret' };
    const { failure } = await exchange(target, request);
    assert.deepEqual([failure?.kind, failure?.source, failure?.retrySafe], ['timeout', 'upstream', false]);
    assert.match(failure!.detail, /POST .*\/pets: .*within 50 ms/);
    assert.doesNotMatch(failure!.detail, /secret/);
    assert.equal(source.cancelled, 1);
    await until(() => closed);
    assert.equal((await exchange(target, { timeoutMs: 50 })).failure?.retrySafe, true);
  });

  test(`${name}: an answer that drips is cut at the time limit when it covers the answer`, async (t) => {
    const server = await serve(t, subject, answering(half));
    const got = await exchange(targetOf(t, subject, server), { timeoutMs: 60 });
    assert.deepEqual([got.failure?.kind, got.events], ['timeout', ['head', 'data', 'error']]);
    assert.equal(got.failure?.retrySafe, false);
  });

  test(`${name}: an answer may drip beyond the time limit when that covers the head`, async (t) => {
    let peer: Socket | null = null;
    const script = onEachRequest((socket) => {
      peer = socket;
      socket.write(half);
    });
    const server = await serve(t, subject, script);
    const target = targetOf(t, subject, server);
    const slow = exchange(target, { timeoutMs: 50, timeoutCovers: 'head' });
    await until(() => peer !== null);
    const slowPeer = peer!;
    // A later call with the same limit has timed out, so the limit of the first is over too.
    const other = await exchange(target, { timeoutMs: 50 });
    assert.equal(other.failure?.kind, 'timeout');
    slowPeer.write('-whole');
    const got = await slow;
    assert.deepEqual([got.failure, got.body], [null, 'half-whole']);
  });

  test(`${name}: a call aborted before its connection is open hears nothing`, async (t) => {
    const server = await serve(t, subject, answering(ok));
    const target = targetOf(t, subject, server);
    const told: string[] = [];
    const call = target.send(requestOf({}), silent(told));
    call.abort();
    const got = await exchange(target);
    await settle();
    assert.deepEqual([got.body, told], ['ok', []]);
  });

  for (const when of ['onHead', 'onData'] as const) {
    test(`${name}: a call aborted inside ${when} hears nothing more, and its connection is closed`, async (t) => {
      let closed = 0;
      const server = await serve(t, subject, (socket) => {
        answering(halfChunked)(socket);
        socket.on('close', () => closed++).on('end', () => socket.end());
      });
      const target = targetOf(t, subject, server);
      const told: string[] = [];
      const call = target.send(requestOf({}), {
        onHead() {
          told.push('head');
          if (when === 'onHead') call.abort();
        },
        onData() {
          told.push('data');
          call.abort();
          return true;
        },
        onEnd: () => told.push('end'),
        onError: () => told.push('error'),
      });
      await until(() => closed === 1);
      await settle();
      assert.deepEqual(told, when === 'onHead' ? ['head'] : ['head', 'data']);
      call.abort();
      call.pause();
      call.resume();
    });
  }

  test(`${name}: a failure that is on its way is not told to a call aborted meanwhile`, async (t) => {
    const upstream = upstreamOf(t, subject);
    const target = upstream.target(`${scheme}://127.0.0.1:1`, verified);
    upstream.close();
    const told: string[] = [];
    target.send(requestOf({}), silent(told)).abort();
    await settle();
    assert.deepEqual(told, []);
  });

  for (const when of ['onHead', 'onData', 'onEnd'] as const) {
    test(`${name}: a handler that throws in ${when} is reported and harms no other call`, async (t) => {
      const bugs: unknown[] = [];
      const server = await serve(t, subject, answering(ok));
      const target = targetOf(t, subject, server, { onBug: (error) => bugs.push(error) });
      const bug = new Error(`thrown in ${when}`);
      const told: string[] = [];
      await new Promise<void>((resolve) => {
        const step = (what: typeof when): void => {
          told.push(what);
          if (what === 'onEnd') setImmediate(resolve);
          if (what === when) throw bug;
        };
        target.send(requestOf({}), {
          onHead: () => step('onHead'),
          onData: () => {
            step('onData');
            return true;
          },
          onEnd: () => step('onEnd'),
          onError: (failure) => {
            told.push(failure.source);
            resolve();
          },
        });
      });
      assert.deepEqual(bugs, [bug]);
      const all = ['onHead', 'onData', 'onEnd'];
      const upTo = all.slice(0, all.indexOf(when) + 1);
      assert.deepEqual(told, when === 'onEnd' ? upTo : [...upTo, 'ourselves']);
      assert.equal((await exchange(target)).body, 'ok');
    });
  }

  for (const [title, request] of [
    ['a field value', { headers: ['X-A', 'a\u010d\u010aX-B: b'] }],
    ['a field name', { headers: ['X-\u0141', 'a'] }],
    ['a path', { path: '/\u0120HTTP/1.1' }],
  ] as const) {
    test(`${name}: ${title} that would turn into other octets on the wire is not sent`, async (t) => {
      const server = await serve(t, subject, answering(ok));
      const got = await exchange(targetOf(t, subject, server), request);
      assert.deepEqual([got.failure?.kind, got.failure?.source], ['closed', 'ourselves']);
      assert.equal(server.received.join(''), '');
    });
  }

  test(`${name}: a body source that throws fails its own call only`, async (t) => {
    const bugs: unknown[] = [];
    const server = await serve(t, subject, answering(ok));
    const target = targetOf(t, subject, server, { onBug: (error) => bugs.push(error) });
    const source = new HandSource(null, () => {
      throw new Error('broken source');
    });
    const got = await exchange(target, { method: 'POST', body: source });
    assert.deepEqual([got.failure?.kind, got.failure?.source, bugs.length], ['request-body', 'ourselves', 1]);
    assert.equal((await exchange(target)).body, 'ok');
  });
}

function silent(told: string[]): Parameters<ReturnType<typeof targetOf>['send']>[1] {
  return {
    onHead: () => told.push('head'),
    onData: () => told.push('data') > 0,
    onEnd: () => told.push('end'),
    onError: () => told.push('error'),
  };
}
