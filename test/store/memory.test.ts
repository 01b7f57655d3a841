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
    apply: (changes) => {
      if (state.isFull) throw new StoreError('The disk is full');
      commits.push(changes);
      return driver.apply(changes);
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
    apply: (changes) => {
      if (isAway) throw new ConcurrentModificationError('Another process was faster');
      return driver.apply(changes);
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

/** A driver whose syncs are ended by hand. */
async function slowDisk() {
  const driver = openMemoryDriver();
  const syncs: PromiseWithResolvers<void>[] = [];
  let commits = 0;
  const store = await openDocumentStore({
    ...driver,
    apply: (changes) => {
      commits++;
      return driver.apply(changes);
    },
    sync: () => {
      const one = Promise.withResolvers<void>();
      syncs.push(one);
      return one.promise;
    },
  });
  const acknowledged: string[] = [];
  const write = (name: string, value = name) =>
    store
      .write((transaction) => transaction.put('setting', '', name, { value }))
      .then(() => acknowledged.push(name));
  const turns = async () => {
    for (let i = 0; i < 40; i++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { store, syncs, acknowledged, write, turns, commits: () => commits };
}

test('store: commits go on while the disk is busy, and one sync covers all that were made meanwhile', async () => {
  const { store, syncs, acknowledged, write, turns, commits } = await slowDisk();
  const first = write('a');
  await turns();
  const later = ['b', 'c', 'd'].map(async (name) => {
    const written = write(name);
    await turns();
    return written;
  });
  await turns();
  assert.deepEqual([commits() > 1, syncs.length, acknowledged], [true, 1, []]);
  assert.equal(store.view.get('setting', '', 'd')?.value, 'd');
  syncs[0]!.resolve();
  await first;
  await turns();
  assert.deepEqual([syncs.length, acknowledged], [2, ['a']]);
  syncs[1]!.resolve();
  await Promise.all(later);
  assert.deepEqual([syncs.length, acknowledged], [2, ['a', 'b', 'c', 'd']]);
  await store.close();
});

test('store: who changes nothing is not acknowledged before what it was told of is on disk', async () => {
  const { store, syncs, acknowledged, write, turns, commits } = await slowDisk();
  const first = write('a', 'same');
  await turns();
  const second = write('a', 'same');
  await turns();
  assert.deepEqual([commits(), syncs.length, acknowledged], [1, 1, []]);
  syncs[0]!.resolve();
  await Promise.all([first, second]);
  // Nothing is on its way any more.
  await write('a', 'same');
  assert.deepEqual([commits(), syncs.length, acknowledged.length], [1, 1, 3]);
  await store.close();
});

test('store: a sync that fails rejects those whom it covers, and closing waits for the one under way', async () => {
  const { store, syncs, acknowledged, write, turns } = await slowDisk();
  const first = write('a');
  await turns();
  const second = write('b');
  await turns();
  syncs[0]!.reject(new StoreError('The disk is gone'));
  await assert.rejects(first, { message: 'The disk is gone' });
  await turns();
  let isClosed = false;
  const closed = store.close().then(() => {
    isClosed = true;
  });
  await turns();
  assert.deepEqual([isClosed, syncs.length, acknowledged], [false, 2, []]);
  syncs[1]!.resolve();
  await Promise.all([second, closed]);
  assert.deepEqual(acknowledged, ['b']);
});

test('store: one in memory has no backup', async () => {
  const store = await openDocumentStore(openMemoryDriver());
  await assert.rejects(store.backup('/nowhere'), new StoreError('A store in memory has no backup'));
});
