// VPC links over real sockets: how targets are found, spoken to, and left.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { poolNameOf } from '../../../src/gateway/backends/address.ts';
import {
  type Answer,
  answering,
  exchange,
  onEachRequest,
  type ScriptServer,
  serve,
  until,
} from '../../contract/upstream-harness.ts';
import { selfSigned } from '../../upstream/certificates.ts';
import { addressOf, backendsOf, linkedOf, poolOf, publishedOf, verified } from './support.ts';

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const plain = { name: 'lean', client: 'lean', secure: false, cannot: {} } as const;
const saying = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

const servers = (t: TestContext, ...texts: string[]): Promise<ScriptServer[]> =>
  Promise.all(texts.map((text) => serve(t, plain, answering(saying(text)))));

for (const [arn, name] of [
  [
    'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/my-pool/50dc6c495c0c9188',
    'my-pool',
  ],
  ['arn:aws:elasticloadbalancing:eu-west-1:000000000000:loadbalancer/app/web/1', 'web'],
  ['arn:aws:elasticloadbalancing:us-east-1:000000000000:my-pool', 'my-pool'],
  ['my-pool', 'my-pool'],
] as const)
  test(`linked: "${arn}" names the pool "${name}"`, () => assert.equal(poolNameOf(arn), name));

test('linked: calls take turns by weight, with the URI host in the Host field', async (t) => {
  const [a, b] = await servers(t, 'a', 'b');
  const target = linkedOf(t, poolOf([[addressOf(a!.origin), 2], addressOf(b!.origin)]));
  const answers: string[] = [];
  for (let i = 0; i < 6; i++) answers.push((await exchange(target)).body);
  assert.deepEqual(answers.toSorted(), ['a', 'a', 'a', 'a', 'b', 'b']);
  assert.match(a!.received.join(''), /\r\nhost: app\.internal\r\n/i);
  assert.equal(a!.connections, 1);
});

for (const others of [1, 16])
  test(`linked: by least outstanding a target that is busy gets no call while ${others} beside it are free`, async (t) => {
    const held: Socket[] = [];
    const busy = await serve(
      t,
      plain,
      onEachRequest((socket) => held.push(socket)),
    );
    const free = await servers(t, ...Array.from({ length: others }, () => 'free'));
    const addresses = [busy, ...free].map(({ origin }) => addressOf(origin));
    const target = linkedOf(t, poolOf(addresses, { balance: 'leastOutstanding' }));
    const calls: Promise<Answer>[] = [];
    while (held.length === 0) {
      calls.push(exchange(target));
      await Promise.race([calls.at(-1), until(() => held.length > 0)]);
    }
    for (let i = 0; i < 60; i++) assert.equal((await exchange(target)).body, 'free');
    assert.equal(held.length, 1);
    held[0]!.write(saying('busy'));
    assert.equal((await Promise.all(calls)).filter(({ body }) => body === 'busy').length, 1);
  });

test('linked: two URIs share the connections of a target, each with its own Host field', async (t) => {
  const [a] = await servers(t, 'a');
  const backends = backendsOf(t, poolOf([addressOf(a!.origin)]));
  await exchange(backends.linked('link1', 'http://one.internal', verified));
  await exchange(backends.linked('link1', 'http://two.internal', verified));
  assert.deepEqual(a!.received.join('').match(/(?<=\r\nhost: )\S+/gi), ['one.internal', 'two.internal']);
  assert.equal(a!.connections, 1);
});

test('linked: the answer to a link or pool that is not there says so, until it is published', async (t) => {
  const [a] = await servers(t, 'a');
  const backends = backendsOf(t, { ...poolOf([addressOf(a!.origin)]), name: 'other' });
  const target = backends.linked('link1', 'http://app.internal', verified);
  const noPool = await exchange(target);
  assert.deepEqual([noPool.failure?.kind, noPool.failure?.source], ['connect', 'ourselves']);
  assert.match(noPool.failure!.detail, /the VPC link "link1" leads nowhere: there is no pool "app"/);
  const noLink = await exchange(backends.linked('nolink', 'http://app.internal', verified));
  assert.match(noLink.failure!.detail, /there is no VPC link "nolink"/);
  backends.adopt(publishedOf(poolOf([])));
  assert.match((await exchange(target)).failure!.detail, /the pool "app" has no targets/);
  backends.adopt(publishedOf(poolOf([addressOf(a!.origin)])));
  assert.equal((await exchange(target)).body, 'a');
});

test('linked: a target on a Unix socket is called as any other', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-pool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const socketPath = path.join(folder, 'app.sock');
  const server = createHttpServer((request, response) =>
    response.end(`${request.headers.host} ${request.url}`),
  );
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  t.after(() => server.close());
  const target = linkedOf(t, poolOf([`unix:${socketPath}`]));
  assert.equal((await exchange(target)).body, 'app.internal /pets');
});

