// What every store must do. Each driver's test file runs this suite over itself.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ConcurrentModificationError, type Store } from '../../src/store/index.ts';
import fc from '../support/properties.ts';

/** A folder that is removed when the test ends. */
export function temporaryFolder(t: { after(work: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface StoreOpeners {
  /** Called again on the same folder after a close. */
  open(folder: string): Promise<Store>;
  /** A second store over the same documents, as another process would have it. */
  openBeside(folder: string, t: { after(work: () => void): void }): Promise<Store>;
}

const put = (store: Store, id: string, value: string) =>
  store.write((transaction) => transaction.put('setting', '', id, { value }));
const valuesIn = (store: Store) => store.view.list('setting', '').map(({ value }) => value);

export function storeContract(name: string, { open, openBeside }: StoreOpeners): void {
  const withStore = (
    title: string,
    act: (store: Store, reopen: () => Promise<Store>) => Promise<void>,
  ): void => {
    test(`${name}: ${title}`, async (t) => {
      const folder = temporaryFolder(t);
      let store = await open(folder);
      await act(store, async () => {
        await store.close();
        store = await open(folder);
        return store;
      });
      await store.close();
    });
  };

  withStore(
    'a document that was put is the document that is read, also after a reopen',
    async (store, reopen) => {
      const document = { value: 'Ünïcode \u0000 "text"; DROP TABLE document; --' };
      await store.write((transaction) => transaction.put('setting', 'a/b', "it's", document));
      assert.deepEqual(store.view.get('setting', 'a/b', "it's"), document);
      assert.equal(store.view.get('setting', '', "it's"), undefined);
      assert.equal(store.view.get('restApi', 'a/b', "it's"), undefined);
      assert.deepEqual((await reopen()).view.get('setting', 'a/b', "it's"), document);
    },
  );

  withStore('a document does not change with the object that it was put from', async (store) => {
    const document = { value: 'before' };
    await store.write((transaction) => {
      transaction.put('setting', '', 'a', document);
      document.value = 'after';
      assert.deepEqual(transaction.get('setting', '', 'a'), { value: 'before' });
    });
    assert.deepEqual(store.view.get('setting', '', 'a'), { value: 'before' });
  });

  withStore('documents are listed in order of creation, and keep their place', async (store, reopen) => {
    for (const id of ['z', 'm', 'a']) await put(store, id, id);
    await put(store, 'z', 'Z');
    assert.deepEqual(valuesIn(store), ['Z', 'm', 'a']);
    await store.write((transaction) => {
      transaction.remove('setting', '', 'm');
      transaction.put('setting', '', 'm', { value: 'again' });
      transaction.put('setting', 'elsewhere', 'x', { value: 'x' });
    });
    assert.deepEqual(valuesIn(store), ['Z', 'a', 'again']);
    const reopened = await reopen();
    assert.deepEqual(valuesIn(reopened), ['Z', 'a', 'again']);
    await put(reopened, 'b', 'new');
    assert.deepEqual(valuesIn(reopened), ['Z', 'a', 'again', 'new']);
  });

  withStore('a revision grows by one with each change, and not without one', async (store, reopen) => {
    const revision = (of: Store) => of.view.revision('setting', '', 'a');
    assert.equal(revision(store), 0);
    await put(store, 'a', '1');
    await put(store, 'a', '2');
    await put(store, 'a', '2');
    assert.equal(revision(store), 2);
    const reopened = await reopen();
    assert.equal(revision(reopened), 2);
    await put(reopened, 'a', '3');
    assert.equal(revision(reopened), 3);
    await reopened.write((transaction) => transaction.remove('setting', '', 'a'));
    assert.equal(revision(reopened), 0);
  });

  withStore('all documents of a parent are removed at once, and no others', async (store, reopen) => {
    await store.write((transaction) => {
      for (const parent of ['one', 'two'])
        for (const id of ['a', 'b']) transaction.put('setting', parent, id, { value: parent });
      transaction.put('iamUser', 'one', 'a', { userName: 'a', userId: 'A', createdDate: '', policies: {} });
    });
    await store.write((transaction) => {
      transaction.removeAll('setting', 'one');
      transaction.removeAll('setting', 'none');
      transaction.remove('setting', 'two', 'none');
    });
    for (const { view } of [store, await reopen()]) {
      assert.deepEqual(view.list('setting', 'one'), []);
      assert.equal(view.list('setting', 'two').length, 2);
      assert.equal(view.list('iamUser', 'one').length, 1);
    }
  });

  withStore('a transaction sees what it has done, and tells which kinds', async (store) => {
    await put(store, 'a', 'old');
    const answer = await store.write((transaction) => {
      assert.deepEqual([...transaction.changedKinds], []);
      transaction.put('setting', '', 'b', { value: 'new' });
      transaction.remove('setting', '', 'a');
      assert.deepEqual(transaction.list('setting', ''), [{ value: 'new' }]);
      assert.deepEqual([...transaction.changedKinds], ['setting']);
      return 'answer';
    });
    assert.equal(answer, 'answer');
  });

  withStore(
    'what a work throws undoes that work only, others of the same group stay',
    async (store, reopen) => {
      await store.write((transaction) => {
        for (const value of ['a', 'b', 'c']) transaction.put('setting', '', value, { value });
      });
      const outcomes = await Promise.allSettled([
        put(store, 'd', 'd'),
        store.write((transaction) => {
          transaction.remove('setting', '', 'b');
          transaction.put('setting', '', 'a', { value: 'A' });
          transaction.put('setting', '', 'b', { value: 'B' });
          transaction.put('setting', '', 'e', { value: 'e' });
          throw new Error('no');
        }),
        store.write((transaction) => {
          assert.deepEqual([...transaction.changedKinds], []);
          assert.deepEqual(valuesIn(store), ['a', 'b', 'c', 'd']);
          transaction.put('setting', '', 'c', { value: 'C' });
        }),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      assert.equal(store.view.revision('setting', '', 'a'), 1);
      assert.deepEqual(valuesIn(store), ['a', 'b', 'C', 'd']);
      assert.deepEqual(valuesIn(await reopen()), ['a', 'b', 'C', 'd']);
    },
  );

  withStore(
    'transactions run one after another, in the order in which they were asked for',
    async (store) => {
      const writes = Array.from({ length: 100 }, () =>
        store.write((transaction) => {
          const count = Number(transaction.get('setting', '', 'count')?.value ?? 0);
          transaction.put('setting', '', 'count', { value: String(count + 1) });
          return count;
        }),
      );
      assert.deepEqual(
        await Promise.all(writes),
        writes.map((_, i) => i),
      );
    },
  );

  withStore('closing waits for what was asked for, and may be done twice', async (store, reopen) => {
    const write = put(store, 'a', 'a');
    await store.close();
    await store.close();
    await write;
    assert.deepEqual(valuesIn(await reopen()), ['a']);
  });

  test(`${name}: what another process changed is not overwritten, and is read again`, async (t) => {
    const folder = temporaryFolder(t);
    const mine = await open(folder);
    await put(mine, 'a', 'first');
    const theirs = await openBeside(folder, t);
    const cases: [string, (store: Store) => Promise<unknown>, string[]][] = [
      ['changed', (store) => put(store, 'a', 'theirs'), ['theirs']],
      ['created', (store) => put(store, 'b', 'theirs'), ['theirs', 'theirs']],
      [
        'removed',
        (store) => store.write((transaction) => transaction.remove('setting', '', 'a')),
        ['theirs'],
      ],
    ];
    for (const [what, act, left] of cases) {
      await act(theirs);
      const refusedWrite = mine.write((transaction) => {
        transaction.put('setting', '', 'a', { value: what });
        transaction.put('setting', '', 'b', { value: what });
      });
      await assert.rejects(refusedWrite, ConcurrentModificationError, what);
      assert.deepEqual(valuesIn(mine), left, what);
    }
    await put(mine, 'b', 'mine');
    assert.deepEqual(valuesIn(mine), ['mine']);
    await Promise.all([mine.close(), theirs.close()]);
    const reopened = await open(folder);
    assert.deepEqual(valuesIn(reopened), ['mine']);
    await reopened.close();
  });

  test(`${name}: any sequence of transactions leaves what a list would hold`, async (t) => {
    const id = fc.constantFrom('a', 'b', 'c');
    const step = fc.oneof(
      fc.record({ put: id, value: fc.constantFrom('1', '2') }),
      fc.record({ remove: id }),
      fc.record({ removeAll: fc.constant(true) }),
    );
    const transaction = fc.record({ steps: fc.array(step, { maxLength: 5 }), fails: fc.boolean() });
    const group = fc.array(transaction, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(group, { maxLength: 5 }), async (groups) => {
        const folder = temporaryFolder(t);
        const store = await open(folder);
        let model: (readonly [string, string])[] = [];
        for (const transactions of groups) {
          const writes = transactions.map(({ steps, fails }) =>
            store.write((open) => {
              for (const one of steps)
                if ('put' in one) open.put('setting', '', one.put, { value: one.value });
                else if ('remove' in one) open.remove('setting', '', one.remove);
                else open.removeAll('setting', '');
              if (fails) throw new Error('no');
            }),
          );
          await Promise.allSettled(writes);
          for (const { steps, fails } of transactions) if (!fails) model = steps.reduce(modelled, model);
          assert.deepEqual(
            valuesIn(store),
            model.map(([, value]) => value),
          );
        }
        await store.close();
        const reopened = await open(folder);
        assert.deepEqual(
          valuesIn(reopened),
          model.map(([, value]) => value),
        );
        await reopened.close();
      }),
      { numRuns: 60 },
    );
  });
}

type Step =
  | { readonly put: string; readonly value: string }
  | { readonly remove: string }
  | { readonly removeAll: boolean };
type Model = (readonly [id: string, value: string])[];

function modelled(model: Model, step: Step): Model {
  if ('removeAll' in step) return [];
  if ('remove' in step) return model.filter(([id]) => id !== step.remove);
  const isThere = model.some(([id]) => id === step.put);
  if (!isThere) return [...model, [step.put, step.value]];
  return model.map((entry) => (entry[0] === step.put ? [step.put, step.value] : entry));
}
