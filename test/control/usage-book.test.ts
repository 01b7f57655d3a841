// What was counted comes into the store, and back into a counter file that was made anew. The counter file is a real one,
// counted in by the data plane's own throttle; the clock is stepped.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { UsageBook } from '../../src/control/usage/index.ts';
import { openMeterFile } from '../../src/gateway/throttle/meter-file.ts';
import { loadAddon } from '../../src/gateway/throttle/native.ts';
import {
  notRestored,
  openThrottle,
  quotaRefused,
  type Throttle,
} from '../../src/gateway/throttle/throttle.ts';
import {
  dateOf,
  dayOf,
  meterName,
  periodName,
  periodStart,
  type QuotaSettings,
} from '../../src/resources/index.ts';
import { openStore, type Store } from '../../src/store/index.ts';

const loaded = loadAddon();
const skip = 'absent' in loaded && loaded.absent;
const dayMs = 86_400_000;
const created = '2024-01-01T00:00:00Z';

interface World {
  readonly file: string;
  readonly store: Store;
  nowMs: number;
  book(): UsageBook;
  /** A data plane; each asks for key `k` of plan `p` on stage `api/prod`. */
  plane(): { ask(count?: number): number; close(): void };
  readonly told: string[];
  days(): Promise<Record<string, [used: number, remaining: number]>>;
}

