// Code on disk: unpacked as it was, once, by way of a name that nobody runs.

import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { createCodeStore } from '../../../src/control/code/code-store.ts';
import { readBackup, writeBackup } from '../../../src/control/local/backup.ts';
import { openStore } from '../../../src/store/index.ts';
import { zipFile } from './zip-file.ts';

async function world(t: { after(work: () => unknown): void }) {
  const parent = mkdtempSync(join(tmpdir(), 'sluice-code-'));
  const dataDir = join(parent, 'data');
  const store = await openStore(dataDir, 'memory');
  t.after(async () => {
    await store.close();
    rmSync(parent, { recursive: true, force: true });
  });
  const codeDir = join(dataDir, 'functions', 'code');
  const source = join(parent, 'source');
  mkdirSync(source);
  return { code: createCodeStore({ dataDir, store }), store, codeDir, source };
}

test('code is unpacked as it was: folders, links, executable bits, and the zip beside it', async (t) => {
  const { code, codeDir } = await world(t);
  const zip = zipFile(
    { name: './bootstrap', content: '#!/bin/sh\n', mode: 0o100755 },
    { name: 'lib/', mode: 0o040755 },
    { name: 'lib/ü.txt', content: 'ü', isStored: true },
    { name: 'bin/tool', content: '../lib/ü.txt', mode: 0o120777 },
    { name: 'empty' },
  );
  const installed = await code.installZip(zip);
  assert.equal(installed.codeSize, zip.length);
  assert.equal(Buffer.from(installed.codeSha256, 'base64').toString('hex'), installed.codeHash);
  const folder = join(codeDir, installed.codeHash);
  assert.equal(readFileSync(join(folder, 'bootstrap'), 'utf8'), '#!/bin/sh\n');
  assert.equal(lstatSync(join(folder, 'bootstrap')).mode & 0o777, 0o755);
  assert.equal(lstatSync(join(folder, 'empty')).mode & 0o777, 0o644);
  assert.equal(readFileSync(join(folder, 'bin/tool'), 'utf8'), 'ü');
  assert.equal(readlinkSync(join(folder, 'bin/tool')), '../lib/ü.txt');
  assert.deepEqual(await code.readZip(installed.codeHash), zip);
  assert.deepEqual(await code.installZip(zip), installed);
  assert.deepEqual(readdirSync(codeDir).sort(), [installed.codeHash, `${installed.codeHash}.zip`]);
});

test('code that comes twice at once is installed once', async (t) => {
  const { code, codeDir } = await world(t);
  const zip = zipFile({ name: 'a', content: 'x'.repeat(100_000) });
  const [first, second] = await Promise.all([code.installZip(zip), code.installZip(zip)]);
  assert.deepEqual(first, second);
  assert.deepEqual(readdirSync(codeDir).sort(), [first.codeHash, `${first.codeHash}.zip`]);
});

test('a folder becomes the same code each time, with its links and executable bits', async (t) => {
  const { code, codeDir, source } = await world(t);
  mkdirSync(join(source, 'node_modules/tool'), { recursive: true });
  mkdirSync(join(source, 'empty'));
  writeFileSync(join(source, 'app.mjs'), 'export const handler = () => 1;'.repeat(100));
  writeFileSync(join(source, 'node_modules/tool/cli'), '#!/bin/sh\n');
  chmodSync(join(source, 'node_modules/tool/cli'), 0o755);
  symlinkSync('node_modules/tool/cli', join(source, 'cli'));
  symlinkSync(join(source, 'app.mjs'), join(source, 'absolute'));
  const told: number[] = [];
  const installed = await code.importFolder(source, ({ files }) => told.push(files));
  assert.deepEqual(told, [1, 2, 3, 4, 5, 6, 7]);
  const folder = join(codeDir, installed.codeHash);
  assert.deepEqual(readdirSync(folder).sort(), ['absolute', 'app.mjs', 'cli', 'empty', 'node_modules']);
  assert.equal(readlinkSync(join(folder, 'absolute')), 'app.mjs');
  assert.equal(readFileSync(join(folder, 'cli'), 'utf8'), '#!/bin/sh\n');
  assert.equal(lstatSync(join(folder, 'node_modules/tool/cli')).mode & 0o777, 0o755);
  assert.deepEqual(await code.importFolder(source), installed);
});

test('a folder that cannot be code is refused with its reason', async (t) => {
  const { code, codeDir, source } = await world(t);
  const refused = (message: RegExp) =>
    assert.rejects(code.importFolder(source), { name: 'InvalidParameterValueException', message });
  await refused(/is empty/);
  writeFileSync(join(source, 'app.mjs'), '');
  symlinkSync('../data', join(source, 'out'));
  await refused(/the link "out" leads out of its folder/);
  rmSync(join(source, 'out'));
  rmSync(source, { recursive: true });
  await refused(/Cannot read the folder/);
  assert.deepEqual(existsSync(codeDir) ? readdirSync(codeDir) : [], []);
});

test('what an ended process has left half done goes at the first sweep, and code in use stays', async (t) => {
  const { code, codeDir, store } = await world(t);
  const { codeHash } = await code.installZip(zipFile({ name: 'a' }));
  mkdirSync(join(codeDir, '.incoming-1-0/code'), { recursive: true });
  writeFileSync(join(codeDir, '.incoming-1-0/code/a'), '');
  code.sweep();
  code.sweep();
  assert.deepEqual(readdirSync(codeDir).sort(), [codeHash, `${codeHash}.zip`]);
  assert.deepEqual(store.view.list('lambdaFunction', ''), []);
});

test('code that no function names is removed after its time of grace, and not before', async (t) => {
  const { code, codeDir } = await world(t);
  let nowMs = 1_000;
  t.mock.method(performance, 'now', () => nowMs);
  const { codeHash } = await code.installZip(zipFile({ name: 'a' }));
  code.sweep();
  nowMs += 19 * 60_000;
  code.sweep();
  assert.equal(existsSync(join(codeDir, codeHash)), true);
  nowMs += 2 * 60_000;
  code.sweep();
  assert.deepEqual(readdirSync(codeDir), []);
});

test('code comes with a backup, and is unpacked again when what was restored starts', async (t) => {
  const { code, store, codeDir, source } = await world(t);
  writeFileSync(join(source, 'app.mjs'), 'x');
  const dataDir = join(codeDir, '../..');
  mkdirSync(dataDir, { recursive: true });
  const disk = await openStore(dataDir, 'sqlite');
  const { codeHash, codeSha256, codeSize } = await code.importFolder(source);
  await disk.write((transaction) =>
    transaction.put('lambdaFunction', '', 'f', {
      functionName: 'f',
      version: '$LATEST',
      runtime: 'nodejs24.x',
      role: 'r',
      description: '',
      timeout: 3,
      memorySize: 128,
      ephemeralStorageSize: 512,
      architectures: ['x86_64'],
      codeHash,
      codeSha256,
      codeSize,
      lastModified: '2024-01-02T03:04:05.000Z',
      revisionId: '1',
      nextVersion: 1,
    }),
  );
  const backup = join(source, '../backup');
  await writeBackup(disk, dataDir, backup);
  await disk.close();
  const other = join(source, '../other');
  mkdirSync(other);
  await readBackup(other, backup);
  const restored = await openStore(other, 'sqlite');
  t.after(() => restored.close());
  await createCodeStore({ dataDir: other, store: restored }).unpackMissing();
  assert.equal(readFileSync(join(other, 'functions/code', codeHash, 'app.mjs'), 'utf8'), 'x');
  assert.deepEqual(store.view.list('lambdaFunction', ''), []);
});
