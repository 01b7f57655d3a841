import assert from 'node:assert/strict';
import test from 'node:test';
import {
  dateOf,
  dayOfDate,
  meterName,
  periodEnd,
  periodStart,
  readMeterName,
} from '../../src/resources/index.ts';
import fc from '../support/properties.ts';

test('usage: a period begins on its first day, offset days later', () => {
  const cases = [
    ['2024-01-02', { period: 'DAY' }, '2024-01-02', '2024-01-03'],
    ['2024-01-02', { period: 'WEEK' }, '2023-12-31', '2024-01-07'],
    ['2024-01-06', { period: 'WEEK' }, '2023-12-31', '2024-01-07'],
    ['2024-01-07', { period: 'WEEK' }, '2024-01-07', '2024-01-14'],
    ['2024-01-02', { period: 'WEEK', offset: 3 }, '2023-12-27', '2024-01-03'],
    ['2024-01-31', { period: 'MONTH' }, '2024-01-01', '2024-02-01'],
    ['2024-01-31', { period: 'MONTH', offset: 27 }, '2024-01-28', '2024-02-28'],
    ['2024-03-01', { period: 'MONTH', offset: 27 }, '2024-02-28', '2024-03-28'],
    ['2024-01-02', { period: 'MONTH', offset: 4 }, '2023-12-05', '2024-01-05'],
  ] as const;
  for (const [date, quota, start, end] of cases) {
    const first = periodStart(dayOfDate(date), quota);
    assert.deepEqual([dateOf(first), dateOf(periodEnd(first, quota))], [start, end]);
  }
});

test('usage: every day is in one period, which begins where the one before ends', () => {
  const quotas = fc.oneof(
    fc.constant({ period: 'DAY' as const }),
    fc.record({ period: fc.constant('WEEK' as const), offset: fc.integer({ min: 0, max: 6 }) }),
    fc.record({ period: fc.constant('MONTH' as const), offset: fc.integer({ min: 0, max: 27 }) }),
  );
  fc.assert(
    fc.property(quotas, fc.integer({ min: 1_000, max: 60_000 }), (quota, day) => {
      const start = periodStart(day, quota);
      const end = periodEnd(start, quota);
      assert.ok(start <= day && day < end);
      assert.equal(periodStart(end - 1, quota), start);
      assert.equal(periodStart(end, quota), end);
    }),
  );
});

test('usage: the name of a meter is read back, and no other is one', () => {
  for (const meter of [
    { kind: 'quota', planId: 'p', keyId: 'k', period: 'MONTH/3' },
    { kind: 'usage', planId: 'p', keyId: 'k', stage: 'api/prod' },
  ] as const)
    assert.deepEqual(readMeterName(meterName(meter)), meter);
  for (const name of ['', 'usage/p/k/api', 'usage/p//api/prod', 'usage/p/k/api/prod/x', 'other/p/k/a/b'])
    assert.equal(readMeterName(name), null);
});
