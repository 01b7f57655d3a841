// What the usage book frees, says and restores, seen by a counter file that writes down what is asked of it.

import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { remainingOn, UsageBook, usageOn } from '../../src/control/usage/index.ts';
import {
  dayOf,
  type MeterFile,
  type MeterReading,
  meterName,
  type QuotaSettings,
  type UsageDay,
} from '../../src/resources/index.ts';
import { openStore, type Store, type Transaction } from '../../src/store/index.ts';

const nowMs = Date.UTC(2024, 0, 31, 12);
const today = dayOf(nowMs);
const created = '2024-01-01T00:00:00Z';

function putPlan(transaction: Transaction, id: string, quota?: QuotaSettings): void {
  const apiStages = [{ apiId: 'api', stage: 'prod' }];
  transaction.put('usagePlan', '', id, {
    id,
    name: id,
    apiStages,
    ...(quota === undefined ? {} : { quota }),
  });
}

function putKey(transaction: Transaction, id: string): void {
  const key = { id, value: id.padEnd(20, 'x'), enabled: true, stageKeys: [] };
  transaction.put('apiKey', '', id, { ...key, createdDate: created, lastUpdatedDate: created });
}

const putDay = (transaction: Transaction, day: UsageDay): void =>
  transaction.put('usageDay', `p/${day.date}`, day.keyId, day);

const meter = (slot: number, planId: string, keyId: string): MeterReading => ({
  slot,
  name: meterName({ kind: 'usage', planId, keyId, stage: 'api/prod' }),
  cells: [{ day: today, count: 1 }],
});

/** A counter file with such meters. What is asked of it comes into `written` and `vacated`. */
class NotedFile implements MeterFile {
  readonly written: string[] = [];
  readonly vacated: number[] = [];
  readonly held = new Set<number>();
  restored = false;
  current = true;
  unread: MeterReading[];

  constructor(...meters: MeterReading[]) {
    this.unread = meters;
  }
  isRestored = (): boolean => this.restored;
  markRestored = (): void => {
    this.restored = true;
  };
  isCurrent = (): boolean => this.current;
  changed = (): MeterReading[] => this.unread.splice(0);
  write: MeterFile['write'] = (one, day, count) => {
    this.written.push(`${meterName(one)} ${day - today} ${count}`);
  };
  vacate = (slot: number): boolean => {
    this.vacated.push(slot);
    return !this.held.has(slot);
  };
  close = (): void => {};
}

async function world(t: TestContext, fill: (transaction: Transaction) => void) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const store = await openStore('', 'memory');
  await store.write(fill);
  const told: string[] = [];
  t.after(() => store.close());
  return {
    store,
    told,
    start: async (openMeters: () => MeterFile | null, over: Store = store) => {
      const book = new UsageBook({ store: over, openMeters, nowMs: () => nowMs });
      await book.start((line) => told.push(line));
      t.after(() => book.close());
      return book;
    },
    /** Lets seconds go by, each with its flush. */
    pass: async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        t.mock.timers.tick(1_000);
        for (let turn = 0; turn < 5; turn++) await setImmediate();
      }
    },
  };
}

test('usage book: the meters of a plan or a key that is gone are freed at the start and once a minute, others never', async (t) => {
  const w = await world(t, (transaction) => {
    for (const id of ['p', 'q']) putPlan(transaction, id);
    for (const id of ['k', 'l']) putKey(transaction, id);
  });
  const file = new NotedFile(
    meter(1, 'p', 'k'),
    meter(2, 'gone', 'k'),
    meter(3, 'p', 'gone'),
    meter(4, 'q', 'k'),
    meter(5, 'p', 'l'),
    { ...meter(6, 'p', 'k'), name: 'of/no/release' },
  );
  file.held.add(3);
  await w.start(() => file);
  assert.deepEqual(file.vacated, [2, 3, 6]);
  await w.store.write((transaction) => {
    transaction.remove('usagePlan', '', 'q');
    transaction.remove('apiKey', '', 'l');
  });
  await w.pass(59);
  assert.deepEqual(file.vacated.splice(0), [2, 3, 6]);
  file.held.clear();
  await w.pass(1);
  // Who was held is asked again; who is free is not.
  assert.deepEqual(file.vacated.splice(0), [3, 4, 5]);
  await w.pass(60);
  assert.deepEqual(file.vacated, []);
});

test('usage book: what lay in a file that was deleted is not freed in the one that came after it', async (t) => {
  const w = await world(t, (transaction) => {
    putPlan(transaction, 'p');
    putKey(transaction, 'k');
  });
  const [old, next] = [new NotedFile(meter(1, 'p', 'gone')), new NotedFile(meter(2, 'p', 'k'))];
  old.held.add(1);
  const files = [old, next];
  await w.start(() => files.shift()!);
  assert.deepEqual(old.vacated, [1]);
  old.current = false;
  await w.pass(120);
  assert.deepEqual([old.vacated, next.vacated], [[1], []]);
});

