import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { accessActs, createAuthenticate, ensureAdministrator } from '../../../src/control/access/index.ts';
import { accessStore, account, nowMs, signedRequest } from '../../support/access.ts';

function folder(t: { after(work: () => unknown): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'sluice-access-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
const now = () => '2024-01-02T03:04:05.000Z';

test('ensureAdministrator: the first start makes an administrator, whose key lies in a file of the owner alone', async (t) => {
  const [store, dataDir] = [await accessStore(t), folder(t)];
  const first = (await ensureAdministrator(store, dataDir, now))!;
  assert.equal(first.isNew, true);
  assert.equal(first.file, join(dataDir, 'admin-credentials.json'));
  assert.match(first.accessKeyId, /^AKIA[A-Z0-9]{16}$/);
  assert.match(first.secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  assert.equal(statSync(first.file).mode & 0o777, 0o600);
  assert.deepEqual(JSON.parse(readFileSync(first.file, 'utf8')), {
    userName: 'admin',
    accessKeyId: first.accessKeyId,
    secretAccessKey: first.secretAccessKey,
    createdDate: now(),
  });
  const authenticate = createAuthenticate({ account, view: store.view, isTls: false, nowMs: () => nowMs });
  assert.ok(authenticate(signedRequest({ method: 'DELETE', path: '/restapis/x' }, first)));
});

test('ensureAdministrator: later starts change nothing and know the key while it is in use', async (t) => {
  const [store, dataDir] = [await accessStore(t), folder(t)];
  const first = (await ensureAdministrator(store, dataDir, now))!;
  assert.deepEqual(await ensureAdministrator(store, dataDir, now), { ...first, isNew: false });
  assert.equal(store.view.list('iamUser', '').length, 1);
  assert.equal(store.view.list('accessKey', '').length, 1);
});

test('ensureAdministrator: a start that was cut off between file and store goes on with the key of the file', async (t) => {
  const dataDir = folder(t);
  const first = (await ensureAdministrator(await accessStore(t), dataDir, now))!;
  const second = await ensureAdministrator(await accessStore(t), dataDir, now);
  assert.deepEqual(second, first);
});

test('ensureAdministrator: a file that is not ours is replaced by a new key', async (t) => {
  const [store, dataDir] = [await accessStore(t), folder(t)];
  writeFileSync(join(dataDir, 'admin-credentials.json'), '{"accessKeyId":"AKIA"}');
  const first = (await ensureAdministrator(store, dataDir, now))!;
  assert.equal(JSON.parse(readFileSync(first.file, 'utf8')).accessKeyId, first.accessKeyId);
});

test('ensureAdministrator: the file goes with its key, and no other key is made', async (t) => {
  const [store, dataDir] = [await accessStore(t), folder(t)];
  const first = (await ensureAdministrator(store, dataDir, now))!;
  const control = { services: { store, dataDir, now } };
  await accessActs.iamCreateKey({ userName: 'admin' }, control);
  assert.ok(existsSync(first.file));
  await accessActs.iamRemoveKey({ accessKeyId: first.accessKeyId }, control);
  assert.equal(existsSync(first.file), false);
  assert.equal(await ensureAdministrator(store, dataDir, now), null);
  assert.equal(store.view.list('accessKey', '').length, 1);
});
