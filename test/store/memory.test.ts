import assert from 'node:assert/strict';
import test from 'node:test';
import { openDocumentStore } from '../../src/store/document-store.ts';
import type { Change, Driver } from '../../src/store/driver.ts';
import { ConcurrentModificationError, StoreError } from '../../src/store/index.ts';
import { openMemoryDriver } from '../../src/store/memory.ts';
import { storeContract } from '../contract/store.ts';

// A driver stands for the disk: it outlives the stores that are opened over it.
const drivers = new Map<string, Driver>();
const driverOf = (folder: string): Driver => {
  const driver = drivers.get(folder) ?? openMemoryDriver();
  drivers.set(folder, driver);
  return driver;
};

storeContract('memory', {
  open: (folder) => openDocumentStore(driverOf(folder)),
  openBeside: (folder) => openDocumentStore(driverOf(folder)),
});

/** A driver that counts its commits and can be told to fail. */
async function watched() {
  const driver = openMemoryDriver();
  const commits: (readonly Change[])[] = [];
  const state = { isFull: false };
  const store = await openDocumentStore({
    ...driver,
    commit: (changes) => {
      if (state.isFull) throw new StoreError('The disk is full');
      commits.push(changes);
      return driver.commit(changes);
    },
  });
  return { store, commits, state };
}

test('store: transactions of one turn share a commit, with one change for each document', async () => {
  const { store, commits } = await watched();
  await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      store.write((transaction) => transaction.put('setting', '', `key${i % 10}`, { value: String(i) })),
    ),
  );
  assert.deepEqual(
    commits.map((changes) =>
      changes.map(({ id, revisionBefore, revision }) => [id, revisionBefore, revision]),
    ),
    [Array.from({ length: 10 }, (_, i) => [`key${i}`, 0, 10])],
  );
});

test('store: a database that fails after a conflict too is told of to who writes, and the store goes on', async () => {
  const driver = openMemoryDriver();
  let isAway = false;
  const store = await openDocumentStore({
    ...driver,
    load: () => {
      if (isAway) throw new StoreError('The database cannot be read');
      return driver.load();
    },
    commit: (changes) => {
      if (isAway) throw new ConcurrentModificationError('Another process was faster');
      return driver.commit(changes);
    },
  });
  const write = () => store.write((transaction) => transaction.put('setting', '', 'a', { value: 'a' }));
  isAway = true;
  await assert.rejects(write(), { message: 'The database cannot be read' });
  isAway = false;
  await write();
  assert.equal(store.view.get('setting', '', 'a')?.value, 'a');
});

test('store: what changes nothing is not committed', async () => {
  const { store, commits } = await watched();
  await store.write((transaction) => {
    transaction.put('setting', '', 'a', { value: 'a' });
    transaction.remove('setting', '', 'a');
  });
  await store.write((transaction) => transaction.get('setting', '', 'a'));
  assert.deepEqual(commits, []);
});

test('store: a commit that fails undoes and rejects all that were in it, and the next one is done', async () => {
  const { store, state } = await watched();
  const put = (value: string) =>
    store.write((transaction) => transaction.put('setting', '', value, { value }));
  await put('a');
  state.isFull = true;
  const outcomes = await Promise.allSettled([put('b'), put('c')]);
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : outcome.status)),
    ['StoreError: The disk is full', 'StoreError: The disk is full'],
  );
  assert.deepEqual(store.view.list('setting', ''), [{ value: 'a' }]);
  state.isFull = false;
  await put('d');
  assert.deepEqual(store.view.list('setting', ''), [{ value: 'a' }, { value: 'd' }]);
});

test('store: one in memory has no backup', async () => {
  const store = await openDocumentStore(openMemoryDriver());
  await assert.rejects(store.backup('/nowhere'), new StoreError('A store in memory has no backup'));
});