async function world(t: TestContext, quota?: QuotaSettings): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-usage-'));
  const store = await openStore('', 'memory');
  const file = join(folder, 'counters');
  await store.write((transaction) => {
    transaction.put('usagePlan', '', 'p', {
      id: 'p',
      name: 'p',
      apiStages: [{ apiId: 'api', stage: 'prod' }],
      ...(quota === undefined ? {} : { quota }),
    });
    const key = { id: 'k', value: 'x'.repeat(20), enabled: true, stageKeys: [] };
    transaction.put('apiKey', '', 'k', { ...key, createdDate: created, lastUpdatedDate: created });
    transaction.put('usagePlanKey', 'p', 'k', { id: 'k', type: 'API_KEY' });
  });
  const open: { close(): unknown }[] = [];
  t.after(async () => {
    for (const one of open) await one.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const self: World = {
    file,
    store,
    nowMs: Date.UTC(2024, 0, 2, 12),
    told: [],
    book: () => {
      const book = new UsageBook({ store, openMeters: () => openMeterFile(file), nowMs: () => self.nowMs });
      open.push(book);
      return book;
    },
    plane: () => {
      const { throttle } = openThrottle({ file, processes: 2, prefer: 'native' });
      open.push(throttle);
      return { ask: (count = 1) => ask(throttle, self.nowMs, quota, count), close: () => throttle.close() };
    },
    days: async () =>
      Object.fromEntries(
        Array.from({ length: 120 }, (_, i) => dateOf(dayOf(Date.UTC(2024, 0, 1)) + i))
          .flatMap((date) => store.view.list('usageDay', `p/${date}`))
          .map(({ date, used, remaining }) => [date, [used, remaining]]),
      ),
  };
  return self;
}

/** Asks so often, and returns how often it was admitted; or, of one request, why not. */
function ask(throttle: Throttle, nowMs: number, quota: QuotaSettings | undefined, count: number): number {
  const names = { planId: 'p', keyId: 'k' };
  const usage = throttle.usage(meterName({ kind: 'usage', ...names, stage: 'api/prod' }));
  const spent =
    quota === undefined
      ? -1
      : throttle.quota(meterName({ kind: 'quota', ...names, period: periodName(quota) }), quota.limit!);
  const day = dayOf(nowMs);
  const start = periodStart(day, quota ?? {});
  let admitted = 0;
  for (let i = 0; i < count; i++) {
    const refused = throttle.takeCounted(-1, -1, -1, -1, spent, start, usage, day, 1e9);
    if (refused === 0) admitted++;
    else if (count === 1) return -refused;
  }
  return admitted;
}

const quiet = (line: string): void => assert.fail(line);

test('usage book: what was counted is in the store after a flush, and a second flush changes nothing', {
  skip,
}, async (t) => {
  const w = await world(t, { limit: 10, period: 'DAY' });
  const [book, plane] = [w.book(), w.plane()];
  assert.equal(plane.ask(), -notRestored);
  await book.start(quiet);
  assert.equal(plane.ask(4), 4);
  for (let i = 0; i < 2; i++) {
    await book.flush();
    assert.deepEqual(await w.days(), { '2024-01-02': [4, 6] });
  }
  const { revision } = w.store.view;
  const before = revision.call(w.store.view, 'usageDay', 'p/2024-01-02', 'k');
  await book.flush();
  assert.equal(revision.call(w.store.view, 'usageDay', 'p/2024-01-02', 'k'), before);
  assert.deepEqual(w.store.view.get('usageDay', 'p/2024-01-02', 'k')?.stages, { 'api/prod': 4 });
});

test('usage book: counts of before a crash are flushed by the next start, also of a day that is over', {
  skip,
}, async (t) => {
  const w = await world(t, { limit: 10, period: 'DAY' });
  const first = w.book();
  await first.start(quiet);
  await first.close();
  const plane = w.plane();
  assert.equal(plane.ask(7), 7);
  plane.close();
  w.nowMs += dayMs;
  const later = w.plane();
  assert.equal(later.ask(2), 2);
  await w.book().start(quiet);
  assert.deepEqual(await w.days(), { '2024-01-02': [7, 3], '2024-01-03': [2, 8] });
});

test('usage book: a counter file that was lost is told what the store knows, and nothing is spent twice', {
  skip,
}, async (t) => {
  for (const period of ['DAY', 'WEEK', 'MONTH'] as const) {
    const w = await world(t, { limit: 10, period });
    const first = w.book();
    await first.start(quiet);
    const plane = w.plane();
    assert.equal(plane.ask(6), 6);
    await first.flush();
    await first.close();
    plane.close();
    rmSync(w.file);
    const next = w.plane();
    assert.equal(next.ask(), -notRestored);
    await w.book().start(quiet);
    assert.equal(next.ask(9), 4);
    assert.equal(next.ask(), -quotaRefused);
    const again = w.book();
    await again.start(quiet);
    assert.deepEqual(await w.days(), { '2024-01-02': [10, 0] }, period);
  }
});

test('usage book: a file that is deleted while it runs is flushed, and the new one told', {
  skip,
}, async (t) => {
  const w = await world(t, { limit: 10, period: 'MONTH' });
  const book = w.book();
  await book.start(quiet);
  const old = w.plane();
  assert.equal(old.ask(3), 3);
  rmSync(w.file);
  const next = w.plane();
  assert.equal(next.ask(), -notRestored);
  await book.flush();
  assert.equal(next.ask(9), 7);
  await book.flush();
  assert.deepEqual(await w.days(), { '2024-01-02': [10, 0] });
});

test('usage book: a quota of a month goes on over its days, and begins anew with the next', {
  skip,
}, async (t) => {
  const quota = { limit: 10, period: 'MONTH', offset: 3 } as const;
  const w = await world(t, quota);
  const [book, plane] = [w.book(), w.plane()];
  await book.start(quiet);
  assert.equal(plane.ask(6), 6);
  await book.flush();
  w.nowMs += dayMs;
  assert.equal(plane.ask(9), 4);
  await book.flush();
  // January 4th: the offset's day.
  w.nowMs += dayMs;
  assert.equal(plane.ask(3), 3);
  await book.flush();
  assert.deepEqual(await w.days(), { '2024-01-02': [6, 4], '2024-01-03': [4, 0], '2024-01-04': [3, 7] });
});

test('usage book: what was asked before midnight and flushed after it counts on its own day', {
  skip,
}, async (t) => {
  const w = await world(t, { limit: 10, period: 'DAY' });
  const [book, plane] = [w.book(), w.plane()];
  await book.start(quiet);
  plane.ask(2);
  await book.flush();
  plane.ask(3);
  w.nowMs += dayMs;
  plane.ask(1);
  await book.flush();
  assert.deepEqual(await w.days(), { '2024-01-02': [5, 5], '2024-01-03': [1, 9] });
});

test('usage book: what remains is set for the running data planes, above the limit too, and survives', {
  skip,
}, async (t) => {
  const w = await world(t, { limit: 10, period: 'WEEK' });
  const [book, plane] = [w.book(), w.plane()];
  await book.start(quiet);
  assert.equal(plane.ask(15), 10);
  const plan = w.store.view.get('usagePlan', '', 'p')!;
  await book.setRemaining(plan, 'k', 12);
  assert.deepEqual(await w.days(), { '2024-01-02': [10, 12] });
  assert.equal(plane.ask(5), 5);
  await book.setRemaining(plan, 'k', 2);
  await book.close();
  plane.close();
  rmSync(w.file);
  await w.book().start(quiet);
  assert.equal(w.plane().ask(5), 2);
});

test('usage book: a plan without a quota is counted all the same', { skip }, async (t) => {
  const w = await world(t);
  const [book, plane] = [w.book(), w.plane()];
  await book.start(quiet);
  assert.equal(plane.ask(5), 5);
  await book.close();
  assert.deepEqual(await w.days(), { '2024-01-02': [5, -1] });
});

test('usage book: meters of a key that is gone are freed when nobody counts in them; what it used is kept', {
  skip,
}, async (t) => {
  const w = await world(t, { limit: 10, period: 'DAY' });
  const first = w.book();
  await first.start(quiet);
  const plane = w.plane();
  plane.ask(5);
  await w.store.write((transaction) => transaction.remove('apiKey', '', 'k'));
  const names = (): string[] => {
    const file = openMeterFile(w.file)!;
    const all = file.changed().map(({ name }) => name);
    file.close();
    return all.sort();
  };
  await first.close();
  assert.deepEqual(await w.days(), { '2024-01-02': [5, 5] });
  assert.deepEqual(names(), ['quota/p/k/DAY/0', 'usage/p/k/api/prod']);
  plane.close();
  await w.book().start(quiet);
  assert.deepEqual(names(), []);
});

test('usage book: days older than a hundred are forgotten', { skip }, async (t) => {
  const w = await world(t);
  const [book, plane] = [w.book(), w.plane()];
  await book.start(quiet);
  plane.ask(1);
  await book.flush();
  w.nowMs += 99 * dayMs;
  plane.ask(1);
  await book.flush();
  assert.deepEqual(Object.keys(await w.days()), ['2024-01-02', '2024-04-10']);
  w.nowMs += dayMs;
  await book.flush();
  assert.deepEqual(Object.keys(await w.days()), ['2024-04-10']);
});

test('usage book: what a store refuses is written when it takes it again', {
  skip,
}, async (t) => {
  const w = await world(t);
  let isBroken = false;
  const store: Store = {
    ...w.store,
    view: w.store.view,
    write: (work) => (isBroken ? Promise.reject(new Error('no room')) : w.store.write(work)),
  };
  const book = new UsageBook({ store, openMeters: () => openMeterFile(w.file), nowMs: () => w.nowMs });
  t.after(() => book.close());
  await book.start(quiet);
  const plane = w.plane();
  plane.ask(3);
  isBroken = true;
  await assert.rejects(book.flush(), /no room/);
  isBroken = false;
  await book.flush();
  assert.deepEqual(await w.days(), { '2024-01-02': [3, -1] });
});
