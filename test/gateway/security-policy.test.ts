import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import test from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { securityPolicy } from '../../src/control/protocol/shapes.ts';
import { securityPolicyNames, tlsRules } from '../../src/gateway/tls/security-policy.ts';
import { api, mock } from '../support/api.ts';
import {
  forbidden,
  gatewayCertificate,
  keepingAgent,
  mappings,
  partners,
  servers,
  startSecureGateway,
} from '../support/mutual-tls.ts';
import { tlsDomain } from '../support/tls-domain.ts';

const definition = api({ 'GET /who': mock('hello'), 'POST /who': mock('hello') });
const hello = { status: 200, body: 'hello', errorType: undefined };

async function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    servername: 'api.example.com',
    rejectUnauthorized: false,
    ...options,
  });
  await once(socket, 'secureConnect');
  return socket;
}

const policies = [
  ['TLS_1_0', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']],
  ['TLS_1_2', ['TLSv1.2', 'TLSv1.3']],
  ['SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09', ['TLSv1.2', 'TLSv1.3']],
  ['SecurityPolicy_TLS13_1_3_2025_09', ['TLSv1.3']],
] as const;
for (const [policy, versions] of policies)
  test(`security policy: ${policy} speaks ${versions.join(', ')} and nothing else`, async (t) => {
    const { port, ask } = await startSecureGateway(t, definition, {
      domain: { mutualTlsAuthentication: undefined as never, securityPolicy: policy },
      tls: () => ({ front: 'always' }),
    });
    const spoken: string[] = [];
    for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
      const options = { minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
      const socket = await handshake(port, options).catch(() => null);
      if (socket === null) continue;
      spoken.push(String(socket.getProtocol()));
      socket.destroy();
    }
    assert.deepEqual(spoken, versions);
    assert.deepEqual(await ask('api.example.com', null), hello);
    // Another name of the same listener keeps its own.
    assert.deepEqual(await ask('open.example.com', null, { maxVersion: 'TLSv1.2' }), hello);
  });

test('security policy: every one that the management API takes has rules', () => {
  const names = (securityPolicy as unknown as { values: readonly string[] }).values;
  assert.deepEqual([...securityPolicyNames].sort(), [...names].sort());
  for (const name of names) assert.ok(tlsRules(name) !== null);
});

test('security policy: one with PFS takes no RSA key exchange, one with PQ exchanges keys by ML-KEM', async (t) => {
  const rsa = servers.issue('rsa', { host: 'api.example.com', rsaBits: 2048 });
  const { port } = await startSecureGateway(t, definition, {
    domain: {
      mutualTlsAuthentication: undefined as never,
      securityPolicy: 'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
    },
    tls: (file) => ({ keyFile: file('rsa.key', rsa.key), certFile: file('rsa.crt', rsa.cert) }),
  });
  await assert.rejects(handshake(port, { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }));
  const open = await handshake(port, {
    servername: 'open.example.com',
    maxVersion: 'TLSv1.2',
    ciphers: 'AES128-GCM-SHA256',
  });
  open.destroy();
  const socket = await handshake(port, { ecdhCurve: 'X25519MLKEM768' });
  assert.equal(socket.getProtocol(), 'TLSv1.3');
  socket.destroy();
});

test('security policy: STRICT access asks for the same name in handshake and request', async (t) => {
  const { ask } = await startSecureGateway(t, definition, {
    domain: {
      mutualTlsAuthentication: undefined as never,
      securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09',
      endpointAccessMode: 'STRICT',
    },
  });
  assert.deepEqual(await ask('api.example.com', null), hello);
  assert.deepEqual(await ask('api.example.com', null, { serverName: 'open.example.com' }), forbidden);
  assert.deepEqual(await ask('api.example.com', null, { serverName: '' }), forbidden);
});

test('security policy: a domain name has the certificate that the configuration gives it', async (t) => {
  const own = servers.issue('own', { host: 'open.example.com' });
  const { port } = await startSecureGateway(t, definition, {
    tls: (file) => ({
      domains: [
        tlsDomain('open.example.com', { cert: file('open.crt', own.cert), key: file('open.key', own.key) }),
      ],
    }),
  });
  for (const [servername, expected] of [
    ['open.example.com', own],
    ['api.example.com', gatewayCertificate],
    ['', gatewayCertificate],
  ] as const) {
    const socket = await handshake(port, { servername });
    assert.equal(socket.getPeerX509Certificate()!.toString(), expected.cert);
    socket.destroy();
  }
});

test('TLS: a renewed certificate is shown to new connections, and open ones stay, without a front too', async (t) => {
  for (const front of ['never', 'always'] as const) {
    const { port, ask, file, gateway } = await startSecureGateway(t, definition, {
      domain: { mutualTlsAuthentication: undefined as never },
      tls: () => ({ front }),
    });
    const agent = keepingAgent(t);
    let isOver = false;
    // With pauses: a door is closed in a turn in which nothing happens, and clients of this process are in its turns.
    const going = async (options: object): Promise<void> => {
      while (!isOver) {
        assert.deepEqual(await ask('open.example.com', null, options), hello);
        await delay(5);
      }
    };
    const calls = [going({ agent }), going({})];
    for (let i = 0; i < 5; i++) {
      const next = servers.issue(`gateway ${i}`, { host: 'api.example.com' });
      file('own.key', next.key);
      file('own.crt', next.cert);
      await gateway.adopt();
      const socket = await handshake(port, {});
      assert.equal(socket.getPeerX509Certificate()!.subject, `CN=gateway ${i}`);
      socket.destroy();
    }
    file('own.crt', 'junk');
    await gateway.adopt();
    assert.deepEqual(await ask('open.example.com', null), hello);
    isOver = true;
    await Promise.all(calls);
    assert.ok(gateway.stats().processes[0]!.tls!.loadFailures >= 1);
  }
});

test('TLS front: large bodies pass in both directions, up to the limit', async (t) => {
  const big = 'x'.repeat(3_000_000);
  const large = api({ 'POST /who': mock('taken'), 'GET /big': mock(big) });
  const { ask } = await startSecureGateway(t, large, { tls: () => ({ front: 'always' }) });
  const post = (bytes: number) =>
    ask('open.example.com', null, { method: 'POST', body: Buffer.alloc(bytes, 'y') });
  assert.equal((await post(2_000_000)).status, 200);
  assert.equal((await post(10_485_761)).status, 413);
  const got = await ask('open.example.com', null, { target: '/big' });
  assert.equal(got.body.length, 3_000_000);
});

const has = (program: string, ...args: string[]): boolean => {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test('TLS front: curl and openssl s_client are served with a certificate, and refused without', {
  skip: has('curl', '--version') && has('openssl', 'version') ? false : 'curl or openssl is not installed',
}, async (t) => {
  const client = partners.issue('curl');
  const { port, file } = await startSecureGateway(t, definition);
  const [key, cert, ca] = [
    file('c.key', client.key),
    file('c.crt', client.cert),
    file('ca.crt', servers.cert),
  ];
  const run = async (program: string, args: string[], input = ''): Promise<string> => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    await once(child, 'close');
    return text;
  };
  const to = ['--silent', '--noproxy', '*', '--cacert', ca, '--resolve', `api.example.com:${port}:127.0.0.1`];
  const url = `https://api.example.com:${port}/who`;
  assert.equal(await run('curl', [...to, '--key', key, '--cert', cert, url]), 'hello');
  assert.equal(await run('curl', [...to, url]), '{"message":"Forbidden"}');
  const request = 'GET /who HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n\r\n';
  const args = [
    's_client',
    '-connect',
    `127.0.0.1:${port}`,
    '-servername',
    'api.example.com',
    '-ign_eof',
    '-key',
    key,
    '-cert',
    cert,
  ];
  const said = await run('openssl', args, request);
  assert.match(said, /HTTP\/1\.1 200 OK[\s\S]*hello/);
  assert.match(said, /Acceptable client certificate CA names\nCN = partners/);
});

test('TLS front: a session in which a certificate was shown is not resumed, so that it is looked at again', async (t) => {
  const client = partners.issue('again');
  const { port } = await startSecureGateway(t, definition);
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    for (const [servername, isReused] of [
      ['api.example.com', false],
      ['open.example.com', true],
    ] as const) {
      const options = { servername, maxVersion: version, key: client.key, cert: client.cert };
      const first = await handshake(port, options);
      const session = first.getSession() ?? Buffer.alloc(0);
      const [ticket] =
        isReused && version === 'TLSv1.3' ? ((await once(first, 'session')) as [Buffer]) : [session];
      first.destroy();
      const second = await handshake(port, { ...options, session: ticket });
      assert.equal(second.isSessionReused(), isReused, `${version} ${servername}`);
      second.destroy();
    }
});

test('TLS front: $context.identity.clientCert is in templates whole', async (t) => {
  const shown = api({
    'GET /who': mock(
      '$context.identity.clientCert.validity.notAfter $context.identity.clientCert.clientCertPem',
    ),
  });
  const client = partners.issue('shown');
  const { ask } = await startSecureGateway(t, shown, { domain: { mappings } });
  const { body } = await ask('api.example.com', client);
  assert.equal(body.slice(body.indexOf('-----BEGIN')), client.cert);
});

test('TLS front: what is no TLS is cut at once, and a handshake that comes letter by letter is waited for', async (t) => {
  const { port } = await startSecureGateway(t, definition);
  const rude = net.connect(port, '127.0.0.1');
  rude.on('error', () => {});
  rude.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(rude, 'close');
  // A client whose bytes pass one at a time.
  const relay = net.createServer((near) => {
    const far = net.connect({ port, host: '127.0.0.1', noDelay: true });
    near.on('data', (chunk) => {
      for (const byte of chunk) far.write(Uint8Array.of(byte));
    });
    near.on('error', () => {}).on('close', () => far.destroy());
    far.on('error', () => {}).pipe(near);
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.after(() => relay.close());
  const socket = await handshake((relay.address() as net.AddressInfo).port, {});
  assert.equal(socket.getProtocol(), 'TLSv1.3');
  socket.destroy();
});
