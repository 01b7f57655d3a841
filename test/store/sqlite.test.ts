import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openDocumentStore } from '../../src/store/document-store.ts';
import { openStore, type Store, StoreError } from '../../src/store/index.ts';
import { migrations } from '../../src/store/migrations.ts';
import { databaseFile, openSqliteDriver } from '../../src/store/sqlite.ts';
import { storeContract, temporaryFolder } from '../contract/store.ts';

storeContract('sqlite', {
  open: (folder) => openStore(folder),
  // Only one process may have a data folder. A second folder whose database is the first one's shows what would be.
  openBeside: (folder, t) => {
    const beside = mkdtempSync(join(tmpdir(), 'sluice-beside-'));
    t.after(() => rmSync(beside, { recursive: true, force: true }));
    symlinkSync(databaseFile(folder), databaseFile(beside));
    return openStore(beside);
  },
});

const setting = (value: string) => ({ name: 'x', value });

test('sqlite: a write is acknowledged when the disk has it, and not before', async (t) => {
  const synced = Array.from({ length: 2 }, () => Promise.withResolvers<void>());
  let syncs = 0;
  const driver = openSqliteDriver(temporaryFolder(t), () => synced[syncs++]!.promise);
  const store = await openDocumentStore(driver);
  const order: string[] = [];
  const write = (name: string) =>
    store
      .write((transaction) => transaction.put('setting', '', name, setting(name)))
      .then(() => order.push(name));
  const first = write('first');
  while (syncs === 0) await new Promise((resolve) => setImmediate(resolve));
  // Others come meanwhile; they are committed, and the next sync is theirs.
  const others = [write('second'), write('third')];
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([order, syncs], [[], 1]);
  synced[0]!.resolve();
  await first;
  while (syncs === 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(order, ['first']);
  synced[1]!.resolve();
  await Promise.all(others);
  assert.deepEqual(order, ['first', 'second', 'third']);
  await store.close();
});

test('sqlite: after a write that the disk may not have, nothing is written until the next start', async (t) => {
  const folder = temporaryFolder(t);
  const failures = [null, new Error('EIO: i/o error, fdatasync'), null];
  const driver = openSqliteDriver(folder, async () => {
    const failure = failures.shift();
    if (failure !== null) throw failure;
  });
  const store = await openDocumentStore(driver);
  const write = (name: string) =>
    store.write((transaction) => transaction.put('setting', '', name, setting(name)));
  await write('good');
  const expected = {
    name: 'UnsyncedError',
    message: `A write to the database "${databaseFile(folder)}" may not have reached the disk (EIO: i/o error, fdatasync): nothing more is written until Sluice is started again`,
  };
  await assert.rejects(write('doubtful'), expected);
  await assert.rejects(write('later'), expected);
  assert.equal(failures.length, 1);
  await store.close();
  const again = await openStore(folder);
  const names = ['good', 'doubtful', 'later'].filter(
    (name) => again.view.get('setting', '', name) !== undefined,
  );
  // Here the disk was well, and only said that it was not.
  assert.deepEqual(names, ['good', 'doubtful']);
  await again.close();
});

const writer = join(import.meta.dirname, 'write-until-killed.ts');
const startWriter = (folder: string) =>
  spawn(process.execPath, [writer, folder], { stdio: ['ignore', 'pipe', 'inherit'] });

test('sqlite: transactions that were acknowledged survive kill -9, and none is half there', async (t) => {
  const folder = temporaryFolder(t);
  let acknowledged = -1;
  for (const after of [1, 7, 40, 90]) {
    const child = startWriter(folder);
    let seen = 0;
    for await (const line of createInterface(child.stdout)) {
      acknowledged = Number(line);
      seen += 1;
      if (seen === after) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL');
    const store = await openStore(folder);
    const count = Number(store.view.get('setting', '', 'count')?.value);
    // The last one may have been committed without anybody being told.
    assert.ok(count === acknowledged || count === acknowledged + 1, `${count}, told of ${acknowledged}`);
    for (const half of ['left', 'right'])
      assert.deepEqual(
        store.view.list('setting', half).map(({ value }) => value.length),
        Array.from({ length: count + 1 }, () => 2000),
      );
    await store.close();
  }
});

test('sqlite: a second process on the same data folder gets one clear error', async (t) => {
  const folder = temporaryFolder(t);
  const child = startWriter(folder);
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await assert.rejects(
    openStore(folder),
    new StoreError(`The data folder "${folder}" is in use by another Sluice process`),
  );
});

test('sqlite: the folder is free again when its store is closed', async (t) => {
  const folder = temporaryFolder(t);
  const first = await openStore(folder);
  await assert.rejects(openStore(folder), /in use by another Sluice process/);
  await first.close();
  await (await openStore(folder)).close();
});

const put = (store: Store, id: string, value: string) =>
  store.write((transaction) => transaction.put('setting', '', id, { value }));

test('sqlite: a backup that is written while the store is written to is whole', async (t) => {
  const folder = temporaryFolder(t);
  const store = await openStore(folder);
  const pair = (i: number) =>
    store.write((transaction) => {
      for (const id of ['left', 'right']) transaction.put('setting', '', id, { value: String(i) });
      transaction.put('setting', 'more', String(i), { value: 'x'.repeat(5000) });
    });
  for (let i = 0; i < 200; i++) await pair(i);
  const copy = temporaryFolder(t);
  let isDone = false;
  const backup = store.backup(databaseFile(copy)).finally(() => {
    isDone = true;
  });
  let last = 199;
  while (!isDone) {
    last += 1;
    await pair(last);
  }
  await backup;
  await store.close();
  const restored = await openStore(copy);
  const { view } = restored;
  const left = Number(view.get('setting', '', 'left')?.value);
  assert.ok(left >= 199 && left <= last);
  assert.equal(view.get('setting', '', 'right')?.value, String(left));
  assert.equal(view.list('setting', 'more').length, left + 1);
  await put(restored, 'after', 'x');
  await restored.close();
});

test('sqlite: a backup that cannot be written is told in one line', async (t) => {
  const store = await openStore(temporaryFolder(t));
  await assert.rejects(
    store.backup('/nowhere/at/all'),
    /^StoreError: Cannot write the backup "\/nowhere\/at\/all": [^\n]*$/,
  );
  await put(store, 'a', 'still works');
  await store.close();
});

test('sqlite: a database of schema version 1 is taken over with all that it has', async (t) => {
  const folder = temporaryFolder(t);
  const date = '2024-01-02T03:04:05.000Z';
  const restApi = { id: 'api0000001', name: 'pets', createdDate: date };
  const definition = {
    restApi,
    resources: [
      { id: 'root', path: '/' },
      { id: 'pets', parentId: 'root', path: '/pets', pathPart: 'pets', resourceMethods: { GET: { x: 'é' } } },
    ],
    models: [{ id: 'm1', name: 'Pet', contentType: 'application/json', schema: '{"type":"object"}' }],
    requestValidators: [{ id: 'v1', validateRequestBody: true, validateRequestParameters: false }],
    authorizers: [{ id: 'a1', name: 'auth', type: 'TOKEN' }],
    gatewayResponses: [{ responseType: 'DEFAULT_4XX', defaultResponse: false }],
    documentationParts: [{ id: 'd1', location: { type: 'API' }, properties: '{}' }],
  };
  const stage = { stageName: 'prod', deploymentId: 'dep002', methodSettings: {}, createdDate: date };
  const old = new DatabaseSync(databaseFile(folder));
  old.exec(`${migrations[0]}; PRAGMA application_id = ${0x534c5549}; PRAGMA user_version = 1`);
  old.prepare('INSERT INTO api VALUES (?, ?, ?)').run(restApi.id, date, JSON.stringify(definition));
  const later = {
    ...definition,
    restApi: { ...restApi, id: 'api0000000', createdDate: '2024-02-01T00:00:00.000Z' },
  };
  old
    .prepare('INSERT INTO api VALUES (?, ?, ?)')
    .run('api0000000', later.restApi.createdDate, JSON.stringify(later));
  for (const id of ['dep001', 'dep002'])
    old
      .prepare('INSERT INTO deployment (api_id, id, hash, deployment) VALUES (?, ?, ?, ?)')
      .run(restApi.id, id, `hash of ${id}`, JSON.stringify({ id, createdDate: date }));
  old.prepare('INSERT INTO stage VALUES (?, ?, ?)').run(restApi.id, 'prod', JSON.stringify(stage));
  old.prepare('INSERT INTO setting VALUES (?, ?)').run('region', 'eu-west-1');
  old.close();

  const store = await openStore(folder);
  const { view } = store;
  assert.deepEqual(
    view.list('restApi', '').map(({ id }) => id),
    ['api0000001', 'api0000000'],
  );
  assert.deepEqual(view.get('restApi', '', restApi.id), restApi);
  for (const [kind, documents] of [
    ['resource', definition.resources],
    ['model', definition.models],
    ['requestValidator', definition.requestValidators],
    ['authorizer', definition.authorizers],
    ['gatewayResponse', definition.gatewayResponses],
    ['documentationPart', definition.documentationParts],
    ['deployment', ['dep001', 'dep002'].map((id) => ({ id, createdDate: date, hash: `hash of ${id}` }))],
    ['stage', [stage]],
  ] as const)
    assert.deepEqual(view.list(kind, restApi.id), documents, kind);
  assert.deepEqual(view.get('model', restApi.id, 'Pet'), definition.models[0]);
  assert.deepEqual(view.get('gatewayResponse', restApi.id, 'DEFAULT_4XX'), definition.gatewayResponses[0]);
  assert.deepEqual(view.get('stage', restApi.id, 'prod'), stage);
  assert.deepEqual(view.get('setting', '', 'region'), { value: 'eu-west-1' });
  await put(store, 'new', 'x');
  await store.close();
  await (await openStore(folder)).close();
});

/** Asserts that the folder's store is refused in one line, and that its file is the same afterwards. */
async function refused(folder: string, expected: RegExp): Promise<void> {
  const before = readFileSync(databaseFile(folder));
  await assert.rejects(
    openStore(folder),
    (error: Error) =>
      error instanceof StoreError && expected.test(error.message) && !error.message.includes('\n'),
  );
  assert.ok(readFileSync(databaseFile(folder)).equals(before), 'the file was changed');
}

test('sqlite: a file that is no database is refused and left as it is', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(databaseFile(folder), 'not a database, but somebody needs it '.repeat(100));
  await refused(folder, /Cannot use the database ".*sluice\.sqlite": file is not a database/);
});

test('sqlite: a database of another program is refused and left as it is', async (t) => {
  for (const mode of ['DELETE', 'WAL']) {
    const folder = temporaryFolder(t);
    const other = new DatabaseSync(databaseFile(folder));
    other.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE api (x)`);
    other.close();
    await refused(folder, /is not a database of Sluice/);
  }
});

test('sqlite: a database of a newer release is refused and left as it is', async (t) => {
  const folder = temporaryFolder(t);
  await (await openStore(folder)).close();
  const newer = new DatabaseSync(databaseFile(folder));
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  await refused(folder, /newer release \(schema version 99; this release knows versions up to 2\)/);
});

test('sqlite: a damaged database is refused and left as it is', async (t) => {
  const damages: ((file: string) => void)[] = [
    (file) => truncateSync(file, Math.floor(readFileSync(file).length / 2)),
    (file) => {
      const bytes = readFileSync(file);
      bytes.fill(0x5a, 8192, 16_384);
      writeFileSync(file, bytes);
    },
  ];
  for (const damage of damages) {
    const folder = temporaryFolder(t);
    const store = await openStore(folder);
    await store.write((transaction) => {
      for (let i = 0; i < 50; i++) transaction.put('setting', '', `key${i}`, { value: 'x'.repeat(5000) });
    });
    await store.close();
    damage(databaseFile(folder));
    await refused(folder, /damaged|malformed/);
  }
});

test('sqlite: an empty file is a new database', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(databaseFile(folder), '');
  const store = await openStore(folder);
  await put(store, 'a', 'a');
  await store.close();
});

const isRoot = process.getuid?.() === 0 ? 'root may write everywhere' : false;
test('sqlite: a folder that cannot be written is refused', { skip: isRoot }, async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o500);
  await assert.rejects(openStore(folder), /Cannot use the data folder/);
});

test('sqlite: a data folder that is a file is refused', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(openStore(join(folder, 'file')), /Cannot use the data folder ".*file"/);
});
