import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import { openListener } from '../../src/gateway/listener/listener.ts';
import { bodyOf, Client, startServer } from './wire.ts';

const openssl = (() => {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
})();
const skip = openssl ? false : 'openssl is not installed';
let folder = '';
const file = (name: string) => path.join(folder, name);

function makeCertificate(name: string): void {
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ];
  execFileSync(
    'openssl',
    [...args, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
    {
      stdio: 'ignore',
    },
  );
}

before(() => {
  if (!openssl) return;
  folder = mkdtempSync(path.join(tmpdir(), 'sluice-tls-'));
  makeCertificate('one');
  makeCertificate('two');
  execFileSync(
    'openssl',
    ['ec', '-in', file('one.key'), '-aes128', '-passout', 'pass:secret', '-out', file('locked.key')],
    {
      stdio: 'ignore',
    },
  );
  writeFileSync(file('junk.pem'), 'junk');
});
after(() => {
  if (folder !== '') rmSync(folder, { recursive: true });
});

test('listener: requests over TLS are answered, large bodies in both directions too', { skip }, async (t) => {
  const server = await startServer(t, { tls: { certFile: file('one.crt'), keyFile: file('one.key') } });
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const origin = `https://127.0.0.1:${server.port}`;
  const sent = await request(`${origin}/echo`, { method: 'POST', body: Buffer.alloc(3_000_000), dispatcher });
  assert.equal(((await sent.body.json()) as { bodyBytes: number }).bodyBytes, 3_000_000);
  for (const target of ['/large?5000000', '/stream?5000000', '/stream-length?5000000']) {
    const received = await request(origin + target, { dispatcher });
    assert.equal((await received.body.arrayBuffer()).byteLength, 5_000_000);
  }
  const tooLarge = await request(origin, { method: 'POST', body: Buffer.alloc(10_485_761), dispatcher });
  assert.equal(tooLarge.statusCode, 413);
  await tooLarge.body.dump();
  await dispatcher.close();
});

test('listener: a TLS client with any server name gets the certificate, and is told tls', {
  skip,
}, async (t) => {
  const tls = { certFile: file('one.crt'), keyFile: file('locked.key'), passphrase: 'secret' };
  const server = await startServer(t, { tls });
  const client = new Client(
    connect({ port: server.port, host: '127.0.0.1', servername: 'any.test', rejectUnauthorized: false }),
  );
  client.send('GET /peer HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.deepEqual(JSON.parse(bodyOf(await client.closed())), ['127.0.0.1', server.port, true]);
});

test('openListener: TLS files that cannot serve are refused with one line', { skip }, async () => {
  const open = (certFile: string, keyFile: string, passphrase?: string) =>
    openListener(
      { host: '127.0.0.1', port: 0, tls: { certFile: file(certFile), keyFile: file(keyFile), passphrase } },
      () => {},
    );
  const message = (text: string) => ({ message: text });
  await assert.rejects(
    open('none', 'one.key'),
    message(`Cannot read TLS certificate "${file('none')}": ENOENT`),
  );
  await assert.rejects(open('one.crt', 'none'), message(`Cannot read TLS key "${file('none')}": ENOENT`));
  await assert.rejects(
    open('junk.pem', 'one.key'),
    message(`TLS certificate "${file('junk.pem')}" is not a PEM certificate`),
  );
  await assert.rejects(
    open('one.crt', 'junk.pem'),
    message(`TLS key "${file('junk.pem')}" is not a PEM private key`),
  );
  await assert.rejects(
    open('one.crt', 'two.key'),
    message(`TLS key "${file('two.key')}" does not belong to the certificate in "${file('one.crt')}"`),
  );
  await assert.rejects(
    open('one.crt', 'locked.key'),
    message(`TLS key "${file('locked.key')}" is encrypted and no passphrase is given`),
  );
  await assert.rejects(
    open('one.crt', 'locked.key', 'wrong'),
    message(`TLS key "${file('locked.key')}" is encrypted and the passphrase does not open it`),
  );
});