test('usage book: why it cannot flush is told once, again when it is another reason, and again when it had been over', async (t) => {
  const w = await world(t, (transaction) => {
    putPlan(transaction, 'p');
    putKey(transaction, 'k');
  });
  const line = (why: string): string => `cannot flush what usage plans counted, trying on: ${why}`;
  let why: string | null = 'torn';
  const file = new NotedFile();
  file.changed = () => {
    if (why !== null) throw new Error(why);
    return [];
  };
  await w.start(() => {
    if (why === 'torn') throw new Error(why);
    return file;
  });
  await w.pass(3);
  assert.deepEqual(w.told.splice(0), [line('torn')]);
  why = 'unread';
  await w.pass(3);
  assert.deepEqual(w.told.splice(0), [line('unread')]);
  why = null;
  await w.pass(2);
  assert.deepEqual(w.told, []);
  why = 'unread';
  await w.pass(3);
  assert.deepEqual(w.told, [line('unread')]);
});

const stages = { 'api/prod': 3 };

test('usage book: a new file is told of the days that it remembers, and of keys that are there', async (t) => {
  const day = (date: string, keyId = 'k'): UsageDay => ({ keyId, date, used: 3, remaining: -1, stages });
  const w = await world(t, (transaction) => {
    putPlan(transaction, 'p');
    putKey(transaction, 'k');
    for (const date of ['2024-01-22', '2024-01-23', '2024-01-24', '2024-01-31', '2024-02-01', '2024-02-02'])
      putDay(transaction, day(date));
    putDay(transaction, day('2024-01-31', 'gone'));
  });
  const file = new NotedFile();
  await w.start(() => file);
  const name = 'usage/p/k/api/prod';
  assert.deepEqual(file.written.splice(0), [`${name} -7 3`, `${name} 0 3`, `${name} 1 3`]);
  assert.ok(file.restored);
  // One that has been told is not told again.
  await w.start(() => file);
  assert.deepEqual(file.written, []);
});

test('usage book: a new file is told what was spent of the period that goes on, by its last day', async (t) => {
  const quota = { limit: 10, period: 'MONTH' } as const;
  const day = (date: string, keyId: string, spent: number, period = 'MONTH/0', start = '2024-01-01') => ({
    keyId,
    date,
    used: 0,
    remaining: 0,
    quota: { period, start, spent },
  });
  const w = await world(t, (transaction) => {
    putPlan(transaction, 'p', quota);
    for (const id of ['first', 'twice', 'foreign', 'over']) putKey(transaction, id);
    putDay(transaction, day('2024-01-01', 'first', 2));
    putDay(transaction, day('2024-01-30', 'twice', 3));
    putDay(transaction, day('2024-01-31', 'twice', 4));
    // Of a quota that the plan had before: other periods, also of the same first day, and another offset.
    putDay(transaction, day('2024-01-31', 'foreign', 5, 'DAY/0', '2024-01-31'));
    putDay(transaction, day('2024-01-01', 'foreign', 9, 'DAY/0', '2024-01-01'));
    putDay(transaction, day('2024-01-30', 'foreign', 6, 'MONTH/3', '2024-01-04'));
    // Of this quota, in the period before.
    putDay(transaction, day('2024-01-01', 'over', 7, 'MONTH/0', '2023-12-01'));
    putDay(transaction, day('2024-01-31', 'gone', 8));
  });
  const file = new NotedFile();
  await w.start(() => file);
  assert.deepEqual(file.written.sort(), ['quota/p/first/MONTH/0 -30 2', 'quota/p/twice/MONTH/0 -30 4']);
});

test('usage book: what remains is set in the store also where no counters are shared', async (t) => {
  const quota = { limit: 10, period: 'WEEK' } as const;
  const w = await world(t, (transaction) => {
    putPlan(transaction, 'p', quota);
    putKey(transaction, 'k');
  });
  const book = await w.start(() => null);
  const plan = w.store.view.get('usagePlan', '', 'p')!;
  for (const remaining of [4, 0, 12]) {
    await book.setRemaining(plan, 'k', remaining);
    assert.equal(remainingOn(w.store.view, plan, 'k', '2024-01-31'), remaining);
    assert.deepEqual(usageOn(w.store.view, 'p', 'k', '2024-01-31')?.quota, {
      period: 'WEEK/0',
      start: '2024-01-28',
      spent: 10 - remaining,
    });
  }
});

test('usage book: what remains is set in file and store, and a store that refuses it is heard', async (t) => {
  const quota = { limit: 10, period: 'DAY' } as const;
  const w = await world(t, (transaction) => {
    putPlan(transaction, 'p', quota);
    putPlan(transaction, 'free');
    putKey(transaction, 'k');
  });
  const file = new NotedFile();
  let isBroken = false;
  const store: Store = {
    ...w.store,
    view: w.store.view,
    write: (work) => (isBroken ? Promise.reject(new Error('no room')) : w.store.write(work)),
  };
  const book = await w.start(() => file, store);
  const [plan, free] = ['p', 'free'].map((id) => w.store.view.get('usagePlan', '', id)!);
  await book.setRemaining(plan!, 'k', 4);
  assert.deepEqual(file.written.splice(0), ['quota/p/k/DAY/0 0 6']);
  assert.equal(usageOn(w.store.view, 'p', 'k', '2024-01-31')?.remaining, 4);
  await book.setRemaining(free!, 'k', 4);
  assert.deepEqual(file.written.splice(0), []);
  isBroken = true;
  await assert.rejects(book.setRemaining(plan!, 'k', 5), /no room/);
});