test('linked: a target that leaves the pool finishes what it has, and a call to it is cut when its time is over', async (t) => {
  const held: { write(text: string): void }[] = [];
  const old = await serve(
    t,
    plain,
    onEachRequest((socket) => held.push(socket)),
  );
  const [fresh] = await servers(t, 'new');
  const backends = backendsOf(t, poolOf([addressOf(old.origin)], { drainMs: 60_000 }));
  const target = backends.linked('link1', 'http://app.internal', verified);
  const first = exchange(target);
  const second = exchange(target, { method: 'POST' });
  await until(() => held.length === 2);
  backends.adopt(publishedOf(poolOf([addressOf(fresh!.origin)], { drainMs: 1 })));
  assert.equal((await exchange(target)).body, 'new');
  const cut = await second;
  assert.deepEqual([cut.failure?.kind, cut.failure?.source], ['closed', 'ourselves']);
  assert.match(cut.failure!.detail, /left the pool "app" and did not end within 1 ms/);
  // The other one can be repeated, and was.
  assert.equal((await first).body, 'new');
});

test('linked: a target that leaves the pool still answers in time', async (t) => {
  const held: { write(text: string): void }[] = [];
  const old = await serve(
    t,
    plain,
    onEachRequest((socket) => held.push(socket)),
  );
  const [fresh] = await servers(t, 'new');
  const backends = backendsOf(t, poolOf([addressOf(old.origin)]));
  const target = backends.linked('link1', 'http://app.internal', verified);
  const first = exchange(target);
  await until(() => held.length === 1);
  backends.adopt(publishedOf(poolOf([addressOf(fresh!.origin)])));
  held[0]!.write(saying('old'));
  assert.equal((await first).body, 'old');
});

test('linked: TLS to targets asks for the certificate of the URI host, by the authority of the pool', async (t) => {
  const certificate = selfSigned({ host: 'app.internal' });
  const names: (string | false)[] = [];
  const server = createTlsServer(certificate, (socket) => {
    names.push(socket.servername ?? '');
    answering(ok)(socket);
    socket.on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const trusting = linkedOf(t, poolOf([address], { ca: certificate.cert }), {}, 'https://app.internal');
  assert.equal((await exchange(trusting)).body, 'ok');
  assert.deepEqual(names, ['app.internal']);
  const other = linkedOf(t, poolOf([address], { ca: certificate.cert }), {}, 'https://other.internal');
  assert.match((await exchange(other)).failure!.detail, /does not match certificate/);
  const distrusting = linkedOf(t, poolOf([address]), {}, 'https://app.internal');
  assert.match((await exchange(distrusting)).failure!.detail, /self-signed certificate/);
});

test('linked: a proxy that is no http URL fails each call with its reason', async (t) => {
  const target = linkedOf(t, poolOf(['127.0.0.1:9'], { proxy: 'socks5://127.0.0.1:1' }));
  const got = await exchange(target);
  assert.deepEqual([got.failure?.kind, got.failure?.source], ['connect', 'ourselves']);
  assert.match(got.failure!.detail, /^pool "app": Cannot use proxy "socks5:/);
});

/** A forward proxy of a few lines: CONNECT, and the absolute form. */
async function proxy(t: TestContext) {
  const lines: string[] = [];
  const server = createServer((client) => {
    client.on('error', () => {});
    client.once('data', (data) => {
      const [line = ''] = data.toString('latin1').split('\r\n');
      lines.push(line);
      const [method, to = ''] = line.split(' ');
      if (to.includes('refused')) {
        client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      const { hostname, port } = new URL(method === 'CONNECT' ? `http://${to}` : to);
      const there = connect(Number(port), hostname, () => {
        if (method === 'CONNECT') client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        else there.write(data);
        client.pipe(there).pipe(client);
      });
      there.on('error', () => client.destroy());
      client.on('close', () => there.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, lines };
}

test('linked: a forward proxy is given the absolute form for http', async (t) => {
  const [a] = await servers(t, 'a');
  const { url, lines } = await proxy(t);
  const target = linkedOf(t, poolOf([addressOf(a!.origin)], { proxy: url }));
  assert.equal((await exchange(target, { path: '/pets?x=1' })).body, 'a');
  assert.deepEqual(lines, [`GET ${a!.origin}/pets?x=1 HTTP/1.1`]);
  assert.match(a!.received[0]!, new RegExp(`\r\nHost: ${addressOf(a!.origin)}\r\n`));
});

test('linked: a forward proxy is asked for a tunnel for https, and pipes large answers through it', async (t) => {
  const certificate = selfSigned({ host: 'app.internal' });
  const body = 'x'.repeat(300_000);
  const server = createTlsServer(certificate, answering(saying(body)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const { url, lines } = await proxy(t);
  const pool = poolOf([address], { proxy: url, ca: certificate.cert });
  const target = linkedOf(t, pool, {}, 'https://app.internal');
  for (let i = 0; i < 2; i++) {
    let call: { resume(): void } | null = null;
    const got = await exchange(
      target,
      {},
      {
        onCall: (started) => {
          call = started;
        },
        onData: () => {
          setImmediate(() => call!.resume());
          return false;
        },
      },
    );
    assert.deepEqual([got.failure, got.body.length], [null, body.length]);
  }
  assert.deepEqual(lines, [`CONNECT ${address} HTTP/1.1`]);
});

test('linked: a proxy that refuses a tunnel is told, and names are the proxy to look up', async (t) => {
  const { url, lines } = await proxy(t);
  const pool = poolOf(['refused.invalid:9'], { proxy: url });
  const got = await exchange(linkedOf(t, pool, {}, 'https://app.internal'));
  assert.equal(got.failure?.kind, 'connect');
  assert.match(got.failure!.detail, /the proxy answered CONNECT with status 403/);
  assert.deepEqual(lines, ['CONNECT refused.invalid:9 HTTP/1.1']);
});
