import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { headerBlock } from '../../src/base/header-field.ts';
import { type Listener, openListener } from '../../src/gateway/listener/listener.ts';
import type { TlsFiles } from '../../src/gateway/tls/tls-files.ts';
import { selfSigned } from '../upstream/certificates.ts';
import { exchange, open, statusesOf } from './wire.ts';

async function start(t: TestContext): Promise<{ listener: Listener; tls: TlsFiles }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-reopen-'));
  const { cert, key } = selfSigned({ host: 'localhost' });
  const tls = { certFile: path.join(folder, 'cert.pem'), keyFile: path.join(folder, 'key.pem') };
  writeFileSync(tls.certFile, cert);
  writeFileSync(tls.keyFile, key);
  const listener = await openListener({ host: '127.0.0.1', port: 0, tls: null }, ({ downstream }) =>
    downstream.send(200, headerBlock([]), 'ok'),
  );
  t.after(() => {
    listener.close();
    rmSync(folder, { recursive: true });
  });
  return { listener, tls };
}

const ask = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const last = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

test('listener: after a reopen nobody comes in by the door before, and who is in stays', async (t) => {
  const { listener, tls } = await start(t);
  const inside = open(listener.port);
  inside.send(ask);
  await inside.received((text) => text.endsWith('ok'));
  await listener.reopen(tls, null);
  for (let i = 0; i < 30; i++) assert.deepEqual(statusesOf(await exchange(listener.port, last)), []);
  await listener.reopen(null, null);
  for (let i = 0; i < 5; i++) assert.deepEqual(statusesOf(await exchange(listener.port, last)), [200]);
  inside.send(last);
  assert.deepEqual(statusesOf(await inside.closed()), [200, 200]);
});

test('listener: a reopen that fails leaves the door as it was', async (t) => {
  const { listener, tls } = await start(t);
  await assert.rejects(listener.reopen({ ...tls, keyFile: '/none' }, null), /Cannot read TLS key "\/none"/);
  assert.deepEqual(statusesOf(await exchange(listener.port, last)), [200]);
});

test('listener: a reopen that a drain or a close overtakes opens nothing', async (t) => {
  for (const end of ['drain', 'close'] as const) {
    const { listener, tls } = await start(t);
    const reopened = listener.reopen(tls, null);
    const ended = end === 'drain' ? listener.drain(1) : listener.close();
    await Promise.all([reopened, ended]);
    const client = open(listener.port);
    const refused = await new Promise((resolve) => {
      client.socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      client.socket.on('connect', () => resolve('connected'));
    });
    assert.equal(refused, 'ECONNREFUSED', end);
    await listener.reopen(tls, null);
  }
});
