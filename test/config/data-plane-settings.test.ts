import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { dataPlaneSettings, readConfig, settingsHash } from '../../src/config/index.ts';

const config = (flags: Record<string, string> = {}) =>
  readConfig({ environment: {}, flags, folder: '/nowhere' });

test('settings: a data plane is told everything with absolute paths, and survives JSON', () => {
  const settings = dataPlaneSettings(config({ processes: '3', 'tls.key': 'k', 'tls.cert': 'c' }), 2, 8443);
  assert.deepEqual(settings, {
    slot: 2,
    processes: 3,
    dataDir: '/nowhere/data',
    host: '0.0.0.0',
    port: 8443,
    tls: { keyFile: '/nowhere/k', certFile: '/nowhere/c', front: 'auto', domains: [], truststores: [] },
    guard: {
      trusted: ['127.0.0.0/8', '::1'],
      connectionsMax: 0,
      connectionsPerAddress: 2_000,
      connectRps: 200,
      connectBurst: 1_000,
      costRps: 10_000,
      costBurst: 20_000,
      addressesMax: 65_536,
      lagMs: 200,
    },
    hostSuffix: 'localhost',
    region: 'us-east-1',
    accountId: '000000000000',
    offload: 'auto',
    renderThreads: 1,
    throttle: 'auto',
    logsDir: '/nowhere/data/logs',
    accessLogFlushMs: 200,
    upstream: { connectionsMax: 256, idleMs: 4_000, connectTimeoutMs: 5_000 },
    drainDeadlineMs: 30_000,
  });
  assert.deepEqual(JSON.parse(JSON.stringify(settings)), settings);
  assert.ok(Object.isFrozen(settings) && Object.isFrozen(settings.upstream));
});

test('settings: the hash tells settings apart, and leaves the admin port aside', () => {
  assert.equal(settingsHash(config()), settingsHash(config({ 'admin.port': '1' })));
  for (const flags of [{ port: '1' }, { processes: '7' }, { 'upstream.idleMs': '9' }, { drainMs: '1' }])
    assert.notEqual(settingsHash(config()), settingsHash(config(flags as unknown as Record<string, string>)));
});

test('settings: a renewed certificate under the old name replaces no process: data planes follow their files', (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = { 'tls.key': path.join(folder, 'k'), 'tls.cert': path.join(folder, 'c') };
  for (const file of Object.values(files)) writeFileSync(file, 'old');
  const before = settingsHash(config(files));
  assert.equal(settingsHash(config(files)), before);
  writeFileSync(files['tls.cert'], 'new');
  assert.equal(settingsHash(config(files)), before);
});
