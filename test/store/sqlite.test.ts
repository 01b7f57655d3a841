import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { openStore, StoreError } from '../../src/store/index.ts';
import { databaseFile } from '../../src/store/sqlite.ts';
import { definitionOf, storeContract, temporaryFolder } from '../contract/store.ts';

storeContract('sqlite', (dataDir) => openStore(dataDir));

const writer = join(import.meta.dirname, 'write-until-killed.ts');

test('sqlite: every write that was acknowledged survives kill -9', async (t) => {
  const folder = temporaryFolder(t);
  const child = spawn(process.execPath, [writer, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let acknowledged = -1;
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Number(line);
    if (acknowledged === 40) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  assert.equal(child.signalCode, 'SIGKILL');
  const store = openStore(folder);
  for (let i = 0; i <= acknowledged; i++)
    assert.equal((await store.getSetting(`key${i}`))?.length, 2000, `key${i}`);
  await store.close();
});

test('sqlite: a second process on the same data folder gets one clear error', async (t) => {
  const folder = temporaryFolder(t);
  const child = spawn(process.execPath, [writer, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  assert.throws(
    () => openStore(folder),
    new StoreError(`The data folder "${folder}" is in use by another Sluice process`),
  );
});

test('sqlite: the folder is free again when its store is closed', async (t) => {
  const folder = temporaryFolder(t);
  const first = openStore(folder);
  assert.throws(() => openStore(folder), /in use by another Sluice process/);
  await first.close();
  await openStore(folder).close();
});

const refused = (folder: string, expected: RegExp) =>
  assert.throws(
    () => openStore(folder),
    (error) => error instanceof StoreError && expected.test(error.message) && !error.message.includes('\n'),
  );

test('sqlite: a file that is no database is refused and left as it is', (t) => {
  const folder = temporaryFolder(t);
  const text = 'not a database, but somebody needs it '.repeat(100);
  writeFileSync(databaseFile(folder), text);
  refused(folder, /Cannot use the database ".*sluice\.sqlite": file is not a database/);
  assert.equal(readFileSync(databaseFile(folder), 'utf8'), text);
});

test('sqlite: a database of another program is refused', (t) => {
  const folder = temporaryFolder(t);
  const other = new DatabaseSync(databaseFile(folder));
  other.exec('CREATE TABLE api (x)');
  other.close();
  refused(folder, /is not a database of Sluice/);
});

test('sqlite: a database of a newer release is refused', async (t) => {
  const folder = temporaryFolder(t);
  await openStore(folder).close();
  const newer = new DatabaseSync(databaseFile(folder));
  newer.exec('PRAGMA user_version = 99');
  newer.close();
  refused(folder, /newer release \(schema version 99; this release knows versions up to 1\)/);
});

test('sqlite: a damaged database is refused', async (t) => {
  const folder = temporaryFolder(t);
  const store = openStore(folder);
  for (let i = 0; i < 50; i++) await store.putApi(definitionOf(`api${i}`, 'x'.repeat(5000)));
  await store.close();
  const file = databaseFile(folder);
  truncateSync(file, Math.floor(readFileSync(file).length / 2));
  refused(folder, /damaged|malformed/);
});

const isRoot = process.getuid?.() === 0 ? 'root may write everywhere' : false;
test('sqlite: a folder that cannot be written is refused', { skip: isRoot }, (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o500);
  refused(folder, /Cannot use the data folder/);
});

test('sqlite: a data folder that is a file is refused', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  refused(join(folder, 'file'), /Cannot use the data folder ".*file"/);
});
