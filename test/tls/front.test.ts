// The front by itself: who is let in, who is cut, and what the guard is told.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { type FrontGuard, TlsFront } from '../../src/gateway/tls/front.ts';
import { SecureDomains } from '../../src/gateway/tls/secure-domains.ts';
import { api, mock } from '../support/api.ts';
import { gatewayCertificate, startSecureGateway } from '../support/mutual-tls.ts';

async function startFront(t: TestContext, host = '127.0.0.1', guard: Partial<FrontGuard> = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-front-'));
  const at = (name: string): string => path.join(folder, name);
  writeFileSync(at('own.key'), gatewayCertificate.key);
  writeFileSync(at('own.crt'), gatewayCertificate.cert);
  const settings = {
    keyFile: at('own.key'),
    certFile: at('own.crt'),
    front: 'always',
    domains: [],
    truststores: [],
  } as const;
  const domains = new SecureDomains({ settings, onProblem: assert.fail });
  domains.refresh();
  // What stands behind answers with what came, but for the header in front of it.
  const behind = createServer((socket) => void socket.on('error', () => {}).pipe(socket));
  behind.listen(at('behind.sock'));
  await once(behind, 'listening');
  const front = new TlsFront({
    host,
    port: 0,
    isPortShared: false,
    socketPath: at('behind.sock'),
    domains,
    guard: { admits: () => true, handshaking: () => {}, ...guard },
  });
  const port = await front.listen();
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    front.close();
    behind.close();
    rmSync(folder, { recursive: true });
  });
  return {
    front,
    /** A connection that has said nothing yet. */
    open: async (): Promise<Socket> => {
      const socket = connect({ host: '127.0.0.1', port });
      sockets.push(socket.on('error', () => {}));
      await once(socket, 'connect');
      return socket;
    },
    secure: async (): Promise<TLSSocket> => {
      const socket = tlsConnect({
        host: '127.0.0.1',
        port,
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
      });
      sockets.push(socket.on('error', () => {}));
      await once(socket, 'secureConnect');
      return socket;
    },
  };
}

/** Turns of the event loop, until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns++) {
    assert.ok(turns < 500_000, 'it never is');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('TLS front: who says nothing, or the half of a hello, is cut after ten seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { front, open } = await startFront(t);
  const [silent, slow] = [await open(), await open()];
  slow.write(Buffer.from([22, 3, 1, 0, 200, 1, 0, 0, 196]));
  await until(() => front.stats.pendingCount === 2);
  let gone = 0;
  for (const socket of [silent, slow]) socket.on('close', () => gone++);
  t.mock.timers.tick(9_999);
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([gone, front.openCount], [0, 2]);
  t.mock.timers.tick(1);
  await until(() => gone === 2 && front.openCount === 0);
  assert.equal(front.stats.handshakeCount, 0);
});

test('TLS front: who ends before its hello is let go at once', async (t) => {
  const { front, open } = await startFront(t);
  const socket = await open();
  await until(() => front.openCount === 1);
  socket.end();
  await once(socket, 'close');
  await until(() => front.openCount === 0);
});

test('TLS front: the guard is asked of each connection, and told of the handshakes that begin', async (t) => {
  const seen: string[] = [];
  let isOpen = true;
  const { front, open, secure } = await startFront(t, '127.0.0.1', {
    admits: (address) => {
      seen.push(`admits ${address.join('.')}`);
      return isOpen;
    },
    handshaking: (address) => seen.push(`handshaking ${address.join('.')}`),
  });
  const socket = await open();
  await until(() => seen.length === 1);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await once(socket, 'close');
  await secure();
  isOpen = false;
  // It may be gone before it knows that it was there.
  const refused = await open().catch(() => null);
  if (refused !== null && !refused.closed) await once(refused, 'close');
  assert.deepEqual(seen, [
    'admits 127.0.0.1',
    'admits 127.0.0.1',
    'handshaking 127.0.0.1',
    'admits 127.0.0.1',
  ]);
  assert.deepEqual([front.stats.handshakeCount, front.stats.handshakeFailureCount], [1, 0]);
});

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ family }) => family === 'IPv6'),
);

test('TLS front: an IPv4 client of a listener on :: is itself', {
  skip: !hasIpv6 && 'no address of IPv6 is here',
}, async (t) => {
  const seen: number[][] = [];
  const { secure } = await startFront(t, '::', { handshaking: (address) => seen.push([...address]) });
  await secure();
  assert.deepEqual(seen, [[127, 0, 0, 1]]);
});

test('TLS front: a handshake that cannot be is counted, and its connection ends', async (t) => {
  const { front, open } = await startFront(t);
  const socket = await open();
  // A whole hello of TLS 1.2 that knows no suite.
  const body = Buffer.concat([Buffer.from([3, 3]), Buffer.alloc(32), Buffer.from([0, 0, 2, 0, 0, 1, 0])]);
  const message = Buffer.concat([Buffer.from([1, 0, 0, body.length]), body]);
  socket.write(Buffer.concat([Buffer.from([22, 3, 1, 0, message.length]), message]));
  socket.resume();
  await once(socket, 'close');
  await until(() => front.stats.handshakeFailureCount === 1);
  assert.equal(front.stats.pendingCount, 0);
});

// Each costs a signature by the server's key, and the guard counts connections. With TLS 1.3 there is no such thing.
for (const front of ['never', 'always'] as const)
  test(`TLS: who shakes hands again on its connection is cut, with front ${front}`, {
    timeout: 20_000,
  }, async (t) => {
    const { port } = await startSecureGateway(t, api({ 'GET /who': mock('hello') }), {
      tls: () => ({ front }),
    });
    const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    await once(socket, 'secureConnect');
    let text = '';
    const ended = new Promise<void>((resolve) => {
      socket.on('error', () => {}).once('close', resolve);
      socket.on('data', (chunk) => {
        text += chunk;
        resolve();
      });
    });
    const ask = () => socket.write('GET /who HTTP/1.1\r\nHost: open.example.com\r\n\r\n');
    socket.renegotiate({}, (error) => void (error === null && ask()));
    await ended;
    socket.destroy();
    assert.equal(text, '');
  });
