// Upstream contract: reuse of connections, the queue before them, and the one retry that is safe.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test from 'node:test';
import type { UpstreamCall } from '../../src/exchange/upstream.ts';
import {
  type Answer,
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

export function connectionsContract(subject: Subject): void {
  const { name } = subject;

  for (const [title, bytes, count] of [
    ['an answer of known length', ok, 1],
    ['a chunked answer', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', 1],
    ['Keep-Alive: timeout=60', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 2\r\n\r\nok', 1],
    ['Keep-Alive: timeout=1', 'HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok', 2],
    [
      'Keep-Alive: timeout=1 among others',
      'HTTP/1.1 200 OK\r\nKeep-Alive: max=9, timeout=1\r\nContent-Length: 2\r\n\r\nok',
      2,
    ],
    ['Connection: close', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok', 2],
    [
      'Connection: Close among others',
      'HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok',
      2,
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok', 2],
    ['bytes after the answer', `${ok}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad`, 2],
  ] as const) {
    test(`${name}: a connection after ${title} is ${count === 1 ? 'used again' : 'not used again'}`, async (t) => {
      const server = await serve(t, subject, answering(bytes));
      const target = targetOf(t, subject, server);
      const first = await exchange(target);
      await settle();
      const second = await exchange(target);
      assert.deepEqual([first.body, second.body, server.connections], ['ok', 'ok', count]);
    });
  }

  for (const [status, field] of [
    ['204 No Content', 'Content-Length: 2'],
    ['204 No Content', 'Transfer-Encoding: chunked'],
    ['304 Not Modified', 'Content-Length: 2'],
    ['304 Not Modified', 'Transfer-Encoding: chunked'],
  ]) {
    test(`${name}: a connection after ${status} that announces a body by ${field} is not used again`, async (t) => {
      const server = await serve(t, subject, answering(`HTTP/1.1 ${status}\r\n${field}\r\n\r\n`));
      const target = targetOf(t, subject, server);
      await exchange(target);
      await settle();
      await exchange(target);
      assert.equal(server.connections, 2);
    });
  }

  test(`${name}: a connection on whose last bytes a pause was asked for is used again`, async (t) => {
    const server = await serve(t, subject, answering(ok));
    const target = targetOf(t, subject, server);
    const pausing = {
      onData: (call: UpstreamCall) => {
        setImmediate(() => call.resume());
        return false;
      },
    };
    const first = await exchange(target, {}, pausing);
    const second = await exchange(target, { timeoutMs: 3_000 });
    assert.deepEqual([first.body, second.failure, server.connections], ['ok', null, 1]);
  });

  test(`${name}: a call that is paused before its connection is open hears of no data until it is resumed`, async (t) => {
    let isAsked = false;
    const script = onEachRequest((socket) => {
      isAsked = true;
      socket.write(ok);
    });
    const server = await serve(t, subject, script);
    const calls: UpstreamCall[] = [];
    let dataCount = 0;
    const watch = {
      onCall: (call: UpstreamCall) => {
        call.pause();
        calls.push(call);
      },
      onData: () => ++dataCount > 0,
    };
    const answer = exchange(targetOf(t, subject, server), {}, watch);
    await until(() => isAsked);
    await settle();
    assert.equal(dataCount, 0);
    calls[0]!.resume();
    assert.equal((await answer).body, 'ok');
  });

  test(`${name}: a connection that has not taken the whole request is not used again`, async (t) => {
    const server = await serve(t, subject, (socket, index) => {
      socket.once('data', () => {
        socket.write(ok);
        if (index === 0) socket.pause();
      });
    });
    const target = targetOf(t, subject, server);
    const first = await exchange(target, { method: 'PUT', body: Buffer.alloc(32 * 1024 * 1024) });
    const second = await exchange(target, { timeoutMs: 3_000 });
    assert.deepEqual([first.body, second.failure, second.body, server.connections], ['ok', null, 'ok', 2]);
  });

  test(`${name}: bytes on an idle connection are no answer to the next request`, async (t) => {
    let first: Socket | null = null;
    const server = await serve(t, subject, (socket) => {
      first ??= socket;
      answering(ok)(socket);
    });
    const target = targetOf(t, subject, server);
    await exchange(target);
    first!.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad');
    let closed = false;
    first!
      .on('end', () => first!.end())
      .on('close', () => {
        closed = true;
      });
    await until(() => closed);
    assert.equal((await exchange(target)).body, 'ok');
    assert.equal(server.connections, 2);
  });

  test(`${name}: an unused connection is closed after the idle time`, async (t) => {
    let closed = false;
    const server = await serve(t, subject, (socket) => {
      answering(ok)(socket);
      socket
        .on('close', () => {
          closed = true;
        })
        .on('end', () => socket.end());
    });
    await exchange(targetOf(t, subject, server, { idleTimeoutMs: 30 }));
    await until(() => closed);
  });

  test(`${name}: calls one after another from inside onEnd share one connection`, async (t) => {
    const server = await serve(t, subject, answering(ok));
    const target = targetOf(t, subject, server);
    await new Promise<void>((resolve, reject) => {
      const again = (left: number): void => {
        const next = (): void => (left === 0 ? resolve() : again(left - 1));
        target.send(requestOf({}), { onHead() {}, onData: () => true, onEnd: next, onError: reject });
      };
      again(20);
    });
    assert.equal(server.connections, 1);
  });

  // The server answers the first request of a connection and ends the connection at the second.
  const endsSecond = (socket: Socket): void => {
    let seen = 0;
    onEachRequest(() => (seen++ === 0 ? socket.write(ok) : socket.destroy()))(socket);
  };

  for (const [title, request, retried] of [
    ['GET', {}, true],
    ['PUT with bytes', { method: 'PUT', body: Buffer.from('abc') }, true],
    ['DELETE with text', { method: 'DELETE', body: 'abc' }, true],
    ['POST', { method: 'POST', body: 'abc' }, false],
    ['PATCH', { method: 'PATCH', body: 'abc' }, false],
  ] as const) {
    const what = retried ? 'is sent again on a fresh connection' : 'is not sent again';
    test(`${name}: ${title} on a used connection that ends before any byte of the answer ${what}`, async (t) => {
      const server = await serve(t, subject, endsSecond);
      const target = targetOf(t, subject, server);
      await exchange(target);
      await settle();
      const got = await exchange(target, request);
      if (retried) assert.deepEqual([got.failure, got.body], [null, 'ok']);
      else assert.deepEqual([got.failure?.kind, got.failure?.retrySafe], ['closed', false]);
      assert.equal(server.connections, retried ? 2 : 1);
    });
  }

  const noReset = subject.secure && 'a TLS connection sends its alert before it goes';
  test(`${name}: POST is sent again when the connection was reset before it could be written`, {
    skip: noReset,
  }, async (t) => {
    const peers: Socket[] = [];
    const server = await serve(t, subject, (socket) => {
      peers.push(socket);
      answering(ok)(socket);
    });
    const target = targetOf(t, subject, server);
    await exchange(target);
    await settle();
    // The kernel knows at once, our event loop only after the next request has been sent.
    peers[0]!.resetAndDestroy();
    const got = await exchange(target, { method: 'POST', body: 'abc' });
    assert.deepEqual([got.failure, got.body, server.connections], [null, 'ok', 2]);
  });

  test(`${name}: a body in pieces is not sent again, whatever the method`, async (t) => {
    const server = await serve(t, subject, endsSecond);
    const target = targetOf(t, subject, server);
    await exchange(target);
    await settle();
    const source = new HandSource(3, (sink) => {
      sink.onChunk(Buffer.from('abc'));
      sink.onEnd();
    });
    const got = await exchange(target, { method: 'PUT', body: source });
    assert.deepEqual([got.failure?.kind, got.failure?.retrySafe, server.connections], ['closed', false, 1]);
  });

  test(`${name}: a request is sent again once, not twice`, async (t) => {
    const server = await serve(t, subject, (socket) => {
      const later = server.connections > 1;
      let seen = 0;
      onEachRequest(() => (!later && seen++ === 0 ? socket.write(ok) : socket.destroy()))(socket);
    });
    const target = targetOf(t, subject, server);
    await exchange(target);
    await settle();
    const got = await exchange(target);
    assert.deepEqual([got.failure?.kind, server.connections], ['closed', 2]);
  });

  test(`${name}: a request is not sent again once a byte of the answer has come`, async (t) => {
    const server = await serve(t, subject, (socket) => {
      let seen = 0;
      onEachRequest(() => {
        if (seen++ === 0) socket.write(ok);
        else socket.end('H');
      })(socket);
    });
    const target = targetOf(t, subject, server);
    await exchange(target);
    await settle();
    const got = await exchange(target);
    assert.deepEqual([got.failure?.kind, got.failure?.retrySafe, server.connections], ['closed', false, 1]);
  });

  test(`${name}: calls beyond the connections wait in order, and beyond the queue are refused`, async (t) => {
    const open: Array<{ socket: Socket; path: string }> = [];
    const script = onEachRequest((socket, head) => open.push({ socket, path: head.split(' ')[1]! }));
    const server = await serve(t, subject, script);
    const target = targetOf(t, subject, server, { connectionsMax: 2, queuedMax: 3 });
    const answers: Array<Promise<Answer>> = [];
    for (let i = 0; i < 5; i++) answers.push(exchange(target, { path: `/${i}` }));
    const refused = await exchange(target, { path: '/5' });
    assert.deepEqual(
      [refused.failure?.kind, refused.failure?.source, refused.failure?.retrySafe],
      ['connect', 'ourselves', true],
    );
    for (let i = 0; i < 5; i++) {
      await until(() => open.length > 0);
      const { socket, path } = open.shift()!;
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`);
    }
    const bodies = (await Promise.all(answers)).map((answer) => answer.body);
    assert.deepEqual(bodies, ['/0', '/1', '/2', '/3', '/4']);
    assert.equal(server.connections, 2);
  });

  test(`${name}: a waiting call that is aborted or late leaves its place, and the others go on`, async (t) => {
    const open: Socket[] = [];
    const server = await serve(
      t,
      subject,
      onEachRequest((socket) => open.push(socket)),
    );
    const target = targetOf(t, subject, server, { connectionsMax: 1, queuedMax: 2 });
    const first = exchange(target);
    await until(() => open.length === 1);
    const told: string[] = [];
    const note = (what: string) => () => told.push(what) > 0;
    const handler = {
      onHead: note('head'),
      onData: note('data'),
      onEnd: note('end'),
      onError: note('error'),
    };
    target.send(requestOf({}), handler).abort();
    const late = await exchange(target, { timeoutMs: 30 });
    assert.equal(late.failure?.kind, 'timeout');
    const last = exchange(target);
    open[0]!.write(ok);
    assert.equal((await first).body, 'ok');
    await until(() => open.length === 2);
    open[1]!.write(ok);
    assert.equal((await last).body, 'ok');
    assert.deepEqual([told, server.connections], [[], 1]);
  });

  test(`${name}: a lost connection makes room for a waiting call`, async (t) => {
    let lost = false;
    const script = onEachRequest((socket) => {
      if (lost) socket.write(ok);
      else socket.destroy();
      lost = true;
    });
    const server = await serve(t, subject, script);
    const target = targetOf(t, subject, server, { connectionsMax: 1 });
    const [first, second] = await Promise.all([exchange(target), exchange(target)]);
    assert.deepEqual([first.failure?.kind, second.body], ['closed', 'ok']);
  });

  test(`${name}: close ends idle connections at once, lets calls finish and refuses new ones`, async (t) => {
    const open: Socket[] = [];
    let closed = 0;
    const server = await serve(t, subject, (socket) => {
      socket.on('close', () => closed++).on('end', () => socket.end());
      onEachRequest(() => open.push(socket))(socket);
    });
    const upstream = upstreamOf(t, subject);
    const target = upstream.target(server.origin, { insecureSkipVerification: true });
    const idle = exchange(target);
    const busy = exchange(target);
    await until(() => open.length === 2);
    open[0]!.write(ok);
    await Promise.race([idle, busy]);
    upstream.close();
    await until(() => closed === 1);
    const refused = await exchange(target);
    assert.deepEqual([refused.failure?.kind, refused.failure?.source], ['connect', 'ourselves']);
    open[1]!.write(ok);
    assert.deepEqual([(await busy).body, (await idle).body], ['ok', 'ok']);
    await until(() => closed === 2);
  });

  test(`${name}: the same origin and choice of verification is one target`, (t) => {
    const upstream = upstreamOf(t, subject);
    const at = (origin: string, insecureSkipVerification: boolean) =>
      upstream.target(origin, { insecureSkipVerification });
    assert.equal(at('http://a:1', false), at('http://a:1', false));
    assert.notEqual(at('http://a:1', false), at('http://a:1', true));
    assert.notEqual(at('http://a:1', false), at('http://a:2', false));
  });
}
