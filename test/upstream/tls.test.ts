// TLS to upstreams: what is trusted, and what insecureSkipVerification still refuses.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import type { TestContext } from 'node:test';
import test from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';
import { exchange, upstreamOf } from '../contract/upstream-harness.ts';
import type { TestCertificate } from './certificates.ts';
import { selfSigned } from './certificates.ts';

const ok = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok';
const day = 86_400_000;
const good = selfSigned({ host: 'localhost' });
const elsewhere = selfSigned({ host: 'elsewhere.example' });
const expired = selfSigned({
  host: 'localhost',
  from: new Date(Date.now() - 9 * day),
  to: new Date(Date.now() - day),
});
const early = selfSigned({
  host: 'localhost',
  from: new Date(Date.now() + day),
  to: new Date(Date.now() + 9 * day),
});

const clients = ['undici', 'lean'] as const;

interface TlsServer {
  readonly origin: string;
  readonly serverNames: unknown[];
  readonly resumed: boolean[];
}

async function serveTls(
  t: TestContext,
  certificate: TestCertificate,
  maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3',
): Promise<TlsServer> {
  const serverNames: unknown[] = [];
  const resumed: boolean[] = [];
  const server = createServer(
    { ...certificate, maxVersion },
    (socket: TLSSocket & { servername?: unknown }) => {
      serverNames.push(socket.servername);
      resumed.push(socket.isSessionReused());
      socket.on('error', () => {});
      socket.on('data', () => socket.end(ok));
    },
  );
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, serverNames, resumed };
}

for (const client of clients) {
  const subject = { name: client, client, secure: true, cannot: {} };

  const cases = [
    ['a certificate of an unknown authority', good, false, /self.signed/i],
    ['an unknown authority under insecureSkipVerification', good, true, null],
    ['another host name under insecureSkipVerification', elsewhere, true, /altnames|does not match/i],
    ['an expired certificate under insecureSkipVerification', expired, true, /expired/],
    ['a certificate of the future under insecureSkipVerification', early, true, /not valid before/],
  ] as const;
  for (const [title, certificate, insecureSkipVerification, refused] of cases) {
    test(`${client}: ${title} is ${refused === null ? 'accepted' : 'refused'}`, async (t) => {
      const server = await serveTls(t, certificate);
      const target = upstreamOf(t, subject).target(server.origin, { insecureSkipVerification });
      // Twice: a second connection must not slip through on the session of the first.
      for (let i = 0; i < 2; i++) {
        const got = await exchange(target);
        if (refused === null) assert.deepEqual([got.failure, got.body], [null, 'ok']);
        else {
          assert.equal(got.failure?.kind, 'connect');
          assert.match(got.failure!.detail, refused);
        }
      }
    });
  }

  for (const [title, certificate, accepted] of [
    ['a certificate of the configured authority', good, true],
    ['a certificate of the configured authority for another host', elsewhere, false],
    ['an expired certificate of the configured authority', expired, false],
  ] as const) {
    test(`${client}: ${title} is ${accepted ? 'accepted' : 'refused'}`, async (t) => {
      const server = await serveTls(t, certificate);
      const target = upstreamOf(t, subject, { ca: [certificate.cert] }).target(server.origin, {
        insecureSkipVerification: false,
      });
      const got = await exchange(target);
      assert.equal(got.failure?.kind, accepted ? undefined : 'connect');
    });
  }

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${client}: a second connection resumes the session of the first (${version})`, async (t) => {
      const server = await serveTls(t, good, version);
      const target = upstreamOf(t, subject, { ca: [good.cert] }).target(server.origin, {
        insecureSkipVerification: false,
      });
      await exchange(target);
      await exchange(target);
      assert.deepEqual(server.resumed, [false, true]);
    });
  }

  test(`${client}: no session is resumed under insecureSkipVerification, where it would hide the certificate`, async (t) => {
    const server = await serveTls(t, good, 'TLSv1.2');
    const target = upstreamOf(t, subject).target(server.origin, { insecureSkipVerification: true });
    for (let i = 0; i < 2; i++) assert.equal((await exchange(target)).body, 'ok');
    assert.deepEqual(server.resumed, [false, false]);
  });

  test(`${client}: an IP address is no server name of TLS, and is what its certificate must name`, async (t) => {
    for (const [host, accepted] of [
      ['127.0.0.1', true],
      ['localhost', false],
    ] as const) {
      const certificate = selfSigned({ host });
      const server = await serveTls(t, certificate);
      const origin = server.origin.replace('localhost', '127.0.0.1');
      const target = upstreamOf(t, subject, { ca: [certificate.cert] }).target(origin, {
        insecureSkipVerification: false,
      });
      const { failure } = await exchange(target);
      assert.equal(failure?.kind, accepted ? undefined : 'connect', host);
      if (accepted) assert.deepEqual(server.serverNames, [false]);
    }
  });

  test(`${client}: the server name of TLS is the origin's, whatever the Host field says`, async (t) => {
    const server = await serveTls(t, good);
    const target = upstreamOf(t, subject, { ca: [good.cert] }).target(server.origin, {
      insecureSkipVerification: false,
    });
    await exchange(target, { headers: ['Host', 'pets.example'] });
    assert.deepEqual(server.serverNames, ['localhost']);
  });

  test(`${client}: a server that speaks no TLS fails with connect`, async (t) => {
    const server = createTcpServer((socket) =>
      socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    const got = await exchange(upstreamOf(t, subject).target(origin, { insecureSkipVerification: true }));
    assert.deepEqual([got.failure?.kind, got.failure?.retrySafe], ['connect', true]);
  });

  test(`${client}: a handshake that never ends fails with connect after the connect time`, async (t) => {
    const server = createTcpServer((socket) => t.after(() => socket.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
    const target = upstreamOf(t, subject, { connectTimeoutMs: 30 }).target(origin, {
      insecureSkipVerification: true,
    });
    const got = await exchange(target);
    assert.equal(got.failure?.kind, 'connect');
    assert.match(got.failure!.detail, /ETIMEDOUT/);
  });
}

test('upstream: an origin that is no http or https URL is refused at compile time', (t) => {
  const upstream = upstreamOf(t, { name: '', client: 'lean', secure: false, cannot: {} });
  for (const origin of ['ftp://a', 'nonsense', '']) {
    assert.throws(() => upstream.target(origin, { insecureSkipVerification: false }));
  }
});
